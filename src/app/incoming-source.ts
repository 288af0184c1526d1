/**
 * A request that somebody else's server on Node received: `IncomingMessage`, or its like over HTTP/2.
 *
 * Owns reading its head. Leaves its body to that server's parsers, and reads it only when a handler asks Nuages for it.
 */
import {
  ClientDisconnected,
  type Closing,
  discardRest,
  freeChunk,
  onceClosed,
  type RequestBody,
  type RequestHeaders,
  type RequestSource,
  type RestSource,
} from '../http/index.ts'

/** What this file uses of `IncomingMessage`, and of `Http2ServerRequest`. */
export interface ForeignIncoming extends RestSource {
  readonly method?: string | undefined
  readonly headers: NodeJS.Dict<string | string[]>
  /** Name and value in turn, as sent. */
  readonly rawHeaders: readonly string[]
  readonly readableEnded: boolean
  readonly readableDidRead: boolean
  /** `null` as long as nobody has begun to read. */
  readonly readableFlowing: boolean | null
  readonly socket: RestSource['socket'] & {
    readonly remoteAddress?: string | undefined
    readonly localPort?: number | undefined
    readonly encrypted?: boolean
  }
  iterator(options: { destroyOnReturn: boolean }): AsyncIterableIterator<Uint8Array>
  listenerCount(event: 'data'): number
}

/** What this file uses of `ServerResponse`, and of `Http2ServerResponse`. */
export interface ForeignOutgoing extends Closing {
  readonly writableEnded: boolean
}

/** One request of the foreign server. */
export interface ForeignExchange {
  readonly incoming: ForeignIncoming
  readonly outgoing: ForeignOutgoing
  /** The request target as the client sent it, whatever the server's router made of it. */
  readonly target: string
  /** What the server's parsers made of the body; `undefined` so far. */
  readonly parsedBody: () => unknown
}

class ForeignHeaders implements RequestHeaders {
  readonly #incoming: ForeignIncoming

  constructor(incoming: ForeignIncoming) {
    this.#incoming = incoming
  }

  get(name: string): string | null {
    const key = name.toLowerCase()
    if (key === 'host') return this.#host()
    const value = this.#incoming.headers[key]
    return value === undefined ? null : typeof value === 'string' ? value : value.join(', ')
  }

  /** Host, or `:authority` over HTTP/2. Two that differ are joined, which is no host: a proxy may have believed the other (RFC 9112, 3.2). */
  #host(): string | null {
    const { rawHeaders } = this.#incoming
    let host: string | null = null
    let isAuthority = false
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = rawHeaders[index] as string
      if ((name.length !== 4 || name.toLowerCase() !== 'host') && name !== ':authority') continue
      const value = rawHeaders[index + 1] as string
      if (host === null) host = value
      else if (host !== value || isAuthority === (name === ':authority')) host = `${host}, ${value}`
      isAuthority = name === ':authority'
    }
    return host
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }

  *entries(): IterableIterator<[string, string]> {
    for (const name of Object.keys(this.#incoming.headers))
      if (!name.startsWith(':')) yield [name, this.get(name) as string]
  }
}

/** A body read from the stream of Node. */
export class IncomingBody implements RequestBody {
  readonly #incoming: ForeignIncoming
  readonly #outgoing: ForeignOutgoing

  constructor(incoming: ForeignIncoming, outgoing: ForeignOutgoing) {
    this.#incoming = incoming
    this.#outgoing = outgoing
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const incoming = this.#incoming
    const wasRead = incoming.readableEnded
    const chunks = incoming.iterator({ destroyOnReturn: false })
    return {
      async next() {
        if (wasRead)
          throw new Error('The body was read already, by a parser that left nothing in the body of the request.')
        try {
          return await chunks.next()
        } catch (cause) {
          throw incoming.destroyed ? new ClientDisconnected({ cause }) : cause
        }
      },
      // At once: a chunk that is under way may wait for the client.
      return: async () => {
        chunks.return?.().catch(() => {})
        this.#passRest()
        return { done: true, value: undefined }
      },
    }
  }

  /** Others who listen may hold the chunk. */
  free(chunk: Uint8Array): void {
    if (this.#incoming.listenerCount('data') === 0) freeChunk(chunk)
  }

  /**
   * What nobody reads is taken from the wire once the answer is out, as Node does with a body that nobody has touched:
   * otherwise a client that sends on never sees its answer, and the next request of the connection never comes.
   */
  #passRest(): void {
    const incoming = this.#incoming
    const outgoing = this.#outgoing
    if (incoming.readableEnded || incoming.destroyed) return
    const pass = (): void => discardRest(incoming, () => {})
    if (outgoing.writableEnded) pass()
    else onceClosed(outgoing, pass)
  }
}

/** Makes nothing that nobody asks for. */
export class IncomingSource implements RequestSource {
  readonly #exchange: ForeignExchange
  #headers: ForeignHeaders | null = null
  #signal: AbortSignal | null = null

  constructor(exchange: ForeignExchange) {
    this.#exchange = exchange
  }

  get method(): string {
    return this.#exchange.incoming.method as string
  }

  get target(): string {
    return this.#exchange.target
  }

  get headers(): RequestHeaders {
    this.#headers ??= new ForeignHeaders(this.#exchange.incoming)
    return this.#headers
  }

  get scheme(): 'http' | 'https' {
    return this.#exchange.incoming.socket.encrypted === true ? 'https' : 'http'
  }

  get serverPort(): number | undefined {
    return this.#exchange.incoming.socket.localPort
  }

  get remoteAddress(): string | null {
    return this.#exchange.incoming.socket.remoteAddress ?? null
  }

  /** Over HTTP/2 a body needs no field that announces it: an empty one is empty. */
  get body(): RequestBody | null {
    const { headers } = this.#exchange.incoming
    const isAnnounced = headers['transfer-encoding'] !== undefined || headers[':method'] !== undefined
    if (!isAnnounced && (headers['content-length'] ?? '0') === '0') return null
    return new IncomingBody(this.#exchange.incoming, this.#exchange.outgoing)
  }

  get foreignBody(): { readonly parsed: unknown } {
    return { parsed: this.#exchange.parsedBody() }
  }

  onClose(done: (isAnswered: boolean) => void): void {
    onceClosed(this.#exchange.outgoing, done)
  }

  get signal(): AbortSignal {
    if (this.#signal === null) {
      const controller = new AbortController()
      this.#signal = controller.signal
      this.onClose(isAnswered => {
        if (!isAnswered) controller.abort()
      })
    }
    return this.#signal
  }
}
