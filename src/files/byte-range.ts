/**
 * `Range`: the piece of a file that is asked for (RFC 9110, 14.2).
 */

/** From `start` to `end`, both counted, `null` for the last byte; or the last `lastBytes`. */
export type ByteRange = { readonly start: number; readonly end: number | null } | { readonly lastBytes: number }

const syntax = /^bytes=[ \t]*(?:([0-9]{1,25})-([0-9]{0,25})|-([0-9]{1,25}))[ \t]*$/i

/**
 * One range of bytes; `null` for whatever is to be ignored: another unit, nonsense, and several ranges at once, which a server need not
 * give. Many small ones of a large file cost much and are no use to anybody honest.
 */
export function parseByteRange(text: string | null): ByteRange | null {
  const match = text === null ? null : syntax.exec(text)
  if (match === null) return null
  const [, first, last, suffix] = match
  if (suffix !== undefined) return { lastBytes: toSafe(suffix) }
  const start = toSafe(first as string)
  const end = last === '' ? null : toSafe(last as string)
  return end !== null && end < start ? null : { start, end }
}

function toSafe(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER - 1)
}
