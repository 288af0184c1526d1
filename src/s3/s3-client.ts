/**
 * Signed requests to a bucket, repeated when that may help, for a bounded time.
 *
 * Owns signing (by aws4fetch), waiting and what an answer that is no success becomes. Leaves what is asked to ./s3-storage.ts.
 */
import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { StorageUnavailable } from '../files/index.ts'
import { StorageFull } from '../http/index.ts'
import { loadOptionalPackage } from '../kit/index.ts'
import type { S3Config } from './options.ts'
import { elementText } from './s3-xml.ts'

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** `''`: the bucket itself. */
  readonly key: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer>
  readonly signal?: AbortSignal | undefined
  /** What is no failure beside 200 to 299. */
  readonly expects?: readonly number[]
}

export interface S3Answer {
  readonly status: number
  readonly headers: Headers
  readonly response: Response
  /** The server may have done it the time before, and its answer was lost. */
  readonly isRepeated: boolean
}

/** How often a request is sent, at most. */
const mostAttempts = 4
/** The first wait between two of them; each one after it is twice as long, and up to half of it is left out by chance. */
const firstWaitMs = 150
/** Of an answer that tells of a failure. */
const mostErrorChars = 16_384
const worthRepeating: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])

export class S3Client {
  readonly config: S3Config

  /** @throws {ConfigError} when aws4fetch is not installed. */
  constructor(config: S3Config) {
    loadSigning()
    this.config = config
  }

  /**
   * @throws {StorageUnavailable} with status 503 when the server does not answer, or refuses.
   * @throws {StorageFull} with status 507. The reason of `signal`, at once.
   */
  async send(request: S3Request): Promise<S3Answer> {
    const ends = performance.now() + this.config.timeoutSeconds * 1000
    for (let attempt = 1; ; attempt += 1) {
      request.signal?.throwIfAborted()
      const waitMs = firstWaitMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2)
      const mayRepeat = (): boolean => attempt < mostAttempts && performance.now() + waitMs < ends
      try {
        const response = await this.#sendOnce(request, ends - performance.now())
        const { status, headers } = response
        if (response.ok || request.expects?.includes(status))
          return { status, headers, response, isRepeated: attempt > 1 }
        const problem = await failureOf(request, response)
        if (!(worthRepeating.has(status) && mayRepeat())) throw problem
      } catch (cause) {
        request.signal?.throwIfAborted()
        if (!isOfNetwork(cause)) throw cause
        if (!mayRepeat()) throw new StorageUnavailable(`${request.method}: the S3 server does not answer`, { cause })
      }
      await wait(waitMs, undefined, { ref: true })
    }
  }

  async #sendOnce(request: S3Request, timeMs: number): Promise<Response> {
    const { method, body = null, signal } = request
    const url = this.urlOf(request.key, request.query)
    const headers = { ...request.headers, 'X-Amz-Content-Sha256': payloadHash(url, body) }
    const { AwsV4Signer } = loadSigning()
    const { region, fetch } = this.config
    const signer = new AwsV4Signer({
      ...(await this.#credentials()),
      region,
      service: 's3',
      method,
      url: url.href,
      headers,
    })
    const signed = await signer.sign()
    // Only until the head of the answer is there: what follows has its own pace.
    const timer = new AbortController()
    const timeout = setTimeout(() => timer.abort(new TimeIsOver('The S3 server is too slow.')), Math.max(1, timeMs))
    try {
      return await fetch(signed.url, {
        method,
        headers: signed.headers,
        body,
        redirect: 'manual',
        signal: signal === undefined ? timer.signal : AbortSignal.any([signal, timer.signal]),
      })
    } catch (cause) {
      throw cause instanceof TimeIsOver ? cause : new NetworkFailed('The S3 server does not answer.', { cause })
    } finally {
      clearTimeout(timeout)
    }
  }

  /** An address that whoever has it may use for a while. Headers given must be sent as they are. */
  async presign(request: Pick<S3Request, 'method' | 'key' | 'query' | 'headers'>, seconds: number): Promise<string> {
    const { AwsV4Signer } = loadSigning()
    const { region } = this.config
    const url = this.urlOf(request.key, { ...request.query, 'X-Amz-Expires': String(seconds) })
    const { method, headers = {} } = request
    const signer = new AwsV4Signer({
      ...(await this.#credentials()),
      region,
      service: 's3',
      method,
      url: url.href,
      headers,
      signQuery: true,
      allHeaders: true,
    })
    return (await signer.sign()).url.href
  }

  async #credentials(): Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }> {
    const { accessKeyId, secretAccessKey, sessionToken } = await this.config.credentials()
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
  }

  urlOf(key: string, query: Readonly<Record<string, string>> = {}): URL {
    const url = new URL(this.config.bucketUrl)
    if (key === '') url.pathname = url.pathname.replace(/(.)\/$/, '$1')
    else url.pathname += encodeKey(key)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    return url
  }
}

/** A key as a path; S3 signs all but `A-Za-z0-9-._~` as percent escapes. */
export function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')
}

/** Over TLS nobody changes bytes on their way; without it the signature must cover them. */
function payloadHash(url: URL, body: Uint8Array | null): string {
  if (url.protocol === 'https:') return 'UNSIGNED-PAYLOAD'
  return createHash('sha256')
    .update(body ?? '')
    .digest('hex')
}

class TimeIsOver extends Error {}
class NetworkFailed extends Error {}

const isOfNetwork = (error: unknown): boolean => error instanceof NetworkFailed || error instanceof TimeIsOver

/** What an answer says went wrong. Only its code is passed on: a message may quote what was signed. */
async function failureOf({ method }: S3Request, response: Response): Promise<Error> {
  const { status } = response
  const xml = (await response.text().catch(() => '')).slice(0, mostErrorChars)
  return errorOf(method, status, xml)
}

/** For an answer of 200 that tells of a failure, too. */
export function errorOf(what: string, status: number, xml: string): Error {
  const code = /^\w{1,60}$/.exec(elementText(xml, 'Code') ?? '')?.[0] ?? ''
  const detail = `${what}: the S3 server answers ${status} ${code}`.trimEnd()
  const isFull = status === 507 || /^(?:QuotaExceeded|.*StorageFull|.*QuotaExceeded)$/.test(code)
  return isFull ? new StorageFull({ cause: new StorageUnavailable(detail) }) : new StorageUnavailable(detail)
}

type Signing = typeof import('aws4fetch')
let signing: Signing | null = null

/** @throws {ConfigError} when it is not installed. */
function loadSigning(): Signing {
  signing ??= loadOptionalPackage<Signing>('aws4fetch', 'nuages/s3')
  return signing
}
