/**
 * Whether a database has Django's tables, as Django makes them.
 *
 * Owns what each column should be, and what the list of migrations tells. Leaves who the users are to ./doctor-accounts.ts.
 */
import type { Dialect, ReadOnlyDatabase } from '../db/index.ts'
import type { Catalog, Column, Table } from './doctor-catalog.ts'
import type { Findings } from './doctor-report.ts'
import { several } from './doctor-text.ts'

/** What a column holds; a number is the longest text, in characters. */
type Kind = 'id' | 'flag' | 'time' | 'text' | number

/** The columns of an account that Nuages reads and writes, in each users table. */
export const accountColumns: Readonly<Record<string, Kind>> = {
  password: 128,
  last_login: 'time',
}

/** The further ones of Django's own users table. */
export const userColumns: Readonly<Record<string, Kind>> = {
  id: 'id',
  ...accountColumns,
  is_superuser: 'flag',
  username: 150,
  first_name: 150,
  last_name: 150,
  email: 254,
  is_staff: 'flag',
  is_active: 'flag',
  date_joined: 'time',
}

const sessionColumns: Readonly<Record<string, Kind>> = { session_key: 40, session_data: 'text', expire_date: 'time' }

const permissionTables: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  django_content_type: { id: 'id', app_label: 100, model: 100 },
  auth_permission: { id: 'id', name: 255, content_type_id: 'id', codename: 100 },
  auth_group: { id: 'id', name: 150 },
  auth_group_permissions: { id: 'id', group_id: 'id', permission_id: 'id' },
}

/** Sessions of other packages than Django's own. */
const foreignSessionTables: Readonly<Record<string, string>> = {
  user_sessions_session: 'django-user-sessions',
  qsessions_session: 'django-qsessions',
}

/** How each database spells what Django asks it for. */
const types: Readonly<Record<Dialect, Readonly<Record<Exclude<Kind, number>, string>>>> = {
  sqlite: { id: 'integer', flag: 'bool', time: 'datetime', text: 'text' },
  postgresql: { id: 'integer', flag: 'boolean', time: 'timestamp with time zone', text: 'text' },
  mysql: { id: 'int', flag: 'tinyint(1)', time: 'datetime(6)', text: 'longtext' },
}

const textPattern = /^(?:character varying|varchar)\((\d+)\)$/

/** MariaDB shows the width of an integer, MySQL 8 none. */
function spelled(type: string): string {
  return type.replace(/^(int|bigint|smallint)\(\d+\)/, '$1')
}

/** What is wrong with the type of a column; `null` when it is Django's, or wider. */
function typeProblem(
  dialect: Dialect,
  { type }: Column,
  kind: Kind,
): { readonly text: string; readonly isFatal: boolean } | null {
  if (typeof kind === 'number') {
    const length = Number(textPattern.exec(type)?.[1] ?? 0)
    if (length >= kind || ['text', 'longtext', 'citext'].includes(type)) return null
    return { text: `is ${type || 'of no type'}, Django's is varchar(${kind})`, isFatal: length === 0 }
  }
  const expected = types[dialect][kind]
  if (spelled(type) === expected) return null
  const text = `is ${type || 'of no type'}, Django's is ${expected}`
  return { text, isFatal: !(kind === 'id' && spelled(type) === 'bigint') && !(kind === 'time' && type === 'datetime') }
}

interface TableCheck {
  readonly dialect: Dialect
  readonly findings: Findings
  readonly name: string
  readonly table: Table
  readonly columns: Readonly<Record<string, Kind>>
}

/** Compares the columns of one table; true when nothing is wrong with them. */
export function compareColumns({ dialect, findings, name, table, columns }: TableCheck): boolean {
  const missing = Object.keys(columns).filter(column => !table.has(column))
  if (missing.length > 0) {
    const fix = "Run that site's manage.py migrate, with Django 3.2 or later."
    findings.fail('Tables', `${name} lacks ${several(missing)}.`, fix)
  }
  const wrong = Object.entries(columns).flatMap(([column, kind]) => {
    const found = table.get(column)
    const problem = found ? typeProblem(dialect, found, kind) : null
    return problem ? [{ ...problem, column }] : []
  })
  for (const { column, text, isFatal } of wrong) {
    if (isFatal)
      findings.fail('Tables', `${name}.${column} ${text}.`, 'Nuages writes what Django writes: change the column.')
    else findings.warn('Tables', `${name}.${column} ${text}.`)
  }
  const demanding = [...table.values()].filter(
    column => column.isRequired && !column.hasDefault && !(column.name in columns),
  )
  if (demanding.length > 0 && name === 'django_session') {
    findings.fail(
      'Tables',
      `${name} demands ${several(demanding.map(column => column.name))}, which Nuages does not know.`,
    )
  }
  return missing.length === 0 && wrong.length === 0
}

