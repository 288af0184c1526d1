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

/** What JavaScript writes instead, and why it cannot be otherwise. */
const different = new Map<string, { readonly text: string; readonly reason: string }>([
  ...['json-json-dumps-009', '0'].map(text => [text, { text: '0', reason: 'a whole float is an integer here' }] as const),
])

const wholeFloat = 'JavaScript does not tell 1.0 from 1; with `like` it stays 1.0'
const integerKeys = 'JavaScript objects put keys that look like integers first'
const keysAreText = 'JavaScript keys are text: two that look alike are one'

/** A literal as the vectors hold them. Python's `1.0` becomes the number 1, keys become text as `json.dumps` makes them. */
class PythonLiteral {
  readonly #text: string
  #index = 0
  /** Reasons why the value is not quite what Python would have. */
  readonly losses: Set<string> = new Set()
  constructor(text: string) {
    this.#text = text
  }
}
