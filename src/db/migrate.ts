/**
 * Creates Django's tables, and an application's own. Those of Nuages: ./migrate-own.ts.
 *
 * Owns what to do about a database that has some of them: what Django made stays as it is, what was begun is ended,
 * what cannot be told apart is refused. Leaves the definitions to ./schema/.
 */
import type { Kysely, QueryExecutorProvider } from 'kysely'
import type { Migration } from 'kysely/migration'
import { ConfigError, systemClock } from '../kit/index.ts'
import type { Database } from './database.ts'
import { sql } from './kysely.ts'
import { alone } from './migrate-alone.ts'
import { type AccountsOptions, mustWidenSessionIndex } from './migrate-own.ts'
import { migrateUsers, usersTables } from './migrate-users.ts'
import { lockMigrations } from './postgresql-adapter.ts'
import { readTables, type TableColumns } from './read-tables.ts'
import { type DjangoApp, type DjangoModel, djangoApps, djangoModels, permissionActions } from './schema/apps.ts'
import { loginThrottleTable } from './schema/login-throttle.ts'
import { mysqlSchema } from './schema/mysql.ts'
import { postgresqlSchema } from './schema/postgresql.ts'
import { sessionIndexTable } from './schema/session-index.ts'
import { sqliteSchema } from './schema/sqlite.ts'
import type { DjangoTable } from './schema/tables.ts'
import type { UsersSchema } from './schema/users.ts'
import { verifiedEmailsTable } from './schema/verified-emails.ts'
import type { Dialect } from './url.ts'

const schemas = { sqlite: sqliteSchema, postgresql: postgresqlSchema, mysql: mysqlSchema }

/**
 * Creates those of Django's tables that are missing: users, groups, permissions, content types, sessions, and the rows
 * by which a Django finds nothing left to migrate. Tables that Django made are not touched. With a users table of its own a
 * database gets that one, and no `auth_user`, as from a Django with `AUTH_USER_MODEL`.
 *
 * Safe to run twice, and in two processes at once. On SQLite and PostgreSQL it happens as a whole or not at all; on
 * MySQL, where CREATE TABLE cannot be undone, a run that was cut off is completed by the next.
 *
 * @throws {ConfigError} for tables that are neither Django's nor complete.
 * @throws {DatabaseUnavailable}
 */
export async function migrateDjangoTables<AllTables>(
  db: Database<AllTables>,
  { users = null }: AccountsOptions = {},
): Promise<{ created: readonly string[] }> {
  const { dialect } = db
  const applied = db.toColumnTime(systemClock())
  const created = await alone(db, async connection => {
    const tables = await readTables(connection, dialect)
    const missing = tables.has('django_migrations') ? [] : await createTable(connection, dialect, 'django_migrations')
    const recorded = await readMigrations(connection)
    const unrecorded = appsWith(users).filter(app => !isComplete(app, tables, recorded))
    for (const app of unrecorded) {
      for (const table of Object.keys(app.tables) as DjangoTable[]) {
        if (!tables.has(table)) missing.push(...(await createTable(connection, dialect, table)))
      }
    }
    const migratedApps = new Set([...recorded].map(name => name.slice(0, name.indexOf('.'))))
    if (users !== null) missing.push(...(await migrateUsers({ connection, dialect, users, tables, migratedApps })))
    // A model that no Django has noted gets its rows, whenever its table was made.
    const isOurs = users !== null && !migratedApps.has(users.app)
    if (unrecorded.length > 0 || isOurs)
      await insertRows(connection, dialect, { apps: unrecorded, models: modelsWith(users), applied })
    return missing
  })
  return { created }
}

/** Django's apps; with a users table of its own a site has no `auth_user`. */
function appsWith(users: UsersSchema | null): readonly DjangoApp[] {
  if (users === null) return djangoApps
  return djangoApps.map(app => {
    const { auth_user, auth_user_groups, auth_user_user_permissions, ...tables } = app.tables
    return { ...app, tables }
  })
}

function modelsWith(users: UsersSchema | null): readonly DjangoModel[] {
  if (users === null) return djangoModels
  const own = { app: users.app, model: users.model, verboseName: 'user' }
  return [...djangoModels.filter(({ app, model }) => `${app}.${model}` !== 'auth.user'), own]
}

/**
 * Runs an application's own migrations that have not run yet, in the order of their names.
 *
 * Kysely's `Migrator`; each database remembers them in its `kysely_migration`. Resolves the names of those that ran.
 *
 * @throws what a migration threw. What it did is rolled back, except on MySQL.
 */
