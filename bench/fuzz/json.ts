/** JSON: bodies of requests as `JSON.parse` reads them or 400, and exact JSON as it too, but for what Python writes. */
import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { createRequestContext, HttpRequest, MalformedBody, UnsupportedMediaType } from '../../src/http/index.ts'
import { joinJsonObject, parseJson, serializeJson, splitJsonObject, UnserializableError } from '../../src/kit/index.ts'
import { defineSettings } from '../../src/settings/index.ts'
import { sentJson } from './json-texts.ts'
import { below, mutate, mutateBytes, pick, type Random } from './random.ts'
import type { Target } from './run.ts'

const context = createRequestContext(defineSettings({ SECRET_KEY: 'the key of the fuzz test' }))
const refused = Symbol('refused')
/** Deepest nesting that `parseJson` reads. */
const maxDepth = 1000

/** The value, or that there is none. */
function read(parse: () => unknown): unknown {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return refused
  }
}

/**
 * A value as it should be read. Two names of V8's `JSON.parse` may be one (nodejs/node#63785), so they are compared as plain letters:
 * What is deeper than anybody compares is only found to be so.
 */
function assertRead(value: unknown, text: string): void {
  const wanted = JSON.parse(
    text.replace(stringForm, (all, name: string, colon?: string) => (colon ? `"${letters(name)}":` : all)),
  )
  if (isShallow(value)) assert.deepEqual(renamed(value), wanted)
  else assert.ok(!isShallow(wanted))
}

/** A string of a document; with a colon behind it, a name. */
const stringForm = /("(?:[^"\\]|\\.)*")(\s*:)?/g

const letters = (name: string): string => `n${Buffer.from(JSON.parse(name) as string, 'utf16le').toString('hex')}`

function renamed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(renamed)
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [letters(JSON.stringify(name)), renamed(item)]))
}

function assertSame(value: unknown, wanted: unknown): void {
  if (isShallow(value)) assert.deepEqual(value, wanted)
  else assert.ok(!isShallow(wanted))
}

function isShallow(value: unknown, left: number = maxDepth): boolean {
  if (typeof value !== 'object' || value === null) return true
  return left > 0 && Object.values(value).every(item => isShallow(item, left - 1))
}

async function* pieces(body: Buffer, random: Random): AsyncGenerator<Uint8Array> {
  for (let at = 0, size = 0; at < body.length; at += size) {
    size = 1 + below(body.length, random)
    yield body.subarray(at, at + size)
  }
}

const types = ['application/json', 'application/json; charset=utf-8', 'application/problem+json', 'Application/JSON']

/** A body is read as the platform reads it, or refused as the client's mistake, without a word of what it holds. */
async function checkBody(bytes: Buffer, random: Random): Promise<boolean> {
  const type = random() < 0.9 ? pick(types, random) : mutate(pick(types, random), random)
  const get = (name: string): string | null => (name.toLowerCase() === 'content-type' ? type : null)
  const headers = { get, has: (name: string) => get(name) !== null, *entries() {} }
  const source = { method: 'POST', target: '/', headers, scheme: 'http', remoteAddress: null } as const
  const { signal } = new AbortController()
  const request = new HttpRequest({ ...source, body: pieces(bytes, random), signal }, context)
  const wanted = isUtf8(bytes) ? read(() => JSON.parse(bytes.toString('utf8'))) : refused
  try {
    const value = await request.json()
    assert.notEqual(wanted, refused, 'The body is not JSON.')
    assertRead(value, bytes.toString('utf8'))
    return true
  } catch (error) {
    if (error instanceof UnsupportedMediaType) assert.ok(!types.slice(0, 3).includes(type), type)
    else if (error instanceof MalformedBody) {
      // With an escaped name a text may be nested less deep.
      if (wanted !== refused) assert.ok(depthOf(bytes.toString('utf8')) > maxDepth)
      assert.match(error.message, /^The body is not valid (?:UTF-8|JSON(?:: the mistake is at character \d+)?)\.$/)
    } else throw error
    return false
  }
}

/** What `JSON.parse` does not read, or not exactly: what Python's words and numbers are. */
const foreign = /NaN|Infinity|-0|\d{16}/
/** Brackets that are open at once. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (const char of text.replace(/"(?:[^"\\]|\\.)*"/g, '')) {
    if (char === '[' || char === '{') depth += 1
    else if (char === ']' || char === '}') depth -= 1
    deepest = Math.max(deepest, depth)
  }
  return deepest
}

function checkExact(text: string): unknown {
  const value = read(() => parseJson(text))
  const wanted = read(() => JSON.parse(text))
  if (wanted === refused) {
    if (value !== refused) assert.match(text, foreign, 'Not JSON, and not what Python writes.')
  } else if (value === refused) assert.ok(depthOf(text) > maxDepth, 'JSON was refused.')
  else if (!foreign.test(text)) assertRead(value, text)
  return value
}

/** What was read is written so that it comes back: the same value, and the same text for the text it came from. */
function checkWriting(value: unknown, text: string): void {
  try {
    const written = serializeJson(value)
    assert.match(written, /^[ -~]*$/)
    assertSame(parseJson(written), value)
    const kept = serializeJson(value, text)
    assert.equal(serializeJson(parseJson(kept), kept), kept)
    assertSame(parseJson(kept), value)
  } catch (error) {
    if (!(error instanceof UnserializableError)) throw error
    assert.ok(depthOf(text) > 900, error.message)
  }
}

/** The fields of an object are its values, byte for byte, and make the same object again. */
function checkFields(value: unknown, text: string): void {
  const fields = splitJsonObject(text)
  const isObject = value !== refused && typeof value === 'object' && value !== null && !Array.isArray(value)
  assert.equal(fields !== null, isObject)
  if (fields === null) return
  assertSame([...fields.keys()].sort(), Object.keys(value as object).sort())
  for (const [name, field] of fields) {
    assert.ok(text.includes(field))
    assertSame(parseJson(field), (value as Record<string, unknown>)[name])
  }
  assertSame(parseJson(joinJsonObject(fields)), value)
}

export function openJson(): Target {
  return {
    name: 'json',
    async check(random) {
      const text = sentJson(random)
      const whole = Buffer.from(text)
      const bytes = random() < 0.7 ? whole : Buffer.from(mutateBytes(whole.toString('latin1'), random), 'latin1')
      try {
        const isTaken = await checkBody(bytes, random)
        const value = checkExact(text)
        checkFields(value, text)
        if (value === refused) return 'refused'
        checkWriting(value, text)
        return isTaken ? 'taken' : "taken as Python's"
      } catch (cause) {
        throw new Error(`The text was ${JSON.stringify(text.slice(0, 500))}`, { cause })
      }
    },
  }
}
