/**
 * scrypt (RFC 7914) as Django writes it: `scrypt$N$salt$r$p$base64`.
 */
import { constantTimeEqual } from '../kit/index.ts'
import { computeHash } from './hash-threads.ts'
import { newSalt, type PasswordHasher, parseCount, requireSalt } from './password-hasher.ts'

const hashBytes = 64

/** Eight times what Django allows itself. A damaged row must not ask for all the memory there is. */
const maxMemoryBytes = 268_435_456
const maxParallelism = 1024

export interface ScryptOptions {
  /** N, a power of two. Default: 16_384. */
  readonly workFactor?: number
  /** r. Default: 8. */
  readonly blockSize?: number
  /** p. Default: 5, Django's since 5.1; 1 before. */
  readonly parallelism?: number
}

type Costs = Required<ScryptOptions>

/** `scrypt`, in Django since 4.0. */
export function scryptHasher(options: ScryptOptions = {}): PasswordHasher {
  const { workFactor = 16_384, blockSize = 8, parallelism = 5 } = options
  const current: Costs = { workFactor, blockSize, parallelism }
  return {
    algorithm: 'scrypt',
    encode: async (password, salt = newSalt()) => encode(password, salt, current),
    async verify(password, encoded) {
      const used = parseScrypt(encoded)
      return used && constantTimeEqual(encoded, await encode(password, used.salt, used))
    },
    /** As in Django, a short salt alone is no reason. */
    mustUpdate(encoded) {
      const used = parseScrypt(encoded)
      return (
        used === null ||
        used.workFactor !== workFactor ||
        used.blockSize !== blockSize ||
        used.parallelism !== parallelism
      )
    },
  }
}

async function encode(password: string, salt: string, costs: Costs): Promise<string> {
  const { workFactor, blockSize, parallelism } = costs
  const hash = await computeHash('scrypt', {
    password,
    salt: requireSalt(salt),
    hashBytes,
    options: { N: workFactor, r: blockSize, p: parallelism, maxmem: memoryBytes(costs) },
  })
  return `scrypt$${workFactor}$${salt}$${blockSize}$${parallelism}$${hash.toString('base64')}`
}

function parseScrypt(encoded: string): (Costs & { readonly salt: string }) | null {
  const [, n, salt, r, p, hash, ...rest] = encoded.split('$')
  const workFactor = parseCount(n, maxMemoryBytes)
  const blockSize = parseCount(r, maxMemoryBytes)
  const parallelism = parseCount(p, maxParallelism)
  if (workFactor === null || blockSize === null || parallelism === null) return null
  if (!salt || hash === undefined || rest.length > 0 || !isWorkFactor(workFactor, blockSize)) return null
  const costs = { workFactor, blockSize, parallelism }
  return memoryBytes(costs) > maxMemoryBytes ? null : { ...costs, salt }
}

/** RFC 7914, section 2: a power of two above 1, below 2^(16 r). */
function isWorkFactor(workFactor: number, blockSize: number): boolean {
  return workFactor > 1 && Number.isInteger(Math.log2(workFactor)) && Math.log2(workFactor) < 16 * blockSize
}

/** What OpenSSL counts. */
function memoryBytes({ workFactor, blockSize, parallelism }: Costs): number {
  return 128 * blockSize * (workFactor + parallelism + 2)
}
