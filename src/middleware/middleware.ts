import type { HttpRequest, HttpResponse } from '../http/index.ts'
import type { Awaitable } from '../kit/index.ts'

/** Goes on with the request: the next middleware, in the end the view. */
export type Next = (request: HttpRequest) => Awaitable<HttpResponse>

/**
 * One layer of the onion: looks at the request on its way in, and at the response on its way out.
 *
 * ```ts no-run
 * const poweredBy: Middleware = async (request, next) => {
 *   const response = await next(request)
 *   response.headers.set('X-Powered-By', 'clouds')
 *   return response
 * }
 * ```
 */
export type Middleware = (request: HttpRequest, next: Next) => Awaitable<HttpResponse>

/** Puts layers around a handler, the first outermost. */
export function compose(layers: readonly Middleware[], handler: Next): Next {
  return layers.reduceRight<Next>((next, layer) => request => layer(request, next), handler)
}

/** Runs `change` on the response, now or when it is there: no promise where none is needed. */
export function whenReady(
  response: Awaitable<HttpResponse>,
  change: (response: HttpResponse) => HttpResponse,
): Awaitable<HttpResponse> {
  return response instanceof Promise ? response.then(change) : change(response)
}
