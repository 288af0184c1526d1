/**
 * Schemas of an item that follow from the whole one: as it is shown, and as a part of it is sent.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import {
  type DescribedSchema,
  definitionsOf,
  describedSchema,
  isObject,
  jsonSchemaOf,
  propertiesOf,
  resolved,
} from './described-schema.ts'

/** An item that shows these columns, described as far as the schema for writing knows them. */
export function shownItem(columns: readonly string[], schema: StandardSchemaV1 | null): DescribedSchema<unknown> {
  const validate = (value: unknown): StandardSchemaV1.Result<unknown> => {
    if (!isObject(value)) return { issues: [{ message: 'This is no item.' }] }
    const missing = columns.filter(name => !Object.hasOwn(value, name))
    const unknown = Object.keys(value).filter(name => !columns.includes(name))
    const issues = [...missing, ...unknown].map(name => ({
      path: [name],
      message: missing.includes(name) ? 'This is missing.' : 'This is not shown.',
    }))
    return issues.length > 0 ? { issues } : { value }
  }
  return describedSchema(validate, () => {
    const described = schema && (jsonSchemaOf(schema, 'output') ?? jsonSchemaOf(schema, 'input'))
    const known = propertiesOf(described)
    return {
      type: 'object',
      properties: Object.fromEntries(columns.map(name => [name, known?.[name] ?? {}])),
      required: columns,
      ...(described !== null && definitionsOf(described)),
    }
  })
}

/** Some fields of an item. It takes any object: what the whole comes to, with the fields that are there, is checked later. */
export function partOf(schema: StandardSchemaV1): DescribedSchema<unknown, Readonly<Record<string, unknown>>> {
  const validate = (value: unknown): StandardSchemaV1.Result<Readonly<Record<string, unknown>>> =>
    isObject(value) ? { value } : { issues: [{ message: 'Send an object with the fields to change.' }] }
  return describedSchema(validate, () => {
    const { required: _, ...described } = resolved(jsonSchemaOf(schema, 'input') ?? { type: 'object' })
    return described
  })
}