/** Looks at the tables that every Django site has. */
export function checkTables(findings: Findings, dialect: Dialect, catalog: Catalog): void {
  const good: string[] = []
  const check = (name: string, columns: Readonly<Record<string, Kind>>): void => {
    const table = catalog.get(name)
    if (table !== undefined && compareColumns({ dialect, findings, name, table, columns })) good.push(name)
  }
  check('django_session', sessionColumns)
  if (!catalog.has('django_session')) withoutSessions(findings, catalog)
  for (const [name, columns] of Object.entries(permissionTables)) check(name, columns)
  const absent = Object.keys(permissionTables).filter(name => !catalog.has(name))
  if (absent.length > 0) {
    const fix = 'Groups and permissions need them: does this site have django.contrib.auth, and may this user see it?'
    findings.warn('Tables', `There is no ${several(absent)}.`, fix)
  }
  if (good.length > 0) findings.ok('Tables', `As Django makes them: ${good.join(', ')}.`)
}

function withoutSessions(findings: Findings, catalog: Catalog): void {
  const foreign = Object.keys(foreignSessionTables).find(name => catalog.has(name))
  if (foreign !== undefined) {
    const fix = "Set the site's SESSION_ENGINE to 'django.contrib.sessions.backends.db', and run manage.py migrate."
    findings.fail(
      'Tables',
      `Sessions are in ${foreign}, those of ${foreignSessionTables[foreign]}. Nuages reads django_session.`,
      fix,
    )
    return
  }
  const fix =
    "Add django.contrib.sessions to INSTALLED_APPS and run manage.py migrate; or give Nuages the site's own engine: SESSION_ENGINE 'cache', 'file' or 'signed_cookies'."
  findings.fail(
    'Tables',
    'There is no django_session: this site keeps its sessions elsewhere, or this user may not see it.',
    fix,
  )
}

/** What made the database, as far as its migrations tell. */
export interface Origin {
  /** Django has run migrations here. False: Nuages alone made the tables. */
  readonly byDjango: boolean
}

interface MigrationRow {
  readonly app: string
  readonly name: string
  readonly applied: unknown
}

/** The newest migrations of the apps whose tables are shared; none came since Django 3.1. */
const newest: readonly (readonly [app: string, name: string])[] = [
  ['contenttypes', '0002_remove_content_type_name'],
  ['auth', '0012_alter_user_first_name_max_length'],
  ['sessions', '0001_initial'],
]

/** Reads `django_migrations`. */
export async function checkMigrations(
  findings: Findings,
  database: ReadOnlyDatabase,
  catalog: Catalog,
): Promise<Origin> {
  if (!catalog.has('django_migrations')) return { byDjango: false }
  const rows = await database.query<MigrationRow>(
    `SELECT app, name, applied FROM django_migrations WHERE app IN ('contenttypes', 'auth', 'sessions', 'admin') LIMIT 1000`,
  )
  const recorded = new Set(rows.map(({ app, name }) => `${app}.${name}`))
  const open = newest.filter(([app, name]) => !recorded.has(`${app}.${name}`) && rows.some(row => row.app === app))
  if (open.length > 0) {
    const names = several(open.map(([app, name]) => `${app}.${name}`))
    const fix = "Run that site's manage.py migrate, with Django 3.2 or later."
    findings.fail('Tables', `The migration ${names} has not run: a Django before 3.1 made these tables.`, fix)
  } else if (rows.length > 0) {
    const apps = newest.filter(([app]) => rows.some(row => row.app === app)).map(([app]) => app)
    findings.ok(
      'Tables',
      `The migrations of ${apps.join(', ')} are those of Django 3.1 and later; no later version has added one.`,
    )
  }
  // Nuages notes all of them with one moment; Django each with its own.
  const moments = new Set(rows.map(({ applied }) => String(applied instanceof Date ? applied.getTime() : applied)))
  const byDjango = rows.some(({ app }) => app === 'admin') || moments.size > 1
  if (rows.length > 0 && !byDjango) {
    findings.ok(
      'Tables',
      'nuages migrate made them. No Django has been here: DJANGO_VERSION may stay unset until one is.',
    )
  }
  return { byDjango }
}
