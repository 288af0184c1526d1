import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cpuMs } from '../../tests/cpu-time.ts'
import { parseJson, parseStandardJson } from './index.ts'

describe('parseJson', () => {
  it('makes a bigint of an integer that a number cannot hold, and of no other', () => {
    assert.equal(parseJson('9007199254740991'), 9007199254740991)
    assert.equal(parseJson('9007199254740992'), 9007199254740992n)
    assert.equal(parseJson('-9007199254740993'), -9007199254740993n)
    assert.equal(parseJson('12345678901234567890.5'), 12345678901234567000)
    assert.equal(parseJson('12345678901234567890e0'), 12345678901234567000)
  })

  it('reads NaN and the infinities', () => {
    assert.deepEqual(parseJson('{"a":[NaN,Infinity,-Infinity]}'), { a: [Number.NaN, Infinity, -Infinity] })
    for (const text of ['-NaN', 'nan', 'Nan', '+Infinity', 'Infinit', '[N]']) {
      assert.throws(() => parseJson(text), SyntaxError, text)
    }
  })

  it('reads -0 as the integer it is in Python, -0.0 as a float', () => {
    assert(Object.is(parseJson('-0'), 0))
    assert(Object.is(parseJson('-0.0'), -0))
  })

  it('takes __proto__ for a key like any other on both paths', () => {
    for (const number of ['1', '12345678901234567890']) {
      const value = parseJson(`{"__proto__":{"admin":${number}}}`) as object
      assert(Object.hasOwn(value, '__proto__'))
      assert.equal(Object.getPrototypeOf(value), Object.prototype)
      assert.equal((value as { admin?: unknown }).admin, undefined)
    }
  })

  it('reads an escaped key as what it is, whatever was read before', () => {
    for (const [index, parse] of [parseJson, parseStandardJson].entries()) {
      for (const key of ['\\u00e9', '\\n', '\\"', '\\u0061']) {
        // V8 now expects a backslash after this one.
        const first = `first-${index}-${key.length}${key.at(-1)}`.replace('"', 'quote')
        JSON.parse(`{"${first}":1,"\\\\":2}`)
        const wanted = JSON.parse(`"${key}"`)
        assert.deepEqual(Object.keys(parse(`{"${first}":1,"${key}" :2}`) as object), [first, wanted])
      }
    }
  })

  it('reads what JSON.parse reads, and refuses what it refuses, with an escaped key', () => {
    assert.deepEqual(parseStandardJson('{"\\u0061":[-0,1e400,12345678901234567890,"b"]}'), {
      a: [-0, Infinity, 12345678901234567000, 'b'],
    })
    for (const text of ['{"\\n":NaN}', '{"\\n":-Infinity}', '{"\\n":1', '{"\\x":1}', '{"\\n":01}'])
      assert.throws(() => parseStandardJson(text), SyntaxError, text)
  })

  it('lets the last of equal keys win on both paths', () => {
    assert.deepEqual(parseJson('{"a":1,"a":2}'), { a: 2 })
    assert.deepEqual(parseJson('{"a":NaN,"a":2}'), { a: 2 })
  })

  it('refuses nesting deeper than 1000 levels without a stack overflow', () => {
    assert.doesNotThrow(() => parseJson('['.repeat(1000) + ']'.repeat(1000)))
    assert.throws(() => parseJson('['.repeat(1001) + ']'.repeat(1001)), /nested deeper than 1000/)
    assert.throws(() => parseJson(`${'{"a":'.repeat(1001)}1${'}'.repeat(1001)}`), /nested deeper than 1000/)
    assert.throws(() => parseJson('['.repeat(1_000_000)), SyntaxError)
  })

  it('refuses an integer of more digits than Python reads, at once', () => {
    assert.equal(typeof parseJson('9'.repeat(4300)), 'bigint')
    assert.equal(typeof parseJson(`-${'9'.repeat(4300)}`), 'bigint')
    assert.throws(() => parseJson('9'.repeat(4301)), SyntaxError)
    assert.throws(() => parseJson('9'.repeat(10_000_000)), SyntaxError)
  })

  it('refuses the same texts on both paths', () => {
    const broken = [
      '',
      ' ',
      '[1,]',
      '{"a":1,}',
      '{"a"}',
      '{a:1}',
      '"a',
      '"\n"',
      '"\\x"',
      '01',
      '1.',
      '.5',
      '[1 2]',
      '{}}',
      '1 1',
    ]
    for (const text of broken) {
      assert.throws(() => parseJson(text), SyntaxError, text)
      assert.throws(() => parseJson(`[NaN,${text}]`), SyntaxError, text)
    }
  })

  it('shows no data in the message of a text it reads itself', () => {
    assert.throws(
      () => parseJson('{"n":NaN,"password":"hunter2"'),
      error => !String(error).includes('hunter2'),
    )
  })

  it('comes to an end quickly on a long run of backslashes and quotes', () => {
    const start = cpuMs()
    assert.throws(() => parseJson(`NaN${'\\\\"'.repeat(300_000)}`), SyntaxError)
    assert.throws(() => parseJson(`"${'\\'.repeat(1_000_000)}`), SyntaxError)
    assert(cpuMs() - start < 2000)
  })
})
