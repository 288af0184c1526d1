import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parseJson, serializeJson, UnserializableError } from './index.ts'

interface JsonCase {
  readonly id: string
  readonly op: 'json_dumps' | 'json_loads'
  readonly in: { readonly python: string; readonly bytes_b64: string }
  readonly out: { readonly text?: string; readonly again?: string; readonly error?: string }
}

const vectors = new URL('../../tests/vectors/json.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(vectors, 'utf8')) as { cases: JsonCase[] }

/** JavaScript cannot tell 1.0 from 1 and writes an integer, as here; with `like` it stays a float. */
const wholeFloats = new Map([
  ['json-json-dumps-009', '0'],
  ['json-json-dumps-011', '1000000000000000'],
  ['json-json-dumps-054', '[1,1,"1",true]'],
  ['json-json-dumps-057', '300000000'],
  ['json-json-dumps-071', '958'],
  ['json-json-dumps-075', '544'],
  ['json-json-dumps-076', '803'],
  ['json-json-loads-026', '0'],
])

/** JavaScript objects put keys that look like integers first. Python's `dict` does not. */
const reordered = new Map([['json-json-dumps-063', '{"1":0,"2":0,"10":0,"a":0}']])

/** Keys are text in JavaScript: these Python dicts, with other keys or two that look alike, do not exist here. */
const inexpressible = new Set(Array.from({ length: 12 }, (_, index) => `json-json-dumps-0${29 + index}`))

/** Reads the Python literals that the vectors hold. */
class LiteralReader {
  readonly #text: string
  #index = 0
  constructor(text: string) {
    this.#text = text
  }

  value(): unknown {
    const constants = { None: null, True: true, False: false, nan: Number.NaN, inf: Infinity, '-inf': -Infinity }
    for (const [name, constant] of Object.entries(constants)) if (this.#take(name)) return constant
    if (this.#take('[')) return this.#items(']')
    if (this.#take('(')) return this.#items(')')
    if (this.#take('{')) return this.#braces()
    if (this.#take("b'")) return Buffer.from(this.#string())
    if (this.#take("'")) return this.#string()
    if (this.#take('"')) return this.#string('"')
    return this.#number()
  }

  #braces(): unknown {
    const object: Record<string, unknown> = Object.create(null)
    while (!this.#take('}')) {
      const key = this.value()
      if (!this.#take(':')) return new Set([key, ...(this.#take(',') ? this.#items('}') : [])])
      assert(typeof key === 'string', 'keys are text')
      object[key] = this.value()
      this.#take(',')
    }
    return object
  }

  #items(end: string): unknown[] {
    const items: unknown[] = []
    while (!this.#take(end)) {
      items.push(this.value())
      this.#take(',')
    }
    return items
  }

  /** After the opening quote. */
  #string(quote = "'"): string {
    const [source] = this.#match(quote === "'" ? /(?:[^'\\]|\\.)*'/y : /(?:[^"\\]|\\.)*"/y)
    const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' }
    return source
      .slice(0, -1)
      .replace(/\\(?:x(..)|u(....)|(.))/g, (_, short, long, one) =>
        one === undefined ? String.fromCharCode(Number.parseInt(short ?? long, 16)) : (escapes[one] ?? one),
      )
  }

  #number(): number | bigint {
    const [source] = this.#match(/-?\d+(\.\d+)?(e[+-]?\d+)?/y)
    if (/[.e]/.test(source)) return Number(source)
    const number = Number(BigInt(source))
    return Number.isSafeInteger(number) ? number : BigInt(source)
  }

  #match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#index
    const match = pattern.exec(this.#text)
    assert(match, `a literal at ${this.#index} of ${this.#text}`)
    this.#index = pattern.lastIndex
    return match
  }

  #take(token: string): boolean {
    while (this.#text.startsWith(' ', this.#index)) this.#index++
    const isHere = this.#text.startsWith(token, this.#index)
    if (isHere) this.#index += token.length
    return isHere
  }
}

function checkDumps({ id, in: input, out }: JsonCase): void {
  if (inexpressible.has(id)) return
  const value = new LiteralReader(input.python).value()
  if (out.text === undefined) {
    assert.throws(() => serializeJson(value), UnserializableError)
    return
  }
  assert.equal(serializeJson(value), wholeFloats.get(id) ?? reordered.get(id) ?? out.text)
  assert.equal(serializeJson(value, out.text), reordered.get(id) ?? out.text)
}

function checkLoads({ id, in: input, out }: JsonCase): void {
  const text = Buffer.from(input.bytes_b64, 'base64').toString('latin1')
  if (out.again === undefined) assert.throws(() => parseJson(text), SyntaxError)
  else assert.equal(serializeJson(parseJson(text)), wholeFloats.get(id) ?? out.again)
}

describe('JSON as Django writes and reads it', () => {
  for (const one of cases) {
    it(`agrees with ${one.id}`, () => (one.op === 'json_dumps' ? checkDumps(one) : checkLoads(one)))
  }
})
