/**
 * From a request to its view.
 *
 * Owns the order of refusal: host, method, CSRF, then the view (login, permission, precondition, body).
 */
import { isSafeMethod } from '../csrf/index.ts'
import {
  discardBody,
  fromResponse,
  HttpResponse,
  MethodNotAllowed,
  NotFound,
  RequestLineTooLong,
  redirect,
} from '../http/index.ts'
import type { Awaitable } from '../kit/index.ts'
import { setSessionCookie } from '../sessions/index.ts'
import type { Resolver } from '../urls/index.ts'
import type { ViewResult } from '../views/index.ts'
import type { AppView } from './app.ts'
import type { AppRequest } from './request.ts'

/** Finds the view of a request and runs it. */
export function dispatch(request: AppRequest, resolver: Resolver<AppView>): Awaitable<HttpResponse> {
  const match = resolver.resolve(request.path)
  if (match === null) return unknownPath(request, resolver)
  const { view } = match
  request.route = match.route
  request.params = match.params
  if (view.methods !== undefined && !view.methods.includes(request.method)) throw new MethodNotAllowed(view.methods)
  if (isSafeMethod(request.method) || view.csrfExempt === true) return settle(view(request, match.params))
  return request.csrf
    .check()
    .then(() => view(request, match.params))
    .then(toHttpResponse)
}

function settle(result: Awaitable<ViewResult>): Awaitable<HttpResponse> {
  return result instanceof Promise ? result.then(toHttpResponse) : toHttpResponse(result)
}

function toHttpResponse(result: ViewResult): HttpResponse {
  if (!(result instanceof HttpResponse || result instanceof Response))
    throw new TypeError('A view returned something that is neither an HttpResponse nor a Response.')
  const { status } = result
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new RangeError(`A view answered with the status ${status}, which no final answer has.`)
  return result instanceof HttpResponse ? result : fromResponse(result)
}

/** A path that only lacks its final slash is sent there: with GET and HEAD, since others would lose their body on the way. */
function unknownPath(request: AppRequest, resolver: Resolver<AppView>): HttpResponse {
  const location = request.app.settings.APPEND_SLASH ? resolver.slashRedirect(request.path, request.queryString) : null
  if (location === null) throw new NotFound()
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new NotFound(`Nothing is here. The address ends with a slash: send this ${request.method} to ${location}`)
  return redirect(location, { status: 301 })
}

/**
 * Saves what the request left to save, and sets its cookies; `toAnswer` answers instead when that fails.
 *
 * The cookies go with that answer too: a new key may be stored already, and the page of the error may show a token.
 */
export async function finish(
  request: AppRequest,
  response: HttpResponse,
  toAnswer: (error: unknown) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const { settings } = request.app
  const always = settings.SESSION_SAVE_EVERY_REQUEST
  let answer = response
  try {
    if (response.status < 500) await request.openedMessages?.store({ isSent: showsBody(request, response) })
    const opened = always ? request.session : request.openedSession
    if (opened !== null && response.status < 500) await (await opened).save({ always })
    request.openedMessages?.finish(answer)
  } catch (error) {
    discardBody(response.body)
    answer = await toAnswer(error)
  }
  request.openedCsrf?.finish(answer)
  // That it could not be loaded is the failure that is answered.
  const session = await request.openedSession?.catch(() => null)
  if (session) setSessionCookie(session, request, answer, settings)
  return answer
}

/** False for an answer whose page the visitor does not get: messages on it have not been shown. */
function showsBody({ method }: AppRequest, { status }: HttpResponse): boolean {
  return method !== 'HEAD' && status !== 304
}

/** @throws {RequestLineTooLong} with status 414. */
export function checkRequestLine(request: AppRequest, maxBytes: number): void {
  const bytes = request.method.length + request.rawPath.length + request.queryString.length + ' ? HTTP/1.1'.length
  if (bytes > maxBytes) throw new RequestLineTooLong(maxBytes)
}
