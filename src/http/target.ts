/**
 * The request target: what stands between method and version on the request line.
 *
 * Owns splitting and decoding the path as Django does. Leaves the query to ./query-dict.ts.
 */

/** A target in its parts; `authority` only in absolute form (`GET http://host/ HTTP/1.1`), as to a proxy. */
export interface RequestTarget {
  /** As sent, percent-escapes and all, with its leading slash. */
  readonly rawPath: string
  /** Without the question mark; empty when there is none. */
  readonly query: string
  readonly authority: string | null
}

/**
 * Splits a target in origin form, or in absolute form (RFC 9112, 3.2). Anything else, such as `*`, gets a slash in front: behind a host
 * `*.evil.example` would make another host of it.
 */
export function splitTarget(target: string): RequestTarget {
  let authority: string | null = null
  let rest = target
  if (target.charCodeAt(0) !== 47) {
    const absolute = /^https?:\/\/([^/?#]*)(.*)$/is.exec(target)
    if (absolute) {
      authority = absolute[1] as string
      rest = absolute[2] as string
    }
    if (!rest.startsWith('/')) rest = `/${rest}`
  }
  const hash = rest.indexOf('#')
  if (hash >= 0) rest = rest.slice(0, hash)
  const mark = rest.indexOf('?')
  return mark < 0
    ? { rawPath: rest, query: '', authority }
    : { rawPath: rest.slice(0, mark), query: rest.slice(mark + 1), authority }
}

/** True when every character stands for itself. */
function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index)
    if (char === 0x25 || char > 0x7e) return false
  }
  return true
}

/** A byte of a path that is not part of UTF-8 keeps its escape. */
function decodeBytes(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  if (!text.includes('\ufffd')) return text
  let decoded = ''
  let index = 0
  while (index < bytes.length) {
    const size = utf8SequenceLength(bytes, index)
    if (size === 0) {
      decoded += `%${(bytes[index] as number).toString(16).toUpperCase().padStart(2, '0')}`
      index += 1
    } else {
      decoded += bytes.toString('utf8', index, index + size)
      index += size
    }
  }
  return decoded
}

/** Bytes of the valid UTF-8 sequence that begins here; 0 when none does. */
function utf8SequenceLength(bytes: Buffer, start: number): number {
  const first = bytes[start] as number
  const size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  // The second byte shows what is too long, half a surrogate pair, or beyond the last character (RFC 3629, 4).
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  for (let index = 1; index < size; index += 1) {
    const byte = bytes[start + index] ?? 0
    if (byte < (index === 1 ? least : 0x80) || byte > (index === 1 ? most : 0xbf)) return 0
  }
  return size
}

/**
 * The path with its escapes decoded: `/caf%C3%A9/` is `/café/`. Bytes that are not UTF-8 keep their escape, `%2F` becomes a slash
 * (as in Django: a converter that must not see it refuses slashes). Never throws.
 */
export function decodePath(rawPath: string): string {
  if (isPlain(rawPath)) return rawPath
  const bytes = Buffer.alloc(Buffer.byteLength(rawPath))
  let size = 0
  for (let index = 0; index < rawPath.length; index += 1) {
    const hex = rawPath.charCodeAt(index) === 0x25 ? rawPath.slice(index + 1, index + 3) : ''
    if (/^[0-9A-Fa-f]{2}$/.test(hex)) {
      bytes[size] = Number.parseInt(hex, 16)
      size += 1
      index += 2
    } else {
      const code = rawPath.codePointAt(index) as number
      if (code > 0xff) {
        size += bytes.write(String.fromCodePoint(code), size)
        if (code > 0xffff) index += 1
      } else {
        bytes[size] = code
        size += 1
      }
    }
  }
  return decodeBytes(bytes.subarray(0, size))
}
