/**
 * `nuages/fastify`: sessions, users, login and CSRF inside a Fastify server.
 *
 * Start with `server.register(nuagesSessions(settings))`; every handler then has `request.nuages`.
 *
 * @module
 */
export { sendAnswer } from './answer.ts'
export { nuagesErrors, requireLogin } from './handlers.ts'
export { type NuagesPlugin, type NuagesPluginOptions, nuagesPlugin, nuagesSessions, nuagesUploads } from './plugin.ts'
