/**
 * Filters of a list: `?price__lte=2000`.
 *
 * Owns which columns may be asked for and how, the reading of their values, and the condition in SQL. A column or comparison that was not
 * declared cannot be reached: names never come from the query, values are always parameters.
 */
import type { Expression, SqlBool } from 'kysely'
import { type Database, sql } from '../db/index.ts'
import type { JsonSchema } from './described-schema.ts'

/** How columns may be compared, by the kind of their values. `exact` is asked for by the bare name of the column. */
export const lookups = {
  text: ['exact', 'in', 'icontains', 'istartswith'],
  integer: ['exact', 'in', 'gt', 'gte', 'lt', 'lte'],
  number: ['exact', 'in', 'gt', 'gte', 'lt', 'lte'],
  boolean: ['exact'],
  time: ['exact', 'gt', 'gte', 'lt', 'lte'],
} as const
export type FilterKind = keyof typeof lookups
export type Lookup = (typeof lookups)[FilterKind][number]

/** How one column may be asked for. */
export type Filter = { readonly [Kind in FilterKind]: FilterOf<Kind> }[FilterKind]

interface FilterOf<Kind extends FilterKind> {
  /** `text`; `integer` and `number`; `boolean`: `true` or `false`; `time`: ISO 8601 with a zone. */
  readonly kind: Kind
  /** Default: `['exact']`. `in` takes values with commas between; `icontains` and `istartswith` make no difference between cases. */
  readonly lookups?: readonly (typeof lookups)[Kind][number][]
}

/** Filters by column. */
export type Filters = Readonly<Partial<Record<string, Filter>>>

/** A filter that a request asks for. */
export interface Condition {
  readonly column: string
  readonly kind: FilterKind
  readonly lookup: Lookup
  /** Values of `in`; one of any other lookup. */
  readonly values: readonly FilterValue[]
}

type FilterValue = string | number | boolean | Date

/** Longest text to compare with, in UTF-16 code units. */
const maxTextLength = 200
/** Most values of `in`. */
const maxValues = 100

/** What the query may name, by the name in the query: `price__lte`. */
export function filterParameters(filters: Filters): ReadonlyMap<string, Pick<Condition, 'column' | 'kind' | 'lookup'>> {
  const parameters = new Map<string, Pick<Condition, 'column' | 'kind' | 'lookup'>>()
  for (const [column, filter] of Object.entries(filters)) {
    if (filter === undefined) continue
    for (const lookup of filter.lookups ?? (['exact'] as const))
      parameters.set(lookup === 'exact' ? column : `${column}__${lookup}`, { column, kind: filter.kind, lookup })
  }
  return parameters
}

/** The values of a filter; text that says what is wrong with them otherwise. */
export function readFilter(kind: FilterKind, lookup: Lookup, text: string): readonly FilterValue[] | string {
  if (lookup !== 'in') {
    const value = readers[kind](text)
    return value === null ? problems[kind] : [value]
  }
  const texts = text.split(',')
  if (texts.length > maxValues) return `Enter at most ${maxValues} values.`
  const values = texts.map(readers[kind])
  return values.some(value => value === null) ? problems[kind] : (values as FilterValue[])
}

const readers: Readonly<Record<FilterKind, (text: string) => FilterValue | null>> = {
  text: text => (text.length <= maxTextLength && !text.includes('\0') ? text : null),
  integer: text => (/^-?[0-9]{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null),
  number: text => (/^-?[0-9]{1,15}(?:\.[0-9]{1,15})?$/.test(text) ? Number(text) : null),
  boolean: text => (text === 'true' ? true : text === 'false' ? false : null),
  time: readTime,
}

const problems: Readonly<Record<FilterKind, string>> = {
  text: `Enter at most ${maxTextLength} characters.`,
  integer: 'Enter a whole number.',
  number: 'Enter a number.',
  boolean: 'Enter true or false.',
  time: 'Enter a time with its zone, such as 2026-01-31T12:00:00Z.',
}

/** What all databases can compare with, in any zone: MariaDB begins with the year 1000, Python ends with 9999. */
const firstTime = new Date('1000-01-02T00:00:00Z')
const lastTime = new Date('9999-12-30T00:00:00Z')
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})$/

function readTime(text: string): Date | null {
  // In a query a plus sign that was not encoded is a space.
  const iso = text.replace(/ (?=\d{2}:\d{2}$)/, '+')
  const time = isoTime.test(iso) ? new Date(iso) : null
  return time !== null && time >= firstTime && time < lastTime ? time : null
}

/** JSON Schema of the text in a query, by kind. */
const described: Readonly<Record<FilterKind, JsonSchema>> = {
  text: { type: 'string', maxLength: maxTextLength },
  integer: { type: 'integer' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  time: { type: 'string', format: 'date-time' },
}

const operators = { exact: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

const meanings: Readonly<Record<Lookup, string>> = {
  exact: 'is',
  in: 'is one of (with commas between)',
  icontains: 'contains, whatever the case',
  istartswith: 'starts with, whatever the case',
  gt: 'is greater than',
  gte: 'is at least',
  lt: 'is less than',
  lte: 'is at most',
}

/** JSON Schema of a filter's parameter. */
export function describeFilter({ column, kind, lookup }: Pick<Condition, 'column' | 'kind' | 'lookup'>): JsonSchema {
  const description = `Only where \`${column}\` ${meanings[lookup]} this.`
  return lookup === 'in' ? { type: 'string', description } : { ...described[kind], description }
}

/** The condition in SQL. */
export function filterExpression(condition: Condition, database: Database): Expression<SqlBool> {
  const { column, kind, lookup, values } = condition
  const ref = sql.ref(column)
  if (lookup === 'in')
    return sql<SqlBool>`${ref} in (${sql.join(values.map(value => parameter(value, kind, database)))})`
  const [value] = values
  if (lookup === 'icontains') return contains(column, String(value))
  if (lookup === 'istartswith') return like(column, `${escapeLike(String(value))}%`)
  return sql<SqlBool>`${ref} ${sql.raw(operators[lookup])} ${parameter(value as FilterValue, kind, database)}`
}

/** PostgreSQL would read a number as the type of the column, and refuse one that the column cannot hold. */
function parameter(value: FilterValue, kind: FilterKind, { dialect, toColumnTime }: Database): Expression<unknown> {
  if (value instanceof Date) return sql`${toColumnTime(value.getTime())}`
  if (dialect === 'postgresql' && kind === 'integer') return sql`cast(${value} as bigint)`
  if (dialect === 'postgresql' && kind === 'number') return sql`cast(${value} as numeric)`
  return sql`${value}`
}

/** True where the column holds the text anywhere, whatever the case. */
export function contains(column: string, text: string): Expression<SqlBool> {
  return like(column, `%${escapeLike(text)}%`)
}

/** The database lowers both sides: SQLite knows the cases of ASCII only, and must not meet others lowered by somebody else. */
function like(column: string, pattern: string): Expression<SqlBool> {
  return sql<SqlBool>`lower(${sql.ref(column)}) like lower(${pattern}) escape '!'`
}

/** `%` and `_` stand for themselves with `ESCAPE '!'`. */
function escapeLike(text: string): string {
  return text.replace(/[!%_]/g, '!$&')
}
