import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ConfigError } from '../kit/index.ts'
import { argon2Hasher } from './argon2.ts'
import { bcryptSha256Hasher } from './bcrypt.ts'
import { HashQueue } from './hash-queue.ts'
import { createPasswords, type HasherChoice, isPasswordUsable, pbkdf2Iterations } from './hashers.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { pbkdf2Sha1Hasher, pbkdf2Sha256Hasher } from './pbkdf2.ts'
import { scryptHasher } from './scrypt.ts'

const seed = Date.now()

const cheap: readonly PasswordHasher[] = [
  pbkdf2Sha256Hasher({ iterations: 2 }),
  pbkdf2Sha1Hasher({ iterations: 2 }),
  argon2Hasher({ timeCost: 1, memoryCostKiB: 64, parallelism: 8 }),
  scryptHasher({ workFactor: 2 }),
]

/** HMAC fills its key with zeros up to a block (RFC 2104), so of all but argon2 the same password with NULs at its end is the same password. */
const keyOf = ({ algorithm }: PasswordHasher, password: string): string =>
  algorithm === 'argon2' || Buffer.byteLength(password) > 64 ? password : password.replace(/\0+$/, '')

describe('a password hasher', () => {
  for (const hasher of cheap) {
    const { algorithm } = hasher
    it(`verifies what it encoded, and nothing else (${algorithm}, seed ${seed})`, async () => {
      const text = fc.string({ unit: 'binary', maxLength: 80 })
      await fc.assert(
        fc.asyncProperty(text, text, async (password, other) => {
          const encoded = await hasher.encode(password)
          assert(encoded.length <= 128)
          assert(encoded.startsWith(`${algorithm}$`))
          assert(await hasher.verify(password, encoded))
          assert(!hasher.mustUpdate(encoded))
          const isSame = keyOf(hasher, other) === keyOf(hasher, password)
          assert.equal(await hasher.verify(other, encoded), isSame)
        }),
        { seed, numRuns: 30 },
      )
    })

    it(`makes another salt each time (${algorithm})`, async () => {
      assert.notEqual(await hasher.encode('same'), await hasher.encode('same'))
    })

    it(`refuses a salt that is empty or has a $ (${algorithm})`, async () => {
      for (const salt of ['', '$', 'salt$salt']) await assert.rejects(hasher.encode('password', salt), TypeError)
    })

    it(`finds no password in damaged text, and never throws (${algorithm}, seed ${seed})`, async () => {
      const encoded = await hasher.encode('password')
      const damage = fc.tuple(
        fc.nat(encoded.length - 1),
        fc.constantFrom('', '$', '0', '9', 'A', '=', 'é', '\ud800', '\n'),
      )
      await fc.assert(
        fc.asyncProperty(damage, async ([index, character]) => {
          const damaged = encoded.slice(0, index) + character + encoded.slice(index + 1)
          if (damaged !== encoded) assert(!(await hasher.verify('password', damaged)), damaged)
          assert.equal(typeof hasher.mustUpdate(damaged), 'boolean')
        }),
        { seed, numRuns: 150 },
      )
    })
  }

  it('takes NUL and every byte after it into account', async () => {
    for (const hasher of cheap) {
      const encoded = await hasher.encode('a\0b')
      assert(await hasher.verify('a\0b', encoded))
      for (const other of ['a', 'a\0', 'a\0c']) assert(!(await hasher.verify(other, encoded)))
    }
  })

  it('reads no hash that asks for more work than any real one', async () => {
    const greedy = [
      'pbkdf2_sha256$2147483647$salt$AAAA',
      'pbkdf2_sha256$99999999999$salt$AAAA',
      'argon2$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$AAAAAAAA',
      'argon2$argon2id$v=19$m=64,t=4294967295,p=1$c2FsdHNhbHQ$AAAAAAAA',
      'argon2$argon2id$v=19$m=64,t=1,p=9$c2FsdHNhbHQ$AAAAAAAA',
      'scrypt$1073741824$salt$8$1$AAAA',
      'scrypt$16$salt$1073741824$1$AAAA',
      'scrypt$16$salt$8$1073741824$AAAA',
      'scrypt$65536$salt$1$1$AAAA',
    ]
    for (const encoded of greedy) {
      for (const hasher of cheap) assert(!(await hasher.verify('password', encoded)), encoded)
    }
  })

  it('wants an update after any change of its costs', async () => {
    const changes: [PasswordHasher, PasswordHasher][] = [
      [pbkdf2Sha256Hasher({ iterations: 3 }), pbkdf2Sha256Hasher({ iterations: 2 })],
      [pbkdf2Sha256Hasher({ iterations: 2 }), pbkdf2Sha256Hasher({ iterations: 3 })],
      [argon2Hasher({ memoryCostKiB: 64, timeCost: 1 }), argon2Hasher({ memoryCostKiB: 64, timeCost: 2 })],
      [argon2Hasher({ memoryCostKiB: 64, hashBytes: 16 }), argon2Hasher({ memoryCostKiB: 64 })],
      [scryptHasher({ workFactor: 2, parallelism: 1 }), scryptHasher({ workFactor: 2, parallelism: 5 })],
    ]
    for (const [before, now] of changes) {
      const encoded = await before.encode('password')
      assert(!before.mustUpdate(encoded))
      assert(now.mustUpdate(encoded))
      assert(await now.verify('password', encoded))
    }
  })

  it('does not stop the event loop', async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    await argon2Hasher().encode('password')
    clearInterval(timer)
    assert(turns > 1, `${turns} turns`)
  })
})

