/** A guard and an error handler, in Fastify's own shape. */
import type { FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import { type AppRequest, refuseStranger } from '../app/index.ts'
import type { HttpRequest } from '../http/index.ts'
import { HttpError } from '../kit/index.ts'
import { sendAnswer } from './answer.ts'

/** Lets nobody pass but visitors who are logged in: browsers are sent to `LOGIN_URL` with `next`, programs get 401 `not_logged_in`. */
export const requireLogin: preHandlerAsyncHookHandler = async (request, reply) => {
  const answer = await refuseStranger(request.nuages as AppRequest)
  if (answer !== null) return sendAnswer(reply, answer)
}

/**
 * Answers the errors of Nuages: problem details for programs, a page for browsers. `server.setErrorHandler(nuagesErrors)`.
 * Every other error goes on to the error handler around.
 */
export async function nuagesErrors(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const own = request.nuages as HttpRequest | null
  if (!(error instanceof HttpError) || own === null) throw error
  return sendAnswer(reply, await own.app.answer(own, error))
}
