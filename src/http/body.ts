/**
 * Reads a request body whole, within a limit.
 *
 * Owns counting and decoding. Leaves forms to ./query-dict.ts and ./multipart.ts.
 */
import { decodeUtf8, parseStandardJson } from '../kit/index.ts'
import { BodyTooLarge, MalformedBody, UnsupportedMediaType } from './errors.ts'
import type { RequestHeaders } from './headers.ts'
import type { RequestBody } from './request.ts'

/**
 * Every byte of a body.
 *
 * Counts bytes received; a `Content-Length` over the limit is believed at once, one under it never.
 *
 * @throws {BodyTooLarge} with status 413, as soon as it is known.
 * @throws {UnsupportedMediaType} with status 415 for one that is compressed.
 */
export async function readBody(
  body: RequestBody | null,
  headers: RequestHeaders,
  limitBytes: number | null,
): Promise<Uint8Array> {
  const limit = limitBytes ?? Number.POSITIVE_INFINITY
  requireReadable(headers, limit)
  if (body === null) return new Uint8Array(0)
  if (body.collect !== undefined) return body.collect(limit, () => new BodyTooLarge(limit))
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > limit) throw new BodyTooLarge(limit)
    chunks.push(chunk)
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, size)
}

/**
 * Refuses a body by what the head says of it.
 *
 * @throws {BodyTooLarge} with status 413, {UnsupportedMediaType} with status 415 for one that is compressed.
 */
export function requireReadable(headers: RequestHeaders, limitBytes: number): void {
  if (Number(headers.get('content-length') ?? 0) > limitBytes) throw new BodyTooLarge(limitBytes)
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity')
    throw new UnsupportedMediaType('The body is compressed; send it as it is, without Content-Encoding.')
}

/**
 * The value of a JSON body.
 *
 * @throws {MalformedBody} with status 400 for bytes that are not UTF-8, and for text that is not JSON, with the position.
 */
export function parseJsonBody(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes)
  if (text === null) throw new MalformedBody('The body is not valid UTF-8.')
  try {
    return parseStandardJson(text)
  } catch (cause) {
    throw new MalformedBody(`The body is not valid JSON${jsonPosition(cause)}.`, { cause })
  }
}

/** Where the parser stopped; the rest of its message quotes the body, which may hold a password. */
function jsonPosition(error: unknown): string {
  const position = /at position (\d+)/.exec(String(error))?.[1]
  return position === undefined ? '' : `: the mistake is at character ${position}`
}
