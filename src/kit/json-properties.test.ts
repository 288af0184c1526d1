import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { joinJsonObject, parseJson, serializeJson, splitJsonObject } from './index.ts'

/** A failure shows its seed; set it here to repeat. */
const options = { numRuns: 500, seed: Date.now() }

const key = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', 'toJSON', '0', '10', 'a'),
)
const exactInteger = fc.bigInt().map(value => (Number.isSafeInteger(Number(value)) ? Number(value) : value))
const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.boolean(),
  fc.constant(null),
  fc.integer(),
  fc.double(),
  exactInteger,
)
/** Null prototypes: `__proto__` has to arrive as a key. */
const { value: json } = fc.letrec(tie => ({
  value: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('value')), fc.dictionary(key, tie('value'))),
}))

const numberText = fc.constantFrom(
  '1',
  '1.0',
  '1e2',
  '-0',
  '-0.0',
  '1E+05',
  '12345678901234567890',
  'NaN',
  '-Infinity',
  '1e400',
)
const { text: jsonText } = fc.letrec<{ text: string }>(tie => ({
  text: fc.oneof(
    { depthSize: 'small' },
    numberText,
    fc.string({ unit: 'binary' }).map(text => serializeJson(text)),
    fc.array(tie('text')).map(items => `[${items.join(',')}]`),
    fc.dictionary(fc.stringMatching(/^[a-z]{0,3}$/), tie('text')).map(fields => joinJsonObject(Object.entries(fields))),
  ),
}))

describe(`JSON, random cases (seed ${options.seed})`, () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(json, value => {
        const text = serializeJson(value)
        assert.match(text, /^[\x20-\x7e]*$/)
        assert.deepEqual(withoutPrototypes(parseJson(text)), withoutPrototypes(value))
        assert.equal(serializeJson(parseJson(text)), text)
      }),
      options,
    )
  })

  it('keeps every byte of a compact text that is read and written unchanged', () => {
    fc.assert(
      fc.property(jsonText, text => assert.equal(serializeJson(parseJson(text), text), text)),
      options,
    )
  })

  it('keeps spelling without changing meaning, whatever the other text is', () => {
    fc.assert(
      fc.property(jsonText, jsonText, (text, like) => {
        const value = parseJson(text)
        assert.deepEqual(parseJson(serializeJson(value, like)), parseJson(serializeJson(value)))
      }),
      options,
    )
  })

  it('splits and joins without losing a byte', () => {
    fc.assert(
      fc.property(fc.dictionary(key, jsonText), fields => {
        const text = joinJsonObject(Object.entries(fields))
        const split = splitJsonObject(text)
        assert.deepEqual([...(split ?? [])], Object.entries(fields))
        assert.equal(joinJsonObject(split ?? []), text)
      }),
      options,
    )
  })

  it('agrees with JSON.parse on which texts are JSON, but for the three words of Python', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '1',
      '-',
      '.',
      '0',
      'e',
      'null',
      ' ',
      '\n',
      '12345678901234567890',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), parts => {
        const text = parts.join('')
        assert.equal(
          isAccepted(() => parseJson(text)),
          isAccepted(() => JSON.parse(text)),
          text,
        )
        assert.equal(
          isAccepted(() => parseJson(`[NaN,${text}]`)),
          isAccepted(() => JSON.parse(`[0,${text}]`)),
          text,
        )
      }),
      { ...options, numRuns: 2000 },
    )
  })
})

function isAccepted(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch (error) {
    assert(error instanceof SyntaxError)
    return false
  }
}

function withoutPrototypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototypes)
  if (typeof value !== 'object' || value === null) return value
  return new Map(Object.entries(value).map(([name, field]) => [name, withoutPrototypes(field)]))
}
