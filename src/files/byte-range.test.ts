import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseByteRange } from './byte-range.ts'

describe('Range', () => {
  it('is one piece of the bytes', () => {
    assert.deepEqual(parseByteRange('bytes=0-0'), { start: 0, end: 0 })
    assert.deepEqual(parseByteRange('bytes=5-'), { start: 5, end: null })
    assert.deepEqual(parseByteRange('Bytes= 5-9 '), { start: 5, end: 9 })
    assert.deepEqual(parseByteRange('bytes=-5'), { lastBytes: 5 })
    const most = Number.MAX_SAFE_INTEGER - 1
    assert.deepEqual(parseByteRange(`bytes=5-${'9'.repeat(25)}`), { start: 5, end: most })
  })

  it('is ignored when it is something else, or several', () => {
    const others = [
      '',
      'bytes',
      'bytes=',
      'bytes=-',
      'bytes=9-5',
      'bytes=0-0,5-9',
      'bytes=0-0,',
      'items=0-5',
      'bytes=a-b',
      'bytes=0x1-5',
      'bytes=1.5-2',
      'bytes=+1-2',
      'bytes=0-5-9',
      `bytes=${'9'.repeat(26)}-`,
      `bytes=${'0-,'.repeat(10_000)}`,
    ]
    for (const text of [null, ...others]) assert.equal(parseByteRange(text), null, String(text))
  })
})
