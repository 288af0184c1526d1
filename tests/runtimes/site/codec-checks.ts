/** What works without a request: password hashes, signatures, exact JSON. */
import assert from 'node:assert/strict'
import * as crypto from 'node:crypto'
import { createPasswords, validatePassword } from 'nuages/auth'
import { parseJson, serializeJson } from 'nuages/kit'
import { dumps, loads } from 'nuages/signing'
import { check, Missing } from './checks.ts'

/** A hash of few rounds. */
export interface MadeByDjango {
  readonly password: string
  readonly encoded: string
}

/** So few rounds that a check takes no time. */
const cheap: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  argon2: { time_cost: 1, memory_cost: 512, parallelism: 2 },
  bcrypt: { rounds: 4 },
  bcrypt_sha256: { rounds: 4 },
  pbkdf2_sha1: { iterations: 1000 },
  pbkdf2_sha256: { iterations: 1000 },
  scrypt: { work_factor: 1024 },
}

/** Adds all of them. `hashes`: by algorithm. */
export function addCodecChecks(hashes: Readonly<Record<string, readonly MadeByDjango[]>>): void {
  for (const [algorithm, known] of Object.entries(hashes))
    check(
      `hashing: ${algorithm}`,
      `${known.length} hashes of Django's fit their passwords, a new one its own`,
      async () => {
        if (algorithm === 'argon2' && !('argon2Sync' in crypto)) throw new Missing('node:crypto has no argon2 here.')
        const passwords = createPasswords({ hashers: [{ NAME: algorithm, OPTIONS: cheap[algorithm] ?? {} }] })
        for (const { password, encoded } of known) {
          assert.equal((await passwords.verify(password, encoded)).ok, true, encoded)
          assert.equal((await passwords.verify(`${password}x`, encoded)).ok, false, encoded)
        }
        const made = await Promise.all(['one', 'two', 'three'].map(password => passwords.make(password)))
        assert.deepEqual(await passwords.verify('two', made[1] as string), { ok: true, mustUpdate: false })
        assert.equal((await passwords.verify('one', made[1] as string)).ok, false)
      },
    )

  check('hashing without argon2', 'settings that ask for it are refused, its hashes fit nothing', async () => {
    if ('argon2Sync' in crypto) throw new Missing('There is argon2 here.')
    assert.throws(() => createPasswords({ hashers: ['argon2'] }), { code: 'config' })
    const passwords = createPasswords({ hashers: ['scrypt', 'argon2'] })
    for (const { password, encoded } of hashes.argon2 ?? [])
      assert.deepEqual(await passwords.verify(password, encoded), { ok: false, mustUpdate: false })
  })

  check('signing and JSON', "Django's signatures are read and written", () => {
    const options = { key: 'k', clock: () => 62_000 }
    const signed = 'bnVsbA:10:kkT3PegA4F1Scce7K0c0p66SGKk8KhewKypZqy4tdjA'
    assert.equal(dumps(null, options), signed)
    assert.equal(loads(signed, options), null)
    const long = { text: 'long '.repeat(1000) }
    assert.deepEqual(loads(dumps(long, { ...options, compress: true }), options), long)
    assert.throws(() => loads(`${signed}x`, options), { code: 'signing/bad-signature' })
  })

  check('signing and JSON', 'numbers keep their text', () => {
    const text = '{"price":1.0,"large":12345678901234567890}'
    const value = parseJson(text) as Record<string, unknown>
    assert.equal(value.large, 12_345_678_901_234_567_890n)
    assert.equal(serializeJson(value, text), text)
  })

  check('signing and JSON', 'a common password is refused', () => {
    assert.deepEqual(
      validatePassword('password1', {}, [{ NAME: 'CommonPasswordValidator', OPTIONS: {} }]).map(({ code }) => code),
      ['password_too_common'],
    )
  })
}
