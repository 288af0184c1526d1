import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cpuMs } from '../../tests/cpu-time.ts'
import type { PasswordValidator } from '../settings/index.ts'
import {
  commonPassword,
  minimumLength,
  numericPassword,
  userAttributeSimilarity,
  validatePassword,
} from './password-validators.ts'

const names = ['username', 'first_name', 'last_name', 'email']
const validators: readonly PasswordValidator[] = [
  { NAME: 'UserAttributeSimilarityValidator', OPTIONS: { user_attributes: names, max_similarity: 0.7 } },
  { NAME: 'MinimumLengthValidator', OPTIONS: { min_length: 8 } },
  { NAME: 'CommonPasswordValidator', OPTIONS: {} },
  { NAME: 'NumericPasswordValidator', OPTIONS: {} },
]

function codes(password: string, attributes = {}): string[] {
  return validatePassword(password, attributes, validators).map(({ code }) => code)
}

describe('validatePassword', () => {
  it('tells all that is wrong, in the order of the rules', () => {
    assert.deepEqual(codes('1234', { username: '1234' }), [
      'password_too_similar',
      'password_too_short',
      'password_too_common',
      'password_entirely_numeric',
    ])
    assert.deepEqual(codes('correct horse battery staple', { username: 'ada' }), [])
    assert.deepEqual(validatePassword('1', {}, []), [])
  })

  it('refuses half a surrogate pair whatever the rules', () => {
    for (const rules of [validators, []]) {
      const problems = validatePassword('correct horse \ud83d', {}, rules)
      assert.deepEqual(
        problems.map(({ code }) => code),
        ['password_malformed'],
      )
    }
  })
})

describe('userAttributeSimilarity', () => {
  const options = { names, maxSimilarity: 0.7 }

  it('compares with the whole and with each word, by the letters and not their order', () => {
    const account = { username: 'ada.lovelace', email: 'countess@example.com' }
    for (const password of ['ecalevol', 'LOVELACE1', 'lovelace.ada', 'sseetnuoc', 'example'])
      assert.equal(userAttributeSimilarity(password, account, options)?.code, 'password_too_similar', password)
    assert.equal(userAttributeSimilarity('correct horse', account, options), null)
  })

  it('leaves out what is no text, not there, or only on the prototype', () => {
    const odd = { username: 12_345_678, first_name: 'lovelace' } as object
    for (const attributes of [{}, odd, Object.create({ username: 'lovelace' })])
      assert.equal(userAttributeSimilarity('lovelace', attributes, options), null)
    const inherited = { names: ['constructor', '__proto__', 'toString', 'to_string'], maxSimilarity: 0.1 }
    assert.equal(userAttributeSimilarity('function', {}, inherited), null)
  })

  it('is quick on long texts', () => {
    const start = cpuMs()
    const account = { username: 'a.'.repeat(200_000), email: 'ab'.repeat(200_000), firstName: ' '.repeat(400_000) }
    userAttributeSimilarity('x'.repeat(400_000), account, options)
    userAttributeSimilarity('abcdefgh', account, options)
    assert(cpuMs() - start < 2000)
  })
})

describe('the other rules', () => {
  it('count code points', () => {
    assert.equal(minimumLength('😀'.repeat(8), 8), null)
    assert.equal(minimumLength('😀'.repeat(7), 8)?.code, 'password_too_short')
    assert.match(minimumLength('', 1)?.message ?? '', /at least 1 character\.$/)
  })

  it('know common passwords in any case, between spaces', () => {
    for (const password of ['password', 'PassWord', '\u001f password\n']) assert(commonPassword(password))
    for (const password of ['', ' ', 'password\ufeff', 'nuages-are-white', 'password\nqwerty'])
      assert(!commonPassword(password))
  })

  it('know digits of all scripts', () => {
    for (const password of ['12345678', '１２３', '٣٤٥', '²①', '\u{1d7d9}']) assert(numericPassword(password))
    for (const password of ['', '12345678\n', '-1', '½', '1 2']) assert(!numericPassword(password))
  })
})
