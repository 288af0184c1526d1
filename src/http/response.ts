/**
 * What a view answers.
 *
 * Owns status, header fields, cookies and body. Leaves writing to the door that the request came through:
 * `toResponse` for `app.fetch`, `nuages/node` for sockets.
 */

import { ResponseHeaders } from './headers.ts'
import { requireRedirectTarget } from './redirect-target.ts'
import { type CookieOptions, serializeCookie, serializeDeletedCookie } from './set-cookie.ts'

/** Text is sent as UTF-8. A stream is sent as it comes, with backpressure. */
export type ResponseBody = string | Uint8Array | AsyncIterable<Uint8Array> | null

export interface ResponseInit {
  /** Default: 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Default: `text/html; charset=utf-8` for text, nothing for the rest. */
  readonly contentType?: string
}

/** A cookie of the response before it is written: its `expires` depends on the time of writing. */
type PendingCookie =
  | { readonly value: string; readonly options: CookieOptions }
  | { readonly value: null; readonly options: DeleteCookieOptions }

/** Which cookie to delete: browsers tell cookies apart by name, path and domain. */
export type DeleteCookieOptions = Pick<CookieOptions, 'path' | 'domain' | 'sameSite'>

/**
 * An answer: `new HttpResponse('<p>Hello</p>')`.
 *
 * Until it is sent everything may still change; middleware adds header fields this way.
 */
export class HttpResponse {
  status: number
  readonly headers: ResponseHeaders
  body: ResponseBody
  #cookies: Map<string, PendingCookie> | null = null
  #rawCookies: string[] | null = null

  constructor(body: ResponseBody = null, init: ResponseInit = {}) {
    this.status = init.status ?? 200
    this.headers = new ResponseHeaders(init.headers)
    this.body = body
    const contentType = init.contentType ?? (typeof body === 'string' ? 'text/html; charset=utf-8' : null)
    if (contentType !== null) this.headers.setDefault('Content-Type', contentType)
  }

  /**
   * Sets a cookie. The same name again replaces it.
   *
   * @throws {CookieError} when a name or attribute could not be sent safely.
   */
  setCookie(name: string, value: string, options: CookieOptions = {}): this {
    serializeCookie(name, value, options, 0)
    this.#cookies ??= new Map()
    this.#cookies.set(name, { value, options })
    return this
  }

  /** Tells the browser to forget a cookie; `path` and `domain` must be those it was set with. */
  deleteCookie(name: string, options: DeleteCookieOptions = {}): this {
    this.#cookies ??= new Map()
    this.#cookies.set(name, { value: null, options })
    return this
  }

  /** True when this response sets or deletes the cookie. */
  hasCookie(name: string): boolean {
    return this.#cookies?.has(name) ?? false
  }

  /** The Set-Cookie values as header fields carry them, UTF-8 spelled as latin-1; `now` in milliseconds dates their `expires`. */
  setCookies(now: number): readonly string[] {
    const texts = this.#rawCookies?.slice() ?? []
    if (this.#cookies === null) return texts
    for (const [name, { value, options }] of this.#cookies) {
      const text = value === null ? serializeDeletedCookie(name, options) : serializeCookie(name, value, options, now)
      texts.push(isLatin1(text) ? text : Buffer.from(text).toString('latin1'))
    }
    return texts
  }

  /** Passes on a Set-Cookie value that is already written, of a plain `Response`. */
  addRawCookie(text: string): this {
    this.#rawCookies ??= []
    this.#rawCookies.push(text)
    return this
  }
}

function isLatin1(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0xff) return false
  return true
}

/** Answers JSON. Default status: 200. */
export function jsonResponse(data: unknown, init: ResponseInit = {}): HttpResponse {
  return new HttpResponse(JSON.stringify(data), { contentType: 'application/json', ...init })
}

/**
 * Sends the visitor on to another URL. Default: 302; the method becomes GET for 302 and 303, stays for 307 and 308.
 *
 * Does not judge the host: check a URL that came from outside with `isSafeRedirect` first.
 *
 * @throws {UnsafeRedirect} for another scheme than http, https and ftp: `javascript:` would run.
 */
export function redirect(to: string, options: { readonly status?: 301 | 302 | 303 | 307 | 308 } = {}): HttpResponse {
  return new HttpResponse(null, { status: options.status ?? 302, headers: { Location: requireRedirectTarget(to) } })
}

/** True for statuses that never have a body (RFC 9110, 6.4.1). */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304 || status < 200
}

/** The same answer as a web `Response`; `now` in milliseconds dates the cookies. */
export function toResponse(response: HttpResponse, now: number, method: string): Response {
  const headers = new Headers([...response.headers])
  for (const cookie of response.setCookies(now)) headers.append('Set-Cookie', cookie)
  const body = response.body
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const size = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
    if (!isBodiless(response.status)) headers.set('Content-Length', String(size))
  }
  if (method === 'HEAD' || isBodiless(response.status) || body === null) {
    if (body !== null) discardBody(body)
    return new Response(null, { status: response.status, headers })
  }
  const content = typeof body === 'string' || body instanceof Uint8Array ? body : ReadableStream.from(body)
  return new Response(content as ConstructorParameters<typeof Response>[0], { status: response.status, headers })
}

/** A plain `Response` that a view returned, as an `HttpResponse`, so that middleware can add to it. */
export function fromResponse(plain: Response): HttpResponse {
  const response = new HttpResponse(plain.body, { status: plain.status })
  for (const [name, value] of plain.headers) if (name !== 'set-cookie') response.headers.set(name, value)
  for (const cookie of plain.headers.getSetCookie()) response.addRawCookie(cookie)
  return response
}

/** Lets go of a stream that will not be sent, so that its file or socket closes. */
export function discardBody(body: ResponseBody): void {
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) return
  const iterator = body[Symbol.asyncIterator]()
  iterator.return?.().catch(() => {
    // The source already failed; nobody waits for its bytes.
  })
}
