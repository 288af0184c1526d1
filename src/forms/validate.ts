/**
 * Input from outside, checked by a schema of the application's own library.
 *
 * Owns finding the input and naming what is wrong by field. Leaves the rules to any Standard Schema: zod, valibot, arktype.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type HttpRequest, isJson, UnsupportedMediaType } from '../http/index.ts'
import { type FieldErrors, ValidationError } from './errors.ts'

/** The hidden field of Django's `{% csrf_token %}`: no schema names it, and a strict one would refuse it. */
export const csrfFieldName = 'csrfmiddlewaretoken'

/** Where messages stand that belong to no one field. */
export const formErrorKey = '__all__'

/**
 * The body as data: JSON, or the fields of a form as an object without prototype (a repeated name is an array).
 * No body at all is an empty object.
 *
 * @throws {UnsupportedMediaType} with status 415 for a body that is neither.
 */
export async function readInput(request: HttpRequest): Promise<unknown> {
  const { type } = request.contentType
  if (isJson(type)) return request.json()
  if (type === 'application/x-www-form-urlencoded' || type === 'multipart/form-data') {
    const { parsedBody } = request
    const isParsed = typeof parsedBody === 'object' && !(parsedBody instanceof Uint8Array)
    const fields: Record<string, unknown> = isParsed ? { ...parsedBody } : (await request.POST).toObject()
    delete fields[csrfFieldName]
    return fields
  }
  if (type === '' && (await request.bytes()).byteLength === 0) return {}
  throw new UnsupportedMediaType('Send JSON, or a form: application/x-www-form-urlencoded or multipart/form-data.')
}

/** What a schema makes of `input`: its value, or the messages by field. */
export async function checkInput<Schema extends StandardSchemaV1>(
  schema: Schema,
  input: unknown,
): Promise<
  { readonly value: StandardSchemaV1.InferOutput<Schema>; readonly errors: null } | { readonly errors: FieldErrors }
> {
  const result = await schema['~standard'].validate(input)
  if (result.issues !== undefined) return { errors: errorsByField(result.issues) }
  return { value: result.value as StandardSchemaV1.InferOutput<Schema>, errors: null }
}

/**
 * The body of a request, as the schema types it.
 *
 * @throws {ValidationError} with status 422 and `errors` by field.
 * @throws {UnsupportedMediaType} 415, {MalformedBody} 400, {BodyTooLarge} 413 before the schema sees anything.
 */
export async function validate<Schema extends StandardSchemaV1>(
  request: HttpRequest,
  schema: Schema,
): Promise<StandardSchemaV1.InferOutput<Schema>> {
  const checked = await checkInput(schema, await readInput(request))
  if (checked.errors !== null) throw new ValidationError(checked.errors)
  return checked.value
}

/** `['items', 2, 'price']` is the field `items.2.price`. */
function errorsByField(issues: readonly StandardSchemaV1.Issue[]): FieldErrors {
  const errors: Record<string, string[]> = Object.create(null)
  for (const { path, message } of issues) {
    const keys = (path ?? []).map(segment => String(typeof segment === 'object' ? segment.key : segment))
    const field = keys.length === 0 ? formErrorKey : keys.join('.')
    errors[field] ??= []
    errors[field].push(message)
  }
  return errors
}

declare module '../http/request.ts' {
  interface HttpRequest {
    /**
     * The body, JSON or form, as a schema types it: any Standard Schema (zod, valibot, arktype).
     *
     * @throws {ValidationError} with status 422 and `errors` by field.
     */
    validate<Schema extends StandardSchemaV1>(schema: Schema): Promise<StandardSchemaV1.InferOutput<Schema>>
  }
}
