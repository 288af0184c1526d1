/**
 * A network to a server that fails as it is told.
 */
import type { S3Server } from '../s3-server.ts'
import { clientOf } from './bucket.ts'

/** `lost`: the server does it, and its answer never comes. */
type Fate = 'pass' | 'reset' | '503' | 'lost'

export interface Flaky {
  readonly fetch: (url: URL, init: RequestInit) => Promise<Response>
  /** What becomes of the next requests that change something, in order. */
  next(...fates: Fate[]): void
  /** The answer to the next completion of a multipart upload is lost. */
  loseCompletion(): void
  /** Keys of a page of a list, at most. */
  pageKeys(count: number): void
  /** Parts wait. */
  hold(): void
  letGo(): void
}

export function openFlaky(server: S3Server): Flaky {
  const fates: Fate[] = []
  let losesCompletion = false
  let gate = Promise.withResolvers<void>()
  gate.resolve()
  let keys: number | null = null
  const send = async (url: URL, init: RequestInit): Promise<Response> => {
    if (init.method === 'PUT') await gate.promise
    if (keys !== null && url.searchParams.has('list-type')) return listBy(server, url, keys)
    const isCompletion = init.method === 'POST' && url.searchParams.has('uploadId')
    const fate = isCompletion && losesCompletion ? 'lost' : changes(init) ? (fates.shift() ?? 'pass') : 'pass'
    if (isCompletion) losesCompletion = false
    if (fate === 'reset') throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') })
    if (fate === '503') return new Response('<Error><Code>SlowDown</Code></Error>', { status: 503 })
    const response = await fetch(url, init)
    if (fate === 'pass') return response
    await response.arrayBuffer()
    throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') })
  }
  return {
    fetch: send,
    next: (...more) => void fates.push(...more),
    loseCompletion: () => {
      losesCompletion = true
    },
    pageKeys: count => {
      keys = count
    },
    hold: () => {
      gate = Promise.withResolvers()
    },
    letGo: () => gate.resolve(),
  }
}

const changes = ({ method }: RequestInit): boolean => method === 'PUT' || method === 'POST'

/** The same list in smaller pages: signed anew. */
async function listBy(server: S3Server, url: URL, keys: number): Promise<Response> {
  url.searchParams.set('max-keys', String(keys))
  return clientOf(server).fetch(url.href)
}
