/**
 * What a list answers: a page of items, or the part around a cursor; and what an item looks like with some of its fields.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type DescribedSchema, describedSchema, isObject, type JsonSchema, jsonSchemaOf } from './described-schema.ts'

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** In all pages. */
  readonly total: number
  /** From 1. */
  readonly page: number
  readonly pageSize: number
}

/** The part of a list that a cursor leads to. Items that come or go meanwhile shift nothing. */
export interface CursorPage<Item> {
  readonly items: readonly Item[]
  /** The cursor of what follows; `null` at the end. */
  readonly next: string | null
  /** The cursor of what comes before; `null` at the beginning. */
  readonly previous: string | null
  readonly pageSize: number
  /** In the whole list, when it was asked for. */
  readonly total?: number
}

/** The schema of a page of items: `{ items, total, page, pageSize }`. */
export function pageOf<Item extends StandardSchemaV1>(
  item: Item,
): DescribedSchema<Page<StandardSchemaV1.InferInput<Item>>, Page<StandardSchemaV1.InferOutput<Item>>> {
  return listSchema(item, { required: ['items', 'total', 'page', 'pageSize'], properties: pageProperties }) as never
}

/** The schema of what a list with cursors answers: a page, or the part around a cursor. */
export function cursorPageOf(item: StandardSchemaV1): DescribedSchema<unknown> {
  return listSchema(item, { required: ['items', 'pageSize'], properties: { ...pageProperties, ...cursorProperties } })
}

const pageProperties: Readonly<Record<string, JsonSchema>> = {
  total: { type: 'integer', minimum: 0 },
  page: { type: 'integer', minimum: 1 },
  pageSize: { type: 'integer', minimum: 1 },
}

const cursorProperties: Readonly<Record<string, JsonSchema>> = {
  next: { type: ['string', 'null'] },
  previous: { type: ['string', 'null'] },
}

interface ListShape {
  readonly required: readonly string[]
  readonly properties: Readonly<Record<string, JsonSchema>>
}

function listSchema(item: StandardSchemaV1, { required, properties }: ListShape): DescribedSchema<unknown> {
  const validate = async (value: unknown): Promise<StandardSchemaV1.Result<unknown>> => {
    if (!isObject(value) || !Array.isArray(value.items)) return { issues: [{ message: 'This is no page.' }] }
    const missing = required.filter(name => value[name] === undefined)
    const unknown = Object.keys(value).filter(name => name !== 'items' && properties[name] === undefined)
    const issues: StandardSchemaV1.Issue[] = [...missing, ...unknown].map(name => ({
      path: [name],
      message: missing.includes(name) ? 'This is missing.' : 'This is not declared.',
    }))
    for (const [index, one] of value.items.entries()) {
      const result = await item['~standard'].validate(one)
      for (const issue of result.issues ?? []) issues.push({ ...issue, path: ['items', index, ...(issue.path ?? [])] })
    }
    return issues.length > 0 ? { issues } : { value }
  }
  return describedSchema(validate, () => {
    const { $defs, ...items } = jsonSchemaOf(item, 'output') ?? {}
    return {
      type: 'object',
      properties: { items: { type: 'array', items }, ...properties },
      required,
      ...($defs !== undefined && { $defs }),
    }
  })
}

/** The schema of an item of which `fields` may have left some out. It describes the whole item: that is what one gets unasked. */
export function withSomeFields(item: StandardSchemaV1): DescribedSchema<unknown> {
  const validate = async (value: unknown): Promise<StandardSchemaV1.Result<unknown>> => {
    const result = await item['~standard'].validate(value)
    if (result.issues === undefined || !isObject(value)) return result
    const issues = result.issues.filter(({ path }) => {
      const [first] = path ?? []
      return first === undefined || Object.hasOwn(value, typeof first === 'object' ? first.key : first)
    })
    return issues.length > 0 ? { issues } : { value }
  }
  return describedSchema(validate, () => jsonSchemaOf(item, 'output') ?? {})
}
