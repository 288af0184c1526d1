/**
 * Schemas of our own, and what others say of theirs (Standard Schema, Standard JSON Schema).
 */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'

/** A schema that can describe itself. */
export interface DescribedSchema<Input = unknown, Output = Input> {
  readonly '~standard': StandardSchemaV1.Props<Input, Output> & StandardJSONSchemaV1.Props<Input, Output>
}

/** A JSON Schema, as far as one looks into it here. */
export type JsonSchema = Readonly<Record<string, unknown>>

type Validate<Output> = StandardSchemaV1.Props<unknown, Output>['validate']

/** `describe`: its JSON Schema, the same for what goes in and what comes out. */
export function describedSchema<Input, Output>(
  validate: Validate<Output>,
  describe: () => JsonSchema,
): DescribedSchema<Input, Output> {
  const convert = (): Record<string, unknown> => ({ ...describe() })
  return { '~standard': { version: 1, vendor: 'nuages', validate, jsonSchema: { input: convert, output: convert } } }
}

/** What a schema says of itself; `null` when its library does not, or not of such a schema. */
export function jsonSchemaOf(schema: StandardSchemaV1, side: 'input' | 'output'): JsonSchema | null {
  const standard = schema['~standard'] as Partial<StandardJSONSchemaV1.Props>
  if (standard.jsonSchema === undefined) return null
  try {
    const { $schema: _, ...described } = standard.jsonSchema[side]({ target: 'draft-2020-12' })
    return described
  } catch {
    // Standard JSON Schema lets a library throw for what JSON Schema has no words for: a transformation, say.
    return null
  }
}

/** A JSON Schema that is a reference to one of its own definitions, as that definition. */
export function resolved(described: JsonSchema): JsonSchema {
  const name = typeof described.$ref === 'string' ? /^#\/\$defs\/([^/]+)$/.exec(described.$ref)?.[1] : undefined
  const definitions = definitionsOf(described)
  const definition = name === undefined ? undefined : definitions.$defs?.[name]
  return definition === undefined ? described : { ...definition, ...definitions }
}

/** The definitions of a JSON Schema, to stand at the root of one that it becomes a part of. */
export function definitionsOf(described: JsonSchema): { readonly $defs?: Readonly<Record<string, JsonSchema>> } {
  return isObject(described.$defs) ? { $defs: described.$defs as Readonly<Record<string, JsonSchema>> } : {}
}

/** The properties of an object's JSON Schema. */
export function propertiesOf(described: JsonSchema | null): Readonly<Record<string, JsonSchema>> | null {
  const properties = described === null ? undefined : resolved(described).properties
  return isObject(properties) ? (properties as Readonly<Record<string, JsonSchema>>) : null
}

/** True for an object that is no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
