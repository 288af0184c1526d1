import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { constantTimeEqual, decodeUtf8, fromBase64Url, randomString, toBase64Url } from './index.ts'

const seed = Date.now()

describe('base64url', () => {
  it(`comes back as it was written (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.uint8Array(), bytes => {
        const text = toBase64Url(bytes)
        assert.match(text, /^[\w-]*$/)
        assert.deepEqual(new Uint8Array(fromBase64Url(text) ?? []), bytes)
      }),
      { seed },
    )
  })

  it('reads a part of a buffer, not the whole of it', () => {
    assert.equal(toBase64Url(new Uint8Array([0, 1, 2, 3]).subarray(1, 3)), 'AQI')
  })

  it('is as tolerant as Python, and no more', () => {
    const cases: [string, string | null][] = [
      ['YWI', 'ab'],
      ['YWI=', 'ab'],
      ['YWI==', 'ab'],
      ['Y W I', 'ab'],
      ['YW=I', null],
      ['YQ==YQ', 'a'],
      ['Y', null],
      ['YWJjY', null],
      ['YW!I', null],
      ['éYW', null],
      ['=', ''],
      ['====', ''],
      ['', ''],
    ]
    for (const [text, expected] of cases) {
      const bytes = fromBase64Url(text)
      assert.equal(bytes && Buffer.from(bytes).toString(), expected, text)
    }
    assert.deepEqual(fromBase64Url('-_+/'), Buffer.from('+/+/', 'base64'))
  })
})

describe('decodeUtf8', () => {
  it('keeps a byte order mark and refuses what is not UTF-8', () => {
    assert.equal(decodeUtf8(new Uint8Array([0xef, 0xbb, 0xbf, 0x61])), '\ufeffa')
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xc3], [0xf4, 0x90, 0x80, 0x80]]) {
      assert.equal(decodeUtf8(new Uint8Array(bytes)), null)
    }
  })
})

describe('constantTimeEqual', () => {
  it('is true for equal texts only, lone surrogates included', () => {
    assert(constantTimeEqual('', ''))
    assert(constantTimeEqual('é😀', 'é😀'))
    for (const [a, b] of [
      ['a', 'b'],
      ['a', 'aa'],
      ['é', 'e\u0301'],
      ['\ud800', '\ud801'],
      ['\ud800', '\ufffd'],
      ['ÿ', '\u01ff'],
    ]) {
      assert(!constantTimeEqual(a as string, b as string))
    }
  })
})

describe('randomString', () => {
  it('has the length and the characters asked for, all of them equally often', () => {
    const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
    const counts = new Map<string, number>()
    for (const character of randomString(62_000, alphabet)) counts.set(character, (counts.get(character) ?? 0) + 1)
    assert.equal(counts.size, 62)
    // 1000 expected, standard deviation 31; a plain remainder would give the first eight 1211.
    for (const count of counts.values()) assert(count > 800 && count < 1200)
    assert.equal(randomString(0, 'ab'), '')
  })

  it('refuses an alphabet it cannot draw from', () => {
    for (const alphabet of ['', 'a', 'a'.repeat(257)]) assert.throws(() => randomString(1, alphabet), RangeError)
  })
})
