/**
 * Integers in base 62, as Django writes timestamps: digits `0-9A-Za-z` in this order, no padding.
 */
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const base = alphabet.length

/** 62^8 is below 2^53, 62^9 is not. */
const safeDigits = 8

/** Longer texts are nobody's number; decoding them takes quadratic time. */
const maxDigits = 1000

/** @throws {RangeError} for a number that is not a safe integer: pass a bigint. */
export function base62Encode(value: number | bigint): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError('Not a safe integer.')
  if (value < 0) return `-${base62Encode(-value)}`
  let rest = value
  let text = ''
  while (typeof rest === 'bigint' && rest > Number.MAX_SAFE_INTEGER) {
    text = alphabet.charAt(Number(rest % BigInt(base))) + text
    rest /= BigInt(base)
  }
  let number = Number(rest)
  do {
    text = alphabet.charAt(number % base) + text
    number = Math.floor(number / base)
  } while (number > 0)
  return text
}

/** The integer, a bigint beyond ±(2^53 - 1); `null` when the text is none, or has more than 1000 digits. */
export function base62Decode(text: string): number | bigint | null {
  const isNegative = text.startsWith('-')
  const start = isNegative ? 1 : 0
  const digits = text.length - start
  if (digits === 0 || digits > maxDigits) return null
  let small = 0
  let large = 0n
  for (let index = start; index < text.length; index++) {
    const digit = digitValue(text.charCodeAt(index))
    if (digit < 0) return null
    if (digits <= safeDigits) small = small * base + digit
    else large = large * BigInt(base) + BigInt(digit)
  }
  if (digits <= safeDigits) return isNegative && small > 0 ? -small : small
  const value = isNegative ? -large : large
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/** 0 to 61, or -1. */
function digitValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  if (code >= 0x41 && code <= 0x5a) return code - 0x41 + 10
  return code >= 0x61 && code <= 0x7a ? code - 0x61 + 36 : -1
}
