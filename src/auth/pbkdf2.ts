/**
 * PBKDF2 (RFC 8018) as Django writes it: `pbkdf2_sha256$iterations$salt$base64`.
 */
import { constantTimeEqual } from '../kit/index.ts'
import { computeHash } from './hash-threads.ts'
import { isShortSalt, newSalt, type PasswordHasher, parseCount, requireSalt } from './password-hasher.ts'

/** A hundred times Django's count, the most its documentation shows. A damaged row must not keep a thread for hours. */
const maxIterations = 150_000_000

export interface Pbkdf2Options {
  /** How often the hash is repeated for new hashes. Hashes with any other count are read, and want an update. */
  readonly iterations: number
}

/** `pbkdf2_sha256`, Django's default. */
export function pbkdf2Sha256Hasher({ iterations }: Pbkdf2Options): PasswordHasher {
  return pbkdf2Hasher({ algorithm: 'pbkdf2_sha256', digest: 'sha256', hashBytes: 32, iterations })
}

/** `pbkdf2_sha1`, for hashes of programs that know nothing better. */
export function pbkdf2Sha1Hasher({ iterations }: Pbkdf2Options): PasswordHasher {
  return pbkdf2Hasher({ algorithm: 'pbkdf2_sha1', digest: 'sha1', hashBytes: 20, iterations })
}

interface Variant extends Pbkdf2Options {
  readonly algorithm: string
  readonly digest: string
  readonly hashBytes: number
}

function pbkdf2Hasher({ algorithm, digest, hashBytes, iterations }: Variant): PasswordHasher {
  const encode = async (password: string, salt: string, count: number): Promise<string> => {
    const hash = await computeHash('pbkdf2', {
      password,
      salt: requireSalt(salt),
      iterations: count,
      hashBytes,
      digest,
    })
    return `${algorithm}$${count}$${salt}$${hash.toString('base64')}`
  }
  return {
    algorithm,
    encode: (password, salt = newSalt()) => encode(password, salt, iterations),
    async verify(password, encoded) {
      const used = parsePbkdf2(encoded)
      return used && constantTimeEqual(encoded, await encode(password, used.salt, used.iterations))
    },
    mustUpdate(encoded) {
      const used = parsePbkdf2(encoded)
      return used === null || used.iterations !== iterations || isShortSalt(used.salt)
    },
    async hardenRuntime(password, encoded) {
      const missing = iterations - (parsePbkdf2(encoded)?.iterations ?? iterations)
      if (missing > 0) await encode(password, 'salt', missing)
    },
  }
}

/** The hash itself is not looked at: verifying compares the whole text. */
function parsePbkdf2(encoded: string): { readonly iterations: number; readonly salt: string } | null {
  const [, count, salt, hash, ...rest] = encoded.split('$')
  const iterations = parseCount(count, maxIterations)
  return iterations === null || !salt || hash === undefined || rest.length > 0 ? null : { iterations, salt }
}
