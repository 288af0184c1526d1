/**
 * Passwords of an application: the hasher that makes new ones, and all that are read.
 *
 * Owns the choice by `PASSWORD_HASHERS` and `DJANGO_VERSION`. Leaves each algorithm to its own file, and how many run at once to ./hash-queue.ts.
 */
import { ConfigError, isDjangoAtLeast, randomString } from '../kit/index.ts'
import { argon2Hasher, requireArgon2 } from './argon2.ts'
import { bcryptHasher, bcryptSha256Hasher, requireBcrypt } from './bcrypt.ts'
import { type HashQueue, processHashQueue } from './hash-queue.ts'
import { md5Reader } from './md5.ts'
import { alphanumerics, type PasswordHasher, type PasswordReader } from './password-hasher.ts'
import { pbkdf2Sha1Hasher, pbkdf2Sha256Hasher } from './pbkdf2.ts'
import { scryptHasher } from './scrypt.ts'

/** A hasher with costs of its own: Django's names of its attributes, `{ NAME: 'argon2', OPTIONS: { hash_len: 16 } }`. */
export interface HasherChoice {
  readonly NAME: string
  readonly OPTIONS?: Readonly<Record<string, number>>
}

export interface PasswordsOptions {
  /** Algorithms, or Django's dotted paths to its hashers. The first makes new hashes, all are read. */
  readonly hashers: readonly (string | HasherChoice)[]
  /** The Django that shares the accounts: its counts are used. Default: `null`, the current LTS (5.2). */
  readonly djangoVersion?: string | null
  /** Default: that of the process. */
  readonly queue?: Pick<HashQueue, 'run'>
}

export interface PasswordOptions {
  /** Aborted when nobody waits for the answer any more, such as `request.signal`: a hash that has not begun is not computed. */
  readonly signal?: AbortSignal | null
}

/**
 * Makes and checks the hashes of `auth_user.password`. Few are computed at once; the others wait.
 *
 * @throws {PasswordsBusy} with status 503, any of the functions, when too many wait.
 */
