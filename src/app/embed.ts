/**
 * An app inside somebody else's server: what `nuages/express`, `nuages/fastify` and `nuages/hono` do in the same way.
 *
 * Owns the order: host and CSRF before the handler, the session before the head of the answer. Leaves to each door how its
 * server's requests are read and its answers changed.
 */
import { loginRequired } from '../auth/index.ts'
import { isSafeMethod } from '../csrf/index.ts'
import { HttpResponse } from '../http/index.ts'
import type { Awaitable } from '../kit/index.ts'
import { finish } from './dispatch.ts'
import type { AppRequest } from './request.ts'

/** The options that all doors have. */
export interface EmbedOptions<ForeignRequest> {
  /**
   * True frees a request from the CSRF check: only for what no browser session protects, a signed webhook, say.
   * Default: every request with an unsafe method is checked.
   */
  readonly csrfExempt?: (request: ForeignRequest) => boolean
}

/**
 * Refuses what no handler may see: a host that is not ours, a request that another site made.
 * A safe request is done at once, without a promise.
 *
 * @throws {DisallowedHost} with status 400, {CsrfFailed} with status 403; or rejects with them.
 */
export function admit(request: AppRequest, isExempt: () => boolean): Awaitable<void> {
  void request.host
  return isSafeMethod(request.method) || isExempt() ? undefined : request.csrf.check()
}

/** True when nobody asked for session or CSRF state, and no setting asks for it either: the answer goes out as it is. */
export function isUntouched(request: AppRequest): boolean {
  return request.isStateless && !request.app.settings.SESSION_SAVE_EVERY_REQUEST
}

/** The head of a foreign answer, as far as it matters here. */
export interface ForeignHead {
  readonly status: number
  /** `Vary` and `Cache-Control` as they stand; `null` when absent. */
  readonly vary: string | null
  readonly cacheControl: string | null
}

/** What becomes of a foreign answer. */
export interface Completion {
  /** Header fields to set on it: `Vary`, `Cache-Control`. */
  readonly fields: Iterable<readonly [name: string, value: string]>
  /** Values of `Set-Cookie` to add to those it has. */
  readonly cookies: readonly string[]
  /** The answer to send in its place, cookies included, because saving failed; `null`: it goes out. */
  readonly instead: HttpResponse | null
}

/**
 * Saves what the request left to save. Call it when the status is known and the head is not out yet. Never rejects.
 *
 * An answer of 500 or more saves nothing.
 */
export async function complete(request: AppRequest, head: ForeignHead): Promise<Completion> {
  const { app } = request
  try {
    const own = new HttpResponse(null, { status: head.status })
    if (head.vary !== null) own.headers.set('Vary', head.vary)
    if (head.cacheControl !== null) own.headers.set('Cache-Control', head.cacheControl)
    const answer = await finish(request, own, error => app.answer(request, error))
    return { fields: own.headers, cookies: [...answer.setCookies], instead: answer === own ? null : answer }
  } catch (error) {
    return { fields: [], cookies: [], instead: await app.answer(request, error) }
  }
}

const known = new HttpResponse()
const guard = loginRequired(() => known)

/** `null` for a visitor who is logged in; for others the answer: browsers are sent to `LOGIN_URL` with `next`, programs get 401 `not_logged_in`. */
export async function refuseStranger(request: AppRequest): Promise<HttpResponse | null> {
  try {
    const answer = await guard(request, {})
    return answer === known ? null : (answer as HttpResponse)
  } catch (error) {
    return request.app.answer(request, error)
  }
}

/** Fields of an answer that speak of what is not sent any more, once another takes its place. Those of other layers (CORS, security) stay. */
export const replacedFields: readonly string[] = [
  'accept-ranges',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'etag',
  'expires',
  'last-modified',
  'location',
  'set-cookie',
  'trailer',
  'transfer-encoding',
]
