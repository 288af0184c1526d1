/**
 * `nuages/csrf`: refuses what another site made a visitor's browser send.
 *
 * An app checks every unsafe request on its own; put `await request.csrf.token()` into a form for browsers that send no `Origin`.
 *
 * @module
 */
export { CsrfFailed } from './errors.ts'
export { checkCsrf, isSafeMethod } from './origin.ts'
export { Csrf, type CsrfPolicy, createCsrfPolicy, rotateCsrfToken } from './protect.ts'
export { maskCsrfSecret, newCsrfSecret, unmaskCsrfToken } from './token.ts'
