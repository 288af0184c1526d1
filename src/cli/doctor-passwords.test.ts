import assert from 'node:assert/strict'
import { it } from 'node:test'
import { hashForm } from './doctor-passwords.ts'

it('reads the costs out of a hash, and nothing else', () => {
  const cases: readonly (readonly [encoded: string, algorithm: string, costs: object, isUsable: boolean])[] = [
    ['pbkdf2_sha256$870000$salt$hash=', 'pbkdf2_sha256', { iterations: 870_000 }, true],
    ['pbkdf2_sha1$1$salt$hash=', 'pbkdf2_sha1', { iterations: 1 }, true],
    ['scrypt$16384$salt$8$5$hash', 'scrypt', { work_factor: 16_384, block_size: 8, parallelism: 5 }, true],
    [
      `argon2$argon2id$v=19$m=102400,t=2,p=8$salt$${'a'.repeat(43)}`,
      'argon2',
      { time_cost: 2, memory_cost: 102_400, parallelism: 8, hash_len: 32 },
      true,
    ],
    [`bcrypt_sha256$$2b$12$${'a'.repeat(53)}`, 'bcrypt_sha256', { rounds: 12 }, true],
    [`bcrypt$$2b$10$${'a'.repeat(53)}`, 'bcrypt', { rounds: 10 }, true],
    ['md5$salt$hash', 'md5', {}, true],
    ['md5$$hash', 'md5 (unknown here)', {}, false],
    ['sha1$salt$hash', 'sha1 (unknown here)', {}, false],
    ['pbkdf2_sha256$many$salt$hash', 'pbkdf2_sha256 (damaged)', {}, false],
    ['pbkdf2_sha256$-5$salt$hash', 'pbkdf2_sha256 (damaged)', {}, false],
    ['argon2$', 'argon2 (damaged)', {}, false],
    ['!unusable', 'no password', {}, false],
    ['', 'no password', {}, false],
    ['5f4dcc3b5aa765d61d8327deb882cf99', 'no form of Django', {}, false],
    ['\x1b[2J$a$b', 'no form of Django', {}, false],
  ]
  for (const [encoded, algorithm, costs, isUsable] of cases)
    assert.deepEqual(hashForm(encoded), { algorithm, costs, isUsable }, encoded)
})
