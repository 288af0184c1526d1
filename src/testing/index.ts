/**
 * `nuages/testing`: visitors for your tests.
 *
 * Start with `new Client(app)`.
 *
 * @module
 */
export { Client, type ClientOptions, type ClientRequest } from './client.ts'
export { CookieJar } from './cookie-jar.ts'
