/**
 * The `defineUsers` of a site's own users table, as its columns tell.
 *
 * Owns the translation. Leaves finding the table to ./doctor-users.ts.
 */
import type { Catalog, Column } from './doctor-catalog.ts'
import type { UsersTable } from './doctor-users.ts'

/** What `defineUsers` takes, with nothing in it that is the default. */
export interface SuggestedUsers {
  readonly model: string
  readonly table?: string
  readonly id?: string | { readonly type: string; readonly column: string }
  readonly username?: string
  readonly columns?: Readonly<Record<string, null>>
  readonly fields?: Readonly<Record<string, string | { readonly type: string; readonly column: string }>>
  readonly groups?: false
}

/** What to put into `defineUsers`; `null` for `auth_user`, and for a table whose id is none that it takes. */
export function suggestUsers(catalog: Catalog, users: UsersTable): SuggestedUsers | null {
  const { name, id, idType, username, lacking, extra } = users
  if (users.isDjangos || idType === 'other') return null
  const { app, model, hasGroups } = modelOf(catalog, name)
  const missing = lacking.filter(column => column !== 'username').map(column => [camelCase(column), null] as const)
  const fields = extra.flatMap(column => (column.name === username ? [] : fieldOf(column)))
  return {
    model: `${app}.${model}`,
    ...(name !== `${app}_${model}` && { table: name }),
    ...(id !== 'id' ? { id: { type: idType, column: id } } : idType !== 'int' && { id: idType }),
    ...(username !== null && username !== 'username' && { username }),
    ...(missing.length > 0 && { columns: Object.fromEntries(missing) }),
    ...(fields.length > 0 && { fields: Object.fromEntries(fields) }),
    ...(!hasGroups && { groups: false }),
  }
}

/** App and model: the memberships in groups refer to an account as `<model>_id`, and a table is called `<app>_<model>`. */
function modelOf(catalog: Catalog, table: string): { app: string; model: string; hasGroups: boolean } {
  const links = catalog.get(`${table}_groups`)
  const column = [...(links?.keys() ?? [])].find(name => name.endsWith('_id') && name !== 'group_id')
  const model = column?.slice(0, -'_id'.length) ?? table.slice(table.lastIndexOf('_') + 1)
  const app = table.endsWith(`_${model}`) ? table.slice(0, -model.length - 1) : ''
  return { app: app || 'accounts', model, hasGroups: column !== undefined }
}

/** Types of columns, by what they begin with, and what `defineUsers` calls them. */
const fieldTypes: readonly (readonly [type: RegExp, field: string])[] = [
  [/^(?:character|varchar|char|text|longtext|citext)/, 'text'],
  [/^(?:bool|tinyint\(1\))/, 'boolean'],
  [/^(?:int|integer|smallint|mediumint|tinyint)\b/, 'integer'],
  [/^(?:bigint|real|double|float|numeric|decimal)/, 'number'],
  [/^(?:timestamp|datetime)/, 'time'],
  [/^date$/, 'date'],
]

/** A field and its type; none for a column that has no such type. */
function fieldOf({
  name,
  type,
  isRequired,
}: Column): [] | [readonly [string, NonNullable<SuggestedUsers['fields']>[string]]] {
  const found = fieldTypes.find(([pattern]) => pattern.test(type))?.[1]
  const field = camelCase(name)
  if (found === undefined || !/^[a-z][A-Za-z0-9]*$/.test(field)) return []
  const text = isRequired ? found : `${found} | null`
  const isUsual = field.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`) === name
  return [[field, isUsual ? text : { type: text, column: name }]]
}

function camelCase(column: string): string {
  return column.toLowerCase().replaceAll(/(?<!_)_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
