/**
 * Bytes as text and back, and the two things to do with secrets: compare them, make them.
 *
 * Owns encodings that several rooms share. Leaves keys and signatures to `nuages/signing`.
 */
import { Buffer, isUtf8 } from 'node:buffer'
import { randomBytes, timingSafeEqual } from 'node:crypto'

const cleanBase64Url = /^[A-Za-z0-9_-]*$/
/** Python turns `-_` into `+/` first, so it reads both alphabets. */
const base64Character = /[A-Za-z0-9_\-+/]/

/** The bytes as base64 with `-` and `_`, without `=`. */
export function toBase64Url(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64url')
}

/**
 * What Django's decoder makes of the text (`urlsafe_b64decode` of it with padding added), `null` where that fails.
 *
 * Characters outside the alphabet are dropped, so several texts give the same bytes: compare bytes, or verify
 * the text before decoding it.
 */
export function fromBase64Url(text: string): Uint8Array | null {
  if (!cleanBase64Url.test(text)) return fromDirtyBase64Url(text)
  return text.length % 4 === 1 ? null : Buffer.from(text, 'base64url')
}

/** The loop of CPython's `binascii.a2b_base64`: full padding ends the data; without it the last group must be whole. */
function fromDirtyBase64Url(text: string): Uint8Array | null {
  const padded = text + '='.repeat((4 - (Buffer.byteLength(text) % 4)) % 4)
  let data = ''
  let pads = 0
  for (const character of padded) {
    const position = data.length % 4
    if (character === '=') {
      if (position >= 2 && position + ++pads >= 4) return Buffer.from(data, 'base64url')
    } else if (base64Character.test(character)) {
      pads = 0
      data += character
    }
  }
  return data.length % 4 === 0 ? Buffer.from(data, 'base64url') : null
}

/** The text, a leading byte order mark included; `null` when the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  return isUtf8(bytes) ? asBuffer(bytes).toString('utf8') : null
}

/**
 * True when the texts are the same. How long it takes depends on their lengths, not on where they differ.
 *
 * Compares UTF-16 code units: as UTF-8, all lone surrogates would be one and the same U+FFFD.
 */
export function constantTimeEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a, 'utf16le'), Buffer.from(b, 'utf16le'))
}

/**
 * `length` characters of `alphabet`, each equally likely, from the system's secure source.
 *
 * Bytes beyond the last whole multiple of the alphabet's length are thrown away: `byte % 62` would prefer
 * the first eight characters.
 *
 * @throws {RangeError} when the alphabet has less than 2 or more than 256 characters (UTF-16 code units).
 */
export function randomString(length: number, alphabet: string): string {
  const count = alphabet.length
  if (count < 2 || count > 256) throw new RangeError('An alphabet has 2 to 256 characters.')
  const limit = 256 - (256 % count)
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length)) {
      if (byte < limit) text += alphabet[byte % count]
    }
  }
  return text
}

/** The same memory as a `Buffer`, whose methods are native. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
