/**
 * What a pickle holds, and its JSON.
 *
 * Owns the spelling that keeps what JSON cannot say in white space that JSON does not mind:
 *
 * - `[ 1,2]`, with a space after the bracket, is a tuple;
 * - `{"5" :1}`, with a space after the key, has the integer 5 as its key; likewise a float, a bool and None.
 */
import { serializeJson } from '../kit/index.ts'
import { PickleRefused } from './errors.ts'

/** Deepest nesting: that of the JSON we write. */
const maxDepth = 900

/** Most characters of one session: a few bytes of pickle can name one list a billion times. */
const maxLength = 8 * 1024 * 1024

/** A scalar's JSON text, and its class as far as keys of a dict need it. */
export class Scalar {
  readonly json: string
  readonly kind: 'text' | 'int' | 'float' | 'bool' | 'none'
  constructor(kind: Scalar['kind'], json: string) {
    this.kind = kind
    this.json = json
  }
}

export class List {
  readonly items: PickledValue[]
  readonly isTuple: boolean
  constructor(items: PickledValue[], isTuple: boolean) {
    this.items = items
    this.isTuple = isTuple
  }
}

export class Dict {
  /** Keys as JSON spells them, with their mark: `"1"` and `"1" ` are two. */
  readonly fields: Map<string, PickledValue> = new Map()
}

export type PickledValue = Scalar | List | Dict

/** A key of a dict as JSON spells it, with its mark. */
export function keyText({ kind, json }: Scalar): string {
  return kind === 'text' ? json : `"${json}" `
}

/** Writes values as JSON. One list may stand in many places: all of them together are bounded. */
export class Printer {
  key = ''
  #length = 0
  #depth = 0

  print(value: PickledValue): string {
    if (value instanceof Scalar) return this.#count(value.json)
    if (++this.#depth > maxDepth) this.#refuse(`more than ${maxDepth} levels, or a value that holds itself`)
    const text = value instanceof List ? this.#list(value) : this.#dict(value)
    this.#depth--
    return text
  }

  #list({ items, isTuple }: List): string {
    let text = this.#count(isTuple ? '[ ' : '[')
    for (let index = 0; index < items.length; index++) {
      text += (index === 0 ? '' : ',') + this.print(items[index] as PickledValue)
    }
    return `${text}]`
  }

  #dict({ fields }: Dict): string {
    let text = this.#count('{')
    for (const [key, value] of fields) {
      text += `${text === '{' ? '' : ','}${this.#count(key)}:${this.print(value)}`
    }
    return `${text}}`
  }

  #count(text: string): string {
    this.#length += text.length + 1
    if (this.#length > maxLength) this.#refuse(`more than ${maxLength} characters of data`)
    return text
  }

  #refuse(what: string): never {
    throw new PickleRefused(what, { key: this.key })
  }
}

/** Python's `repr`, which always shows that it is a float. */
export function floatText(value: number): string {
  if (!Number.isSafeInteger(value)) return serializeJson(value)
  return Object.is(value, -0) ? '-0.0' : `${value}.0`
}
