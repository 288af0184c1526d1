/**
 * Converters: which text a placeholder takes, and which value it becomes.
 *
 * Owns Django's five (`int str slug uuid path`) and the contract of custom ones.
 * Leaves how they share one path to ./fit.ts.
 */
import { ConfigError } from '../kit/index.ts'

/** What a placeholder `<kind:name>` takes and gives. `parse` and `format` are inverse, and pure. */
export interface Converter<Value = unknown> {
  /**
   * A regular expression for the whole text (flag `u`, anchored at both ends for you): `'[0-9a-f]{32}'`.
   *
   * It runs on text that visitors send: keep it free of repetition inside repetition.
   */
  readonly pattern: string
  /** The value of a text that fits the pattern; `undefined` when there is none: the route then does not match. */
  parse(text: string): Value | undefined
  /** The text of a value. A text that does not fit the pattern is refused by `reverse`. */
  format(value: Value): string
}

/** Django's converters: their names, and the types of their values. */
export interface BuiltInConverters {
  readonly int: Converter<number>
  readonly str: Converter<string>
  readonly slug: Converter<string>
  readonly uuid: Converter<string>
  readonly path: Converter<string>
}

/**
 * Declares a converter for `createPath`.
 *
 * ```ts
 * const md5 = defineConverter({ pattern: '[0-9a-f]{32}', parse: text => text, format: digest => digest })
 * ```
 *
 * @throws {ConfigError} for a pattern that does not compile, or repeats a repetition: `(a+)+` takes exponential time.
 */
export function defineConverter<Value>(converter: Converter<Value>): Converter<Value> {
  new PatternKind(converter)
  return converter
}

/** A converter made ready for matching. */
export type Kind = RunKind | PatternKind

/** One or more characters of a set. Whatever part of such a text is taken, the rest is of the kind too. */
export class RunKind {
  readonly converter: Converter
  readonly withinSegment: boolean
  readonly #ascii: Uint8Array
  readonly #beyondAscii: boolean
  constructor(converter: Converter, set: { ascii: RegExp; beyondAscii: boolean }) {
    this.converter = converter
    this.#ascii = Uint8Array.from({ length: 128 }, (_, code) => (set.ascii.test(String.fromCharCode(code)) ? 1 : 0))
    this.#beyondAscii = set.beyondAscii
    this.withinSegment = !this.has(0x2f)
  }

  /** Whether a UTF-16 code unit belongs to the set. */
  has(code: number): boolean {
    return code < 128 ? this.#ascii[code] === 1 : this.#beyondAscii
  }

  /** Whether `path` from `start` to `end`, all of it, is of this kind. */
  takes(path: string, start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (!this.has(path.charCodeAt(at))) return false
    return end > start
  }
}

/** Any regular expression, tried only on whole texts. */
export class PatternKind {
  readonly converter: Converter
  readonly withinSegment: boolean
  /** Of the texts it takes, in UTF-16 code units. */
  readonly lengths: Lengths
  readonly #whole: RegExp
  constructor(converter: Converter) {
    this.converter = converter
    this.lengths = textLengths(converter.pattern)
    this.withinSegment = neverSlash.test(converter.pattern)
    this.#whole = compile(converter.pattern)
  }

  /** Whether `path` from `start` to `end`, all of it, is of this kind. */
  takes(path: string, start: number, end: number): boolean {
    return this.#whole.test(path.slice(start, end))
  }
}

interface Lengths {
  readonly shortest: number
  readonly longest: number
}

/** A letter or a set of ASCII, and how often it stands there. */
const counted = /(?:\\[dw.-]|\[[\w-]+\]|[\w-])(?:\{(\d+)(?:,(\d+))?\})?/y

/** Known for letters and sets in a row, each a number of times; any length else. */
function textLengths(pattern: string): Lengths {
  let shortest = 0
  let longest = 0
  counted.lastIndex = 0
  while (counted.lastIndex < pattern.length) {
    const found = counted.exec(pattern)
    if (found === null) return { shortest: 0, longest: Number.POSITIVE_INFINITY }
    const [, least = '1', most = least] = found
    shortest += Number(least)
    longest += Number(most)
  }
  return { shortest, longest }
}

/** Patterns of plain letters, simple sets, groups and counts: they match no slash. Any other may match one. */
const neverSlash =
  /^(?:[\w-]|\\[dw.-]|\[-?(?:[a-z]-[a-z]|[A-Z]-[A-Z]|\d-\d|\w|\\[dw.-])+-?\]|\[\^\/[^\]\\[]*\]|\(\?:|[)|?*+]|\{\d+(?:,\d*)?\})*$/

/** `(a+)+`, `(?:x*)*`: a repetition of nothing but a repetition. Sets and escapes count as one letter. */
const repeatedRepetition = /\((?:\?:)?[^()](?:[*+]|\{\d+,\})\??\)(?:[*+]|\{\d+,\})/
const setOrEscape = /\\.|\[(?:[^\]\\]|\\.)*\]/g

function compile(pattern: string): RegExp {
  if (repeatedRepetition.test(pattern.replace(setOrEscape, 'x'))) {
    throw new ConfigError(`The converter pattern ${pattern} repeats a repetition.`, 'Write (a+)+ as a+.')
  }
  try {
    new RegExp(pattern, 'u')
    return new RegExp(`^(?:${pattern})$`, 'u')
  } catch (cause) {
    const fix = 'Write it as a JavaScript regular expression with the u flag, without slashes around it.'
    throw new ConfigError(`The converter pattern ${pattern} is not valid.`, fix, { cause })
  }
}

/** Python converts no longer integer; Django then has no match. */
const maxDigits = 4300

/**
 * Digits. Beyond `Number.MAX_SAFE_INTEGER` nothing matches, where Django's integers go on:
 * a rounded id would be someone else's.
 */
const int: Converter<number> = {
  pattern: '[0-9]+',
  parse(text) {
    const value = text.length > maxDigits ? Number.NaN : Number(text)
    return Number.isSafeInteger(value) ? value : undefined
  },
  format: value => String(value),
}

function text(pattern: string): Converter<string> {
  return { pattern, parse: text => text, format: value => value }
}

/** Django's converters, ready for matching. */
export const builtInKinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['int', new RunKind(int, { ascii: /[0-9]/, beyondAscii: false })],
  ['str', new RunKind(text('[^/]+'), { ascii: /[^/]/, beyondAscii: true })],
  ['slug', new RunKind(text('[-a-zA-Z0-9_]+'), { ascii: /[-a-zA-Z0-9_]/, beyondAscii: false })],
  ['uuid', new PatternKind(text('[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'))],
  // Python's dot stops at \n only; JavaScript's at \r, U+2028 and U+2029 too.
  ['path', new RunKind(text('[^\\n]+'), { ascii: /[^\n]/, beyondAscii: true })],
])
