import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { toBase64Url, UnserializableError } from '../kit/index.ts'
import { BadSignature, DataSigner, dumps, loads, SignatureExpired, TimestampSigner } from './index.ts'

const options = { seed: Date.now() }
const key = 'a secret of this test'
const clock = () => 1_767_225_600_000
const signer = new DataSigner({ key, clock })
const raw = new TimestampSigner({ key, clock, salt: 'django.core.signing' })

describe(`DataSigner (seed ${options.seed})`, () => {
  it('gives back the exact text, compressed or not', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, compress) => {
        const text = JSON.stringify(value).replace(/[\u0100-\uffff]/g, '')
        assert.equal(signer.loadsText(signer.dumpsText(text, { compress })), text)
      }),
      options,
    )
    const text = `{"a": 1.0, "b":NaN,"é":"${'x'.repeat(1000)}"}`
    const signed = signer.dumpsText(text, { compress: true })
    assert(signed.startsWith('.') && signed.length < 200)
    assert.equal(signer.loadsText(signed), text)
  })

  it('writes what latin-1 cannot hold as an escape', () => {
    assert.equal(signer.loadsText(signer.dumpsText('"é日😀"')), '"é\\u65e5\\ud83d\\ude00"')
  })

  it('compresses only on request, and only when that is shorter', () => {
    const data = { text: 'x'.repeat(1000) }
    assert(!signer.dumps(data).startsWith('.'))
    assert(signer.dumps(data, { compress: true }).startsWith('.'))
    assert(!signer.dumps({ a: 1 }, { compress: true }).startsWith('.'))
  })

  it('does not inflate beyond its limit', () => {
    const bomb = raw.sign(`.${toBase64Url(deflateSync(Buffer.alloc(9 * 1024 * 1024, ' ')))}`)
    assert.throws(() => signer.loadsText(bomb), BadSignature)
    assert.equal(new DataSigner({ key, clock, maxInflatedBytes: 10_000_000 }).loadsText(bomb).length, 9 * 1024 * 1024)
  })

  it('refuses signed rubbish as it refuses a forgery', () => {
    for (const packed of ['x', '.', '.eJw', '.bm90IHpsaWI', toBase64Url(Buffer.from('no json')), 'e3 0']) {
      assert.throws(() => signer.loads(raw.sign(packed)), BadSignature, packed)
    }
    assert.equal(signer.loadsText(raw.sign(toBase64Url(Buffer.from('no json')))), 'no json')
  })

  it('verifies before it decodes', () => {
    const bomb = `.${toBase64Url(deflateSync(Buffer.alloc(1024 * 1024)))}:1vb66i:${'A'.repeat(43)}`
    assert.throws(
      () => signer.loads(bomb),
      error => error instanceof BadSignature && error.reason === 'The signature does not match.',
    )
  })
})

describe('dumps and loads', () => {
  it('are inverse, within maxAge and for the same salt', () => {
    const signed = dumps({ user: 7n ** 30n }, { key, salt: 'link', clock })
    assert.deepEqual(loads(signed, { key, salt: 'link', clock, maxAge: 60 }), { user: 7n ** 30n })
    assert.throws(() => loads(signed, { key, clock }), BadSignature)
    assert.throws(
      () => loads(signed, { key, salt: 'link', clock: () => clock() + 61_000, maxAge: 60 }),
      SignatureExpired,
    )
    assert.throws(() => dumps({ at: new Map() }, { key }), UnserializableError)
  })
})
