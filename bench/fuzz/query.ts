/** Query strings and urlencoded forms: read as `URLSearchParams` reads them, and written so that they come back. */
import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { BadFormEncoding, parseQueryString, QueryDict, TooManyFields } from '../../src/http/index.ts'
import { parseFormBytes } from '../../src/http/query-dict.ts'
import { anyText, below, mutateBytes, pick, type Random, several } from './random.ts'
import type { Target } from './run.ts'

const frequent: readonly string[] = [
  '&',
  '&',
  '=',
  '=',
  '+',
  '%20',
  '%26',
  '%3D',
  '%2B',
  'a',
  'b',
  'page',
  '1',
  'é',
  '😀',
]

type Fields = readonly (readonly [string, string])[]

/** Every field in the order of names, as the room gives them. */
function fieldsOf(query: QueryDict): Fields {
  return [...query.lists()].flatMap(([name, values]) => values.map(value => [name, value] as const))
}

/** The same by the platform: fields of one name together. */
function wanted(bytes: Buffer): Fields {
  const text = isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1')
  // A question mark in front would be dropped; an empty field is nothing. Node's own reads what is not ASCII beside a broken escape wrongly.
  const ascii = text.replace(/[^\0-\x7f]+/g, encodeURIComponent)
  const fields = [...new URLSearchParams(`&${ascii}`)]
  return [...Map.groupBy(fields, ([name]) => name).values()].flat()
}

function checkObject(query: QueryDict): void {
  const object = query.toObject()
  assert.equal(Object.getPrototypeOf(object), null)
  assert.deepEqual(Object.keys(object).sort(), [...query.keys()].sort())
  for (const [name, values] of query.lists()) {
    assert.equal(query.get(name), values.at(-1))
    assert.deepEqual([object[name]].flat(), values)
  }
}

function checkLimit(query: string, random: Random): void {
  const maxFields = below(8, random)
  const isTooMany = query !== '' && query.split('&').length > maxFields
  try {
    parseQueryString(query, { maxFields })
    assert.equal(isTooMany, false, 'Too many fields were taken.')
  } catch (error) {
    if (!(error instanceof TooManyFields) || !isTooMany) throw error
  }
}

function checkForm(bytes: Buffer, fields: Fields, random: Random): void {
  const charset = pick([null, '', 'utf-8', 'UTF-8', 'utf-16', anyText(2, random)], random)
  try {
    assert.deepEqual(fieldsOf(parseFormBytes(bytes, { charset })), fields)
  } catch (error) {
    if (!(error instanceof BadFormEncoding)) throw error
  }
}

function checkWriting(random: Random): void {
  const pairs = several(5, random, () => [anyText(4, random), anyText(4, random)] as const)
  const made = QueryDict.from(pairs)
  const sent = fieldsOf(made).map(([name, value]) => [name.toWellFormed(), value.toWellFormed()])
  for (const text of [made.urlencode(), made.urlencode('/'), made.urlencode('/:@,;!')]) {
    assert.match(text, /^[\w.~%+&=/:@,;!*'()-]*$/)
    assert.deepEqual(sortedByName(fieldsOf(parseQueryString(text))), sortedByName(sent as unknown as Fields))
  }
}

/** Names that differ in broken characters only are one once they were sent. */
function sortedByName(fields: Fields): Fields {
  return [...Map.groupBy(fields, ([name]) => name).values()].flat()
}

export function openQuery(): Target {
  return {
    name: 'query',
    check(random) {
      const pieces = several(24, random, () => (random() < 0.7 ? pick(frequent, random) : anyText(1, random)))
      const bytes = Buffer.from(mutateBytes(Buffer.from(pieces.join('')).toString('latin1'), random), 'latin1')
      const query = bytes.toString('latin1')
      const parsed = parseQueryString(query)
      const fields = fieldsOf(parsed)
      assert.deepEqual(fields, wanted(bytes), query)
      assert.deepEqual(fieldsOf(parseQueryString(parsed.urlencode())), fields, query)
      checkObject(parsed)
      checkLimit(query, random)
      checkForm(bytes, fields, random)
      checkWriting(random)
      return fields.length === 0 ? 'empty' : isUtf8(bytes) ? 'utf-8' : 'latin-1'
    },
  }
}
