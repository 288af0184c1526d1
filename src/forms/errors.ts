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
