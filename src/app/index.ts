/**
 * `nuages/app`: an application.
 *
 * Start with `createApp({ settings, urls })`; serve it with `nuages/node`, or mount `app.fetch`.
 *
 * @module
 */
export { App, type AppOptions, type AppRoute, type AppView, createApp } from './app.ts'
export { healthz, readyz } from './health.ts'
