/**
 * What a view answers.
 *
 * Owns status, header fields, cookies and body. Leaves writing to the door that the request came through:
 * `toResponse` for `app.fetch`, `nuages/node` for sockets.
 */
import { chunksOf, isStreamed } from './body-chunks.ts'
import { ResponseHeaders, requireField } from './headers.ts'
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
  /** Set-Cookie values by the cookie's name; those of a plain `Response` by themselves. */
  #cookies: Map<string, string> | null = null

  constructor(body: ResponseBody = null, init: ResponseInit = {}) {
    this.status = init.status ?? 200
    this.headers = new ResponseHeaders(init.headers)
    this.body = body
    const contentType = init.contentType ?? (typeof body === 'string' ? 'text/html; charset=utf-8' : null)
    if (contentType !== null) this.headers.setDefault('Content-Type', contentType)
  }

  /**
   * Sets a cookie. The same name again replaces it. `now`, in milliseconds, dates its `expires`; default: the machine's clock.
   *
   * @throws {CookieError} when a name or attribute could not be sent safely.
   */
  setCookie(name: string, value: string, options: CookieOptions = {}, now: number = Date.now()): this {
    return this.#addCookie(name, serializeCookie(name, value, options, now))
  }

  /** Tells the browser to forget a cookie; `path` and `domain` must be those it was set with. */
  deleteCookie(name: string, options: DeleteCookieOptions = {}): this {
    return this.#addCookie(name, serializeDeletedCookie(name, options))
  }

  /**
   * Passes on a Set-Cookie value that is already written, of a plain `Response`.
   *
   * @throws {BadHeaderError} when it could end its line.
   */
  addRawCookie(text: string): this {
    requireField('Set-Cookie', text)
    return this.#addCookie(text, text)
  }

  #addCookie(name: string, text: string): this {
    this.#cookies ??= new Map()
    this.#cookies.set(name, beyondLatin1.test(text) ? Buffer.from(text).toString('latin1') : text)
    return this
  }

  /** The Set-Cookie values as header fields carry them: UTF-8 spelled as latin-1. */
  get setCookies(): Iterable<string> {
    return this.#cookies === null ? none : this.#cookies.values()
  }
}

const none: readonly string[] = []
// biome-ignore lint/suspicious/noControlCharactersInRegex: latin-1 begins at 0
const beyondLatin1 = /[^\x00-\xff]/

const json: ResponseInit = { contentType: 'application/json' }

/** Answers JSON. Default status: 200. */
export function jsonResponse(data: unknown, init?: ResponseInit): HttpResponse {
  return new HttpResponse(JSON.stringify(data), init === undefined ? json : { ...json, ...init })
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

/** The same answer as a web `Response`, to a request of this method. */
export function toResponse(response: HttpResponse, method: string): Response {
  const headers = new Headers([...response.headers])
  for (const cookie of response.setCookies) headers.append('Set-Cookie', cookie)
  const body = response.body
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const size = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
    if (!isBodiless(response.status)) headers.set('Content-Length', String(size))
  }
  if (method === 'HEAD' || isBodiless(response.status) || body === null) {
    if (body !== null) discardBody(body)
    return new Response(null, { status: response.status, headers })
  }
  const content = isStreamed(body) ? ReadableStream.from({ [Symbol.asyncIterator]: () => chunksOf(body) }) : body
  return new Response(content as ConstructorParameters<typeof Response>[0], { status: response.status, headers })
}

/** Header fields of one connection (RFC 9110, 7.6.1). */
const hopByHop: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** What `fetch` has undone by the time one reads its body: a length passed on would end the answer at the wrong byte. */
const undoneByFetch: readonly string[] = ['content-encoding', 'content-length']

/** A plain `Response` that a view returned, its own or that of a `fetch`, as an `HttpResponse`, so that middleware can add to it. */
export function fromResponse(plain: Response): HttpResponse {
  const response = new HttpResponse(plain.body, { status: plain.status })
  const isFetched = plain.url !== ''
  for (const [name, value] of plain.headers)
    if (name !== 'set-cookie' && !hopByHop.includes(name) && !(isFetched && undoneByFetch.includes(name)))
      response.headers.set(name, value)
  for (const cookie of plain.headers.getSetCookie()) response.addRawCookie(cookie)
  return response
}

/** Lets go of a stream that will not be sent, so that its file or socket closes. */
export function discardBody(body: ResponseBody): void {
  if (isStreamed(body)) chunksOf(body).return()
}
