/**
 * Creates the tables of Nuages's own, which stand beside Django's and refer to none.
 *
 * Leaves the definitions to ./schema/.
 */
import type { QueryExecutorProvider } from 'kysely'
import { ConfigError } from '../kit/index.ts'
import type { Database } from './database.ts'
import { sql } from './kysely.ts'
import { alone } from './migrate-alone.ts'
import { readTables } from './read-tables.ts'
import { loginThrottleColumns, loginThrottleSchema, loginThrottleTable } from './schema/login-throttle.ts'
import {
  hasNumberIds,
  sessionIndexColumns,
  sessionIndexSchema,
  sessionIndexTable,
  widenSessionIndex,
} from './schema/session-index.ts'
import type { UsersSchema } from './schema/users.ts'
import { verifiedEmailsColumns, verifiedEmailsSchema, verifiedEmailsTable } from './schema/verified-emails.ts'
import type { Dialect } from './url.ts'

/** Which accounts a database is for. */
export interface AccountsOptions {
  /** The users table in place of `auth_user`. Default: none. */
  readonly users?: UsersSchema | null
}

/**
 * Creates the table of the index of sessions when it is missing: who is logged in where. It stands beside Django's tables and refers to none.
 * One of an earlier release, which held only numbers, takes other ids too once the accounts have such.
 *
 * Safe to run twice, and in two processes at once.
 *
 * @throws {ConfigError} for a table of this name that is not ours.
 * @throws {DatabaseUnavailable}
 */
export async function migrateSessionIndex<AllTables>(
  db: Database<AllTables>,
  { users = null }: AccountsOptions = {},
): Promise<{ created: readonly string[] }> {
  const created = await createOwn(db, ownTables.sessionIndex)
  if (created.length > 0 || !(await mustWidenSessionIndex(db, db.kysely, users))) return { created }
  await alone(db, async connection => {
    if (!(await mustWidenSessionIndex(db, connection, users))) return
    for (const statement of widenSessionIndex[db.dialect]) await sql.raw(statement).execute(connection)
  })
  return { created }
}

/** True when the ids of accounts are no numbers, and the table has room for numbers only. */
export async function mustWidenSessionIndex(
  { dialect }: { readonly dialect: Dialect },
  connection: QueryExecutorProvider,
  users: UsersSchema | null,
): Promise<boolean> {
  if (users?.columns[0]?.kind !== 'uuid') return false
  return hasNumberIds(dialect, (await readTables(connection, dialect)).get(sessionIndexTable))
}

/** Creates the table of failed logins when it is missing, as `migrateSessionIndex` does its own. */
export async function migrateLoginThrottle<AllTables>(
  db: Database<AllTables>,
): Promise<{ created: readonly string[] }> {
  return { created: await createOwn(db, ownTables.loginThrottle) }
}

/** Creates the table of the addresses that accounts have shown to be theirs when it is missing, as `migrateSessionIndex` does its own. */
export async function migrateVerifiedEmails<AllTables>(
  db: Database<AllTables>,
): Promise<{ created: readonly string[] }> {
  return { created: await createOwn(db, ownTables.verifiedEmails) }
}

interface OwnTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly schema: Readonly<Record<Dialect, readonly string[]>>
}

const ownTables: {
  readonly sessionIndex: OwnTable
  readonly loginThrottle: OwnTable
  readonly verifiedEmails: OwnTable
} = {
  sessionIndex: { name: sessionIndexTable, columns: sessionIndexColumns, schema: sessionIndexSchema },
  loginThrottle: { name: loginThrottleTable, columns: loginThrottleColumns, schema: loginThrottleSchema },
  verifiedEmails: { name: verifiedEmailsTable, columns: verifiedEmailsColumns, schema: verifiedEmailsSchema },
}

function createOwn<AllTables>(db: Database<AllTables>, { name, columns, schema }: OwnTable): Promise<string[]> {
  return alone(db, async connection => {
    const found = (await readTables(connection, db.dialect)).get(name)
    const lacking = found ? columns.filter(column => !found.has(column)) : []
    if (lacking.length > 0) {
      const problem = `The table ${name} is not that of Nuages: it lacks the column ${lacking.join(', ')}.`
      throw new ConfigError(problem, 'Drop or rename it, or use another database.')
    }
    if (found) return []
    for (const statement of schema[db.dialect]) await sql.raw(statement).execute(connection)
    return [name]
  })
}
