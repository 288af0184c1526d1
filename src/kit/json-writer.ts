/**
 * JSON as Python writes it: compact, pure ASCII, floats as `repr` does; and nothing that would come back different.
 *
 * Leaves reading to ./json-parser.ts.
 */
import { types } from 'node:util'
import { exactNumber, type JsonTree, maxIntegerDigits, parseTree } from './json-parser.ts'
import { surveyJson } from './json-scan.ts'
import { UnserializableError } from './unserializable-error.ts'

/**
 * Deepest nesting that is written. Python's limit is 1000 and counts the frames of the request that reads it;
 * 900 leaves those room.
 */
const maxWriteDepth = 900

const needsEscape = /[^\x20-\x7e]|["\\]/
const notAscii = /[\x7f-\uffff]/g

/** A number in the text that a value was parsed from. */
class SpelledNumber {
  readonly value: number | bigint
  readonly source: string
  constructor(source: string) {
    this.value = exactNumber(source)
    this.source = source
  }
}

type SpelledTree = JsonTree<SpelledNumber>

/**
 * The value as `json.dumps(value, separators=(',', ':'))` writes it: pure ASCII, keys in insertion order.
 *
 * A number that is a safe integer is written as an integer, every other one as a Python float (`1e+16`, `-0.0`, `NaN`),
 * a bigint as an integer. Fields that are `undefined` are left out. An object with `toJSON` is stored as what that
 * gives, another class instance as its own and inherited enumerable fields without inherited functions.
 *
 * `like` is the JSON text the value was parsed from: a number still equal to the one there, at the same path, keeps
 * its spelling, so that Python's `1.0` stays a float although JavaScript has no such thing.
 *
 * @throws {UnserializableError} for what JSON cannot hold exactly: functions, symbols, `Map`, `Set`, bytes, regular
 * expressions, promises, errors and other objects that name a type of their own (`Symbol.toStringTag`), cycles,
 * `undefined` in an array, invalid dates, integers of more than 4300 digits, more than 900 levels.
 * @throws {SyntaxError} when `like` is not JSON.
 */
export function serializeJson(value: unknown, like?: string): string {
  const spelled = like !== undefined && surveyJson(like).hasSpelling
  return new Writer().document(value, spelled ? parseTree(like, source => new SpelledNumber(source)) : undefined)
}

/** A string as a JSON string of pure ASCII. */
export function quoteJson(text: string): string {
  return needsEscape.test(text) ? JSON.stringify(text).replace(notAscii, jsonEscape) : `"${text}"`
}

/** The `\uXXXX`, in lower case, of a single UTF-16 unit. */
export function jsonEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Writes one document, then is thrown away: after a refusal its path stays where it was. */
class Writer {
  readonly #path: (string | number)[] = []
  readonly #ancestors: object[] = []

  document(value: unknown, like: SpelledTree | undefined): string {
    return this.#write(this.#resolve(value, ''), like)
  }

  /** What `toJSON` makes of a value that has it. Reads each property once: it may be a getter. */
  #resolve(value: unknown, key: string): unknown {
    if (typeof value !== 'object' || value === null) return value
    const toJson = (value as { toJSON?: unknown }).toJSON
    if (typeof toJson !== 'function') return value
    if (types.isDate(value) && Number.isNaN(value.getTime())) this.#refuse('an invalid Date')
    if (ArrayBuffer.isView(value)) this.#refuse('bytes')
    return toJson.call(value, key)
  }

  #write(value: unknown, like: SpelledTree | undefined): string {
    switch (typeof value) {
      case 'string':
        return quoteJson(value)
      case 'number':
        return like instanceof SpelledNumber && Object.is(like.value, value) ? like.source : numberText(value)
      case 'boolean':
        return value ? 'true' : 'false'
      case 'bigint':
        return this.#integer(value)
      case 'object':
        return value === null ? 'null' : this.#object(value, like)
      default:
        return this.#refuse(value === undefined ? 'undefined' : `a ${typeof value}`)
    }
  }

  #integer(value: bigint): string {
    const text = String(value)
    if (text.length - (value < 0n ? 1 : 0) > maxIntegerDigits) {
      this.#refuse(`an integer of more than ${maxIntegerDigits} digits`)
    }
    return text
  }

  #object(value: object, like: SpelledTree | undefined): string {
    if (types.isBoxedPrimitive(value)) return this.#write(unbox(value), like)
    if (this.#ancestors.includes(value)) this.#refuse('a cycle')
    if (this.#ancestors.length >= maxWriteDepth) this.#refuse(`more than ${maxWriteDepth} levels`)
    this.#ancestors.push(value)
    const below = typeof like === 'object' && like !== null && !(like instanceof SpelledNumber) ? like : undefined
    const text = Array.isArray(value)
      ? this.#items(value, Array.isArray(below) ? below : undefined)
      : this.#fields(value as Record<string, unknown>, Array.isArray(below) ? undefined : below)
    this.#ancestors.pop()
    return text
  }

  #items(array: readonly unknown[], like: readonly SpelledTree[] | undefined): string {
    let text = ''
    for (let index = 0; index < array.length; index++) {
      this.#path.push(index)
      const item = this.#resolve(array[index], String(index))
      if (item === undefined) this.#refuse('undefined inside an array')
      text += (index === 0 ? '' : ',') + this.#write(item, like?.[index])
      this.#path.pop()
    }
    return `[${text}]`
  }

  #fields(object: Record<string, unknown>, like: Record<string, SpelledTree> | undefined): string {
    let text = ''
    for (const key of this.#fieldNames(object)) {
      this.#path.push(key)
      const field = this.#resolve(object[key], key)
      const isMethod = typeof field === 'function' && !Object.hasOwn(object, key)
      if (field !== undefined && !isMethod) {
        const below = like !== undefined && Object.hasOwn(like, key) ? like[key] : undefined
        text += `${text === '' ? '' : ','}${quoteJson(key)}:${this.#write(field, below)}`
      }
      this.#path.pop()
    }
    return `{${text}}`
  }

  #fieldNames(object: object): readonly string[] {
    const prototype = Object.getPrototypeOf(object)
    if (prototype === Object.prototype || prototype === null) return Object.keys(object)
    // Built-in and web classes keep what they hold out of sight and say what they are: a Map, a FormData.
    const tag = Object.prototype.toString.call(object).slice('[object '.length, -1)
    if (tag !== 'Object') this.#refuse(`a value of type ${tag}`)
    const names: string[] = []
    for (const name in object) {
      if (Object.hasOwn(object, name) || !Object.hasOwn(Object.prototype, name)) names.push(name)
    }
    return names
  }

  #refuse(problem: string): never {
    throw new UnserializableError(this.#path, problem)
  }
}

/** Python's `repr` of a float, or the integer where JavaScript cannot tell them apart. */
function numberText(value: number): string {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0.0' : String(value)
  const size = Math.abs(value)
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(value) ? `${value}.0` : String(value)
  return Number.isFinite(value) ? value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2') : String(value)
}

/** As `JSON.stringify` takes the primitive out of `new Number(1)`. */
function unbox(value: object): unknown {
  if (types.isNumberObject(value)) return Number(value)
  if (types.isStringObject(value)) return String(value)
  return value.valueOf()
}
