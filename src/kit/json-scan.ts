/**
 * Looks over a JSON text without building anything.
 *
 * Knows where strings and numbers end. Assumes nothing about validity: on an invalid text its answers mean
 * nothing, but it always comes to an end.
 */

/** Deepest nesting that is read: Python's recursion limit, which guards our own stack as well. */
export const maxReadDepth = 1000

/** Digits below which every integer is safe: `Number.MAX_SAFE_INTEGER` has 16. */
const unsafeDigits = 16

const quoteCode = 0x22
const minusCode = 0x2d
const pointCode = 0x2e
const zeroCode = 0x30
const backslashCode = 0x5c

/** What `surveyJson` found. */
export interface JsonSurvey {
  /** False where `JSON.parse` is not exact: large integers, `-0`, `NaN`, `Infinity`, too deep nesting. */
  readonly isNative: boolean
  /** True when a number may be spelled otherwise than we would write it: `1.0`, `1e2`, `-0`. */
  readonly hasSpelling: boolean
}

const outcomes: readonly JsonSurvey[] = [
  { isNative: true, hasSpelling: false },
  { isNative: false, hasSpelling: false },
  { isNative: true, hasSpelling: true },
  { isNative: false, hasSpelling: true },
]

/** One pass over the text; allocates nothing. */
export function surveyJson(text: string): JsonSurvey {
  let foreign = 0
  let spelled = 0
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === quoteCode) index = stringEnd(text, index)
    else if (code === minusCode || isDigit(code)) {
      const end = numberEnd(text, index)
      const integerEnd = digitsEnd(text, code === minusCode ? index + 1 : index)
      if (integerEnd < end) spelled = 2
      else if (code === minusCode && end - index === 2 && text.charCodeAt(index + 1) === zeroCode) {
        foreign = 1
        spelled = 2
      } else if (end - index >= unsafeDigits) foreign = 1
      index = end - 1
    } else if (code === 0x5b || code === 0x7b) {
      if (++depth > maxReadDepth) foreign = 1
    } else if (code === 0x5d || code === 0x7d) depth--
    else if (code === 0x4e || code === 0x49) foreign = 1
  }
  return outcomes[foreign + spelled] as JsonSurvey
}

/**
 * True when a key is written with an escape, `"caf\u00e9"`.
 *
 * For such a one V8 may give a key that it has read before and that ends in a backslash (nodejs/node#63785): a visitor who sends
 * `{"\\":1}` would rename the keys of others.
 */
export function hasEscapedKey(text: string): boolean {
  let backslash = text.indexOf('\\')
  for (let start = text.indexOf('"'); start >= 0 && backslash >= 0; ) {
    const end = stringEnd(text, start)
    if (backslash < start) backslash = text.indexOf('\\', start)
    if (backslash >= 0 && backslash < end && isBeforeColon(text, end)) return true
    start = text.indexOf('"', end + 1)
  }
  return false
}

const space = /[ \n\r\t]*/y

function isBeforeColon(text: string, end: number): boolean {
  space.lastIndex = end + 1
  space.test(text)
  return text.charCodeAt(space.lastIndex) === 0x3a
}

/** Index of the quote that ends the string whose first quote is at `start`; the text's length when there is none. */
export function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end < 0 ? text.length : end
}

/** Backslashes before a quote come in pairs unless the quote is escaped. No run is counted twice. */
function isEscaped(text: string, index: number): boolean {
  let start = index
  while (text.charCodeAt(start - 1) === backslashCode) start--
  return (index - start) % 2 === 1
}

/** Index after the last character of the number that starts at `start`. */
function numberEnd(text: string, start: number): number {
  let index = start + 1
  while (index < text.length) {
    const code = text.charCodeAt(index)
    const isPart =
      isDigit(code) || code === pointCode || code === 0x65 || code === 0x45 || code === 0x2b || code === minusCode
    if (!isPart) break
    index++
  }
  return index
}

function digitsEnd(text: string, start: number): number {
  let index = start
  while (isDigit(text.charCodeAt(index))) index++
  return index
}

function isDigit(code: number): boolean {
  return code >= zeroCode && code <= 0x39
}
