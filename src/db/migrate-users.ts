/**
 * Creates a users table in place of `auth_user`, or sees that the one that is there has what is asked for.
 *
 * Leaves the statements to ./schema/users.ts.
 */
import type { QueryExecutorProvider } from 'kysely'
import { ConfigError } from '../kit/index.ts'
import { sql } from './kysely.ts'
import type { TableColumns } from './read-tables.ts'
import { createUsersLink, createUsersTable, indexUsersLink, type UsersSchema } from './schema/users.ts'
import type { Dialect } from './url.ts'

export interface UsersMigration {
  readonly connection: QueryExecutorProvider
  readonly dialect: Dialect
  readonly users: UsersSchema
  readonly tables: ReadonlyMap<string, TableColumns>
  /** Apps of which a Django has run migrations here. */
  readonly migratedApps: ReadonlySet<string>
}

/** The names of the tables of accounts, groups of accounts and permissions of accounts. */
export function usersTables({ table, links }: UsersSchema): readonly string[] {
  return links === null ? [table] : [table, links.groups, links.permissions]
}

/**
 * Creates those that are missing, and resolves their names. Those of a Django stay as they are.
 *
 * @throws {ConfigError} for a table that lacks a column, and for one that this database's Django has not made.
 */
export async function migrateUsers(migration: UsersMigration): Promise<readonly string[]> {
  const { users, tables, migratedApps } = migration
  for (const name of usersTables(users)) requireColumns(tables.get(name), name, columnsOf(users, name))
  const missing = usersTables(users).filter(name => !tables.has(name))
  if (missing.length > 0 && migratedApps.has(users.app)) {
    const problem = `This database's Django has migrated "${users.app}" without the table ${missing.join(', ')}.`
    throw new ConfigError(
      problem,
      "Give defineUsers the model's db_table, or `groups: false` without PermissionsMixin.",
    )
  }
  for (const name of missing)
    for (const statement of statementsFor(migration, name)) await sql.raw(statement).execute(migration.connection)
  return missing
}

function columnsOf({ table, columns, links }: UsersSchema, name: string): readonly string[] {
  if (name === table) return columns.map(column => column.name)
  return [links?.userColumn ?? '', name === links?.groups ? 'group_id' : 'permission_id']
}

function requireColumns(found: TableColumns | undefined, name: string, columns: readonly string[]): void {
  const lacking = found ? columns.filter(column => !found.has(column)) : []
  if (lacking.length === 0) return
  const problem = `The table ${name} is not that of defineUsers: it lacks the column ${lacking.join(', ')}.`
  throw new ConfigError(problem, 'Name the columns that it has, or add these.')
}

function statementsFor({ dialect, users }: UsersMigration, name: string): readonly string[] {
  if (name === users.table) return [createUsersTable(dialect, users)]
  const other = name === users.links?.groups ? 'group' : 'permission'
  const create = createUsersLink(dialect, users, other)
  return dialect === 'mysql' ? [create] : [create, indexUsersLink(dialect, users, other)]
}
