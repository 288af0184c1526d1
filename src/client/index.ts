/**
 * `nuages/client`: what a program in the browser needs to speak with an API of Nuages.
 *
 * Start with `client.use(sendCsrfToken(), throwProblems())` of openapi-fetch. It imports nothing, so a page may load it as it is.
 *
 * @module
 */
export { type CsrfTokenOptions, sendCsrfToken } from './csrf-token.ts'
export { ApiProblem, problemFrom, throwProblems } from './problem.ts'
