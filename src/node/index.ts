/**
 * `nuages/node`: an app on a socket.
 *
 * Start with `await serve(app, { port: 8000 })`.
 *
 * @module
 */
export { BodyTooSlow } from './errors.ts'
export { type RunningServer, type Servable, type ServeOptions, serve } from './serve.ts'
