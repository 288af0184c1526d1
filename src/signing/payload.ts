/**
 * JSON text in the alphabet of signed texts: base64, with a `.` in front when it is compressed.
 *
 * Owns the form only. Leaves signing to those who call, who verify before they unpack.
 */
import { Buffer } from 'node:buffer'
import { deflateSync, inflateSync } from 'node:zlib'
import { fromBase64Url, jsonEscape, toBase64Url } from '../kit/index.ts'
import { BadSignature } from './errors.ts'

/** 8 MiB, far above any session. What is signed is ours, but a few kilobytes can inflate to gigabytes. */
export const defaultMaxInflatedBytes: number = 8 * 1024 * 1024

const beyondLatin1 = /[\u0100-\uffff]/g

/**
 * Packs JSON text as Django's `sign_object` does before it signs. Compressed only when that saves more than one byte.
 *
 * Readers take the bytes as latin-1: what has no byte there is written as `\uXXXX`, which in JSON is the same text.
 */
export function packPayload(jsonText: string, compress: boolean): string {
  const data = Buffer.from(jsonText.replace(beyondLatin1, jsonEscape), 'latin1')
  if (compress) {
    const compressed = deflateSync(data)
    if (compressed.length < data.length - 1) return `.${toBase64Url(compressed)}`
  }
  return toBase64Url(data)
}

/** @throws {BadSignature} when the text is no payload, or inflates to more than `maxInflatedBytes`. */
export function unpackPayload(packed: string, maxInflatedBytes: number = defaultMaxInflatedBytes): string {
  const isCompressed = packed.startsWith('.')
  const data = fromBase64Url(isCompressed ? packed.slice(1) : packed)
  if (data === null) throw new BadSignature('What was signed is not base64.')
  return (
    isCompressed ? inflate(data, maxInflatedBytes) : Buffer.from(data.buffer, data.byteOffset, data.length)
  ).toString('latin1')
}

/** Unpacks and parses. @throws {BadSignature} also when the text is not JSON. */
export function readPayload<T>(packed: string, parse: (text: string) => T, maxInflatedBytes?: number): T {
  const text = unpackPayload(packed, maxInflatedBytes)
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadSignature('What was signed is not JSON.', error)
    throw error
  }
}

function inflate(data: Uint8Array, maxOutputLength: number): Buffer {
  try {
    return inflateSync(data, { maxOutputLength })
  } catch (cause) {
    const isTooLarge = cause instanceof RangeError
    throw new BadSignature(`What was signed ${isTooLarge ? 'inflates beyond the limit' : 'is not zlib'}.`, cause)
  }
}
