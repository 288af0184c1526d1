/**
 * The columns of a users table in statements: which there are, and what goes in and comes out.
 *
 * Owns the text of statements and the form of values. Leaves running them to ./users.ts.
 */
import { randomUUID } from 'node:crypto'
import { type Database, type Parameter, quoteName } from '../db/index.ts'
import type { UserFields, UserId } from './account-types.ts'
import { normalizeEmail, normalizeUsername } from './usernames.ts'
import type { FieldColumn, UserFieldType, UsersTable } from './users-table.ts'

/** What may be given by name. Nothing else of an object is looked at: it may be what a visitor sent. */
const given = ['username', 'email', 'firstName', 'lastName', 'isActive', 'isStaff', 'isSuperuser'] as const

/** What a new or changed account is given, by the names of `User`. */
export type GivenValues = { readonly [Name in (typeof given)[number]]?: string | boolean } & {
  readonly fields?: object
}

/** Column, in quotes where it needs them, to its value. */
export type ColumnValues = ReadonlyMap<string, Parameter>

/** What a column holds that nobody gave a value for. */
const defaults = { email: '', firstName: '', lastName: '', isStaff: false, isSuperuser: false, isActive: true } as const

/** In place of a column that the table lacks. */
const absent: Readonly<Record<string, string>> = {
  last_login: 'NULL',
  is_superuser: 'FALSE',
  first_name: "''",
  last_name: "''",
  email: "''",
  is_staff: 'FALSE',
  is_active: 'TRUE',
  date_joined: 'NULL',
}

const selected = {
  id: 'id',
  password: 'password',
  last_login: 'lastLogin',
  is_superuser: 'isSuperuser',
  username: 'username',
  first_name: 'firstName',
  last_name: 'lastName',
  email: 'email',
  is_staff: 'isStaff',
  is_active: 'isActive',
  date_joined: 'dateJoined',
} as const

const uuidShape = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const idDigits = { int: /^-?[0-9]{1,10}$/, bigint: /^-?[0-9]{1,16}$/ } as const
const dateShape = /^\d{4}-\d\d-\d\d$/
/** An address fits the column of Django's. */
const maxEmailLength = 254

export class UserColumns {
  readonly users: UsersTable
  /** The table in statements. */
  readonly table: string
  /** `SELECT … FROM …`, with the names of `UserRow`. */
  readonly select: string
  readonly #database: Database
  readonly #fields: readonly (readonly [name: string, field: FieldColumn])[]

  constructor(database: Database, users: UsersTable) {
    this.users = users
    this.#database = database
    this.#fields = [...users.fields]
    this.table = this.#quoted(users.schema.table)
    const own = this.#fields.map(([, { column }], index) => `${this.#quoted(column)} AS own_${index}`)
    const columns = Object.entries(selected).map(([alias, property]) => {
      const column = this.name(property)
      return column === alias ? alias : `${column ?? absent[alias]} AS ${alias}`
    })
    this.select = `SELECT ${[...columns, ...own].join(', ')} FROM ${this.table}`
  }

  #quoted(name: string): string {
    return this.users.isDjangos ? name : quoteName(this.#database.dialect, name)
  }

  /** The column of a property in statements; `null` when the table has none. */
  name(property: keyof UsersTable['columns']): string | null {
    const column = this.users.columns[property]
    return column === null ? null : this.#quoted(column)
  }

  /** The primary key in statements. */
  get id(): string {
    return this.name('id') as string
  }

  /** The id that a text means, as Django writes it in sessions and links; `null`: none. */
  parseId(text: string): UserId | null {
    const { idType } = this.users
    if (idType === 'uuid') return uuidShape.test(text) ? (text as unknown as UserId) : null
    return idDigits[idType].test(text) && this.#isNumberInBounds(Number(text))
      ? (Number(text) as unknown as UserId)
      : null
  }

