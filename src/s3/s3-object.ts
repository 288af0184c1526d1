/**
 * A file of a bucket that was opened: its head is here, its bytes come at the reader's pace.
 */
import { type StorageRange, StorageUnavailable, type StoredFile } from '../files/index.ts'
import type { S3Answer } from './s3-client.ts'

/** Default of what `chunks` waits for the next bytes, in milliseconds. */
export interface ObjectReading {
  readonly name: string
  readonly range: StorageRange | undefined
  readonly idleMs: number
}

/** `size`: of the whole, when the answer does not tell it. @throws {StorageUnavailable} for an answer that is not what was asked for. */
export function s3Object(
  { status, headers, response }: S3Answer,
  { name, range, idleMs }: ObjectReading,
  size: number | null,
): StoredFile {
  const length = Number(headers.get('Content-Length') ?? Number.NaN)
  const whole = size ?? (status === 206 ? totalOf(headers) : length)
  const isOther = status === 200 && (range?.start ?? 0) > 0
  if (!Number.isSafeInteger(whole) || isOther) {
    discard(response)
    throw new StorageUnavailable('GET: the S3 server gives another range than the one asked for')
  }
  const due = status === 416 ? 0 : length
  return {
    name,
    size: whole,
    modifiedAt: new Date(headers.get('Last-Modified') ?? 0),
    etag: quotedEtag(headers.get('ETag') ?? ''),
    contentType: headers.get('Content-Type'),
    chunks: () => chunksOf(response, due, idleMs),
    close: async () => discard(response),
  }
}

/** The `200` of `bytes 5-9/200`. */
export function totalOf(headers: Headers): number {
  return Number(/\/(\d+)$/.exec(headers.get('Content-Range') ?? '')?.[1] ?? Number.NaN)
}

export function quotedEtag(etag: string): string {
  return `"${etag.replace(/^W\//, '').replaceAll('"', '')}"`
}

function discard(response: Response): void {
  // One that is being read is its reader's to end.
  if (response.body !== null && !response.body.locked) response.body.cancel().catch(() => {})
}

async function* chunksOf(response: Response, due: number, idleMs: number): AsyncGenerator<Uint8Array, void, void> {
  if (due === 0 || response.body === null) return discard(response)
  const reader = response.body.getReader()
  let got = 0
  try {
    for (;;) {
      const { done, value } = await withinTime(reader.read(), idleMs)
      if (done) break
      got += value.byteLength
      if (value.byteLength > 0) yield value
    }
    if (got < due) throw new StorageUnavailable(`GET: the S3 server ends after ${got} of ${due} bytes`)
  } finally {
    reader.cancel().catch(() => {})
  }
}

async function withinTime<Value>(reading: Promise<Value>, idleMs: number): Promise<Value> {
  let timeout: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timeout = setTimeout(() => reject(new StorageUnavailable('GET: the S3 server stops sending')), idleMs)
  })
  try {
    return await Promise.race([reading, late])
  } catch (cause) {
    throw cause instanceof StorageUnavailable
      ? cause
      : new StorageUnavailable('GET: the S3 server breaks off', { cause })
  } finally {
    clearTimeout(timeout)
  }
}
