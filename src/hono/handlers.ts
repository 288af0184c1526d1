/** A guard and an error handler, in Hono's own shape. */
import type { Context, ErrorHandler, MiddlewareHandler } from 'hono'
import { type App, type AppRequest, refuseStranger } from '../app/index.ts'
import { toResponse } from '../http/index.ts'
import { HttpError } from '../kit/index.ts'
import type { NuagesEnv } from './middleware.ts'
import { peerAddress, requestOf } from './source.ts'

/**
 * Lets only visitors pass who are logged in: browsers are sent to `LOGIN_URL` with `next`, programs get 401 `not_logged_in`.
 *
 * `app.use('/account/*', requireLogin())`, after `nuagesMiddleware`.
 */
export function requireLogin(): MiddlewareHandler<NuagesEnv> {
  return async (c, next) => {
    const request: AppRequest | undefined = c.get('nuages') as AppRequest | undefined
    if (request === undefined) throw new Error('requireLogin() stands before nuagesMiddleware(), or without it.')
    const refusal = await refuseStranger(request)
    return refusal === null ? next() : toResponse(refusal, request.method)
  }
}

/** What `HTTPException` of Hono is, and others that bring their answer along. */
interface AnsweringError extends Error {
  getResponse(): Response
}

/**
 * For `app.onError`: answers an `HttpError`, of Nuages or your own, as Nuages does: a page for browsers, problem details
 * for programs. `otherwise` answers any other error; without it, an `HTTPException` brings its own answer, and the rest
 * are bugs: a blank 500, the stack in the app's log.
 *
 * `app.onError(nuagesErrors(nuages))`
 */
export function nuagesErrors(nuages: App, otherwise?: ErrorHandler): ErrorHandler {
  return async (error, c) => {
    if (!(error instanceof HttpError)) {
      if (otherwise !== undefined) return otherwise(error, c)
      if ('getResponse' in error) return answerOf(error, c)
    }
    const request: AppRequest = c.get('nuages') ?? requestOf(c, nuages, peerAddress(c))
    return toResponse(await request.app.answer(request, error), request.method)
  }
}

/** As Hono's own handler. */
function answerOf(error: AnsweringError, c: Context): Response {
  const response = error.getResponse()
  return c.newResponse(response.body, response)
}
