/**
 * `nuages/hono`: sessions, users, login and CSRF inside a Hono server.
 *
 * Start with `app.use(nuagesMiddleware(nuages))`; the request of Nuages is then `c.var.nuages`.
 *
 * @module
 */
export { nuagesErrors, requireLogin } from './handlers.ts'
export {
  type NuagesEnv,
  type NuagesHandler,
  type NuagesOptions,
  nuagesMiddleware,
  nuagesSessions,
} from './middleware.ts'
