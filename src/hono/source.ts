/**
 * A request that Hono received, as an app reads it.
 */
import type { Context } from 'hono'
import { type App, AppRequest, type FetchPeer, onCloseOf } from '../app/index.ts'
import type { RequestBody, RequestHeaders, RequestSource } from '../http/index.ts'
import { HonoBody } from './body.ts'

/** Most bytes of a body kept for Hono where `DATA_UPLOAD_MAX_MEMORY_SIZE` sets no limit: Django's default. */
const defaultKeptBytes = 2_621_440

/** What Node received, when Hono runs on `@hono/node-server`. */
function peerOf(c: Context): FetchPeer {
  return c.env?.server ?? c.env ?? {}
}

/** The address at the other end of the socket; `null` where there is none, or the runtime hides it. */
export function peerAddress(c: Context): string | null {
  return peerOf(c).incoming?.socket.remoteAddress ?? null
}

/** The request of a context, for an app. */
export function requestOf(c: Context, app: App, ip: string | null): AppRequest {
  return new AppRequest(new HonoSource(c, ip, app.settings.DATA_UPLOAD_MAX_MEMORY_SIZE ?? defaultKeptBytes), app)
}

/**
 * Reads from Hono's request; makes nothing that nobody asks for.
 *
 * The whole URL is the target, so that its host is the one that is checked: handlers build links from `c.req.url`.
 */
class HonoSource implements RequestSource {
  readonly #c: Context
  readonly #keptBytes: number
  readonly remoteAddress: string | null

  constructor(c: Context, ip: string | null, keptBytes: number) {
    this.#c = c
    this.#keptBytes = keptBytes
    this.remoteAddress = ip
  }

  get method(): string {
    return this.#c.req.method
  }

  get target(): string {
    const { url, raw } = this.#c.req
    // Of two Host fields the URL has the first; a proxy may have believed the other (RFC 9112, 3.2). Joined they are no host.
    return raw.headers.get('host')?.includes(',') ? url.slice(url.indexOf('/', 'https://'.length)) : url
  }

  get headers(): RequestHeaders {
    return this.#c.req.raw.headers
  }

  get scheme(): 'http' | 'https' {
    return this.#c.req.url.startsWith('https:') ? 'https' : 'http'
  }

  get serverPort(): number {
    return (
      peerOf(this.#c).incoming?.socket.localPort ??
      Number(new URL(this.#c.req.url).port || (this.scheme === 'https' ? 443 : 80))
    )
  }

  get body(): RequestBody | null {
    const { method } = this.#c.req
    return method === 'GET' || method === 'HEAD' || method === 'TRACE'
      ? null
      : new HonoBody(this.#c.req, peerOf(this.#c), this.#keptBytes)
  }

  get onClose(): RequestSource['onClose'] {
    return onCloseOf(peerOf(this.#c))
  }

  get signal(): AbortSignal {
    return this.#c.req.raw.signal
  }
}
