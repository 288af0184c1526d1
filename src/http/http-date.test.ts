import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { httpDate, parseHttpDate } from './http-date.ts'

interface Vector {
  readonly id: string
  readonly op: 'http_date' | 'parse_http_date'
  readonly in: { readonly epoch?: number; readonly text?: string; readonly now?: number }
  readonly out: { readonly epoch?: number; readonly text?: string; readonly error?: string }
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../tests/vectors/http_date.json', import.meta.url), 'utf8'),
).cases

describe('HTTP dates', () => {
  for (const vector of vectors)
    if (vector.op === 'http_date')
      it(`writes ${vector.id}`, () => {
        assert.equal(httpDate((vector.in.epoch ?? 0) * 1000), vector.out.text)
      })
    else
      it(`reads ${vector.id}`, () => {
        const expected = vector.out.epoch === undefined ? null : vector.out.epoch * 1000
        assert.equal(parseHttpDate(vector.in.text ?? '', (vector.in.now ?? 0) * 1000), expected)
      })

  it('are read back as written', () => {
    // From the year 100 on: two digits of a year mean one of these days.
    fc.assert(
      fc.property(fc.integer({ min: -59_011_459_200, max: 253_402_300_799 }), seconds => {
        assert.equal(parseHttpDate(httpDate(seconds * 1000), 0), seconds * 1000)
      }),
    )
  })

  it('cut off fractions before the epoch, too', () => {
    assert.equal(httpDate(-1), 'Wed, 31 Dec 1969 23:59:59 GMT')
  })

  it('are not written for what is no time', () => {
    for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, 253_402_300_800_000])
      assert.throws(() => httpDate(ms), RangeError)
  })

  it('are null for a day that the month does not have', () => {
    for (const day of ['00', '31', '99']) assert.equal(parseHttpDate(`Wed, ${day} Feb 2024 07:28:00 GMT`, 0), null)
  })
})
