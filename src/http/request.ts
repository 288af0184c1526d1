/**
 * One request, read only as far as somebody asks.
 *
 * Owns the head (synchronous) and the body (promises). Leaves sessions, users and validation to the rooms above,
 * which add their properties by augmenting this class's interface.
 */
import { handled } from '../kit/index.ts'
import { parseJsonBody, readBody } from './body.ts'
import { clientAddress } from './client-address.ts'
import { parseCookies } from './cookies.ts'
import { UnsupportedMediaType } from './errors.ts'
import type { Part } from './file-part.ts'
import type { RequestHeaders } from './headers.ts'
import type { RequestHost } from './host.ts'
import { type MediaType, parseMediaType } from './media-type.ts'
import type { MultiValueDict } from './multi-value-dict.ts'
import { parseQueryString, type QueryDict } from './query-dict.ts'
import type { RequestContext } from './request-context.ts'
import { RequestForm } from './request-form.ts'
import { decodePath, type RequestTarget, splitTarget } from './target.ts'
import type { UploadHandler } from './upload-handlers.ts'
import type { UploadedFile } from './uploaded-file.ts'

/** A body, chunk by chunk. */
export interface RequestBody extends AsyncIterable<Uint8Array> {
  /** True where the server itself refuses a body that comes too slowly. */
  readonly isPaced?: boolean
  /** Every byte, where the source has a faster way than the iterator. Rejects with what `tooLarge` makes on the first byte over the limit. */
  collect?(limitBytes: number, tooLarge: () => Error): Promise<Uint8Array>
  /** Gives the memory of a chunk back at once, and with it its bytes, for who is done with it. Absent where a chunk may be somebody else's. */
  free?(chunk: Uint8Array): void
}

/** Where a request comes from: a socket (`nuages/node`) or a web `Request` (`app.fetch`). */
export interface RequestSource {
  /** As sent, upper case for the standard ones. */
  readonly method: string
  /** The request target as sent, bytes as latin-1: `/a%20b?x=1`. */
  readonly target: string
  readonly headers: RequestHeaders
  /** Of the connection itself, before `SECURE_PROXY_SSL_HEADER`. */
  readonly scheme: 'http' | 'https'
  /** Of this server's end of the connection; absent where there is no socket. */
  readonly serverPort?: number | undefined
  /** The peer's address, before `TRUSTED_PROXIES`; `null` where there is no socket. */
  readonly remoteAddress: string | null
  /** Pulled by whoever reads it; `null` when the request has none. */
  readonly body: RequestBody | null
  /** Inside another server, which may read the body itself: `parsed` is what it has made of it, `undefined` so far. */
  readonly foreignBody?: { readonly parsed: unknown }
  /** Aborted when the client goes away before the response is complete. Made at first use. */
  readonly signal: AbortSignal
  /** Runs `done` when the exchange is over, at once when it is so already; not `isAnswered`: the client has gone away. Absent where nobody knows. */
  readonly onClose?: ((done: (isAnswered: boolean) => void) => void) | undefined
}

const noParams: Readonly<Record<string, unknown>> = Object.freeze({})

/**
 * One request. The head is synchronous; what needs the body is a promise, started at first use and only then.
 */
export class HttpRequest {
  readonly #source: RequestSource
  readonly #context: RequestContext
  readonly #target: RequestTarget
  readonly method: string
  /** The decoded path, with its leading slash: `/product/blue-mug/`. */
  readonly path: string
  /** Named values of the path, by its route. Empty until the route is known. */
  params: Readonly<Record<string, unknown>> = noParams
  /** The route that matched, as written in urls: `product/<slug:slug>/`; `null` before, or when none did. */
  route: string | null = null

  #host: RequestHost | undefined
  #query: QueryDict | undefined
  #cookies: ReadonlyMap<string, string> | undefined
  #mediaType: MediaType | undefined
  #bytes: Promise<Uint8Array> | undefined
  #form: RequestForm | null = null