export async function migrateApplication<AllTables>(
  db: Database<AllTables>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<readonly string[]> {
  if (db.dialect !== 'postgresql') return await runMigrations(db.kysely, migrations)
  return await db.kysely.transaction().execute(async transaction => {
    await lockMigrations(transaction)
    return await runMigrations(transaction, migrations)
  })
}

async function runMigrations<AllTables>(
  db: Kysely<AllTables>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<readonly string[]> {
  const { Migrator } = await import('kysely/migration')
  const provider = { getMigrations: async () => ({ ...migrations }) }
  const { error, results = [] } = await new Migrator({ db, provider }).migrateToLatest()
  if (error !== undefined) throw error
  return results.map(result => result.migrationName)
}

/** The tables of Nuages's own that are asked for, by what makes them. */
export interface PendingOptions extends AccountsOptions {
  readonly sessionIndex?: boolean
  readonly loginThrottle?: boolean
  readonly verifiedEmails?: boolean
}

/**
 * The names of what `migrateDjangoTables`, `migrateApplication` and, where they are asked for, `migrateSessionIndex`, `migrateLoginThrottle`
 * and `migrateVerifiedEmails` would still do; empty when the database is up to date. Changes nothing.
 */
export async function pendingMigrations<AllTables>(
  db: Database<AllTables>,
  migrations: Readonly<Record<string, Migration>>,
  { sessionIndex = false, loginThrottle = false, verifiedEmails = false, users = null }: PendingOptions = {},
): Promise<readonly string[]> {
  const present = new Set(
    (await db.kysely.introspection.getTables({ withInternalKyselyTables: true })).map(({ name }) => name),
  )
  const ours = [
    ...(sessionIndex ? [sessionIndexTable] : []),
    ...(loginThrottle ? [loginThrottleTable] : []),
    ...(verifiedEmails ? [verifiedEmailsTable] : []),
  ]
  const accounts = users === null ? [] : usersTables(users)
  const tables = ['django_migrations', ...appsWith(users).flatMap(app => Object.keys(app.tables)), ...accounts, ...ours]
  const missing = tables.filter(name => !present.has(name))
  if (sessionIndex && (await mustWidenSessionIndex(db, db.kysely, users))) missing.push(`${sessionIndexTable}.user_id`)
  const done = present.has('kysely_migration')
    ? await sql<{ name: string }>`SELECT name FROM kysely_migration`.execute(db.kysely)
    : { rows: [] }
  const applied = new Set(done.rows.map(({ name }) => name))
  return [...missing, ...Object.keys(migrations).filter(name => !applied.has(name))]
}

async function readMigrations(connection: QueryExecutorProvider): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ app: string; name: string }>`SELECT app, name FROM django_migrations`.execute(connection)
  return new Set(rows.map(({ app, name }) => `${app}.${name}`))
}

/** True when Django, or an earlier run, has made all of an app; false when there is something to make. */
function isComplete(
  app: DjangoApp,
  present: ReadonlyMap<string, TableColumns>,
  recorded: ReadonlySet<string>,
): boolean {
  const open = app.migrations.filter(name => !recorded.has(`${app.app}.${name}`))
  const absent = Object.keys(app.tables).filter(table => !present.has(table))
  if (open.length === 0 && absent.length === 0) return true
  if (open.length === 0) {
    const problem = `This database's Django has migrated "${app.app}" without the table ${absent.join(', ')}.`
    throw new ConfigError(
      problem,
      'Does the site set AUTH_USER_MODEL? Then give createApp that table: `users: defineUsers(…)`.',
    )
  }
  if (open.length < app.migrations.length) {
    const problem = `This database's Django has not run the migration ${app.app}.${open[0]}.`
    throw new ConfigError(problem, "Run that site's `manage.py migrate` first, with Django 3.2 or later.")
  }
  for (const [table, expected] of Object.entries(app.tables)) {
    const found = present.get(table)
    const lacking = found ? expected.filter(column => !found.has(column)) : []
    if (lacking.length === 0) continue
    const problem = `The table ${table} is not Django's: it lacks the column ${lacking.join(', ')}.`
    throw new ConfigError(problem, 'Rename it, or use another database.')
  }
  return false
}

async function createTable(connection: QueryExecutorProvider, dialect: Dialect, table: DjangoTable): Promise<string[]> {
  for (const statement of schemas[dialect][table]) await sql.raw(statement).execute(connection)
  return [table]
}

interface Rows {
  readonly apps: readonly DjangoApp[]
  readonly models: readonly DjangoModel[]
  readonly applied: string
}

/** The rows last, and together: on MySQL they tell that the tables are all there. */
async function insertRows(
  connection: QueryExecutorProvider,
  dialect: Dialect,
  { apps, models, applied }: Rows,
): Promise<void> {
  if (dialect === 'mysql') await sql`BEGIN`.execute(connection)
  await insertContentTypes(connection, models)
  await insertPermissions(connection, models)
  for (const { app, migrations } of apps) {
    const rows = migrations.map(name => sql`(${app}, ${name}, ${applied})`)
    await sql`INSERT INTO django_migrations (app, name, applied) VALUES ${sql.join(rows)}`.execute(connection)
  }
  if (dialect === 'mysql') await sql`COMMIT`.execute(connection)
}

async function readContentTypes(connection: QueryExecutorProvider): Promise<ReadonlyMap<string, number>> {
  const query = sql<{
    id: number
    app_label: string
    model: string
  }>`SELECT id, app_label, model FROM django_content_type`
  const { rows } = await query.execute(connection)
  return new Map(rows.map(({ id, app_label, model }) => [`${app_label}.${model}`, id]))
}

async function insertContentTypes(connection: QueryExecutorProvider, models: readonly DjangoModel[]): Promise<void> {
  const known = await readContentTypes(connection)
  const missing = models.filter(({ app, model }) => !known.has(`${app}.${model}`))
  if (missing.length === 0) return
  const rows = missing.map(({ app, model }) => sql`(${app}, ${model})`)
  await sql`INSERT INTO django_content_type (app_label, model) VALUES ${sql.join(rows)}`.execute(connection)
}

async function insertPermissions(connection: QueryExecutorProvider, models: readonly DjangoModel[]): Promise<void> {
  const ids = await readContentTypes(connection)
  const query = sql<{ type: number; codename: string }>`SELECT content_type_id AS type, codename FROM auth_permission`
  const known = new Set((await query.execute(connection)).rows.map(({ type, codename }) => `${type}.${codename}`))
  const rows = models.flatMap(({ app, model, verboseName }) => {
    const id = ids.get(`${app}.${model}`)
    const missing = permissionActions.filter(action => !known.has(`${id}.${action}_${model}`))
    return missing.map(action => sql`(${`Can ${action} ${verboseName}`}, ${id}, ${`${action}_${model}`})`)
  })
  if (rows.length === 0) return
  await sql`INSERT INTO auth_permission (name, content_type_id, codename) VALUES ${sql.join(rows)}`.execute(connection)
}
