/**
 * Schemas of the application as JSON Schema, and the components that they share.
 *
 * Owns the names of components. Leaves what a schema says to its library (Standard JSON Schema).
 */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import type { JsonObject, SchemaObject } from './document.ts'

const target = 'draft-2020-12'

/** A schema as its library writes it: the definitions it refers to stand beside it. */
export interface WrittenSchema {
  readonly root: SchemaObject
  readonly definitions: Readonly<Record<string, SchemaObject>>
}

/** The fields of a schema for objects, which stand alone as parameters or parts of a form. */
export interface SchemaFields {
  readonly properties: Readonly<Record<string, SchemaObject>>
  readonly required: readonly string[]
}

/** Keywords whose values are data: nothing in them is a reference. */
const dataKeywords = new Set(['const', 'enum', 'default', 'example', 'examples'])
const localReference = /^#\/(?:\$defs|definitions)\/([^/]+)(.*)$/s

export class SchemaComponents {
  readonly #schemas = new Map<string, SchemaObject>()
  readonly #note: (note: string) => void

  constructor(note: (note: string) => void) {
    this.#note = note
  }

  /** In the order of their names. */
  get schemas(): Readonly<Record<string, SchemaObject>> {
    const entries = [...this.#schemas].sort(([one], [other]) => (one < other ? -1 : 1))
    return Object.fromEntries(entries)
  }

  /** A component of Nuages's own. Schemas of the application of that name get another. */
  add(name: string, schema: SchemaObject): void {
    this.#schemas.set(name, schema)
  }

  /** What a schema takes, before it changes anything: that is what crosses the wire, both ways. `place`: for notes. */
  write(schema: StandardSchemaV1, place: string): WrittenSchema {
    const { $schema, $defs, $id, definitions, ...root } = this.#convert(schema, place)
    const known = { ...(definitions as WrittenSchema['definitions']), ...($defs as WrittenSchema['definitions']) }
    if (typeof $id !== 'string' || !isComponentName($id)) return { root, definitions: known }
    return { root: { $ref: `#/$defs/${$id}` }, definitions: { ...known, [$id]: root } }
  }

  /**
   * A written schema, or a piece of one, with its definitions among the components: as it stands in the document.
   *
   * `name`: of a definition that has none, as one that refers to itself.
   */
  place(piece: SchemaObject, { root, definitions }: WrittenSchema, name: string): SchemaObject {
    const refersToRoot = (value: unknown): boolean =>
      referencesIn(value).some(found => found === '#' || (found.startsWith('#/') && !localReference.test(found)))
    const needsRoot = refersToRoot(piece) || Object.values(definitions).some(refersToRoot)
    const all = needsRoot ? { ...definitions, '': root } : definitions
    const used = reachable(piece, all)
    const names = this.#namesFor(used, all, name)
    for (const local of used) this.#schemas.set(names.get(local) as string, renamed(all[local], names) as SchemaObject)
    if (needsRoot && piece === root) return { $ref: componentReference(names.get('') as string) }
    return renamed(piece, names) as SchemaObject
  }

  /** The schema of an answer, placed. Further fields in it are no fault: an API grows, and its clients must bear it. */
  describeAnswer(schema: StandardSchemaV1, at: { readonly name: string; readonly place: string }): SchemaObject {
    const written = opened(this.write(schema, at.place)) as unknown as WrittenSchema
    return this.place(written.root, written, at.name)
  }

  #convert(schema: StandardSchemaV1, place: string): JsonObject {
    const { jsonSchema, vendor } = schema['~standard'] as StandardSchemaV1.Props & Partial<StandardJSONSchemaV1.Props>
    if (jsonSchema === undefined) {
      const fix =
        vendor === 'valibot'
          ? 'Wrap it: toStandardJsonSchema(schema) of @valibot/to-json-schema.'
          : 'Take a schema that can (Standard JSON Schema), as those of zod 4.6 and arktype 2.2.'
      this.#note(
        `${place}: the ${vendor} schema cannot say what it takes as JSON Schema: described as anything. ${fix}`,
      )
      return {}
    }
    try {
      return copy(jsonSchema.input({ target }))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#note(
        `${place}: some of the schema is described as anything. ${why.replace(/\.?$/, '.')} Take what JSON has: z.iso.datetime() for z.date(), say.`,
      )
      return tolerant(jsonSchema)
    }
  }

  /** The same schema keeps its name; another one of that name gets a number. */
  #namesFor(
    used: readonly string[],
    all: Readonly<Record<string, SchemaObject>>,
    name: string,
  ): ReadonlyMap<string, string> {
    const wanted = new Map(used.map(local => [local, toComponentName(local, name)]))
    const names = new Map(wanted)
    const tries = new Map<string, number>()
    for (;;) {
      const taken = used.find((local, index) => {
        const candidate = names.get(local) as string
        if (used.slice(0, index).some(other => names.get(other) === candidate)) return true
        const known = this.#schemas.get(candidate)
        return known !== undefined && JSON.stringify(known) !== JSON.stringify(renamed(all[local], names))
      })
      if (taken === undefined) return names
      const number = (tries.get(taken) ?? 1) + 1
      tries.set(taken, number)
      names.set(taken, `${wanted.get(taken)}${number}`)
    }
  }
}

