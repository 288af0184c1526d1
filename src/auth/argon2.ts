/**
 * Argon2 (RFC 9106) as Django writes it: `argon2` and the text of the reference implementation,
 * `argon2$argon2id$v=19$m=102400,t=2,p=8$salt$hash`.
 *
 * Node and Bun have it built in, Deno has not.
 */
import crypto, { type Argon2Algorithm } from 'node:crypto'
import { ConfigError, constantTimeEqual } from '../kit/index.ts'
import { computeHash } from './hash-threads.ts'
import { isShortSalt, newSalt, type PasswordHasher, parseCount, requireSalt } from './password-hasher.ts'

const encodedForm =
  /^argon2\$(argon2(?:id|i|d))\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]{11,512})\$([A-Za-z0-9+/]{6,512})$/

/** Far above any real hash. A damaged row must not ask for all the memory there is. */
const limits = { memoryCostKiB: 1_048_576, timeCost: 1000, parallelism: 255 }

export interface Argon2Options {
  /** Passes over the memory. Default: 2. */
  readonly timeCost?: number
  /** Memory of one hash, in KiB, at least 8 for each lane. Default: 102_400 (100 MiB). */
  readonly memoryCostKiB?: number
  /** Lanes. Default: 1. OpenSSL computes them in as many threads: eight take every processor, and other requests wait. */
  readonly parallelism?: number
  /** Length of the hash itself. Default: 32; 16 in a Django with argon2-cffi before 21.2. */
  readonly hashBytes?: number
}

interface Parameters extends Required<Argon2Options> {
  readonly variety: Argon2Algorithm
}

interface Parsed extends Parameters {
  readonly salt: Buffer
}

const isBuiltIn = 'argon2Sync' in crypto

/** @throws {ConfigError} on a runtime without Argon2. */
export function requireArgon2(): void {
  if (!isBuiltIn) throw notBuiltIn()
}

function notBuiltIn(): ConfigError {
  const problem = 'A password is hashed with argon2, which this runtime does not have.'
  const fix = "Start PASSWORD_HASHERS with 'scrypt' or 'pbkdf2_sha256', or run the site on Node."
  return new ConfigError(problem, fix, { setting: 'PASSWORD_HASHERS' })
}

let isMissed = false

/** A warning of the process, once: to the visitor the password is just wrong. */
function warnNotBuiltIn(): void {
  if (!isMissed) process.emitWarning(notBuiltIn())
  isMissed = true
}

/** `argon2`: argon2id with the memory and the passes of Django, in one lane; Django's own have 8. */
export function argon2Hasher(options: Argon2Options = {}): PasswordHasher {
  const { timeCost = 2, memoryCostKiB = 102_400, parallelism = 1, hashBytes = 32 } = options
  const current: Parameters = { variety: 'argon2id', timeCost, memoryCostKiB, parallelism, hashBytes }
  return {
    algorithm: 'argon2',
    /** @throws {RangeError} for a salt of less than 8 bytes: Argon2 takes none. */
    encode: async (password, salt = newSalt()) => encode(password, Buffer.from(requireSalt(salt)), current),
    async verify(password, encoded) {
      const used = parseArgon2(encoded)
      if (used !== null && !isBuiltIn) warnNotBuiltIn()
      if (used === null || !isBuiltIn) return null
      return constantTimeEqual(encoded, await encode(password, used.salt, used))
    },
    mustUpdate(encoded) {
      const used = parseArgon2(encoded)
      return used === null || !isSame(used, current) || isShortSalt(used.salt.toString('latin1'))
    },
  }
}

async function encode(password: string, salt: Buffer, parameters: Parameters): Promise<string> {
  const { variety, timeCost, memoryCostKiB, parallelism, hashBytes } = parameters
  const hash = await computeHash('argon2', {
    variety,
    parameters: {
      message: password,
      nonce: salt,
      passes: timeCost,
      memory: memoryCostKiB,
      parallelism,
      tagLength: hashBytes,
    },
  })
  const costs = `m=${memoryCostKiB},t=${timeCost},p=${parallelism}`
  return `argon2$${variety}$v=19$${costs}$${toBareBase64(salt)}$${toBareBase64(hash)}`
}

function parseArgon2(encoded: string): Parsed | null {
  const match = encodedForm.exec(encoded)
  if (!match) return null
  const memoryCostKiB = parseCount(match[2], limits.memoryCostKiB)
  const timeCost = parseCount(match[3], limits.timeCost)
  const parallelism = parseCount(match[4], limits.parallelism)
  if (memoryCostKiB === null || timeCost === null || parallelism === null || memoryCostKiB < 8 * parallelism)
    return null
  const salt = Buffer.from(match[5] as string, 'base64')
  const hashBytes = Buffer.byteLength(match[6] as string, 'base64')
  return { variety: match[1] as Argon2Algorithm, memoryCostKiB, timeCost, parallelism, salt, hashBytes }
}

function isSame(a: Parameters, b: Parameters): boolean {
  return (
    a.variety === b.variety &&
    a.timeCost === b.timeCost &&
    a.memoryCostKiB === b.memoryCostKiB &&
    a.parallelism === b.parallelism &&
    a.hashBytes === b.hashBytes
  )
}

function toBareBase64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
