/**
 * A span for each request, by the semantic conventions for HTTP servers.
 */
import type { HttpRequest, HttpResponse } from '../http/index.ts'
import type { Middleware } from '../middleware/index.ts'
import type { Attributes, Getter } from './api.ts'
import { errorStatus } from './api.ts'
import type { Telemetry } from './telemetry.ts'

/** Methods that may name a span: others are a visitor's text. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])

/** The fields of trace context only: no other header field gets near a span. */
const getter: Getter = {
  keys: () => ['traceparent', 'tracestate'],
  get: (headers, key) => (headers as HttpRequest['headers']).get(key) ?? undefined,
}

/** Goes around everything else. The path stands in a span as its route: what is in its place may be secret. */
export function traceRequests(telemetry: Telemetry): Middleware {
  return (request, next) => {
    const started = performance.now()
    const method = knownMethods.has(request.method) ? request.method : '_OTHER'
    const carrier = { fields: request.headers, getter }
    const attributes = { 'http.request.method': method, 'url.scheme': request.scheme }
    return telemetry.span(method, { kind: 'server', attributes, carrier }, span => {
      const end = (response: HttpResponse): HttpResponse => {
        const route = routeOf(request)
        const result: Attributes = {
          ...(route !== null && { 'http.route': route }),
          'http.response.status_code': response.status,
        }
        if (route !== null) span.updateName(`${method} ${route}`)
        for (const [name, value] of Object.entries(result)) span.setAttribute(name, value)
        if (response.status >= 500) span.setStatus({ code: errorStatus })
        telemetry.recordRequest(performance.now() - started, { ...attributes, ...result })
        return response
      }
      const response = next(request)
      return response instanceof Promise ? response.then(end) : end(response)
    })
  }
}

/** As a path, so that spans and metrics name it alike; `null` when no route matched. */
function routeOf({ route }: HttpRequest): string | null {
  return route === null ? null : `/${route}`
}
