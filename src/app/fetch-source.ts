import { onceClosed, type RequestBody, type RequestHeaders, type RequestSource, streamBody } from '../http/index.ts'
import { type ForeignIncoming, type ForeignOutgoing, IncomingBody } from './incoming-source.ts'

/** What a runtime tells of a request beside it: the second argument of `app.fetch`. */
export interface FetchPeer {
  /** The address at the other end of the socket. Default: that of `incoming`'s socket; without one `null`. */
  readonly ip?: string | null
  /** What Node received, where its server made the web request of it: `serve({ fetch: app.fetch })` of `@hono/node-server` hands both over. */
  readonly incoming?: ForeignIncoming
  readonly outgoing?: ForeignOutgoing
}

/** A web `Request` as an app reads it. Asks it for nothing that nobody asks for: servers make their requests piece by piece, too. */
export function fetchSource(request: Request, peer: FetchPeer): RequestSource {
  const url = URL.parse(request.url)
  return url === null ? hostlessSource(request, peer) : new FetchSource(request, url, peer)
}

/** The host is the URL's where the runtime hides the Host field. */
class FetchSource implements RequestSource {
  readonly #request: Request
  readonly #url: URL
  readonly #peer: FetchPeer
  #body: RequestBody | null | undefined

  constructor(request: Request, url: URL, peer: FetchPeer) {
    this.#request = request
    this.#url = url
    this.#peer = peer
  }

  get method(): string {
    return this.#request.method
  }

  get target(): string {
    return this.#url.pathname + this.#url.search
  }

  get headers(): RequestHeaders {
    const { headers } = this.#request
    return {
      get: name => headers.get(name) ?? (name.toLowerCase() === 'host' ? this.#url.host : null),
      has: name => name.toLowerCase() === 'host' || headers.has(name),
      entries: () => headers.entries(),
    }
  }

  get scheme(): 'http' | 'https' {
    return this.#url.protocol === 'https:' ? 'https' : 'http'
  }

  get serverPort(): number {
    return Number(this.#url.port || (this.scheme === 'https' ? 443 : 80))
  }

  get remoteAddress(): string | null {
    return remoteAddressOf(this.#peer)
  }

  get body(): RequestBody | null {
    this.#body ??= bodyOf(this.#request, this.#peer)
    return this.#body
  }

  get onClose(): RequestSource['onClose'] {
    return onCloseOf(this.#peer)
  }

  get signal(): AbortSignal {
    return this.#request.signal
  }
}

function remoteAddressOf({ ip, incoming }: FetchPeer): string | null {
  return ip === undefined ? (incoming?.socket.remoteAddress ?? null) : ip
}

/** Tells the end of an exchange where Node's response is known, the only thing that sees it; else `undefined`. */
export function onCloseOf({ outgoing }: FetchPeer): RequestSource['onClose'] {
  return outgoing && (done => onceClosed(outgoing, done))
}

function bodyOf(request: Request, peer: FetchPeer): RequestBody | null {
  if (request.method === 'GET' || request.method === 'HEAD') return null
  const direct = directBody(request, peer)
  if (direct !== null) return direct
  const { body } = request
  return body && { [Symbol.asyncIterator]: () => streamBody(body) }
}

/**
 * The body of a web request from the stream of Node that it was made of; `null` where there is none, or somebody has begun to read it.
 *
 * A web stream copies each chunk once more, and leaves both copies to the garbage collector.
 */
export function directBody(request: Request, { incoming, outgoing }: FetchPeer): RequestBody | null {
  if (!incoming || !outgoing || incoming.readableDidRead || incoming.readableFlowing !== null) return null
  return isMadeOf(request, incoming) ? new IncomingBody(incoming, outgoing) : null
}

/** Not of one that somebody made anew, with another body: `@hono/node-server` keeps what it made a request of in it. */
function isMadeOf(request: Request, incoming: ForeignIncoming): boolean {
  return Object.getOwnPropertySymbols(request).some(key => Reflect.get(request, key) === incoming)
}

/** What Bun and Deno make of a Host field that fits into no URL: a request with a path or less as its URL. It has no host, and is refused. */
function hostlessSource({ method, headers, signal }: Request, peer: FetchPeer): RequestSource {
  const isHost = (name: string): boolean => name.toLowerCase() === 'host'
  return {
    method,
    target: '/',
    headers: {
      get: name => (isHost(name) ? null : headers.get(name)),
      has: name => !isHost(name) && headers.has(name),
      entries: () => headers.entries(),
    },
    scheme: 'http',
    remoteAddress: remoteAddressOf(peer),
    body: null,
    signal,
  }
}
