import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { PasswordValidator } from '../settings/index.ts'
import { argon2Hasher } from './argon2.ts'
import { bcryptHasher, bcryptSha256Hasher } from './bcrypt.ts'
import { commonPasswords } from './common-passwords.ts'
import { createPasswords, isPasswordUsable, pbkdf2Iterations } from './hashers.ts'
import { md5Reader } from './md5.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { type UserAttributes, validatePassword } from './password-validators.ts'
import { pbkdf2Sha1Hasher, pbkdf2Sha256Hasher } from './pbkdf2.ts'
import { scryptHasher } from './scrypt.ts'
import { createSessionHash, sessionAuthHash } from './session-hash.ts'
import { isValidUsername, normalizeEmail, normalizeUsername, type UsernameAlphabet } from './usernames.ts'

interface Inputs {
  readonly [name: string]: unknown
  readonly algorithm: string
  readonly password: string
  readonly encoded: string
  readonly salt: string
  readonly iterations?: number
  readonly n?: number
  readonly r?: number
  readonly p?: number
  readonly time_cost?: number
  readonly memory_cost?: number
  readonly parallelism?: number
  readonly hash_len?: number
  readonly secret: string
  readonly fallbacks?: readonly string[]
  readonly validator: string
  readonly options?: {
    readonly min_length?: number
    readonly max_similarity?: number
    user_attributes?: readonly string[]
  }
  readonly user?: Readonly<Record<'username' | 'first_name' | 'last_name' | 'email', string>>
  readonly username: string
  readonly email: string
}

interface Outputs {
  readonly [name: string]: unknown
  readonly error?: string
  readonly encoded?: string
  readonly fallback_hashes?: readonly string[]
}

interface Case {
  readonly id: string
  readonly op: string
  readonly in: Inputs
  readonly out: Outputs
}

type Check = (input: Inputs, out: Outputs) => void | Promise<void>

/** The hasher that a case asks for, with Django's defaults for what it does not say. */
function hasherFor(input: Inputs): PasswordHasher {
  const iterations = input.iterations ?? pbkdf2Iterations('5.2')
  switch (input.algorithm) {
    case 'pbkdf2_sha256':
      return pbkdf2Sha256Hasher({ iterations })
    case 'pbkdf2_sha1':
      return pbkdf2Sha1Hasher({ iterations })
    case 'scrypt': {
      const { n = 16_384, r = 8, p = 5 } = input
      return scryptHasher({ workFactor: n, blockSize: r, parallelism: p })
    }
    case 'bcrypt':
      return bcryptHasher()
    case 'bcrypt_sha256':
      return bcryptSha256Hasher()
    default: {
      assert.equal(input.algorithm, 'argon2')
      const { time_cost: timeCost = 2, memory_cost: memoryCostKiB = 102_400, parallelism = 8, hash_len = 32 } = input
      return argon2Hasher({ timeCost, memoryCostKiB, parallelism, hashBytes: hash_len })
    }
  }
}

const passwords = createPasswords({
  hashers: ['pbkdf2_sha256', 'pbkdf2_sha1', 'argon2', 'bcrypt_sha256', 'bcrypt', 'md5', 'scrypt'],
  djangoVersion: '5.2',
})

/** How each algorithm's costs and salt stand in what it makes. */
const costForms: Record<string, RegExp> = {
  pbkdf2_sha256: /^pbkdf2_sha256\$(?<iterations>\d+)\$(?<salt>\w+)\$/,
  pbkdf2_sha1: /^pbkdf2_sha1\$(?<iterations>\d+)\$(?<salt>\w+)\$/,
  argon2:
    /^argon2\$argon2id\$v=19\$m=(?<memory_cost>\d+),t=(?<time_cost>\d+),p=(?<parallelism>\d+)\$(?<salt>[\w+/]+)\$/,
  bcrypt: /^bcrypt\$\$2b\$(?<rounds>\d+)\$(?<salt>.{22})/,
  bcrypt_sha256: /^bcrypt_sha256\$\$2b\$(?<rounds>\d+)\$(?<salt>.{22})/,
  scrypt: /^scrypt\$(?<work_factor>\d+)\$(?<salt>\w+)\$(?<block_size>\d+)\$(?<parallelism>\d+)\$/,
}

