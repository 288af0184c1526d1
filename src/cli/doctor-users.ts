/**
 * Which table holds the users of a Django site.
 *
 * Owns the guess, and what Nuages needs of the table. Leaves the passwords in it to ./doctor-passwords.ts.
 */
import type { Dialect } from '../db/index.ts'
import type { Catalog, Column, Table } from './doctor-catalog.ts'
import type { Findings } from './doctor-report.ts'
import { accountColumns, compareColumns, userColumns } from './doctor-tables.ts'
import { several } from './doctor-text.ts'

/** The users of a site. */
export interface UsersTable {
  readonly name: string
  readonly isDjangos: boolean
  /** Name of the primary key. */
  readonly id: string
  readonly idType: 'int' | 'bigint' | 'uuid' | 'other'
  /** The column that a visitor logs in with; `null` when none is unique. */
  readonly username: string | null
  /** Columns beyond those of Django's own table. */
  readonly extra: readonly Column[]
  /** Columns of Django's own table that are not there. */
  readonly lacking: readonly string[]
  readonly hasLastLogin: boolean
  /** Type of the primary key, as the database spells it. */
  readonly idColumnType: string
}

/** Finds the users table, and says what is special about it. `null`: there is none, or none that can be told. */
export function checkUsersTable(findings: Findings, dialect: Dialect, catalog: Catalog): UsersTable | null {
  const name = usersTableName(catalog)
  const table = name === null ? undefined : catalog.get(name)
  if (name === null || table === undefined) {
    const fix = 'Is django.contrib.auth in INSTALLED_APPS, has manage.py migrate run, and may this user see the table?'
    findings.fail('Accounts', 'There is no auth_user, and no other table that looks like that of the users.', fix)
    return null
  }
  const isDjangos = name === 'auth_user'
  const users = describeUsers(name, table)
  compareColumns({ dialect, findings, name, table, columns: isDjangos ? userColumns : accountColumns })
  if (isDjangos) djangosOwn(findings, users)
  else customTable(findings, catalog, users)
  return users
}

/** By what refers to it: the log of the admin, then the memberships in groups, then its columns. */
function usersTableName(catalog: Catalog): string | null {
  const logged = catalog.get('django_admin_log')?.get('user_id')?.refersTo
  if (logged) return logged
  const holds = (table: Table): boolean => Object.keys(accountColumns).every(column => table.has(column))
  const likely = [...catalog].filter(([, table]) => holds(table)).map(([name]) => name)
  return (
    likely.find(name => name === 'auth_user') ?? likely.find(name => catalog.has(`${name}_groups`)) ?? likely[0] ?? null
  )
}

function describeUsers(name: string, table: Table): UsersTable {
  const columns = [...table.values()]
  const id = columns.find(column => column.isPrimary) ?? table.get('id')
  const names = ['username', 'email', ...table.keys()]
  const canName = (column: string): boolean => {
    const found = table.get(column)
    return (found?.isUnique ?? false) && !found?.isPrimary && /char|text/.test(found?.type ?? '')
  }
  return {
    name,
    isDjangos: name === 'auth_user',
    id: id?.name ?? 'id',
    idType: idTypeOf(id),
    idColumnType: id?.type ?? '',
    username: names.find(canName) ?? null,
    extra: columns.filter(column => !(column.name in userColumns) && column.name !== id?.name),
    lacking: Object.keys(userColumns).filter(column => column !== 'id' && !table.has(column)),
    hasLastLogin: table.has('last_login'),
  }
}

function idTypeOf(id: Column | undefined): UsersTable['idType'] {
  if (id === undefined) return 'other'
  if (id.type.startsWith('bigint')) return 'bigint'
  if (/^(?:small)?int(?:eger)?\b/.test(id.type)) return 'int'
  return id.type === 'uuid' || /^(?:character|char|varchar)\((?:32|36)\)$/.test(id.type) ? 'uuid' : 'other'
}

function djangosOwn(findings: Findings, { extra, id, idColumnType }: UsersTable): void {
  findings.ok('Accounts', 'The users are in auth_user, with AUTH_USER_MODEL as Django has it.')
  const demanding = extra.filter(column => column.isRequired && !column.hasDefault).map(column => column.name)
  if (demanding.length > 0) {
    const fix = 'Give them a default in the database, or create the users in Django.'
    findings.warn('Accounts', `auth_user demands ${several(demanding)}: Nuages can create no user.`, fix)
  }
  if (id !== 'id') findings.fail('Accounts', `The primary key of auth_user is ${id || 'missing'}, Django's is id.`)
  if (idColumnType.startsWith('bigint')) {
    findings.warn('Accounts', 'auth_user.id is a bigint. Nuages finds ids up to 2,147,483,647, as Django makes them.')
  }
}

function customTable(findings: Findings, catalog: Catalog, users: UsersTable): void {
  const { name, id, idType, idColumnType, username, extra, lacking } = users
  const kind = { int: 'a number', bigint: 'a number', uuid: 'a UUID', other: idColumnType || 'of no known type' }[
    idType
  ]
  const text = `The users are in ${name}, not in auth_user: the site sets AUTH_USER_MODEL. ${id} is ${kind}, the name to log in with ${username ?? 'not to be told: no text column is unique'}.`
  findings.warn('Accounts', text, 'Give createApp that table, as shown below.')
  if (catalog.has('auth_user'))
    findings.warn('Accounts', 'There is an auth_user too, left from before. Django does not read it.')
  if (idType === 'other') findings.fail('Accounts', `${name}.${id} is neither a number nor a UUID.`)
  const missing = lacking.filter(column => column !== 'username' || username === null)
  if (missing.length > 0) findings.ok('Accounts', `Without ${several(missing, 8)}, which auth_user has.`)
  if (extra.length > 0)
    findings.ok(
      'Accounts',
      `Columns of its own: ${several(
        extra.map(column => column.name),
        12,
      )}.`,
    )
}
