/**
 * Base64 in pieces: `Content-Transfer-Encoding: base64` of a part. RFC 7578 (4.7) gave it up; Django still reads it.
 */
import { MalformedMultipart } from './errors.ts'

/** Characters outside the alphabet are dropped, line breaks among them. */
export class Base64Decoder {
  #rest = ''
  #isPadded = false

  /** @throws {MalformedMultipart} when data follows the padding. */
  decode(chunk: Buffer): Buffer {
    const text = this.#rest + chunk.toString('latin1').replace(/[^A-Za-z0-9+/=]+/g, '')
    if (this.#isPadded ? text !== '' : !paddedAtTheEnd.test(text)) throw new MalformedMultipart(problem)
    const whole = text.length - (text.length % 4)
    this.#rest = text.slice(whole)
    // For good: a chunk may hold nothing of the alphabet.
    this.#isPadded ||= text.endsWith('=', whole)
    return Buffer.from(text.slice(0, whole), 'base64')
  }

  /** @throws {MalformedMultipart} when the last group lacks characters. */
  finish(): void {
    if (this.#rest !== '') throw new MalformedMultipart(problem)
  }
}

/** At most two characters of padding. */
const paddedAtTheEnd = /^[^=]*={0,2}$/

const problem = 'A part of the form is not the base64 it says it is.'

/** The bytes of a whole text; `null` when it is not base64. */
export function decodeBase64(bytes: Buffer): Buffer | null {
  const text = bytes.toString('latin1').replace(/[^A-Za-z0-9+/=]+/g, '')
  return text.length % 4 === 0 && paddedAtTheEnd.test(text) ? Buffer.from(text, 'base64') : null
}