  constructor(source: RequestSource, context: RequestContext) {
    this.#source = source
    this.#context = context
    this.#target = splitTarget(source.target)
    this.method = source.method
    this.path = decodePath(this.#target.rawPath)
  }

  /** True when answers are compared with what their views declare. */
  get checksAnswers(): boolean {
    return this.#context.checksAnswers
  }

  get headers(): RequestHeaders {
    return this.#source.headers
  }

  /** Aborted when the client goes away: pass it to what the view waits for. */
  get signal(): AbortSignal {
    return this.#source.signal
  }

  /** The path as sent, percent-escapes and all. */
  get rawPath(): string {
    return this.#target.rawPath
  }

  /** The query as sent, without the question mark. */
  get queryString(): string {
    return this.#target.query
  }

  #requestHost(): RequestHost {
    this.#host ??= this.#context.hosts.check({
      host: this.#target.authority ?? this.#source.headers.get('host'),
      headers: this.#source.headers,
      scheme: this.#source.scheme,
    })
    return this.#host
  }

  /**
   * Host and port as the client wrote them: `example.com:8000`.
   *
   * @throws {DisallowedHost} with status 400 when it is not in `ALLOWED_HOSTS`. Whoever could choose it would poison links in mail and caches.
   */
  get host(): string {
    return this.#requestHost().host
  }

  /** `https` when the connection is, or when a proxy says so by `SECURE_PROXY_SSL_HEADER`. */
  get scheme(): 'http' | 'https' {
    return this.#context.hosts.scheme(this.#source.headers, this.#source.scheme)
  }

  /** The port this server is reached at: `X-Forwarded-Port` with `USE_X_FORWARDED_PORT`, else the socket's; empty when neither is known. */
  get port(): string {
    const { headers, scheme, serverPort } = this.#source
    return this.#context.hosts.port({
      host: null,
      headers,
      scheme,
      ...(serverPort === undefined ? {} : { serverPort }),
    })
  }

  get isSecure(): boolean {
    return this.scheme === 'https'
  }

  /** The client's address; `X-Forwarded-For` counts only from `TRUSTED_PROXIES`. `null` where there is no socket. */
  get ip(): string | null {
    return clientAddress(
      this.#source.remoteAddress,
      this.#source.headers.get('x-forwarded-for'),
      this.#context.isTrustedProxy,
    )
  }

  /**
   * The fields of the query.
   *
   * @throws {TooManyFields} with status 400 over `DATA_UPLOAD_MAX_NUMBER_FIELDS`.
   */
  get GET(): QueryDict {
    this.#query ??= parseQueryString(this.#target.query, {
      maxFields: this.#context.settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
    })
    return this.#query
  }

  /** The cookies sent, by name. A client can send any text: nothing in it is trustworthy. */
  get COOKIES(): ReadonlyMap<string, string> {
    this.#cookies ??= parseCookies(utf8Header(this.#source.headers.get('cookie') ?? ''))
    return this.#cookies
  }

  /** The media type of the body; its `type` is empty when the request names none. */
  get contentType(): MediaType {
    this.#mediaType ??= parseMediaType(this.#source.headers.get('content-type') ?? '')
    return this.#mediaType
  }

  /** An absolute URL on this host: `buildAbsoluteUri('/user/')`. Default: of this request. */
  buildAbsoluteUri(location?: string): string {
    const here = `${this.scheme}://${this.host}${this.rawPath}${this.queryString === '' ? '' : `?${this.queryString}`}`
    return location === undefined ? here : new URL(location, here).href
  }

  /** The body itself, unread: pull it, the socket waits. `null` when there is none. Excludes every reading below. */
  get body(): RequestBody | null {
    return this.#source.body
  }

  /** The body as the server around this app has parsed it; `undefined` when there is none around, or it has not. */
  get parsedBody(): unknown {
    return this.#source.foreignBody?.parsed
  }

  /** False while a server around this app may still read the body: then nobody here does unasked. */
  get ownsBody(): boolean {
    return this.#source.foreignBody === undefined || this.parsedBody !== undefined
  }

  /**
   * The whole body.
   *
   * @throws {BodyTooLarge} with status 413 over `DATA_UPLOAD_MAX_MEMORY_SIZE`.
   */
  bytes(): Promise<Uint8Array> {
    const { parsedBody } = this
    if (parsedBody instanceof Uint8Array) return Promise.resolve(parsedBody)
    if (typeof parsedBody === 'string') return Promise.resolve(Buffer.from(parsedBody))
    this.#bytes ??= handled(
      readBody(this.#source.body, this.#source.headers, this.#context.settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
    )
    return this.#bytes
  }

  /**
   * The value of a JSON body.
   *
   * @throws {UnsupportedMediaType} with status 415 when `Content-Type` is not JSON.
   * @throws {MalformedBody} with status 400 when it is not UTF-8 or not JSON.
   */
  async json(): Promise<unknown> {
    if (!isJson(this.contentType.type))
      throw new UnsupportedMediaType('Send JSON, with Content-Type: application/json.')
    const { parsedBody } = this
    return parsedBody === undefined || parsedBody instanceof Uint8Array ? parseJsonBody(await this.bytes()) : parsedBody
  }

  /** The fields of a form body; empty when the body is something else. */
  get POST(): Promise<QueryDict> {
    return handled(this.#requestForm.read().then(form => form.fields))
  }

  /**
   * The files of a multipart form by field, read with `POST` in one pass. They are gone when the request is answered.
   *
   * @throws {FileTooLarge} or {BodyTooLarge} with status 413, {TooManyFiles} and others with status 400.
   */
  get FILES(): Promise<MultiValueDict<UploadedFile>> {
    return handled(this.#requestForm.read().then(form => form.files))
  }

  /**
   * The fields and files of a multipart form in the order they come, one at a time, as they arrive: nothing is kept, and the
   * client waits for you. After `POST` or `FILES` the same parts from where they are kept.
   *
   * @throws {UnsupportedMediaType} with status 415 for another body. What a form may be refused for comes while it is read.
   */
  parts(): AsyncIterable<Part> {
    return this.#requestForm.parts()
  }

  /** What sees the files on their way to `FILES`. Set it before `POST` and `FILES` are read. Default: those of the app. */
  get uploadHandlers(): readonly UploadHandler[] {
    return this.#requestForm.handlers
  }

  set uploadHandlers(handlers: readonly UploadHandler[]) {
    this.#requestForm.handlers = handlers
  }

  /** True when `POST`, `FILES` or `parts` has begun to read the form. */
  get isFormStarted(): boolean {
    return this.#form?.isStarted === true
  }

  /** True when a multipart form has begun to be read: whoever answers the request owes it `release`. */
  get needsRelease(): boolean {
    return this.#form?.needsRelease === true
  }

  /** Removes the temporary files of the form, and lets go of the body: from now on it cannot be read. Never rejects. */
  release(): Promise<void> {
    return this.#requestForm.release()
  }

  /** Does so when the exchange is over. False where nobody knows when that is: then it is left to whoever answers. */
  releaseOnClose(): boolean {
    this.#source.onClose?.(() => this.release())
    return this.#source.onClose !== undefined
  }

  get #requestForm(): RequestForm {
    const { settings, forms } = this.#context
    this.#form ??= new RequestForm({ request: this, source: this.#source, settings, ...forms })
    return this.#form
  }
}

/** `application/json`, `application/merge-patch+json` and their like. */
export function isJson(mediaType: string): boolean {
  return mediaType === 'application/json' || mediaType.endsWith('+json')
}

/** Header fields arrive as latin-1; cookies are UTF-8, as Django reads them. */
function utf8Header(value: string): string {
  for (let index = 0; index < value.length; index += 1) {
    const char = value.charCodeAt(index)
    if (char > 0xff) return value
    if (char > 0x7f) return Buffer.from(value, 'latin1').toString('utf8')
  }
  return value
}
