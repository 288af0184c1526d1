/**
 * `nuages/forms`: checks what visitors send.
 *
 * Start with `request.validate(schema)`; `Form` keeps values and errors for a page to show again.
 *
 * @module
 */
export { type FieldErrors, ValidationError } from './errors.ts'
export { Form } from './form.ts'
export { checkInput, csrfFieldName, formErrorKey, readInput, validate } from './validate.ts'
