/**
 * Which table holds the accounts: Django's `auth_user`, or one that an application defines.
 *
 * Owns what may be said about it, and the types that follow. Leaves its values to ./users-table-columns.ts and making it to the db room.
 */
import type { UsersColumn, UsersColumnKind, UsersLinks, UsersSchema } from '../db/index.ts'
import { ConfigError } from '../kit/index.ts'

/** The kinds of primary key: a number the database counts, up to 2^31 or 2^53, or a UUID. */
export const userIdTypes = ['int', 'bigint', 'uuid'] as const
export type UserIdType = (typeof userIdTypes)[number]

/** What a column of your own holds. `time`: a `Date`; `date`: text like `2026-01-31`; `integer`: a whole number up to 2^31 - 1. */
export const userFieldTypes = ['text', 'integer', 'number', 'boolean', 'time', 'date'] as const
export type UserFieldType = (typeof userFieldTypes)[number]

interface FieldValues {
  readonly text: string
  readonly integer: number
  readonly number: number
  readonly boolean: boolean
  readonly time: Date
  readonly date: string
}

type FieldTypeText = UserFieldType | `${UserFieldType} | null`

/** A column of your own: its type, `'text'` or `'time | null'`, alone or with more about it. */
export type UserField =
  | FieldTypeText
  | {
      readonly type: FieldTypeText
      /** Its name in the database. Default: the field's with underscores, `trial_ends` for `trialEnds`. */
      readonly column?: string
      /** What a new account gets that is given none. Default: `null` where that is allowed, else the field must be given. */
      readonly default?: FieldValues[UserFieldType] | null
      /** Of a new column of `text`, in characters. Default: no limit. */
      readonly maxLength?: number
      /** A new column that holds no value twice. Default: false. */
      readonly unique?: boolean
    }

/** What of an account has a column, the name to log in with apart. */
export type AccountColumn = Exclude<keyof typeof djangoColumns, 'id' | 'username'>

export interface UsersDefinition {
  /** App and model as a Django names them in `AUTH_USER_MODEL`: `'accounts.User'`. */
  readonly model: string
  /** Default: Django's for the model, `accounts_user`. */
  readonly table?: string
  /** The primary key, in the column `id` unless named. Default: `'int'`. */
  readonly id?: UserIdType | { readonly type: UserIdType; readonly column: string }
  /** The column that visitors log in with, Django's `USERNAME_FIELD`. `'email'`: the address is the name. Default: `'username'`. */
  readonly username?: string
  /** What `auth_user` has and this table calls otherwise, or has not: `{ isStaff: 'is_admin', firstName: null }`. */
  readonly columns?: Readonly<Partial<Record<AccountColumn, string | null>>>
  /** Columns of your own: `user.fields`. */
  readonly fields?: Readonly<Record<string, UserField>>
  /** False: these accounts have no groups and no permissions of their own, as without Django's `PermissionsMixin`. Default: true. */
  readonly groups?: boolean
}

type TypeTextOf<Field> = Field extends { readonly type: infer Text } ? Text : Field
type ValueOf<Text> = Text extends `${infer Type extends UserFieldType} | null`
  ? FieldValues[Type] | null
  : Text extends UserFieldType
    ? FieldValues[Text]
    : never
type FieldsOf<Definition> = Definition extends { readonly fields: infer Fields }
  ? { readonly [Name in keyof Fields]: ValueOf<TypeTextOf<Fields[Name]>> }
  : NoFields
type OptionalName<Fields> = {
  [Name in keyof Fields]: Fields[Name] extends { readonly default: unknown }
    ? Name
    : TypeTextOf<Fields[Name]> extends `${string} | null`
      ? Name
      : never
}[keyof Fields]
type NewFieldsOf<Definition> = Definition extends { readonly fields: infer Fields }
  ? Omit<FieldsOf<Definition>, OptionalName<Fields>> & Partial<Pick<FieldsOf<Definition>, OptionalName<Fields>>>
  : NoFields
type IdTextOf<Definition> = Definition extends { readonly id: infer Id }
  ? Id extends { readonly type: infer Type }
    ? Type
    : Id
  : 'int'
type IdOf<Definition> = IdTextOf<Definition> extends 'uuid' ? string : number
/** Of accounts without columns of an application's own. */
export type NoFields = Readonly<Record<never, never>>

/** What a definition says of types. */
export interface UserTypes<Id extends number | string, Fields, NewFields> {
  readonly id: Id
  readonly fields: Fields
  readonly newFields: NewFields
}