  #isNumberInBounds(id: number): boolean {
    return Number.isSafeInteger(id) && (this.users.idType === 'bigint' || Math.abs(id) < 2 ** 31)
  }

  /** An id as a parameter; `null` for what no account can have. Django keeps a UUID without hyphens where the database has no type for it. */
  idParameter(id: unknown): string | number | null {
    if (this.users.idType !== 'uuid') return typeof id === 'number' && this.#isNumberInBounds(id) ? id : null
    if (typeof id !== 'string' || !uuidShape.test(id)) return null
    return this.#database.dialect === 'postgresql' ? id : id.replaceAll('-', '')
  }

  /** The id in a row. @throws {TypeError} when the column is of another type than the definition says. */
  readonly toId = (stored: unknown): UserId => {
    if (this.users.idType === 'uuid') {
      const digits = String(stored).toLowerCase().replaceAll('-', '')
      const id = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
      if (uuidShape.test(id)) return id as unknown as UserId
    } else if (Number.isSafeInteger(Number(stored))) return Number(stored) as unknown as UserId
    throw new TypeError(`${this.users.schema.table}: an id is no ${this.users.idType}. Correct defineUsers.`)
  }

  /** The columns of an application's own in a row. */
  readonly toFields = (row: object): UserFields => {
    const stored = row as Readonly<Record<string, unknown>>
    const values = this.#fields.map(([name, { type }], index) => [name, this.#fromColumn(type, stored[`own_${index}`])])
    return Object.freeze(Object.fromEntries(values)) as UserFields
  }

  #fromColumn(type: UserFieldType, value: unknown): unknown {
    if (value === null) return null
    switch (type) {
      case 'text':
        return String(value)
      case 'integer':
      case 'number':
        return Number(value)
      case 'boolean':
        return Boolean(value)
      case 'time':
        return new Date(this.#database.fromColumnTime(value))
      case 'date':
        return value instanceof Date ? localDate(value) : String(value).slice(0, 10)
    }
  }

  /** What stands in the column of the name: one spelling for what looks alike, of an address the domain in lower case. */
  normalizeUsername(username: string): string {
    if (!this.users.hasEmailNames) return normalizeUsername(username)
    return normalizeEmail(normalizeUsername(username, maxEmailLength))
  }

  /**
   * The columns of a new account, all that the table has but its password. A UUID is made here. `now`: milliseconds since the Unix epoch.
   *
   * @throws {TypeError} for what the table has no column for, for a field that was left out, or is of another type.
   */
  toInsert(account: GivenValues, now: number): ColumnValues {
    const others = this.toValues({ ...defaults, lastLogin: null, dateJoined: this.#database.toColumnTime(now) })
    const values = new Map([...others, ...this.toUpdate(account)])
    for (const [name, field] of this.#fields) {
      const column = this.#quoted(field.column)
      if (!values.has(column)) values.set(column, this.#toColumn(name, field, field.default))
    }
    if (this.users.idType === 'uuid') values.set(this.id, this.idParameter(randomUUID()))
    return values
  }

  /** The columns of what is given. @throws {TypeError} as `toInsert` does. */
  toUpdate(account: GivenValues): ColumnValues {
    const values = new Map<string, Parameter>()
    for (const property of given) {
      const value = account[property]
      if (value === undefined) continue
      const stored = typeof value === 'string' ? this.#normalized(property, value) : value
      const column = this.name(property)
      if (column === null) this.#requireDefault(property, stored)
      else if (values.has(column) && values.get(column) !== stored)
        throw new TypeError(`${this.users.schema.table} has one column for ${property} and what differs from it.`)
      else values.set(column, stored)
    }
    for (const [name, value] of Object.entries(account.fields ?? {})) {
      if (value === undefined) continue
      const field = this.users.fields.get(name)
      if (field === undefined) throw new TypeError(`The accounts have no field "${name}".`)
      values.set(this.#quoted(field.column), this.#toColumn(name, field, value))
    }
    return values
  }

  /** The columns of values that are as they are stored; what the table has no column for is left out. */
  readonly toValues = (stored: { readonly [Name in keyof UsersTable['columns']]?: Parameter }): ColumnValues => {
    const values = new Map<string, Parameter>()
    for (const [property, value] of Object.entries(stored)) {
      const column = this.name(property as keyof typeof stored)
      if (column !== null) values.set(column, value)
    }
    return values
  }

  #normalized(property: keyof UsersTable['columns'], text: string): string {
    if (property === 'username' || (property === 'email' && this.users.hasEmailNames))
      return this.normalizeUsername(text)
    return property === 'email' ? normalizeEmail(text) : text
  }

  #requireDefault(property: string, value: unknown): void {
    if (value === (defaults as Readonly<Record<string, unknown>>)[property]) return
    throw new TypeError(`${this.users.schema.table} has no column for ${property}.`)
  }

  #toColumn(name: string, { type, isNullable }: FieldColumn, value: unknown): Parameter {
    if (value === null && isNullable) return null
    if (type === 'text' && typeof value === 'string' && isStorable(value)) return value
    if (type === 'integer' && Number.isInteger(value) && Math.abs(value as number) < 2 ** 31) return value as number
    if (type === 'number' && Number.isFinite(value)) return value as number
    if (type === 'boolean' && typeof value === 'boolean') return value
    if (type === 'time' && value instanceof Date) return this.#database.toColumnTime(value.getTime())
    if (type === 'date' && typeof value === 'string' && dateShape.test(value)) return value
    const wanted = { text: 'text', integer: 'a whole number', number: 'a number', boolean: 'true or false' }
    const words = { ...wanted, time: 'a Date', date: 'text like 2026-01-31' }[type]
    throw new TypeError(`The field "${name}" of an account is ${words}${isNullable ? ' or null' : ''}.`)
  }
}

/** False for what not every database can keep. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** `pg` makes a local midnight of a date. */
function localDate(date: Date): string {
  const digits = (value: number, length: number): string => String(value).padStart(length, '0')
  return `${digits(date.getFullYear(), 4)}-${digits(date.getMonth() + 1, 2)}-${digits(date.getDate(), 2)}`
}
