import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serializeJson, UnserializableError } from './index.ts'

function refusal(value: unknown): UnserializableError {
  try {
    serializeJson(value)
  } catch (error) {
    assert(error instanceof UnserializableError)
    return error
  }
  return assert.fail('the value was written')
}

describe('serializeJson', () => {
  it('writes numbers as Python does', () => {
    const numbers = [
      1,
      -0,
      0.1,
      1e16,
      1e15,
      2 ** 53,
      1e-7,
      1.5e300,
      5e-324,
      0.0001,
      0.00001,
      Number.NaN,
      -Infinity,
      10n ** 20n,
    ]
    assert.equal(
      serializeJson(numbers),
      '[1,-0.0,0.1,1e+16,1000000000000000,9007199254740992.0,1e-07,1.5e+300,5e-324,0.0001,1e-05,NaN,-Infinity,100000000000000000000]',
    )
  })

  it('writes pure ASCII, the last control character included', () => {
    assert.equal(
      serializeJson({ 'é\x7f': '😀\ud800\n\u2028/' }),
      '{"\\u00e9\\u007f":"\\ud83d\\ude00\\ud800\\n\\u2028/"}',
    )
  })

  it('leaves out undefined fields and what is no field', () => {
    assert.equal(serializeJson({ a: undefined, [Symbol('s')]: 1, b: null, toJSON: undefined }), '{"b":null}')
  })

  it('stores an instance by its toJSON, called once with the key', () => {
    const keys: unknown[] = []
    class Money {
      toJSON(key: unknown): unknown {
        keys.push(key)
        return { cents: 5 }
      }
    }
    assert.equal(serializeJson({ price: new Money(), all: [new Money()] }), '{"price":{"cents":5},"all":[{"cents":5}]}')
    assert.deepEqual(keys, ['price', '0'])
    assert.equal(
      serializeJson({ at: new Date(0), by: new URL('http://a/') }),
      '{"at":"1970-01-01T00:00:00.000Z","by":"http://a/"}',
    )
  })

  it('stores an instance without toJSON by its own and inherited enumerable fields', () => {
    class Point {
      x = 1
      get length(): number {
        return 1
      }
      move(): void {}
    }
    const inherited = Object.assign(Object.create({ shared: 2, method() {} }), { own: 1 })
    assert.equal(serializeJson([new Point(), inherited, Object.create(null)]), '[{"x":1},{"own":1,"shared":2},{}]')
  })

  it('unboxes primitives', () => {
    assert.equal(serializeJson([new Number(3), new String('a'), new Boolean(false), Object(1n)]), '[3,"a",false,1]')
  })

  it('reads every getter once', () => {
    let reads = 0
    const value = {
      get once() {
        reads++
        return 1.5
      },
    }
    serializeJson(value, '{"once":1.0}')
    assert.equal(reads, 1)
  })

  it('does not store what was planted on Object.prototype', () => {
    class Point {
      x = 1
    }
    Object.assign(Object.prototype, { planted: true })
    try {
      assert.equal(serializeJson([{ a: 1 }, new Point()]), '[{"a":1},{"x":1}]')
    } finally {
      Reflect.deleteProperty(Object.prototype, 'planted')
    }
  })

  it('refuses what JSON cannot hold, with the path', () => {
    const culprits = [
      () => 1,
      Symbol('s'),
      new Map(),
      new Set(),
      new WeakMap(),
      new WeakSet(),
      /x/,
      Promise.resolve(),
      new Error('x'),
      new Uint8Array(1),
      Buffer.from('a'),
      new ArrayBuffer(1),
      new DataView(new ArrayBuffer(1)),
      new FormData(),
      new Headers(),
      new URLSearchParams('a=1'),
      new Date(Number.NaN),
      Object(Symbol('s')),
      10n ** 4300n,
      [undefined],
      new Array(3),
    ]
    for (const culprit of culprits) {
      const inside = Array.isArray(culprit) ? '[0]' : ''
      assert.equal(refusal(culprit).path, inside)
      assert.equal(refusal({ items: [0, 1, { price: culprit }] }).path, `items[2].price${inside}`)
    }
    assert.equal(refusal(undefined).code, 'kit/unserializable')
  })

  it('writes odd keys in brackets and names the object around', () => {
    const error = refusal({ 'odd key': [{ é: { '1a': undefined, '': () => 1 } }] })
    assert.equal(error.path, '["odd key"][0].é[""]')
    assert.equal(error.within('cart').path, 'cart["odd key"][0].é[""]')
    assert.equal(error.within('cart').problem, error.problem)
  })

  it('refuses a cycle and too deep nesting, not a value that occurs twice', () => {
    const loop: Record<string, unknown> = { a: {} }
    loop.a = { back: loop }
    assert.equal(refusal(loop).path, 'a.back')
    assert.match(refusal(loop).message, /a cycle/)
    const shared = { x: 1 }
    assert.equal(serializeJson([shared, shared]), '[{"x":1},{"x":1}]')
    let deep: unknown = 1
    for (let level = 0; level < 900; level++) deep = [deep]
    assert.doesNotThrow(() => serializeJson(deep))
    assert.match(refusal([deep]).message, /900 levels/)
    const endless = { toJSON: () => ({ endless }) }
    assert.match(refusal(endless).message, /900 levels/)
  })
})

describe('serializeJson with the text a value came from', () => {
  it('keeps the spelling of numbers that are still equal at the same path', () => {
    const like = '{"a":1.0,"b":[1e2,3.0,-0],"c":{"d":1E-7,"e":12345678901234567890},"n":NaN}'
    const value = { a: 1, b: [100, 2, 0], c: { d: 1e-7, e: 12345678901234567890n }, n: Number.NaN, added: 1 }
    assert.equal(
      serializeJson(value, like),
      '{"a":1.0,"b":[1e2,2,-0],"c":{"d":1E-7,"e":12345678901234567890},"n":NaN,"added":1}',
    )
  })

  it('tells -0.0 from 0', () => {
    assert.equal(serializeJson([0, -0], '[-0.0,-0.0]'), '[0,-0.0]')
  })

  it('is not confused by another shape at the same path', () => {
    for (const like of ['1.0', '[1.0]', '{"a":1.0}', '{"0":1.0}', '"1.0"', 'null']) {
      assert.equal(serializeJson({ value: 1, source: 'x' }, like), '{"value":1,"source":"x"}')
      assert.equal(serializeJson('1', like), '"1"')
    }
    assert.equal(serializeJson({ constructor: 1 }, '{"x":1.0}'), '{"constructor":1}')
  })
})
