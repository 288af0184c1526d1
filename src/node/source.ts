/**
 * A request as it comes from a socket.
 */
import {
  type BodyPace,
  ClientDisconnected,
  type Closing,
  freeChunk,
  onceClosed,
  type RequestBody,
  type RequestHeaders,
  type RequestSource,
} from '../http/index.ts'

/** What this room uses of `IncomingMessage`. */
export interface Incoming extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: NodeJS.Dict<string | string[]>
  /** Name and value in turn, as sent. */
  readonly rawHeaders: readonly string[]
  readonly complete: boolean
  readonly destroyed: boolean
  readonly socket: {
    readonly remoteAddress?: string | undefined
    readonly localPort?: number | undefined
    readonly encrypted?: boolean
    readonly bytesRead: number
  }
  iterator(options: { destroyOnReturn: boolean }): AsyncIterableIterator<Uint8Array>
  pause(): unknown
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown
  on(event: 'end' | 'close', listener: () => void): unknown
  off(event: 'data', listener: (chunk: Uint8Array) => void): unknown
  off(event: 'end' | 'close', listener: () => void): unknown
}

/** What this room uses of `ServerResponse` while it reads. */
export interface Outgoing extends Closing {
  readonly headersSent: boolean
  /** `null` while answers to earlier requests of the connection are still to be sent. */
  readonly socket: unknown
  once(event: 'close' | 'socket', listener: () => void): unknown
  writeContinue(): void
}

class SocketHeaders implements RequestHeaders {
  readonly #incoming: Incoming

  constructor(incoming: Incoming) {
    this.#incoming = incoming
  }

  get(name: string): string | null {
    if (name === 'host') return this.#host()
    const fields = this.#incoming.headers
    const value = fields[name] ?? fields[name.toLowerCase()]
    return value === undefined ? null : typeof value === 'string' ? value : value.join(', ')
  }

  /**
   * Most requests need no other field: finding this one does not make Node sort them all. Two of them are joined, which is no host:
   * two parties that each believe another one is how requests are smuggled (RFC 9112, 3.2).
   */
  #host(): string | null {
    const { rawHeaders } = this.#incoming
    let host: string | null = null
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = rawHeaders[index] as string
      if (name.length === 4 && name.toLowerCase() === 'host')
        host = host === null ? (rawHeaders[index + 1] as string) : `${host}, ${rawHeaders[index + 1]}`
    }
    return host
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }

  *entries(): IterableIterator<[string, string]> {
    for (const name of Object.keys(this.#incoming.headers)) yield [name, this.get(name) as string]
  }
}

/** True when a body follows the head (RFC 9112, 6.3). Looks at the fields as sent: Node need not sort them for it. */
export function announcesBody(rawHeaders: readonly string[]): boolean {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const { length } = rawHeaders[index] as string
    if (length !== 14 && length !== 17) continue
    const name = (rawHeaders[index] as string).toLowerCase()
    if (name === 'transfer-encoding' || (name === 'content-length' && rawHeaders[index + 1] !== '0')) return true
  }
  return false
}

/** How the requests of a server are read. */
export interface Reading {
  readonly pace: BodyPace
  /** The client waits for `100 Continue` before it sends the body (RFC 9110, 10.1.1). */
  readonly expectsContinue: boolean
}

/** Stopping early keeps the socket open: the answer still has to go through it. */
class SocketBody implements RequestBody {
  readonly isPaced = true
  readonly #incoming: Incoming
  readonly #pace: BodyPace
  readonly #askForIt: () => void

  /** `askForIt` runs before the first byte is waited for. */
  constructor(incoming: Incoming, pace: BodyPace, askForIt: () => void) {
    this.#incoming = incoming
    this.#pace = pace
    this.#askForIt = askForIt
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const incoming = this.#incoming
    this.#askForIt()
    const chunks = incoming.iterator({ destroyOnReturn: false })
    const reading = this.#pace.watch(incoming.socket)
    try {
      for (;;) {
        const result = await reading.wait<IteratorResult<Uint8Array>>((resolve, reject) => {
          chunks.next().then(resolve, reject)
        })
        if (result.done === true) return
        yield result.value
      }
    } catch (cause) {
      throw incoming.destroyed ? new ClientDisconnected({ cause }) : cause
    } finally {
      // It may wait for the client: nobody waits for that.
      chunks.return?.()?.catch(() => {})
    }
  }

