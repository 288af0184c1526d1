/**
 * `nuages/middleware`: layers around the views.
 *
 * An app has the security ones already; write a `Middleware` for yours and pass it to `createApp`.
 *
 * @module
 */
export { consoleLogger, type Logger, loggedPath, printable, requestIdOf, requestLog } from './log.ts'
export { compose, type Middleware, type Next, whenReady } from './middleware.ts'
export { checkHost, securityHeaders } from './security.ts'
