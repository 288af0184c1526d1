/**
 * bcrypt as Django writes it: `bcrypt_sha256$$2b$12$…` of the password's SHA-256, and `bcrypt$$2b$12$…` of its first 72 bytes.
 *
 * Node has no bcrypt: the optional package `bcryptjs` has, in plain JavaScript. Its own asynchronous functions would stop the event loop for a
 * tenth of a second at a time; here it runs in the threads of the other hashes.
 */
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { ConfigError, constantTimeEqual } from '../kit/index.ts'
import { computeHash } from './hash-threads.ts'
import type { PasswordHasher } from './password-hasher.ts'

/** A damaged row must not keep a thread for minutes: each step doubles the third of a second that 12 takes. */
const maxRounds = 16

const encodedForm = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
const saltForm = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{22}$/
const saltLength = 29

export interface BcryptOptions {
  /** The cost, as a power of two: 4 to 16. Default: 12. */
  readonly rounds?: number
}

/** `bcrypt_sha256`: no byte of a long password is lost. */
export function bcryptSha256Hasher(options: BcryptOptions = {}): PasswordHasher {
  return bcryptHasherOf({ ...options, algorithm: 'bcrypt_sha256' })
}

/** `bcrypt`: what stands after 72 bytes of a password does not count. */
export function bcryptHasher(options: BcryptOptions = {}): PasswordHasher {
  return bcryptHasherOf({ ...options, algorithm: 'bcrypt' })
}

/**
 * Where `bcryptjs` is.
 *
 * @throws {ConfigError} with the command that installs it.
 */
export function requireBcrypt(): string {
  try {
    return createRequire(import.meta.url).resolve('bcryptjs')
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'MODULE_NOT_FOUND')) throw cause
    const problem = 'A password is hashed with bcrypt, which needs the package bcryptjs, and it is not installed.'
    throw new ConfigError(problem, 'Run: npm install bcryptjs', { setting: 'PASSWORD_HASHERS', cause })
  }
}

let isMissed = false

/** False, with a warning of the process, where a hash needs the package and it is missing: to the visitor the password is just wrong. */
function isInstalled(): boolean {
  try {
    requireBcrypt()
    return true
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    if (!isMissed) process.emitWarning(error)
    isMissed = true
    return false
  }
}

interface Variant extends BcryptOptions {
  readonly algorithm: 'bcrypt' | 'bcrypt_sha256'
}

function bcryptHasherOf({ algorithm, rounds = 12 }: Variant): PasswordHasher {
  const prefix = `${algorithm}$`
  const isDigested = algorithm === 'bcrypt_sha256'
  const compute = async (password: string, salt: string | number): Promise<string> => {
    const message = isDigested ? createHash('sha256').update(password).digest('hex') : password
    const hash = await computeHash('bcrypt', { file: requireBcrypt(), password: message, salt })
    return prefix + hash.toString('latin1')
  }
  const roundsOf = (encoded: string): number | null => readRounds(encoded.slice(prefix.length), encodedForm)
  return {
    algorithm,
    /**
     * `salt`: cost and all, `$2b$12$` and 22 characters.
     *
     * @throws {TypeError} for any other, and with `bcrypt` for a password that holds U+0000, as in Django.
     */
    async encode(password, salt) {
      if (salt !== undefined && readRounds(salt, saltForm) === null) throw new TypeError('That is no salt of bcrypt.')
      if (!isDigested && password.includes('\0')) throw new TypeError('bcrypt takes no password with U+0000.')
      return await compute(password, salt ?? rounds)
    },
    async verify(password, encoded) {
      if (roundsOf(encoded) === null || !isInstalled()) return null
      const hash = await compute(password, encoded.slice(prefix.length, prefix.length + saltLength))
      return constantTimeEqual(encoded, hash) && (isDigested || !password.includes('\0'))
    },
    mustUpdate: encoded => roundsOf(encoded) !== rounds,
    async hardenRuntime(password, encoded) {
      const salt = encoded.slice(prefix.length, prefix.length + saltLength)
      for (let missing = 2 ** (rounds - (roundsOf(encoded) ?? rounds)) - 1; missing > 0; missing -= 1)
        await compute(password, salt)
    },
  }
}

function readRounds(text: string, form: RegExp): number | null {
  const rounds = Number(form.exec(text)?.[1] ?? 0)
  return rounds >= 4 && rounds <= maxRounds ? rounds : null
}
