/**
 * The body of a request that Hono received, for both to read.
 *
 * Owns the sharing: what Hono has read is taken from its cache, what Nuages reads stays readable for Hono.
 */
import type { HonoRequest } from 'hono'
import { directBody, type FetchPeer } from '../app/index.ts'
import { type RequestBody, streamBody } from '../http/index.ts'

/** Read when somebody asks; never before. */
export class HonoBody implements RequestBody {
  readonly #req: HonoRequest
  readonly #peer: FetchPeer
  readonly #keptBytes: number
  /** Read from here, and not kept for Hono. */
  #passing: RequestBody | null = null

  /** A body of at most `keptBytes` is kept for Hono; a larger one passes by as a stream, and is gone. */
  constructor(req: HonoRequest, peer: FetchPeer, keptBytes: number) {
    this.#req = req
    this.#peer = peer
    this.#keptBytes = keptBytes
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const req = this.#req
    if (Object.keys(req.bodyCache).length > 0) {
      yield await cachedBytes(req)
      return
    }
    const { raw } = req
    const direct = directBody(raw, this.#peer)
    let kept: Uint8Array[] | null = []
    let size = 0
    for await (const chunk of direct ?? unreadBody(raw)) {
      size += chunk.byteLength
      if (size <= this.#keptBytes) kept?.push(chunk)
      else if (kept !== null) {
        kept = null
        this.#passing = direct
      }
      yield chunk
    }
    if (kept !== null && req.raw === raw) req.raw = withBody(raw, Buffer.concat(kept, size))
  }

  free(chunk: Uint8Array): void {
    this.#passing?.free?.(chunk)
  }
}

/** The web stream. @throws {Error} for a body that somebody has read. */
function unreadBody({ body, bodyUsed }: Request): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (body === null) return []
  if (bodyUsed || body.locked)
    throw new Error('The body was read from c.req.raw already. Read it by c.req, which keeps it, or by c.var.nuages.')
  return streamBody(body)
}

/** What a handler or a validator of Hono has read. A form that was only read as `FormData` lost its bytes. */
async function cachedBytes(req: HonoRequest): Promise<Uint8Array> {
  if (Object.keys(req.bodyCache)[0] === 'formData')
    throw new Error('c.req.formData() keeps no bytes. Read the form by c.req.parseBody(), or by c.var.nuages.POST.')
  return new Uint8Array(await req.arrayBuffer())
}

/** The same request with its body unread. */
function withBody({ url, method, headers, signal }: Request, body: Uint8Array<ArrayBuffer>): Request {
  return new Request(url, { method, headers, signal, body })
}
