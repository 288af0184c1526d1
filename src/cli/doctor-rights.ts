/**
 * What the database user may do: less than Nuages needs, or more.
 *
 * Only PostgreSQL tells it for each column. On MySQL a table that a user may not read is not there.
 */
import type { ReadOnlyDatabase } from '../db/index.ts'
import type { Catalog } from './doctor-catalog.ts'
import { quoted } from './doctor-passwords.ts'
import type { Findings } from './doctor-report.ts'
import { several } from './doctor-text.ts'
import type { UsersTable } from './doctor-users.ts'

/** One right that a running site uses. */
interface Need {
  readonly table: string
  readonly right: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE'
  /** A right to this column is enough. */
  readonly column?: string
}

export interface Site {
  readonly catalog: Catalog
  readonly users: UsersTable | null
}

/** Says which rights are missing. */
export async function checkRights(findings: Findings, database: ReadOnlyDatabase, site: Site): Promise<void> {
  if (database.dialect !== 'postgresql') return
  const needs = needsOf(site)
  const asked = needs.map(({ table, right, column }, index) => {
    const name = quoted('postgresql', table).replaceAll("'", "''")
    const allowed =
      column === undefined
        ? `has_table_privilege('${name}', '${right}')`
        : `has_column_privilege('${name}', '${column}', '${right}')`
    return `${allowed} AS n${index}`
  })
  if (asked.length === 0) return
  const [row = {}] = await database.query<Record<string, boolean>>(`SELECT ${asked.join(', ')}`)
  const missing = needs.filter((_, index) => row[`n${index}`] !== true)
  if (missing.length === 0) {
    findings.ok('Rights', 'This user may do what a login and a session need.')
    return
  }
  const names = missing.map(
    ({ table, right, column }) => `${right}${column === undefined ? '' : ` (${column})`} ON ${table}`,
  )
  const fix = 'Enough to look, too little to serve: the grants are in docs/django.md, "A database user of its own".'
  findings.warn('Rights', `This user lacks ${several(names, 8)}.`, fix)
}

function needsOf({ catalog, users }: Site): readonly Need[] {
  const needs: Need[] = []
  if (catalog.has('django_session')) {
    for (const right of ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const)
      needs.push({ table: 'django_session', right })
  }
  if (users !== null) {
    needs.push({ table: users.name, right: 'SELECT' }, { table: users.name, right: 'UPDATE', column: 'password' })
    if (users.hasLastLogin) needs.push({ table: users.name, right: 'UPDATE', column: 'last_login' })
  }
  return needs
}
