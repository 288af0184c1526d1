import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { csrfTokensMatch, maskCsrfSecret, newCsrfSecret, toCsrfSecret, unmaskCsrfToken } from './token.ts'

const seed = Date.now()
const secretText = fc.stringMatching(/^[a-zA-Z0-9]{32}$/)

describe(`CSRF tokens (seed ${seed})`, () => {
  it('are unmasked to the secret that was masked', () => {
    fc.assert(
      fc.property(secretText, secretText, (secret, mask) => {
        const token = maskCsrfSecret(secret, mask)
        assert.match(token, /^[a-zA-Z0-9]{64}$/)
        assert(token.startsWith(mask))
        assert.equal(unmaskCsrfToken(token), secret)
      }),
      { seed },
    )
  })

  it('are masked anew each time', () => {
    const secret = newCsrfSecret()
    assert.match(secret, /^[a-zA-Z0-9]{32}$/)
    assert.notEqual(newCsrfSecret(), secret)
    assert.notEqual(maskCsrfSecret(secret), maskCsrfSecret(secret))
  })

  it('match their secret, whichever of the two is masked', () => {
    const secret = newCsrfSecret()
    for (const token of [secret, maskCsrfSecret(secret)]) {
      for (const own of [secret, maskCsrfSecret(secret)]) assert(csrfTokensMatch(token, own))
      assert(!csrfTokensMatch(token, newCsrfSecret()))
      assert(!csrfTokensMatch(token, maskCsrfSecret(newCsrfSecret())))
    }
  })

  it('match nothing when malformed, themselves included', () => {
    const letters = 'a'.repeat(64)
    const malformed = ['', 'a', letters.slice(1), `${letters}a`, `${letters.slice(1)}_`, `${letters.slice(1)}\n`]
    malformed.push(`${letters}\n`, `${letters.slice(33)}é`, '\u{1d7d8}'.repeat(16), ` ${letters.slice(33)}`)
    for (const text of malformed) {
      assert.equal(toCsrfSecret(text), null)
      assert(!csrfTokensMatch(text, text))
      assert(!csrfTokensMatch(text, letters) && !csrfTokensMatch(letters, text))
    }
  })
})
