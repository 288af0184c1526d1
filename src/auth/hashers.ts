/**
 * Passwords of an application: the hasher that makes new ones, and all that are read.
 *
 * Owns the choice by `PASSWORD_HASHERS` and `DJANGO_VERSION`. Leaves each algorithm to its own file.
 */
import { ConfigError, isDjangoAtLeast, randomString } from '../kit/index.ts'
import { argon2Hasher } from './argon2.ts'
import { md5Reader } from './md5.ts'
import { alphanumerics, type PasswordHasher, type PasswordReader } from './password-hasher.ts'
import { pbkdf2Sha1Hasher, pbkdf2Sha256Hasher } from './pbkdf2.ts'
import { scryptHasher } from './scrypt.ts'

export interface PasswordsOptions {
  /** Algorithms, or Django's dotted paths to its hashers. The first makes new hashes, all are read. */
  readonly hashers: readonly string[]
  /** The Django that shares the accounts: its counts are used. Default: `null`, the current LTS (5.2). */
  readonly djangoVersion?: string | null
}

/** Makes and checks the hashes of `auth_user.password`. */
export interface Passwords {
  /**
   * The hash of a password, by the preferred hasher. `null`: a text that no password fits.
   *
   * The length is for the form to limit: the work hardly grows with it.
   *
   * @throws {TypeError} for half a surrogate pair: it has no UTF-8 form, and would be the same as any other half.
   */
  make(password: string | null): Promise<string>
  /**
   * Whether the password fits. Text that is no hash we read fits none, after the time of a new hash.
   *
   * `mustUpdate`: the password fits, and its hash should be made again.
   */
  verify(password: string, encoded: string): Promise<{ readonly ok: boolean; readonly mustUpdate: boolean }>
  /** One hash, thrown away: without it the answer for an unknown name comes sooner than for a wrong password. */
  burn(password: string): Promise<void>
  /** The algorithm that reads a hash; `null` when none of those installed does. */
  identify(encoded: string): string | null
}

/** What an unusable hash begins with. */
const unusablePrefix = '!'

/** Makes it improbable that two accounts without a password share a session hash. */
const unusableLength = 40

/** Django's `is_password_usable`: false for an account without a password, which can only log in by other means. */
export function isPasswordUsable(encoded: string): boolean {
  return !encoded.startsWith(unusablePrefix)
}

/** @throws {ConfigError} when there is no hasher, an unknown one, or one that only reads comes first. */
export function createPasswords({ hashers, djangoVersion = null }: PasswordsOptions): Passwords {
  const readers = new Map<string, PasswordReader>()
  for (const name of hashers) {
    const reader = hasherOf(algorithmOf(name), djangoVersion)
    if (reader) readers.set(reader.algorithm, reader)
  }
  const preferred = hashers[0] === undefined ? undefined : readers.get(algorithmOf(hashers[0]))
  if (!preferred || !isHasher(preferred)) throw noHasher(`${hashers[0] ?? 'Nothing'} comes first and makes no hashes.`)
  return passwordsWith(readers, preferred)
}

function passwordsWith(readers: ReadonlyMap<string, PasswordReader>, preferred: PasswordHasher): Passwords {
  const burn = async (password: string): Promise<void> => {
    await preferred.encode(password.toWellFormed())
  }
  const identify = (encoded: string): string | null => {
    const algorithm = encoded.split('$', 1)[0] as string
    return readers.has(algorithm) && !isUnsalted(encoded) ? algorithm : null
  }
  return {
    burn,
    identify,
    async make(password) {
      if (password === null) return unusablePrefix + randomString(unusableLength, alphanumerics)
      if (!password.isWellFormed()) throw new TypeError('A password with half a surrogate pair has no UTF-8 form.')
      return preferred.encode(password)
    },
    async verify(password, encoded) {
      const reader = readers.get(identify(encoded) ?? '')
      if (!reader || !password.isWellFormed()) {
        await burn(password)
        return { ok: false, mustUpdate: false }
      }
      const ok = await reader.verify(password, encoded)
      const mustUpdate = reader !== preferred || preferred.mustUpdate(encoded)
      if (!ok && mustUpdate && reader === preferred) await preferred.hardenRuntime?.(password, encoded)
      return { ok, mustUpdate: ok && mustUpdate }
    },
  }
}

function isHasher(reader: PasswordReader): reader is PasswordHasher {
  return 'encode' in reader
}

/** As Django before 1.4 wrote it: named like a salted hash, and an algorithm of its own to Django. */
function isUnsalted(encoded: string): boolean {
  return encoded.startsWith('md5$$')
}

const djangoPath = 'django.contrib.auth.hashers.'
const djangoClasses: ReadonlyMap<string, string> = new Map([
  ['Argon2PasswordHasher', 'argon2'],
  ['BCryptPasswordHasher', 'bcrypt'],
  ['BCryptSHA256PasswordHasher', 'bcrypt_sha256'],
  ['MD5PasswordHasher', 'md5'],
  ['PBKDF2PasswordHasher', 'pbkdf2_sha256'],
  ['PBKDF2SHA1PasswordHasher', 'pbkdf2_sha1'],
  ['ScryptPasswordHasher', 'scrypt'],
])

function algorithmOf(name: string): string {
  return name.startsWith(djangoPath) ? (djangoClasses.get(name.slice(djangoPath.length)) ?? name) : name
}

/** `null` for bcrypt: Node has none, such a hash fits no password here. */
function hasherOf(algorithm: string, djangoVersion: string | null): PasswordReader | null {
  switch (algorithm) {
    case 'argon2':
      return argon2Hasher()
    case 'pbkdf2_sha256':
      return pbkdf2Sha256Hasher({ iterations: pbkdf2Iterations(djangoVersion) })
    case 'pbkdf2_sha1':
      return pbkdf2Sha1Hasher({ iterations: pbkdf2Iterations(djangoVersion) })
    case 'scrypt':
      return scryptHasher({ parallelism: djangoVersion === null || isDjangoAtLeast(djangoVersion, '5.1.0') ? 5 : 1 })
    case 'md5':
      return md5Reader
    case 'bcrypt':
    case 'bcrypt_sha256':
      return null
    default:
      throw noHasher(`${JSON.stringify(algorithm)} is no password hasher.`)
  }
}

/** `PBKDF2PasswordHasher.iterations` of Django's source, newest first. */
const iterationsSince: readonly (readonly [version: string, iterations: number])[] = [
  ['6.1.0', 1_500_000],
  ['6.0.0', 1_200_000],
  ['5.2.0', 1_000_000],
  ['5.1.0', 870_000],
  ['5.0.0', 720_000],
  ['4.2.0', 600_000],
  ['4.1.0', 390_000],
  ['4.0.0', 320_000],
]

/** The count of a Django: any other, and the two would rewrite each other's hashes, logging the user out elsewhere. */
export function pbkdf2Iterations(djangoVersion: string | null): number {
  const version = djangoVersion ?? '5.2'
  return iterationsSince.find(([since]) => isDjangoAtLeast(version, since))?.[1] ?? 260_000
}

function noHasher(problem: string): ConfigError {
  const fix =
    "Start PASSWORD_HASHERS with 'argon2', 'pbkdf2_sha256', 'pbkdf2_sha1' or 'scrypt'; then may come 'md5', 'bcrypt' and 'bcrypt_sha256'."
  return new ConfigError(problem, fix, { setting: 'PASSWORD_HASHERS' })
}
