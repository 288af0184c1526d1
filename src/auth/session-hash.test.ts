import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSessionHash, sessionAuthHash } from './session-hash.ts'

const password = 'pbkdf2_sha256$1$salt$hash'

describe('the session hash', () => {
  const hashes = createSessionHash({ key: 'new', fallbackKeys: ['old', 'older'] })

  it('is known by the key it was made with', () => {
    assert.equal(hashes.make(password), sessionAuthHash(password, 'new'))
    for (let time = 0; time < 2; time++) {
      assert.equal(hashes.verify(sessionAuthHash(password, 'new'), password), 'current')
      assert.equal(hashes.verify(sessionAuthHash(password, 'old'), password), 'fallback')
      assert.equal(hashes.verify(sessionAuthHash(password, 'older'), password), 'fallback')
      assert.equal(hashes.verify(sessionAuthHash(password, 'stolen'), password), null)
    }
  })

  it('is worthless after a change of the stored password, by a rehash too', () => {
    const stored = hashes.make(password)
    for (const other of ['pbkdf2_sha256$2$salt$hash', `${password} `, '!', ''])
      assert.equal(hashes.verify(stored, other), null)
  })

  it('fits exactly, or not at all', () => {
    const stored = hashes.make(password)
    for (const text of ['', stored.slice(1), `${stored}0`, stored.toUpperCase(), `${stored}\n`])
      assert.equal(hashes.verify(text, password), null)
  })

  it('needs no fallback keys', () => {
    const alone = createSessionHash({ key: 'new' })
    assert.equal(alone.verify(sessionAuthHash(password, 'old'), password), null)
    assert.equal(alone.verify(alone.make(password), password), 'current')
  })
})
