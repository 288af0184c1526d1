import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ConfigError } from '../kit/index.ts'
import { BadSignature, cookieKeys, SignatureExpired, signCookieValue, unsignCookieValue } from './index.ts'

let now = 1_767_225_600_000
const cookie = { name: 'prefs', salt: 's', keys: { key: 'a secret of this test' }, clock: () => now }
const oldForm = signCookieValue({ ...cookie, value: 'dark', djangoVersion: '4.2' })
const newForm = signCookieValue({ ...cookie, value: 'dark' })

describe('signed cookies', () => {
  it('are written in the form of the Django that shares them', () => {
    const written = (djangoVersion: string | null) => signCookieValue({ ...cookie, value: 'dark', djangoVersion })
    for (const version of ['3.2', '3.2.25', '5.1', '5.2.14', '6.0.0', '6.0.5'])
      assert.equal(written(version), oldForm, version)
    for (const version of [null, '5.2', '5.2.15', '6.0', '6.0.6', '6.1', '6.1.0', '7.0']) {
      assert.equal(written(version), newForm, version ?? 'none')
    }
  })

  it('are read in the old form only by those who still do', () => {
    const read = (value: string, djangoVersion: string | null) => unsignCookieValue({ ...cookie, value, djangoVersion })
    for (const version of ['3.2', '5.2.14', '6.0.5', '5.2', '6.0'])
      assert.equal(read(oldForm, version), 'dark', version)
    for (const version of [null, '6.1', '6.1.3']) assert.throws(() => read(oldForm, version), BadSignature)
    for (const version of ['3.2', '5.2.14', '6.0.5']) assert.throws(() => read(newForm, version), BadSignature)
    for (const version of [null, '5.2', '6.0', '6.1']) assert.equal(read(newForm, version), 'dark')
    assert.equal(unsignCookieValue({ ...cookie, value: oldForm, legacySaltFallback: true }), 'dark')
    assert.throws(
      () => unsignCookieValue({ ...cookie, value: oldForm, djangoVersion: '5.2', legacySaltFallback: false }),
      BadSignature,
    )
  })

  it('are good for one name and salt, however the two run together', () => {
    const value = signCookieValue({ ...cookie, name: 'a', salt: 'bc', value: 'v' })
    for (const other of [
      { name: 'ab', salt: 'c' },
      { name: 'a', salt: 'b' },
      { name: 'c', salt: 'ab' },
    ]) {
      assert.throws(() => unsignCookieValue({ ...cookie, ...other, value }), BadSignature)
    }
  })

  it('expire without a second try at the old form', () => {
    now += 11_000
    for (const value of [newForm, oldForm]) {
      assert.throws(() => unsignCookieValue({ ...cookie, value, djangoVersion: '5.2', maxAge: 10 }), SignatureExpired)
    }
    now -= 11_000
  })

  it('do not hide an empty key behind the prefix', () => {
    assert.throws(() => signCookieValue({ ...cookie, keys: { key: '' }, value: 'v' }), ConfigError)
    assert.throws(() => cookieKeys({ key: 'k', fallbackKeys: [''] }), ConfigError)
    assert.deepEqual(cookieKeys({ key: Buffer.from('k') }).key, Buffer.from('django.http.cookiesk'))
  })
})
