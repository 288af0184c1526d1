/**
 * The description of an app's API, for programs to fetch.
 */
import { createHash } from 'node:crypto'
import { type HttpRequest, HttpResponse } from '../http/index.ts'
import type { ApiOptions } from '../openapi/index.ts'
import { type Access, operation, requireHttpMethods, type ViewFunction } from '../views/index.ts'
import type { App } from './app.ts'

export interface OpenapiViewOptions extends ApiOptions {
  /** Who may read it. Default: `'anyone'`. It names every operation, also those for staff. */
  readonly access?: Access
}

/** The text of a description, as long as its app lives. */
interface Written {
  readonly text: string
  readonly etag: string
}

/**
 * The description of the API, OpenAPI 3.1 as JSON: `path('api/openapi.json', openapiView())`. Made at the first request, and not made again.
 *
 * `options` go before those of `createApp({ api })`.
 */
export function openapiView({ access = 'anyone', ...options }: OpenapiViewOptions = {}): ViewFunction {
  const written = new WeakMap<App, Written>()
  const cacheControl = access === 'anyone' ? 'public, no-cache' : 'private, no-cache'
  const view = operation({ access }, (request: HttpRequest) => {
    const { text, etag } = writtenFor(request.app, written, options)
    const headers = { ETag: etag, 'Cache-Control': cacheControl }
    if (isKnown(request.headers.get('if-none-match'), etag)) return new HttpResponse(null, { status: 304, headers })
    return new HttpResponse(text, { headers, contentType: 'application/json' })
  })
  return Object.assign(requireHttpMethods(['GET'], view), { isApiDescription: true })
}

function writtenFor(app: App, written: WeakMap<App, Written>, options: ApiOptions): Written {
  const known = written.get(app)
  if (known !== undefined) return known
  const text = JSON.stringify(app.describeApi(options).document)
  const made = { text, etag: `"${createHash('sha256').update(text).digest('base64url')}"` }
  written.set(app, made)
  return made
}

/** `If-None-Match` compares weakly (RFC 9110, 13.1.2). */
function isKnown(field: string | null, etag: string): boolean {
  if (field === null) return false
  return field.trim() === '*' || (field.match(/(?:W\/)?"[^"]*"/g) ?? []).some(tag => tag.replace(/^W\//, '') === etag)
}
