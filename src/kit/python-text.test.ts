import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { codePointLength, stripPython } from './index.ts'

describe('stripPython', () => {
  it('removes what str.strip removes, and not what trim removes besides', () => {
    const spaces = '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000'
    assert.equal(stripPython(`${spaces}a b${spaces}`), 'a b')
    assert.equal(stripPython(spaces), '')
    for (const kept of ['\ufeff', '\u200b', '\x1b', '\x00', '\u180e', 'é']) assert.equal(stripPython(kept), kept)
  })
})

describe('codePointLength', () => {
  it('counts as Python, lone surrogates too', () => {
    for (const text of ['', 'abc', 'é😀', '\ud83d', '\ude00\ud83d', '\ud83d\ud83d\ude00', '👩‍🚀']) {
      assert.equal(codePointLength(text), [...text].length)
    }
  })
})
