/**
 * Session data as Django stores it: JSON, signed, perhaps compressed.
 *
 * Owns the form of the text. Leaves what is in it to ./session.ts. What it returns may be shared: nobody changes it.
 */
import { BoundedMap, joinJsonObject, splitJsonObject } from '../kit/index.ts'
import { DataSigner, type SigningKeys } from '../signing/index.ts'

/** Top-level keys to the JSON text of their values, byte for byte as stored. */
export type SessionTexts = ReadonlyMap<string, string>

export interface SessionCodec {
  /** The text to store. */
  encode(data: SessionTexts): string
  /** The data in a stored text; empty when the text was not made with our keys, or is damaged (as in Django). */
  decode(text: string): SessionTexts
}

/** All of Django's engines call their class so; a site's own engine with another class name has another salt. */
const salt = 'django.contrib.sessions.SessionStore'

/**
 * Shorter JSON is stored as it is: deflate costs more time than its bytes are worth, and Django reads both.
 */
const compressFromBytes = 2048

/** Sessions whose verified data stays in memory, and the longest text that does: 2,000 × 8 KiB at most. */
const memoEntries = 2000
const memoTextLength = 8192

/** The memo's keys come from the database, never from a client: verifying a signature on each request halves the speed of a session read. */
export function createSessionCodec(keys: SigningKeys): SessionCodec {
  const signer = new DataSigner({ ...keys, salt })
  const memo = new BoundedMap<string, SessionTexts>(memoEntries)
  const doorkeeper = new Doorkeeper()
  const none: SessionTexts = new Map()

  function read(text: string): SessionTexts {
    try {
      return splitJsonObject(signer.loadsText(text)) ?? none
    } catch {
      // Tampered with, made with another key, or cut off: Django's answer is an empty session, too.
      return none
    }
  }

  function remember(text: string, data: SessionTexts): void {
    if (text.length <= memoTextLength) memo.set(text, data)
  }

  return {
    encode(data) {
      const json = joinJsonObject(data)
      const text = signer.dumpsText(json, { compress: json.length >= compressFromBytes })
      doorkeeper.knows(text)
      remember(text, data)
      return text
    },
    decode(text) {
      if (!doorkeeper.knows(text)) return read(text)
      let data = memo.get(text)
      if (data === undefined) {
        data = read(text)
        remember(text, data)
      }
      return data
    },
  }
}

/** Doors for texts that were there a while ago, each with room for two: 64 KiB. A power of two. */
const doors = 8192
/** Characters of the signature that tell texts apart. */
const printLength = 5

/**
 * Tells who comes again from who comes once, and is not worth a place in the memo: of a hundred thousand visitors each would push another one out,
 * and V8 would move them all to its old generation (the doorkeeper of TinyLFU, Einziger and others, 2017). Guesses: two texts may look alike.
 */
class Doorkeeper {
  readonly #prints = new Uint32Array(2 * doors)

  /** Whether the text was there; from now on it was. */
  knows(text: string): boolean {
    let print = 1
    for (let index = text.length - printLength; index < text.length; index += 1)
      print = (print << 6) | (text.charCodeAt(index) & 63)
    print >>>= 0
    // The last character of a signature has few values: the high half of the product depends on all (Knuth's multiplicative hash).
    const door = 2 * ((Math.imul(print, 0x9e3779b1) >>> 16) % doors)
    const first = this.#prints[door] as number
    if (first === print) return true
    const isKnown = this.#prints[door + 1] === print
    this.#prints[door + 1] = first
    this.#prints[door] = print
    return isKnown
  }
}
