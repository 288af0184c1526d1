import { HttpError } from '../kit/index.ts'

/** Field name to what is wrong with it, for a visitor to read. `__all__` holds what belongs to no one field, as in Django. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>

/** The input is well formed, but not what the schema asks for. */
export class ValidationError extends HttpError {
  readonly code = 'forms/invalid'
  readonly status = 422
  override readonly errors: FieldErrors
  constructor(errors: FieldErrors) {
    super('Some of the values are missing or wrong.')
    this.errors = errors
  }
}

/** A file is not of a type that its field takes, by its content. Nothing of the form is kept. */
export class FileTypeRefused extends HttpError {
  readonly code = 'forms/file-type-refused'
  readonly status = 415
  override readonly errors: FieldErrors
  readonly field: string
  readonly accepted: readonly string[]
  constructor(field: string, accepted: readonly string[]) {
    const message = `The file is none of: ${accepted.join(', ')}.`
    super(message)
    this.errors = Object.assign(Object.create(null), { [field]: [message] })
    this.field = field
    this.accepted = accepted
  }
}
