/**
 * `nuages/express`: sessions, users, login and CSRF inside an Express server.
 *
 * Start with `server.use(nuagesMiddleware(nuages))`; every handler then has `req.nuages`.
 *
 * @module
 */
export { sendAnswer } from './answer.ts'
export { nuagesErrors, requireLogin } from './handlers.ts'
export { type NuagesHandler, type NuagesOptions, nuagesMiddleware, nuagesSessions } from './middleware.ts'