  free(chunk: Uint8Array): void {
    freeChunk(chunk)
  }

  async collect(limitBytes: number, tooLarge: () => Error): Promise<Uint8Array> {
    this.#askForIt()
    const reading = this.#pace.watch(this.#incoming.socket)
    let stop = (): void => {}
    try {
      return await reading.wait((resolve, reject) => {
        stop = collect(this.#incoming, limitBytes, { resolve, reject, tooLarge })
      })
    } finally {
      stop()
    }
  }
}

/** Faster than the iterator. Returns what ends it early. */
function collect(
  incoming: Incoming,
  limitBytes: number,
  to: { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void; tooLarge: () => Error },
): () => void {
  const chunks: Uint8Array[] = []
  let size = 0
  const onData = (chunk: Uint8Array): void => {
    size += chunk.byteLength
    if (size > limitBytes) to.reject(to.tooLarge())
    else chunks.push(chunk)
  }
  const onEnd = (): void => {
    // It closes next, before who waits for the bytes has run.
    incoming.off('close', onClose)
    to.resolve(chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, size))
  }
  const onClose = (): void => to.reject(new ClientDisconnected())
  if (incoming.destroyed) onClose()
  incoming.on('data', onData)
  incoming.on('end', onEnd)
  incoming.on('close', onClose)
  return () => {
    incoming.off('data', onData)
    incoming.off('end', onEnd)
    incoming.off('close', onClose)
    if (!incoming.complete) incoming.pause()
  }
}

/** Reads from the socket itself; makes nothing that nobody asks for. */
export class SocketSource implements RequestSource {
  readonly #incoming: Incoming
  readonly #outgoing: Outgoing
  readonly #reading: Reading
  #isAsked = false
  #headers: SocketHeaders | null = null
  #signal: AbortSignal | null = null

  constructor(incoming: Incoming, outgoing: Outgoing, reading: Reading) {
    this.#incoming = incoming
    this.#outgoing = outgoing
    this.#reading = reading
  }

  get method(): string {
    return this.#incoming.method as string
  }

  get target(): string {
    return this.#incoming.url as string
  }

  get headers(): RequestHeaders {
    this.#headers ??= new SocketHeaders(this.#incoming)
    return this.#headers
  }

  get scheme(): 'http' | 'https' {
    return this.#incoming.socket.encrypted === true ? 'https' : 'http'
  }

  get serverPort(): number | undefined {
    return this.#incoming.socket.localPort
  }

  get remoteAddress(): string | null {
    return this.#incoming.socket.remoteAddress ?? null
  }

  get body(): RequestBody | null {
    if (!announcesBody(this.#incoming.rawHeaders)) return null
    return new SocketBody(this.#incoming, this.#reading.pace, () => this.#askForBody())
  }

  /** True when the client holds its body back, and nobody has asked for it. */
  get isHeldBack(): boolean {
    return this.#reading.expectsContinue && !this.#isAsked
  }

  /** True when the client may have more to send. */
  get hasRest(): boolean {
    return !this.#incoming.complete && announcesBody(this.#incoming.rawHeaders)
  }

  /** What Node writes before the turn of this answer, it would send between the answer's head and body. */
  #askForBody(): void {
    const outgoing = this.#outgoing
    if (this.isHeldBack) {
      if (outgoing.socket !== null) outgoing.writeContinue()
      else outgoing.once('socket', () => outgoing.headersSent || outgoing.writeContinue())
    }
    this.#isAsked = true
  }

  onClose(done: (isAnswered: boolean) => void): void {
    onceClosed(this.#outgoing, done)
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
