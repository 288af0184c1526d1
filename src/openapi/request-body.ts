/**
 * What an operation takes, in the description: its query and its body.
 */
import type { FileRule, FileRules } from '../forms/index.ts'
import type { OperationDeclaration } from '../views/index.ts'
import type { MediaTypeObject, ParameterObject, RequestBodyObject, SchemaObject } from './document.ts'
import { fieldsOf, type SchemaComponents, type WrittenSchema } from './schemas.ts'

const multipart = 'multipart/form-data'
const form = 'application/x-www-form-urlencoded'
const json = 'application/json'

/** What a piece of an operation is described with. */
export interface OperationPiece {
  readonly components: SchemaComponents
  /** For components without a name of their own: `CreateProduct`. */
  readonly name: string
  /** For notes: `POST /api/product/`. */
  readonly place: string
}

/** A parameter for each field of the query; one for all where the fields are not known. */
export function queryParameters({ query }: OperationDeclaration, piece: OperationPiece): readonly ParameterObject[] {
  if (query === undefined) return []
  const name = `${piece.name}Query`
  const written = piece.components.write(query, `${piece.place}, query`)
  const fields = fieldsOf(written)
  if (fields === null) {
    const schema = piece.components.place(written.root, written, name)
    return [{ name: 'query', in: 'query', style: 'form', explode: true, schema }]
  }
  return Object.entries(fields.properties).map(([field, property]) => {
    const { description, deprecated, ...schema } = property
    return {
      name: field,
      in: 'query',
      ...(fields.required.includes(field) && { required: true }),
      ...(typeof description === 'string' && { description }),
      ...(deprecated === true && { deprecated: true }),
      schema: piece.components.place(schema, written, `${name}_${field}`),
    }
  })
}

export function requestBody(declaration: OperationDeclaration, piece: OperationPiece): RequestBodyObject | undefined {
  const { body, files } = declaration
  if (body === undefined && files === undefined) return undefined
  const written: WrittenSchema =
    body === undefined
      ? { root: { type: 'object' }, definitions: {} }
      : piece.components.write(body, `${piece.place}, body`)
  const fields = fieldsOf(written)
  const name = `${piece.name}Body`
  const content: Record<string, MediaTypeObject> = {}
  if (files !== undefined) {
    content[multipart] = multipartOf(files, property => piece.components.place(property, written, name), fields)
    if (Object.values(files).some(rule => rule.required === true)) return { required: true, content }
  }
  const schema = piece.components.place(written.root, written, name)
  content[json] = { schema }
  // A form brings nothing but texts.
  if (files === undefined && fields !== null && Object.values(fields.properties).every(isText))
    content[form] = { schema }
  return { required: fields === null || fields.required.length > 0, content }
}

function isText({ type, $ref, anyOf, oneOf, allOf, enum: values, const: constant }: SchemaObject): boolean {
  if ($ref !== undefined || anyOf !== undefined || oneOf !== undefined || allOf !== undefined) return false
  if (Array.isArray(values)) return values.every(value => typeof value === 'string')
  return type === 'string' || typeof constant === 'string'
}

function multipartOf(
  files: FileRules,
  place: (property: SchemaObject) => SchemaObject,
  fields: ReturnType<typeof fieldsOf>,
): MediaTypeObject {
  const properties: Record<string, SchemaObject> = {}
  const encoding: Record<string, { readonly contentType: string }> = {}
  const required = [...(fields?.required ?? [])]
  for (const [name, property] of Object.entries(fields?.properties ?? {})) properties[name] = place(property)
  for (const [name, rule] of Object.entries(files)) {
    properties[name] = fileSchema(rule)
    if (rule.required === true) required.push(name)
    if (rule.accept !== undefined) encoding[name] = { contentType: rule.accept.join(', ') }
  }
  return {
    schema: { type: 'object', properties, ...(required.length > 0 && { required }) },
    ...(Object.keys(encoding).length > 0 && { encoding }),
  }
}

function fileSchema(rule: FileRule): SchemaObject {
  const limits = [
    ...(rule.accept === undefined ? [] : [`By its content one of ${rule.accept.join(', ')}.`]),
    ...(rule.maxBytes === undefined ? [] : [`At most ${inBytes(rule.maxBytes)}.`]),
  ]
  const one = { type: 'string', format: 'binary', contentMediaType: mediaType(rule) }
  const described = limits.length > 0 ? { description: limits.join(' ') } : {}
  return rule.multiple === true ? { type: 'array', items: one, ...described } : { ...one, ...described }
}

function mediaType({ accept }: FileRule): string {
  return accept?.length === 1 ? (accept[0] as string) : 'application/octet-stream'
}

function inBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && Number.isInteger(value / 1024) && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${value} ${units[unit]}`
}