/** A column of an application's own. */
export interface FieldColumn {
  readonly column: string
  readonly type: UserFieldType
  readonly isNullable: boolean
  /** `undefined`: none. */
  readonly default: unknown
}

/** A users table, from `defineUsers`; give it to `createApp` as `users`. */
export interface UsersTable<Types = UserTypes<number | string, object, object>> {
  /** True for `auth_user`. */
  readonly isDjangos: boolean
  readonly idType: UserIdType
  /** What is in which column; `null`: in none. */
  readonly columns: Readonly<Record<keyof typeof djangoColumns, string | null>>
  /** True when visitors log in with their address. */
  readonly hasEmailNames: boolean
  readonly fields: ReadonlyMap<string, FieldColumn>
  readonly schema: UsersSchema
  /** For the compiler only. */
  readonly types?: Types
}

const djangoColumns = {
  id: 'id',
  password: 'password',
  lastLogin: 'last_login',
  isSuperuser: 'is_superuser',
  username: 'username',
  firstName: 'first_name',
  lastName: 'last_name',
  email: 'email',
  isStaff: 'is_staff',
  isActive: 'is_active',
  dateJoined: 'date_joined',
} as const

/** The columns as Django makes them. */
const djangoKinds: Readonly<Record<Exclude<keyof typeof djangoColumns, 'id'>, Partial<UsersColumn>>> = {
  password: { maxLength: 128 },
  lastLogin: { kind: 'time', isNullable: true },
  isSuperuser: { kind: 'boolean' },
  username: { maxLength: 150, isUnique: true },
  firstName: { maxLength: 150 },
  lastName: { maxLength: 150 },
  email: { maxLength: 254 },
  isStaff: { kind: 'boolean' },
  isActive: { kind: 'boolean' },
  dateJoined: { kind: 'time' },
}

const idKinds: Readonly<Record<UserIdType, UsersColumnKind>> = { int: 'serial', bigint: 'bigserial', uuid: 'uuid' }

const modelShape = /^([A-Za-z]\w*)\.([A-Za-z]\w*)$/
/** PostgreSQL cuts names after 63 characters, silently. */
const nameShape = /^[A-Za-z_]\w{0,62}$/
const fieldShape = /^[a-z][A-Za-z0-9]*$/

/**
 * Declares the table that holds the accounts, in place of `auth_user`: that of a Django site with `AUTH_USER_MODEL`, or one that
 * `nuages migrate` makes.
 *
 * @example
 * export const users = defineUsers({
 *   model: 'accounts.User',
 *   id: 'uuid',
 *   username: 'email',
 *   fields: { phone: { type: 'text', default: '' }, trialEnds: 'time | null' },
 * })
 * @throws {ConfigError} for names and types that make no table.
 */
export function defineUsers<const Definition extends UsersDefinition>(
  definition: Definition,
): UsersTable<UserTypes<IdOf<Definition>, FieldsOf<Definition>, NewFieldsOf<Definition>>> {
  if (/^auth\.user$/i.test(definition.model))
    throw refusal('auth.User is the table of Django itself.', 'Leave `users` out, or name a model of your own.')
  return resolveUsers(definition)
}

const definitionKeys: ReadonlySet<string> = new Set<keyof UsersDefinition>([
  'model',
  'table',
  'id',
  'username',
  'columns',
  'fields',
  'groups',
])

/** The compiler lets further keys of a generic pass. */
function requireKnown({ columns = {}, ...definition }: UsersDefinition): void {
  const unknown = [
    ...Object.keys(definition).filter(key => !definitionKeys.has(key)),
    ...Object.keys(columns).filter(key => key === 'id' || key === 'username' || !Object.hasOwn(djangoColumns, key)),
  ]
  if (unknown.length === 0) return
  throw refusal(`defineUsers knows no ${unknown.join(', ')}.`, 'Columns of your own go into `fields`.')
}

