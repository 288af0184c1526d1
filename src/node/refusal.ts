/**
 * Requests that Node lets through, and another reader takes for something else: their answer is the last of the connection.
 *
 * Owns what Node's parser leaves to others. Leaves every other mistake in a head to Node: 400, 408, 431.
 */

/** What this file uses of `IncomingMessage`. */
interface Head {
  readonly httpVersion: string
  /** Name and value in turn, as sent. */
  readonly rawHeaders: readonly string[]
}

/**
 * The status of the refusal, `null` for a request that has one meaning.
 *
 * A line without a version is HTTP/0.9 to Node, `HTTP/2.0` a version like any other. Of transfer codings only `chunked` is understood here
 * (RFC 9112, 6.1), and Node finds out what it can frame when the app has the request already. HTTP/1.0 has none: a proxy of that version
 * passes the field on unread, and sees the body as further requests. HTTP/1.1 names its host; Node would answer without one, and go on.
 */
export function refusalStatus({ httpVersion, rawHeaders }: Head): number | null {
  const isCurrent = httpVersion === '1.1'
  if (!isCurrent && httpVersion !== '1.0') return 505
  let isChunked = false
  let hasHost = !isCurrent
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string
    if (name.length === 4) hasHost ||= name.toLowerCase() === 'host'
    if (name.length !== 17 || name.toLowerCase() !== 'transfer-encoding') continue
    if (!isCurrent || isChunked) return 400
    isChunked = rawHeaders[index + 1]?.toLowerCase() === 'chunked'
    if (!isChunked) return 501
  }
  return hasHost ? null : 400
}
