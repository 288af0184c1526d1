/**
 * JSON as Python reads it: integers of any size, `NaN` and `Infinity`, nothing rounded.
 *
 * `JSON.parse` does the work wherever it is exact. Leaves writing to ./json-writer.ts.
 */
import { hasEscapedKey, maxReadDepth, stringEnd, surveyJson } from './json-scan.ts'

/** What `parseJson` gives. Integers beyond ±(2^53 - 1) are bigints; every other number is a number. */
export type JsonValue = JsonTree<number | bigint>

/** A JSON document whose numbers are represented by `N`. */
export type JsonTree<N> = null | boolean | string | N | JsonTree<N>[] | { [key: string]: JsonTree<N> }

/** Python refuses integers of more digits; without a limit the conversion takes quadratic time. */
export const maxIntegerDigits = 4300

const integerForm = /^-?\d+$/
const numberForm = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y

/**
 * Reads a JSON text as Python's `json.loads` does: accepts `NaN`, `Infinity` and `-Infinity`, the last of equal keys
 * wins, `__proto__` is a key like any other, `-0` is the integer 0.
 *
 * @throws {SyntaxError} when the text is not JSON, is nested deeper than 1000 levels, or holds an integer
 * of more than 4300 digits.
 */
export function parseJson(text: string): JsonValue {
  const isNative = surveyJson(text).isNative && !hasEscapedKey(text)
  return isNative ? (JSON.parse(text) as JsonValue) : parseTree(text, exactNumber)
}

/**
 * Reads a JSON text as `JSON.parse` does, without its mistake with escaped keys: a text with one may be nested 1000 levels.
 *
 * @throws {SyntaxError} when the text is not JSON.
 */
export function parseStandardJson(text: string): unknown {
  return hasEscapedKey(text) ? parseTree(text, standardNumber) : JSON.parse(text)
}

function standardNumber(source: string): number {
  if (source.endsWith('N') || source.endsWith('y')) throw new SyntaxError(`JSON: ${source} is not JSON.`)
  return Number(source)
}

/** Reads a JSON text; `toNumber` makes what stands for each number from its spelling. */
export function parseTree<N>(text: string, toNumber: (source: string) => N): JsonTree<N> {
  return new Parser(text, toNumber).document()
}

/** The number that a JSON number literal, `NaN`, `Infinity` or `-Infinity` stands for. */
export function exactNumber(source: string): number | bigint {
  const number = Number(source)
  if (Number.isSafeInteger(number)) return source === '-0' ? 0 : number
  if (!integerForm.test(source)) return number
  const digits = source.startsWith('-') ? source.length - 1 : source.length
  if (digits > maxIntegerDigits) throw new SyntaxError(`JSON: an integer of more than ${maxIntegerDigits} digits.`)
  return BigInt(source)
}

/** Recursive descent. Its depth is bounded, so the stack is. */
class Parser<N> {
  readonly #text: string
  readonly #toNumber: (source: string) => N
  #index = 0
  #depth = 0

  constructor(text: string, toNumber: (source: string) => N) {
    this.#text = text
    this.#toNumber = toNumber
  }

  document(): JsonTree<N> {
    const value = this.#value()
    if (this.#peek() !== '') this.#fail()
    return value
  }

  #value(): JsonTree<N> {
    switch (this.#peek()) {
      case '{':
        return this.#object()
      case '[':
        return this.#array()
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', true)
      case 'f':
        return this.#word('false', false)
      case 'n':
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  #object(): { [key: string]: JsonTree<N> } {
    const object: { [key: string]: JsonTree<N> } = {}
    this.#open()
    if (this.#closes('}')) return object
    do {
      if (this.#peek() !== '"') this.#fail()
      const key = this.#string()
      if (!this.#accept(':')) this.#fail()
      const value = this.#value()
      if (key === '__proto__') defineField(object, key, value)
      else object[key] = value
    } while (this.#accept(','))
    if (!this.#closes('}')) this.#fail()
    return object
  }

  #array(): JsonTree<N>[] {
    const array: JsonTree<N>[] = []
    this.#open()
    if (this.#closes(']')) return array
    do array.push(this.#value())
    while (this.#accept(','))
    if (!this.#closes(']')) this.#fail()
    return array
  }

  #open(): void {
    if (++this.#depth > maxReadDepth) throw new SyntaxError(`JSON: nested deeper than ${maxReadDepth} levels.`)
    this.#index++
  }

  #closes(bracket: string): boolean {
    const isHere = this.#accept(bracket)
    if (isHere) this.#depth--
    return isHere
  }

  /** `JSON.parse` reads the escapes and refuses what must not stand in a string. */
  #string(): string {
    const start = this.#index
    this.#index = stringEnd(this.#text, start) + 1
    return JSON.parse(this.#text.slice(start, this.#index)) as string
  }

  #number(): N {
    for (const word of ['NaN', 'Infinity', '-Infinity']) {
      if (this.#text.startsWith(word, this.#index)) return this.#word(word, this.#toNumber(word))
    }
    numberForm.lastIndex = this.#index
    const source = numberForm.exec(this.#text)?.[0]
    if (source === undefined) this.#fail()
    this.#index += source.length
    return this.#toNumber(source)
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#index)) this.#fail()
    this.#index += word.length
    return value
  }

  /** Skips white space; the next character, or the empty text at the end. */
  #peek(): string {
    for (;;) {
      const character = this.#text.charAt(this.#index)
      if (character !== ' ' && character !== '\n' && character !== '\r' && character !== '\t') return character
      this.#index++
    }
  }

  #accept(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#index++
    return true
  }

  /** The message shows no data: a session's secrets would end in the log. */
  #fail(): never {
    throw new SyntaxError(`JSON: unexpected character or end at position ${this.#index}.`)
  }
}

/** Assignment to `__proto__` would set the prototype. */
function defineField<T>(object: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true })
}
