/** A guard and an error handler, in Express' own shape. */
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { type AppRequest, refuseStranger } from '../app/index.ts'
import type { HttpRequest } from '../http/index.ts'
import { HttpError } from '../kit/index.ts'
import { sendAnswer } from './answer.ts'

/** Lets nobody pass but visitors who are logged in: browsers are sent to `LOGIN_URL` with `next`, programs get 401 `not_logged_in`. */
export const requireLogin: RequestHandler = async (req, res, next) => {
  const answer = await refuseStranger(req.nuages as AppRequest)
  if (answer === null) next()
  else await sendAnswer(res, answer)
}

/**
 * Answers the errors of Nuages with their status: problem details for programs, a page for browsers. Put it behind all routes.
 * Every other error, and one that comes when the head is out, goes on to the next error handler.
 */
export const nuagesErrors: ErrorRequestHandler = async (error, req, res, next) => {
  const request = req.nuages as HttpRequest | undefined
  if (!(error instanceof HttpError) || request === undefined || res.headersSent) next(error)
  else await sendAnswer(res, await request.app.answer(request, error))
}
