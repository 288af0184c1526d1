/**
 * The query of a list: page or cursor, search, order, filters, and which fields to show.
 *
 * Owns names, limits and messages, as a schema that describes itself. Leaves SQL to ./table-rows.ts.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { ConfigError } from '../kit/index.ts'
import { type DescribedSchema, describedSchema, isObject, type JsonSchema } from './described-schema.ts'
import { type Condition, describeFilter, type Filters, filterParameters, readFilter } from './filters.ts'

/** What a request for a list asks for. */
export interface ListQuery<Ordering extends string = string> {
  /** From 1. */
  readonly page: number
  readonly pageSize: number
  /** Where to go on; `''` for the beginning, `null` for pages. */
  readonly cursor: string | null
  /** Whether to count with a cursor; pages are always counted. */
  readonly withTotal: boolean
  /** Empty: everything. */
  readonly search: string
  readonly orderBy: Ordering
  readonly descending: boolean
  readonly filters: readonly Condition[]
  /** `null`: all. */
  readonly fields: readonly string[] | null
}

export interface ListQueryOptions<Ordering extends string = string> {
  /** What the list may be ordered by; the first is the default. */
  readonly ordering: readonly [Ordering, ...Ordering[]]
  /** Default: 20. */
  readonly pageSize?: number
  /** Most items that a client may ask for at once. Default: 100. */
  readonly maxPageSize?: number
  /** Whether there is a `search`. Default: true. */
  readonly search?: boolean
  /** Whether there is a `cursor`. Default: false. */
  readonly cursor?: boolean
  /** By column. Default: none. */
  readonly filters?: Filters
  /** What `fields` may name. Default: there is no `fields`. */
  readonly fields?: readonly string[]
}

/** Names in the query that mean something to every list. */
const ownNames: ReadonlySet<string> = new Set(['page', 'page_size', 'cursor', 'total', 'search', 'ordering', 'fields'])

const defaultPageSize = 20
const defaultMaxPageSize = 100
/** So many rows would have to be skipped, at a hundred each: a cursor is for those who want that many. */
const maxPage = 1_000_000
const maxSearchLength = 100
const maxCursorLength = 2000

/**
 * The schema of a list's query: `page`, `page_size`, `search`, `ordering`, `cursor`, `total`, `fields`, and filters (`price__lte`).
 *
 * ```ts no-run
 * list = operation({ query: listQuery({ ordering: ['name', 'price'] }), responses: { 200: pageOf(Book) } }, (request, params, { query }) => …)
 * ```
 *
 * An ordering or a filter outside those declared is refused: 422. A field that has nothing to do with the list is ignored.
 *
 * @throws {ConfigError} for a filter that is called like one of the others.
 */
export function listQuery<const Ordering extends string>(
  options: ListQueryOptions<Ordering>,
): DescribedSchema<unknown, ListQuery<Ordering>> {
  const reader = new QueryReader(options)
  return describedSchema(
    value => reader.read(isObject(value) ? value : {}) as never,
    () => reader.describe(),
  )
}

/** Reads one query, and collects what is wrong with it. */
class QueryReader {
  readonly #options: Required<Omit<ListQueryOptions, 'fields'>> & Pick<ListQueryOptions, 'fields'>
  readonly #filters: ReturnType<typeof filterParameters>

