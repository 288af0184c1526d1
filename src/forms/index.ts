/**
 * `nuages/forms`: checks what visitors send.
 *
 * Start with `request.validate(schema)`; `Form` keeps values and errors for a page to show again.
 *
 * @module
 */
export { type FieldErrors, FileTypeRefused, ValidationError } from './errors.ts'
export type { CheckedFiles, FileRule, FileRules } from './files.ts'
export { Form } from './form.ts'
export type { SavedFile } from './store-files.ts'
export { checkInput, csrfFieldName, formErrorKey, readInput, type ValidateOptions, validate } from './validate.ts'