export interface Passwords {
  /**
   * The hash of a password, by the preferred hasher. `null`: a text that no password fits.
   *
   * The length is for the form to limit: the work hardly grows with it.
   *
   * @throws {TypeError} for half a surrogate pair: it has no UTF-8 form, and would be the same as any other half.
   */
  make(password: string | null, options?: PasswordOptions): Promise<string>
  /**
   * Whether the password fits. Text that is no hash we read fits none, after the time of a new hash.
   *
   * `mustUpdate`: the password fits, and its hash should be made again.
   */
  verify(
    password: string,
    encoded: string,
    options?: PasswordOptions,
  ): Promise<{ readonly ok: boolean; readonly mustUpdate: boolean }>
  /** As `verify`; `upgraded`: the new hash, when there should be one. It waits only once. */
  verifyAndUpgrade(
    password: string,
    encoded: string,
    options?: PasswordOptions,
  ): Promise<{ readonly ok: boolean; readonly upgraded: string | null }>
  /** One hash, thrown away: without it the answer for an unknown name comes sooner than for a wrong password. */
  burn(password: string, options?: PasswordOptions): Promise<void>
  /** The algorithm of a hash; `null` when it is none of those listed. */
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

/** @throws {ConfigError} when there is no hasher, an unknown one, one that only reads comes first, or one whose package is missing. */
export function createPasswords({ hashers, djangoVersion = null, queue }: PasswordsOptions): Passwords {
  const choices = hashers.map(choice => (typeof choice === 'string' ? { NAME: choice } : choice))
  const readers = new Map<string, PasswordReader>()
  for (const { NAME, OPTIONS = {} } of choices) {
    const reader = hasherOf(algorithmOf(NAME), OPTIONS, djangoVersion)
    if (!readers.has(reader.algorithm)) readers.set(reader.algorithm, reader)
  }
  const [preferred] = readers.values()
  if (!preferred || !isHasher(preferred))
    throw noHasher(`${choices[0]?.NAME ?? 'Nothing'} comes first and makes no hashes.`)
  if (preferred.algorithm === 'argon2') requireArgon2()
  if (preferred.algorithm.startsWith('bcrypt')) requireBcrypt()
  return passwordsWith(readers, preferred, queue ?? processHashQueue())
}

const refused = { ok: false, mustUpdate: false } as const

function passwordsWith(
  readers: ReadonlyMap<string, PasswordReader>,
  preferred: PasswordHasher,
  queue: Pick<HashQueue, 'run'>,
): Passwords {
  const identify = (encoded: string): string | null => {
    const algorithm = encoded.split('$', 1)[0] as string
    return readers.has(algorithm) && !isUnsalted(encoded) ? algorithm : null
  }
  const burnNow = async (password: string): Promise<void> => {
    await preferred.encode(password.toWellFormed().replaceAll('\0', ' '))
  }
  const verifyNow = async (password: string, encoded: string): ReturnType<Passwords['verify']> => {
    const reader = readers.get(identify(encoded) ?? '')
    const ok = reader && password.isWellFormed() ? await reader.verify(password, encoded) : null
    // What costs nothing to check, as MD5, must not tell that the account exists.
    if (!reader || ok === null || (!ok && !isHasher(reader))) {
      await burnNow(password)
      return refused
    }
    const mustUpdate = reader !== preferred || preferred.mustUpdate(encoded)
    if (!ok && mustUpdate && reader === preferred) await preferred.hardenRuntime?.(password, encoded)
    return { ok, mustUpdate: ok && mustUpdate }
  }
  return {
    identify,
    async make(password, { signal = null } = {}) {
      if (password === null) return unusablePrefix + randomString(unusableLength, alphanumerics)
      if (!password.isWellFormed()) throw new TypeError('A password with half a surrogate pair has no UTF-8 form.')
      return queue.run(() => preferred.encode(password), signal)
    },
    burn: (password, { signal = null } = {}) => queue.run(() => burnNow(password), signal),
    verify: (password, encoded, { signal = null } = {}) => queue.run(() => verifyNow(password, encoded), signal),
    verifyAndUpgrade(password, encoded, { signal = null } = {}) {
      return queue.run(async () => {
        const { ok, mustUpdate } = await verifyNow(password, encoded)
        return { ok, upgraded: mustUpdate ? await preferred.encode(password) : null }
      }, signal)
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

/** `options`: those of Django's classes, checked by the settings. */
function hasherOf(
  algorithm: string,
  options: Readonly<Record<string, number>>,
  djangoVersion: string | null,
): PasswordReader {
  const { time_cost: timeCost, memory_cost: memoryCostKiB, parallelism, hash_len: hashBytes, rounds } = options
  const { iterations = pbkdf2Iterations(djangoVersion), work_factor: workFactor, block_size: blockSize } = options
  switch (algorithm) {
    case 'argon2':
      return argon2Hasher(
        given({
          timeCost,
          memoryCostKiB,
          hashBytes,
          parallelism: parallelism ?? (djangoVersion === null ? undefined : djangoLanes),
        }),
      )
    case 'pbkdf2_sha256':
      return pbkdf2Sha256Hasher({ iterations })
    case 'pbkdf2_sha1':
      return pbkdf2Sha1Hasher({ iterations })
    case 'scrypt':
      return scryptHasher(
        given({ workFactor, blockSize, parallelism: parallelism ?? scryptParallelism(djangoVersion) }),
      )
    case 'bcrypt':
      return bcryptHasher(given({ rounds }))
    case 'bcrypt_sha256':
      return bcryptSha256Hasher(given({ rounds }))
    case 'md5':
      return md5Reader
    default:
      throw noHasher(`${JSON.stringify(algorithm)} is no password hasher.`)
  }
}

/** What is not `undefined` of it. */
function given<Options extends Readonly<Record<string, number | undefined>>>(
  options: Options,
): { readonly [Name in keyof Options]?: number } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    readonly [Name in keyof Options]?: number
  }
}

/** Those of Django's `Argon2PasswordHasher`, in all its versions. */
const djangoLanes = 8

function scryptParallelism(djangoVersion: string | null): number {
  return djangoVersion === null || isDjangoAtLeast(djangoVersion, '5.1.0') ? 5 : 1
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
    "Start PASSWORD_HASHERS with 'argon2', 'pbkdf2_sha256', 'pbkdf2_sha1', 'scrypt', 'bcrypt_sha256' or 'bcrypt'; then may come 'md5'."
  return new ConfigError(problem, fix, { setting: 'PASSWORD_HASHERS' })
}