/** Without what JSON cannot hold, such as the schema's own functions. */
function copy(value: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject
}

function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inside]) => key !== 'additionalProperties' || inside !== false)
      .map(([key, inside]) => [key, dataKeywords.has(key) ? inside : opened(inside)]),
  )
}

/** What the library can say, when it refuses to leave anything out by itself. */
function tolerant(jsonSchema: StandardJSONSchemaV1.Converter): JsonObject {
  try {
    return copy(
      jsonSchema.input({
        target,
        libraryOptions: { unrepresentable: 'any', errorMode: 'ignore', fallback: () => ({}) },
      }),
    )
  } catch {
    return {}
  }
}

/** The specification's characters for the names of components. */
function isComponentName(name: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(name)
}

function toComponentName(local: string, name: string): string {
  // What libraries call a definition without a name: __schema0.
  if (local === '' || /^_*schema\d*$/i.test(local)) return `${name}${local === '' ? '' : 'Part'}`
  return decodeURIComponent(local).replace(/[^A-Za-z0-9._-]+/g, '_')
}

function componentReference(name: string): string {
  return `#/components/schemas/${name}`
}

function referencesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inside]) => {
    if (key === '$ref' && typeof inside === 'string') return [inside]
    return dataKeywords.has(key) ? [] : referencesIn(inside)
  })
}

/** The name of the definition that a reference leads to: `''` for the root. */
function localName(reference: string): string | null {
  if (!reference.startsWith('#')) return null
  return localReference.exec(reference)?.[1] ?? ''
}

function reachable(piece: SchemaObject, all: Readonly<Record<string, SchemaObject>>): readonly string[] {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    for (const reference of referencesIn(value)) {
      const local = localName(reference)
      if (local === null || found.has(local) || all[local] === undefined) continue
      found.add(local)
      visit(all[local])
    }
  }
  visit(piece)
  return [...found].sort()
}

function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map(item => renamed(item, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inside]) => {
      if (key === '$ref' && typeof inside === 'string') return [key, renamedReference(inside, names)]
      return [key, dataKeywords.has(key) ? inside : renamed(inside, names)]
    }),
  )
}

function renamedReference(reference: string, names: ReadonlyMap<string, string>): string {
  const local = localName(reference)
  const name = local === null ? undefined : names.get(local)
  if (name === undefined) return reference
  const rest = local === '' ? reference.slice(1) : (localReference.exec(reference)?.[2] ?? '')
  return `${componentReference(name)}${rest}`
}

/** The fields of a schema for objects, those of an intersection together; `null` for any other schema. */
export function fieldsOf(written: WrittenSchema, schema: SchemaObject = written.root, depth = 0): SchemaFields | null {
  const { $ref, allOf, properties, required } = schema
  const parts: SchemaFields[] = []
  // Definitions that refer to each other in a circle are no object.
  if (depth > 16) return null
  for (const part of [
    ...(typeof $ref === 'string' ? [written.definitions[localName($ref) ?? '']] : []),
    ...(Array.isArray(allOf) ? (allOf as SchemaObject[]) : []),
  ]) {
    const fields = part === undefined ? null : fieldsOf(written, part, depth + 1)
    if (fields === null) return null
    parts.push(fields)
  }
  if (typeof properties === 'object' && properties !== null)
    parts.push({
      properties: properties as SchemaFields['properties'],
      required: Array.isArray(required) ? (required as string[]) : [],
    })
  else if (schema.type === 'object' && schema.additionalProperties === undefined)
    parts.push({ properties: {}, required: [] })
  if (parts.length === 0) return null
  return {
    properties: Object.assign({}, ...parts.map(part => part.properties)),
    required: [...new Set(parts.flatMap(part => part.required))],
  }
}
