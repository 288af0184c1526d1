/**
 * Input from outside, checked by a schema of the application's own library.
 *
 * Owns finding the input and naming what is wrong by field. Leaves the rules to any Standard Schema: zod, valibot, arktype.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { FolderDate } from '../files/index.ts'
import { type HttpRequest, isJson, UnsupportedMediaType } from '../http/index.ts'
import { systemClock } from '../kit/index.ts'
import { type FieldErrors, ValidationError } from './errors.ts'
import { type CheckedFiles, type FileRules, type ReadFiles, readFiles } from './files.ts'

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

/** What else `validate` checks. */
export interface ValidateOptions<Rules extends FileRules> {
  /** The files of a multipart form, by field: they stand in the result beside what the schema makes of the fields. */
  readonly files: Rules
  /** The date in the folders of `uploadTo`. Default: now, in UTC; `request.validate` takes the zone of `TIME_ZONE`. */
  readonly date?: FolderDate
  /** Hears of each file of a refused form that a storage cannot give up again. Default: nobody does; `request.validate` writes it to the log. */
  readonly onLeftFile?: (error: unknown) => void
}

/**
 * The body of a request, as the schema types it; with `files`, the files of the form beside it.
 *
 * @throws {ValidationError} with status 422 and `errors` by field.
 * @throws {UnsupportedMediaType} 415, {MalformedBody} 400, {BodyTooLarge} 413 before the schema sees anything.
 * @throws {FileTooLarge} 413, {FileTypeRefused} 415 as soon as the bytes of a file show it; {StorageFull} 507. What a storage has of a
 * form that is refused is taken out again.
 */
export async function validate<Schema extends StandardSchemaV1>(
  request: HttpRequest,
  schema: Schema,
): Promise<StandardSchemaV1.InferOutput<Schema>>
export async function validate<Schema extends StandardSchemaV1, const Rules extends FileRules>(
  request: HttpRequest,
  schema: Schema,
  options: ValidateOptions<Rules> | undefined,
): Promise<StandardSchemaV1.InferOutput<Schema> & CheckedFiles<Rules>>
export async function validate(
  request: HttpRequest,
  schema: StandardSchemaV1,
  options?: ValidateOptions<FileRules>,
): Promise<unknown> {
  if (options === undefined) return checkRequest(request, schema, null)
  const { date = { now: systemClock(), timeZone: 'UTC' }, onLeftFile = () => {} } = options
  const files = await readFiles(request, options.files, { signal: request.signal, date, onLeftFile })
  try {
    return await checkRequest(request, schema, files)
  } catch (error) {
    await files.remove()
    throw error
  }
}

async function checkRequest(
  request: HttpRequest,
  schema: StandardSchemaV1,
  files: Pick<ReadFiles, 'value' | 'errors'> | null,
): Promise<unknown> {
  const input = await readInput(request)
  // A file input left empty comes as a field.
  if (files !== null && typeof input === 'object' && input !== null)
    for (const name of Object.keys(files.value)) delete (input as Record<string, unknown>)[name]
  const checked = await checkInput(schema, input)
  const errors = { ...checked.errors, ...files?.errors }
  if (checked.errors !== null || Object.keys(errors).length > 0) throw new ValidationError(errors)
  return files === null ? checked.value : { ...(checked.value as object), ...files.value }
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
     * The body, JSON or form, as a schema types it: any Standard Schema (zod, valibot, arktype). With `files`, the files of a
     * multipart form by their rules beside it: `validate(Profile, { files: { photo: { accept: ['image/png'], required: true } } })`.
     *
     * @throws {ValidationError} with status 422 and `errors` by field; {FileTooLarge} 413, {FileTypeRefused} 415.
     */
    validate<Schema extends StandardSchemaV1>(schema: Schema): Promise<StandardSchemaV1.InferOutput<Schema>>
    validate<Schema extends StandardSchemaV1, const Rules extends FileRules>(
      schema: Schema,
      options: ValidateOptions<Rules>,
    ): Promise<StandardSchemaV1.InferOutput<Schema> & CheckedFiles<Rules>>
  }
}
