import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ConfigError, HttpError } from '../kit/index.ts'
import { BadSignature, base62Encode, SignatureExpired, Signer, saltedHmac, TimestampSigner } from './index.ts'

const options = { seed: Date.now() }
const key = 'a secret of this test'

describe(`Signer (seed ${options.seed})`, () => {
  it('gives back what it signed, and nothing that was changed', () => {
    const signer = new Signer({ key })
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 1 }),
        (value, at, other) => {
          const signed = signer.sign(value)
          assert.equal(signer.unsign(signed), value)
          const index = at % signed.length
          if (signed[index] === other) return
          const changed = signed.slice(0, index) + other + signed.slice(index + 1)
          assert.throws(() => signer.unsign(changed), BadSignature)
        },
      ),
      options,
    )
  })

  it('reads what a retired key signed, and signs with the new one', () => {
    const old = new Signer({ key: 'old' })
    const rotated = new Signer({ key: 'new', fallbackKeys: ['older', Buffer.from('old')] })
    assert.equal(rotated.unsign(old.sign('value')), 'value')
    assert.equal(new Signer({ key: 'new' }).unsign(rotated.sign('value')), 'value')
    assert.throws(() => old.unsign(rotated.sign('value')), BadSignature)
  })

  it('keeps salts and algorithms apart', () => {
    const signed = new Signer({ key }).sign('value')
    assert.throws(() => new Signer({ key, salt: 'other' }).unsign(signed), BadSignature)
    assert.throws(() => new Signer({ key, algorithm: 'sha512' }).unsign(signed), BadSignature)
    assert.throws(() => new TimestampSigner({ key }).unsign(signed), BadSignature)
    assert.equal(new Signer({ key, salt: '' }).unsign(signed), 'value')
  })

  it('takes another separator, of any length', () => {
    const signer = new Signer({ key, sep: '::' })
    assert.equal(signer.unsign(signer.sign('a::b')), 'a::b')
    for (const sep of ['', '-', '=', 'a', '0', '_^', '\n', 'a\n'])
      assert.throws(() => new Signer({ key, sep }), ConfigError)
  })

  it('refuses a key with which anyone could sign', () => {
    for (const keys of [{ key: '' }, { key: new Uint8Array() }, { key, fallbackKeys: [''] }, { key: '\ud800' }]) {
      assert.throws(() => new Signer(keys), ConfigError)
    }
    assert.throws(() => new Signer({ key, fallbackKeys: [''] }), /SECRET_KEY_FALLBACKS/)
  })

  it('refuses an algorithm that does not exist', () => {
    assert.throws(() => new Signer({ key, algorithm: 'sha257' }), ConfigError)
  })

  it('does not take a lone surrogate for the replacement character', () => {
    const signer = new Signer({ key })
    const signed = signer.sign('\ufffd')
    assert.throws(() => signer.unsign(signed.replace('\ufffd', '\ud800')), BadSignature)
    assert.throws(() => signer.sign('\ud800'), TypeError)
    assert.throws(() => saltedHmac('salt', '\ud800', key), TypeError)
  })

  it('answers a forgery with 400 and a message that tells the forger nothing', () => {
    assert.throws(
      () => new Signer({ key }).unsign('value:forged'),
      error => {
        assert(error instanceof HttpError && error instanceof BadSignature)
        assert.deepEqual([error.code, error.status, error.suspicious], ['signing/bad-signature', 400, true])
        assert.equal(error.message, 'The signature is not valid.')
        return error.reason === 'The signature does not match.'
      },
    )
  })
})

describe('TimestampSigner', () => {
  let now = 1_767_225_600_000
  const signer = new TimestampSigner({ key, clock: () => now })

  it('counts an age of exactly maxAge as good, a fraction more as expired, the future as good', () => {
    const signed = signer.sign('value')
    now += 10_000
    assert.equal(signer.unsign(signed, { maxAge: 10 }), 'value')
    now += 1
    assert.throws(
      () => signer.unsign(signed, { maxAge: 10 }),
      error => {
        assert(error instanceof SignatureExpired && !(error instanceof BadSignature))
        assert.deepEqual([error.code, error.status, error.suspicious], ['signing/expired', 400, false])
        return error.maxAgeSeconds === 10 && Math.abs(error.ageSeconds - 10.001) < 1e-6
      },
    )
    assert.equal(signer.unsign(signed), 'value')
    now -= 1_000_000
    assert.equal(signer.unsign(signed, { maxAge: 0 }), 'value')
  })

  it('lets nothing pass when maxAge is not a number', () => {
    assert.throws(() => signer.unsign(signer.sign('value'), { maxAge: Number.NaN }), SignatureExpired)
  })

  it('refuses what was signed without a readable time', () => {
    const plain = new Signer({ key, salt: 'django.core.signing.TimestampSigner' })
    for (const value of ['value', 'value:', 'value:-', 'value:!', `value:${'z'.repeat(5000)}`]) {
      assert.throws(() => signer.unsign(plain.sign(value)), BadSignature, value)
    }
    assert.equal(signer.unsign(plain.sign(`value:${base62Encode(10n ** 30n)}`), { maxAge: 1 }), 'value')
  })
})
