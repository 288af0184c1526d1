import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isValidUsername, normalizeEmail, normalizeUsername } from './usernames.ts'

describe('user names', () => {
  it('have 1 to 150 code points', () => {
    assert(!isValidUsername(''))
    assert(isValidUsername('𠮷'.repeat(150)))
    assert(!isValidUsername('𠮷'.repeat(151)))
    assert(!isValidUsername('a'.repeat(151), 'ascii'))
  })

  it('hold nothing that is no letter, digit or one of @ . + - _', () => {
    for (const name of [
      'a b',
      'a\n',
      '\na',
      'a\0',
      'a\ud800',
      'a\u200b',
      '\ufeffa',
      'a/b',
      'a\u202eb',
      '<a>',
      'a:b',
      'e\u0301',
    ])
      for (const alphabet of ['unicode', 'ascii'] as const)
        assert(!isValidUsername(name, alphabet), JSON.stringify(name))
  })

  it('are one after normalisation when they look alike', () => {
    assert.equal(normalizeUsername('ﬁ①Å'), 'fi1Å')
    assert.equal(normalizeUsername('ａｄａ'), normalizeUsername('ada'))
    assert(!isValidUsername(normalizeUsername('℃')))
  })
})

describe('addresses', () => {
  it('have their domain in lower case, and what is before it as it was', () => {
    assert.equal(normalizeEmail(' Ada@X@Example.COM\n'), 'Ada@X@example.com')
    assert.equal(normalizeEmail(' No Address '), ' No Address ')
    assert.equal(normalizeEmail(''), '')
  })
})