const passwordChecks: Record<string, Check> = {
  async password_defaults({ algorithm }, out) {
    const hasher = createPasswords({ hashers: [algorithm], djangoVersion: '5.2' })
    const groups = costForms[algorithm]?.exec(await hasher.make('x'))?.groups ?? assert.fail(algorithm)
    const { salt = '', ...costs } = groups
    const saltLength = algorithm === 'argon2' ? Buffer.byteLength(salt, 'base64') : salt.length
    const { salt_entropy, salt_length = 22, ...expected } = out
    assert.equal(saltLength, salt_length)
    assert.deepEqual(
      Object.entries(costs).sort(),
      Object.entries(expected)
        .map(([k, v]) => [k, String(v)])
        .sort(),
    )
  },
  async password_encode(input, out) {
    const { algorithm, password, salt } = input
    if (algorithm === 'md5') {
      assert(await md5Reader.verify(password, out.encoded as string))
      assert(!(await md5Reader.verify(`${password}x`, out.encoded as string)))
    } else if (out.error) await assert.rejects(hasherFor(input).encode(password, salt))
    else assert.equal(await hasherFor(input).encode(password, salt), out.encoded)
  },
  async password_check({ password, encoded }, out) {
    assert.equal((await passwords.verify(password, encoded)).ok, out.ok)
  },
  password_identify({ encoded }, out) {
    assert.equal(passwords.identify(encoded), out.error ? null : out.algorithm)
  },
  password_usable({ encoded }, out) {
    assert.equal(isPasswordUsable(encoded), out.usable)
  },
  password_must_update({ encoded }, out) {
    const algorithm = passwords.identify(encoded) as string
    assert.equal(algorithm, out.algorithm)
    // MD5 is never made, so it is never up to date.
    assert.equal(algorithm === 'md5' || hasherFor({ algorithm } as Inputs).mustUpdate(encoded), out.must_update)
  },
  session_auth_hash({ password, secret, fallbacks = [] }, out) {
    assert.equal(sessionAuthHash(password, secret), out.hash)
    const hashes = createSessionHash({ key: secret, fallbackKeys: fallbacks })
    assert.equal(hashes.make(password), out.hash)
    assert.equal(hashes.verify(out.hash as string, password), 'current')
    const old = fallbacks.filter(key => key !== secret).map(key => sessionAuthHash(password, key))
    for (const hash of out.fallback_hashes ?? []) {
      assert(old.includes(hash))
      assert.equal(hashes.verify(hash, password), 'fallback')
    }
  },
}

const defaultNames = ['username', 'first_name', 'last_name', 'email']

function validatorOf({ validator, options = {} }: Inputs): PasswordValidator {
  switch (validator) {
    case 'UserAttributeSimilarityValidator': {
      const { user_attributes = defaultNames, max_similarity = 0.7 } = options
      return { NAME: validator, OPTIONS: { user_attributes, max_similarity } }
    }
    case 'MinimumLengthValidator':
      return { NAME: validator, OPTIONS: { min_length: options.min_length ?? 8 } }
    default:
      return { NAME: validator as 'CommonPasswordValidator' | 'NumericPasswordValidator', OPTIONS: {} }
  }
}

function attributesOf({ user }: Inputs): UserAttributes {
  if (!user) return {}
  return { username: user.username, firstName: user.first_name, lastName: user.last_name, email: user.email }
}

const textChecks: Record<string, Check> = {
  username_valid({ username, validator }, out) {
    assert.equal(isValidUsername(username, validator as UsernameAlphabet), out.valid)
  },
  username_normalize({ username }, out) {
    assert.equal(normalizeUsername(username), out.username)
  },
  email_normalize({ email }, out) {
    assert.equal(normalizeEmail(email), out.email)
  },
  password_rule(input, out) {
    assert.deepEqual(validatePassword(input.password, attributesOf(input), [validatorOf(input)]), out.errors)
  },
  common_list(_, out) {
    const words = [...commonPasswords()].sort()
    assert.equal(words.length, out.count)
    assert.equal(createHash('sha256').update(words.join('\n')).digest('hex'), out.sorted_sha256)
  },
}

/** Where we differ on purpose, and how. A case that is not of them agrees. */
const differences: readonly {
  readonly why: string
  readonly applies: (one: Case) => boolean
  readonly check: Check
}[] = [
  {
    why: 'MD5 is read and never made',
    applies: ({ op, in: { algorithm }, out }) =>
      algorithm === 'md5' && (op === 'password_defaults' || (op === 'password_encode' && out.error !== undefined)),
    check() {
      assert.throws(() => createPasswords({ hashers: ['md5'] }))
    },
  },
  {
    why: 'a damaged hash fits no password; in Django it is a 500',
    applies: ({ op, out }) => op === 'password_check' && out.error !== undefined,
    async check({ password, encoded }) {
      assert.deepEqual(await passwords.verify(password, encoded), { ok: false, mustUpdate: false })
    },
  },
  {
    why: "a name that the column cannot hold is not valid; in Django the field's max_length says so",
    applies: ({ op, in: { username }, out }) => op === 'username_valid' && username.length > 150 && out.valid === true,
    check({ username, validator }) {
      assert(!isValidUsername(username, validator as UsernameAlphabet))
      assert(isValidUsername(username.slice(0, 150), validator as UsernameAlphabet))
    },
  },
]

const checks: Record<string, Check> = { ...passwordChecks, ...textChecks }

for (const kind of ['passwords', 'auth_hash', 'password_rules', 'usernames']) {
  const file = new URL(`../../tests/vectors/${kind}.json`, import.meta.url)
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }
  describe(`${kind} of Django`, { concurrency: 4 }, () => {
    for (const one of cases) {
      const difference = differences.find(({ applies }) => applies(one))
      const check = difference?.check ?? checks[one.op] ?? assert.fail(one.op)
      it(difference ? `differs from ${one.id}: ${difference.why}` : `agrees with ${one.id}`, async () => {
        await check(one.in, one.out)
      })
    }
  })
}