describe('createPasswords', () => {
  const passwords = createPasswords({ hashers: ['argon2', 'pbkdf2_sha256', 'md5', 'bcrypt_sha256'] })
  const md5 = 'md5$salt$67a1e09bb1f83f5007dc119c14d663aa' // of "password"
  const wrong = { ok: false, mustUpdate: false }

  it('makes hashes with the first hasher and reads all', async () => {
    const encoded = await passwords.make('correct horse')
    assert.match(encoded, /^argon2\$argon2id\$v=19\$m=102400,t=2,p=1\$/)
    assert.deepEqual(await passwords.verify('correct horse', encoded), { ok: true, mustUpdate: false })
    assert.deepEqual(await passwords.verify('correct horsf', encoded), wrong)
    const older = await pbkdf2Sha256Hasher({ iterations: 5 }).encode('correct horse')
    assert.deepEqual(await passwords.verify('correct horse', older), { ok: true, mustUpdate: true })
    assert.deepEqual(await passwords.verify('wrong', older), wrong)
  })

  it('reads MD5 and never makes it', async () => {
    assert.deepEqual(await passwords.verify('password', md5), { ok: true, mustUpdate: true })
    assert.deepEqual(await passwords.verify('Password', md5), wrong)
    assert.deepEqual(await passwords.verify('', 'md5$$d41d8cd98f00b204e9800998ecf8427e'), wrong)
    assert.throws(() => createPasswords({ hashers: ['md5', 'argon2'] }), ConfigError)
  })

  it('reads no algorithm that is not listed', async () => {
    const encoded = await scryptHasher({ workFactor: 2 }).encode('password')
    assert.equal(passwords.identify(encoded), null)
    assert.deepEqual(await passwords.verify('password', encoded), wrong)
    for (const name of ['constructor', '__proto__', '', 'ARGON2']) assert.equal(passwords.identify(`${name}$x`), null)
  })

  it('gives an account without a password a text that nothing fits', async () => {
    const unusable = await passwords.make(null)
    assert.match(unusable, /^![a-zA-Z0-9]{40}$/)
    assert.notEqual(await passwords.make(null), unusable)
    assert(!isPasswordUsable(unusable) && isPasswordUsable(await passwords.make('')))
    for (const password of ['', '!', unusable]) assert.deepEqual(await passwords.verify(password, unusable), wrong)
    assert.deepEqual(await passwords.verify('password', `!${md5}`), wrong)
  })

  it('refuses half a surrogate pair, and lets it fit nothing', async () => {
    await assert.rejects(passwords.make('pass\ud83dword'), TypeError)
    const encoded = await passwords.make('pass\ufffdword')
    for (const half of ['pass\ud83dword', 'pass\ude00word'])
      assert.deepEqual(await passwords.verify(half, encoded), wrong)
    await passwords.burn('\ud83d')
  })

  it("keeps the site's own costs: what its Django would write it does not want to replace", async () => {
    const choices: [HasherChoice, PasswordHasher][] = [
      [
        { NAME: 'argon2', OPTIONS: { time_cost: 1, memory_cost: 64, parallelism: 4, hash_len: 16 } },
        argon2Hasher({ timeCost: 1, memoryCostKiB: 64, parallelism: 4, hashBytes: 16 }),
      ],
      [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 7 } }, pbkdf2Sha256Hasher({ iterations: 7 })],
      [{ NAME: 'pbkdf2_sha1', OPTIONS: { iterations: 7 } }, pbkdf2Sha1Hasher({ iterations: 7 })],
      [
        { NAME: 'scrypt', OPTIONS: { work_factor: 4, block_size: 2, parallelism: 3 } },
        scryptHasher({ workFactor: 4, blockSize: 2, parallelism: 3 }),
      ],
      [{ NAME: 'bcrypt_sha256', OPTIONS: { rounds: 4 } }, bcryptSha256Hasher({ rounds: 4 })],
    ]
    for (const [choice, hasher] of choices) {
      const site = createPasswords({ hashers: [choice], djangoVersion: '4.2' })
      const encoded = await hasher.encode('password')
      assert.deepEqual(await site.verify('password', encoded), { ok: true, mustUpdate: false }, choice.NAME)
      assert(!hasher.mustUpdate(await site.make('password')), choice.NAME)
      const other = createPasswords({ hashers: [choice.NAME] })
      assert.equal((await other.verify('password', encoded)).mustUpdate, true, choice.NAME)
    }
  })

  it('computes few at once, and answers 503 when too many wait', async () => {
    const queue = new HashQueue({ atOnce: 1, maxWaiting: 1 })
    const { make, verify, burn } = createPasswords({
      hashers: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 2 } }],
      queue,
    })
    const work = [make('a'), verify('b', 'md5$$'), burn('c'), verify('d', '!')]
    const results = await Promise.allSettled(work)
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'rejected'],
    )
    await assert.rejects(work[3] as Promise<unknown>, { code: 'auth/busy', status: 503 })
    assert.match(await make(null), /^!/)
  })

  it("accepts Django's dotted paths", () => {
    const paths = ['PBKDF2PasswordHasher', 'PBKDF2SHA1PasswordHasher', 'Argon2PasswordHasher', 'ScryptPasswordHasher']
    paths.push('BCryptSHA256PasswordHasher', 'BCryptPasswordHasher', 'MD5PasswordHasher')
    const hashers = paths.map(name => `django.contrib.auth.hashers.${name}`)
    const { identify } = createPasswords({ hashers })
    for (const algorithm of ['pbkdf2_sha256', 'pbkdf2_sha1', 'argon2', 'scrypt', 'bcrypt_sha256', 'bcrypt', 'md5'])
      assert.equal(identify(`${algorithm}$1$salt$hash`), algorithm)
  })

  it('refuses a list that makes no hashes', () => {
    for (const hashers of [[], ['md5'], ['argon'], ['argon2', 'sha1'], ['__proto__']]) {
      assert.throws(
        () => createPasswords({ hashers }),
        error => error instanceof ConfigError && error.setting === 'PASSWORD_HASHERS',
      )
    }
  })

  it('counts as the Django that shares the database', async () => {
    const expected: [string | null, number][] = [
      [null, 1_000_000],
      ['3.2', 260_000],
      ['3.2.25', 260_000],
      ['4.0.1', 320_000],
      ['4.1', 390_000],
      ['4.2.16', 600_000],
      ['5.0', 720_000],
      ['5.1.4', 870_000],
      ['5.2', 1_000_000],
      ['5.2.18', 1_000_000],
      ['6.0', 1_200_000],
      ['6.1.3', 1_500_000],
      ['7.0', 1_500_000],
    ]
    for (const [version, iterations] of expected) assert.equal(pbkdf2Iterations(version), iterations)
    const old = createPasswords({ hashers: ['scrypt'], djangoVersion: '5.0.9' })
    assert.match(await old.make('password'), /^scrypt\$16384\$\w{22}\$8\$1\$/)
    assert.throws(() => createPasswords({ hashers: ['pbkdf2_sha256'], djangoVersion: 'five' }), ConfigError)
  })
})
