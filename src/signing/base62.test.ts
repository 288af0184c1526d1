import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { base62Decode, base62Encode } from './index.ts'

const options = { seed: Date.now() }

describe(`base 62 (seed ${options.seed})`, () => {
  it('comes back as it was written, a number while it is safe', () => {
    fc.assert(
      fc.property(fc.bigInt(), value => {
        const decoded = base62Decode(base62Encode(value))
        assert.equal(decoded, Number.isSafeInteger(Number(value)) ? Number(value) : value)
      }),
      options,
    )
    fc.assert(
      fc.property(fc.maxSafeInteger(), value => assert.equal(base62Decode(base62Encode(value)), value + 0)),
      options,
    )
  })

  it('changes type at the border of the safe integers', () => {
    assert.equal(base62Decode(base62Encode(2n ** 53n - 1n)), 2 ** 53 - 1)
    assert.equal(base62Decode(base62Encode(2n ** 53n)), 2n ** 53n)
    assert.equal(base62Decode('zzzzzzzz'), 62 ** 8 - 1)
    assert.equal(base62Decode('000000000001'), 1)
  })

  it('refuses what is no number', () => {
    for (const text of ['', '-', '--1', '1-', '+1', ' 1', '1\n', 'é', '_', '0'.repeat(1001)]) {
      assert.equal(base62Decode(text), null, text)
    }
    for (const value of [1.5, Number.NaN, Infinity, 2 ** 53]) assert.throws(() => base62Encode(value), RangeError)
  })
})