function resolveUsers(definition: UsersDefinition): UsersTable<never> {
  requireKnown(definition)
  const [, app = '', name = ''] = modelShape.exec(definition.model) ?? []
  if (app === '')
    throw refusal(`"${definition.model}" names no model.`, "Write it as in AUTH_USER_MODEL: 'accounts.User'.")
  const model = name.toLowerCase()
  const table = definition.table ?? `${app.toLowerCase()}_${model}`
  const { type: idType, column: idColumn } =
    typeof definition.id === 'object' ? definition.id : { type: definition.id ?? 'int', column: 'id' }
  if (!userIdTypes.includes(idType))
    throw refusal(`The id of ${table} is neither of ${userIdTypes.join(', ')}.`, "Say id: 'uuid', for example.")
  const given = { ...djangoColumns, ...definition.columns, id: idColumn }
  const columns = { ...given, username: definition.username ?? djangoColumns.username }
  if (columns.password === null)
    throw refusal(`${table} has no column for passwords.`, 'Name it: columns: { password: … }.')
  const fields = new Map(Object.entries(definition.fields ?? {}).map(([key, field]) => [key, toField(key, field)]))
  const links: UsersLinks | null =
    definition.groups === false
      ? null
      : { groups: `${table}_groups`, permissions: `${table}_user_permissions`, userColumn: `${model}_id` }
  const schema = { app, model, table, links, columns: schemaColumns(idType, columns, definition.fields ?? {}) }
  requireNames(schema, fields)
  return {
    isDjangos: table === 'auth_user',
    idType,
    columns,
    hasEmailNames: columns.username === columns.email,
    fields,
    schema,
  }
}

function toField(name: string, field: UserField): FieldColumn {
  const { type: text, column, ...rest } = typeof field === 'string' ? { type: field } : field
  const isNullable = text.endsWith(' | null')
  const type = text.replace(/ \| null$/, '') as UserFieldType
  if (!fieldShape.test(name) || !userFieldTypes.includes(type))
    throw refusal(
      `The field "${name}" of the accounts cannot be "${text}".`,
      `A name like trialEnds, and one of ${userFieldTypes.join(', ')}, each with or without "| null".`,
    )
  const fallback = 'default' in rest ? rest.default : isNullable ? null : undefined
  const snake = name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
  return { column: column ?? snake, type, isNullable, default: fallback }
}

function schemaColumns(
  idType: UserIdType,
  columns: UsersTable['columns'],
  fields: Readonly<Record<string, UserField>>,
): readonly UsersColumn[] {
  const plain = { kind: 'text', isNullable: false, isUnique: false, maxLength: null } as const
  const found = new Map<string, UsersColumn>()
  for (const [property, name] of Object.entries(columns)) {
    if (name === null || property === 'id') continue
    const kinds = djangoKinds[property as keyof typeof djangoKinds]
    const before = found.get(name)
    // The address that is the name: as wide as an address, and unique.
    const maxLength = Math.max(before?.maxLength ?? 0, kinds.maxLength ?? 0) || null
    found.set(name, {
      ...plain,
      ...before,
      ...kinds,
      name,
      maxLength,
      isUnique: before?.isUnique || kinds.isUnique || false,
    })
  }
  const own = Object.entries(fields).map(([key, field]): UsersColumn => {
    const { column: name, type: kind, isNullable } = toField(key, field)
    const { maxLength = null, unique = false } = typeof field === 'string' ? {} : field
    if (unique && kind === 'text' && maxLength === null)
      throw refusal(`The field "${key}" is to be unique, and has no limit.`, 'Say how long it may be: maxLength: 100.')
    return { name, kind, isNullable, isUnique: unique, maxLength }
  })
  return [{ ...plain, name: columns.id ?? '', kind: idKinds[idType] }, ...found.values(), ...own]
}

function requireNames({ table, columns, links }: UsersSchema, fields: ReadonlyMap<string, FieldColumn>): void {
  const names = [table, ...columns.map(({ name }) => name), ...(links === null ? [] : Object.values(links))]
  const bad = names.find(name => !nameShape.test(name))
  if (bad !== undefined)
    throw refusal(
      `"${bad}" cannot name a table or column.`,
      'Use at most 63 letters, digits and _. Django cuts longer names of its own: give such a table another.',
    )
  const seen = new Set<string>()
  const own = new Set([...fields.values()].map(({ column }) => column))
  for (const { name } of columns) {
    if (seen.has(name))
      throw refusal(
        `The column ${table}.${name} is named twice.`,
        own.has(name) ? 'Leave the field out.' : 'Name it once.',
      )
    seen.add(name)
  }
}

function refusal(problem: string, fix: string): ConfigError {
  return new ConfigError(problem, fix)
}

/** `auth_user`. */
export const djangoUsers: UsersTable<UserTypes<number, NoFields, NoFields>> = resolveUsers({ model: 'auth.User' })
