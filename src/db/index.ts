/**
 * `nuages/db`: the database, by its URL: SQLite, PostgreSQL, MySQL or MariaDB.
 *
 * Start with `openDatabase()`; `migrateDjangoTables()` makes the tables for users and sessions.
 *
 * @module
 */
export { type ColumnTime, createColumnTime, type TimeSettings } from './column-time.ts'
export type { Database, DatabaseOptions, Lookup, Parameter, Statement, Tables, Update } from './database.ts'
export {
  DatabaseUnavailable,
  ReferenceViolation,
  type UnavailableReason,
  UniqueViolation,
  type UniqueViolationDetails,
  unavailableReasons,
} from './errors.ts'
export { type FileLock, type FileLockOptions, openFileLock } from './file-lock.ts'
export { sql } from './kysely.ts'
export { migrateApplication, migrateDjangoTables, type PendingOptions, pendingMigrations } from './migrate.ts'
export {
  type AccountsOptions,
  migrateLoginThrottle,
  migrateSessionIndex,
  migrateVerifiedEmails,
} from './migrate-own.ts'
export type { FinishedQuery, QueryObserver } from './observe.ts'
export { openDatabase } from './open.ts'
export { openReadOnly, type ReadOnlyDatabase } from './read-only.ts'
export type { DjangoTables, NuagesTables } from './schema/tables.ts'
export { quoteName, type UsersColumn, type UsersColumnKind, type UsersLinks, type UsersSchema } from './schema/users.ts'
export { type DatabaseAddress, type Dialect, dialects, parseDatabaseUrl } from './url.ts'
