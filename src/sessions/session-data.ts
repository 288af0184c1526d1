/**
 * What the keys of a session may hold, checked when they are read.
 *
 * Owns schemas and the data of older and newer releases. Leaves keys that nobody declared as they are.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { ConfigError, parseJson, serializeJson } from '../kit/index.ts'
import { textOf } from './entry.ts'
import type { ReadValue } from './sessions.ts'

/** A key with data of older releases to take over. */
export interface VersionedSchema<Schema extends StandardSchemaV1 = StandardSchemaV1> {
  readonly schema: Schema
  /** What the schema takes, out of stored data that it does not; `undefined` for nothing. What it throws counts as that. */
  readonly migrate: (stored: unknown) => unknown
}

/** Session key to the schema of its value: any Standard Schema that answers at once. */
export type SessionSchemas = Readonly<Record<string, StandardSchemaV1 | VersionedSchema>>

type SchemaOf<Declared> =
  Declared extends VersionedSchema<infer Schema> ? Schema : Declared extends StandardSchemaV1 ? Declared : never

/** The types of declared keys, to extend `SessionData` with. */
export type SessionDataOf<Schemas extends SessionSchemas> = {
  -readonly [Key in keyof Schemas]: StandardSchemaV1.InferOutput<SchemaOf<Schemas[Key]>>
}

/**
 * Declares keys of the session with a schema each; give the result to `createApp` as `sessionData`.
 *
 * Stored data that a schema refuses, left there by another release, goes through its `migrate`; if that does not help the key reads as if it
 * were not there, and a line in the log says so. What is stored stays until the key is set: the release that understands it may come back.
 *
 * @example
 * export const sessionData = defineSessionData({
 *   cart: { schema: Cart, migrate: old => (Array.isArray(old) ? { lines: old } : undefined) },
 * })
 * declare module 'nuages/sessions' {
 *   interface SessionData extends SessionDataOf<typeof sessionData> {}
 * }
 */
export function defineSessionData<Schemas extends SessionSchemas>(schemas: Schemas): Schemas {
  return Object.freeze({ ...schemas })
}

/** Reads the stored text of a key. */
export type Reader = (key: string, text: string | null) => ReadValue

type Warn = (fields: object, message: string) => void

/** A reader of keys as their schemas have them. */
export function createReader(schemas: SessionSchemas, warn: Warn): Reader {
  const declared = new Map(Object.entries(schemas))
  if (declared.size === 0) return readPlain
  return (key, text) => {
    const schema = text === null ? undefined : declared.get(key)
    if (schema === undefined) return readPlain(key, text)
    const stored = parseJson(text as string)
    const value = usable(key, schema, stored)
    if (value === stored) return { value, shown: text }
    if (value === undefined) warn({ key }, 'session data of another form was left out')
    return { value, shown: value === undefined ? null : textOf(key, value, text) }
  }
}

function readPlain(_key: string, text: string | null): ReadValue {
  return { value: text === null ? undefined : parseJson(text), shown: text }
}

/** The value that a schema takes; `undefined` when there is none. */
function usable(key: string, declared: StandardSchemaV1 | VersionedSchema, stored: unknown): unknown {
  if ('~standard' in declared) return accepted(key, declared, stored)
  const value = accepted(key, declared.schema, stored)
  if (value !== undefined) return value
  let migrated: unknown
  try {
    migrated = declared.migrate(parseJson(serializeJson(stored)))
  } catch {
    // Data that nobody expected: the key counts as absent, and the log says so.
    return undefined
  }
  return migrated === undefined ? undefined : accepted(key, declared.schema, migrated)
}

/** Schemas that answered later than at once. */
const asynchronous = new WeakSet<StandardSchemaV1>()

function accepted(key: string, schema: StandardSchemaV1, value: unknown): unknown {
  const result = answerOf(schema, value)
  if (result instanceof Promise) {
    // Zod tries again with waiting when the code of a schema threw, and fails again: such data is refused. Who succeeds is asynchronous.
    result.then(
      () => asynchronous.add(schema),
      () => {},
    )
    if (!asynchronous.has(schema)) return undefined
    const fix = 'Give it one that checks without waiting.'
    throw new ConfigError(`The schema of the session key ${JSON.stringify(key)} is asynchronous.`, fix)
  }
  return result.issues === undefined ? result.value : undefined
}

/** What the schema says of a value. Code of a schema that throws has met data that it did not expect, and refuses it. */
function answerOf(schema: StandardSchemaV1, value: unknown): ReturnType<StandardSchemaV1['~standard']['validate']> {
  try {
    return schema['~standard'].validate(value)
  } catch (error) {
    return { issues: [{ message: String(error) }] }
  }
}