  constructor(options: ListQueryOptions) {
    const defaults = {
      pageSize: defaultPageSize,
      maxPageSize: defaultMaxPageSize,
      search: true,
      cursor: false,
      filters: {},
    }
    this.#options = { ...defaults, ...options }
    this.#filters = filterParameters(this.#options.filters)
    for (const name of this.#filters.keys())
      if (ownNames.has(name))
        throw new ConfigError(
          `The filter "${name}" has a name that means something else in a list's query.`,
          `Leave 'exact' out of its lookups.`,
        )
  }

  read(input: Readonly<Record<string, unknown>>): StandardSchemaV1.Result<ListQuery> {
    const { ordering, pageSize, maxPageSize } = this.#options
    const issues: StandardSchemaV1.Issue[] = []
    const refuse = (field: string, message: string): void => void issues.push({ path: [field], message })
    const text = (name: string): string | undefined => textOf(input, name)

    const page = wholeNumber(text('page'), 1, maxPage)
    if (page === null) refuse('page', 'Enter a whole number from 1.')
    const size = wholeNumber(text('page_size'), pageSize, maxPageSize)
    if (size === null) refuse('page_size', `Enter a whole number from 1 to ${maxPageSize}.`)
    const search = this.#options.search ? (text('search') ?? '').replaceAll('\0', '').trim() : ''
    if (search.length > maxSearchLength) refuse('search', `Enter at most ${maxSearchLength} characters.`)
    const order = text('ordering') ?? ordering[0]
    const orderBy = order.replace(/^-/, '')
    if (!ordering.includes(orderBy))
      refuse('ordering', `Choose one of ${ordering.join(', ')}; a minus sign in front turns it round.`)
    const cursor = this.#options.cursor ? (text('cursor') ?? null) : null
    if (cursor !== null && cursor.length > maxCursorLength) refuse('cursor', 'This is no cursor of this list.')
    if (cursor !== null && text('page') !== undefined) refuse('cursor', 'Send a page or a cursor, not both.')
    const total = text('total') ?? 'false'
    if (cursor !== null && total !== 'true' && total !== 'false') refuse('total', 'Enter true or false.')
    const fields = readFields(text('fields'), this.#options.fields, refuse)
    const filters = this.#readFilters(input, refuse)
    if (issues.length > 0) return { issues }
    const descending = order.startsWith('-')
    const withTotal = cursor === null || total === 'true'
    return {
      value: {
        page: page as number,
        pageSize: size as number,
        cursor,
        withTotal,
        search,
        orderBy,
        descending,
        filters,
        fields,
      },
    }
  }

  /** What looks like a filter and is none is refused: without it, the client would take the whole list for the part it asked for. */
  #readFilters(input: Readonly<Record<string, unknown>>, refuse: Refuse): readonly Condition[] {
    const conditions: Condition[] = []
    for (const name of Object.keys(input)) {
      const filter = this.#filters.get(name)
      if (filter === undefined) {
        const looksLikeOne = name.includes('__') || (this.#options.fields?.includes(name) && !ownNames.has(name))
        if (looksLikeOne) refuse(name, this.#noSuchFilter())
        continue
      }
      const values = readFilter(filter.kind, filter.lookup, textOf(input, name) ?? '')
      if (typeof values === 'string') refuse(name, values)
      else conditions.push({ ...filter, values })
    }
    return conditions
  }

  #noSuchFilter(): string {
    const names = [...this.#filters.keys()]
    return names.length === 0 ? 'This list has no filters.' : `There is no such filter, only ${names.join(', ')}.`
  }

  describe(): JsonSchema {
    const { ordering, pageSize, maxPageSize, search, cursor, fields } = this.#options
    const properties: Record<string, JsonSchema> = {
      page: { type: 'integer', minimum: 1, maximum: maxPage, default: 1 },
      page_size: { type: 'integer', minimum: 1, maximum: maxPageSize, default: pageSize },
      ordering: {
        type: 'string',
        enum: ordering.flatMap(name => [name, `-${name}`]),
        default: ordering[0],
        description: 'A minus sign in front turns it round.',
      },
    }
    if (search) properties.search = { type: 'string', maxLength: maxSearchLength }
    if (cursor) {
      const description = 'Goes on from a `next` or `previous`; empty for the beginning. In place of `page`.'
      properties.cursor = { type: 'string', maxLength: maxCursorLength, description }
      properties.total = { type: 'boolean', default: false, description: 'With a cursor: whether to count.' }
    }
    if (fields !== undefined) properties.fields = describeFields(fields)
    for (const [name, filter] of this.#filters) properties[name] = describeFilter(filter)
    return { type: 'object', properties }
  }
}

type Refuse = (field: string, message: string) => void

/** The schema of the query of an item: `fields` alone. */
export function itemQuery(allowed: readonly string[]): DescribedSchema<unknown, Pick<ListQuery, 'fields'>> {
  const validate = (value: unknown): StandardSchemaV1.Result<Pick<ListQuery, 'fields'>> => {
    const issues: StandardSchemaV1.Issue[] = []
    const text = isObject(value) ? textOf(value, 'fields') : undefined
    const fields = readFields(text, allowed, (field, message) => void issues.push({ path: [field], message }))
    return issues.length > 0 ? { issues } : { value: { fields } }
  }
  return describedSchema(validate, () => ({ type: 'object', properties: { fields: describeFields(allowed) } }))
}

function readFields(
  text: string | undefined,
  allowed: readonly string[] | undefined,
  refuse: Refuse,
): readonly string[] | null {
  if (text === undefined || allowed === undefined) return null
  const fields = [...new Set(text.split(',', allowed.length + 1))]
  if (fields.every(field => allowed.includes(field))) return fields
  refuse('fields', `Choose from ${allowed.join(', ')}, with commas between.`)
  return null
}

function describeFields(fields: readonly string[]): JsonSchema {
  return { type: 'string', description: `Only these, with commas between: ${fields.join(', ')}.` }
}

/** Of a repeated name the last text, as everywhere in a query. */
function textOf(input: Readonly<Record<string, unknown>>, name: string): string | undefined {
  if (!Object.hasOwn(input, name)) return undefined
  const value = input[name]
  const last = Array.isArray(value) ? value.at(-1) : value
  return typeof last === 'string' ? last : undefined
}

/** A number from 1 to `most`; `null` for anything else. */
function wholeNumber(text: string | undefined, fallback: number, most: number): number | null {
  if (text === undefined) return fallback
  return /^[0-9]{1,7}$/.test(text) && Number(text) >= 1 && Number(text) <= most ? Number(text) : null
}
