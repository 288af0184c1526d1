/**
 * `nuages/node`: an app on a socket.
 *
 * Start with `await serve(app, { port: 8000 })`.
 *
 * @module
 */
export { type RunningServer, type Servable, serve, type ServeOptions } from './serve.ts'
