/** The settings of accounts: passwords, and where a login leads. */
import { isDjangoAtLeast } from '../kit/index.ts'
import {
  count,
  type Definitions,
  flag,
  isRecord,
  type Kind,
  line,
  list,
  nullable,
  oneOf,
  parseJsonText,
  setting,
  versionedSetting,
} from './kind.ts'

export interface AccountSettings {
  /**
   * How passwords are hashed: the first makes new hashes, all are read. Django's dotted names are accepted too. Default: `['argon2', 'pbkdf2_sha256', 'pbkdf2_sha1', 'scrypt', 'bcrypt_sha256']`.
   *
   * With a `DJANGO_VERSION` the list of that version, `pbkdf2_sha256` first: an account whose hash is replaced is logged out on its other devices.
   * For a site with costs of its own, a subclass in Django: `{ NAME: 'argon2', OPTIONS: { time_cost: 3 } }`. Options are the attributes of Django's
   * classes: `time_cost`, `memory_cost` (KiB), `parallelism`, and `hash_len` (16 with argon2-cffi before 21.2); `iterations`; `work_factor`,
   * `block_size`, `parallelism`; `rounds`.
   */
  readonly PASSWORD_HASHERS: readonly PasswordHasherSetting[]
  /**
   * What a new password is checked for, as in Django: `{ NAME, OPTIONS }`, with or without the dotted path. Default: the four that `startproject` writes.
   *
   * Options: `user_attributes`, `max_similarity` (0.1 to 1); `min_length`.
   */
  readonly AUTH_PASSWORD_VALIDATORS: readonly PasswordValidator[]
  /**
   * Where failed logins are counted: `'memory'`, by each process for itself; `'database'`, in a table `nuages_login_throttle`; `'redis'`, in that of `REDIS_URL`. Default: `'memory'`.
   *
   * Nuages's own. With several processes or machines take one of the latter two: otherwise each allows as many failures as all should.
   */
  readonly LOGIN_THROTTLE_STORE: LoginThrottleStore
  /** How long a link to set a new password is good for, or one to confirm an address, in seconds. Default: `259_200` (three days). */
  readonly PASSWORD_RESET_TIMEOUT: number
  /**
   * Keeps which addresses accounts have shown to be theirs, in a table `nuages_verified_email`. Default: `false`.
   *
   * Nuages's own. `nuages migrate` makes the table.
   */
  readonly EMAIL_VERIFICATION: boolean
  /** Where `loginRequired` sends an anonymous visitor: a path, or the name of a route. Default: `'/accounts/login/'`. */
  readonly LOGIN_URL: string
  /** Where a login leads that came from nowhere: a path, or the name of a route. Default: `'/accounts/profile/'`. */
  readonly LOGIN_REDIRECT_URL: string
  /** Where a logout leads: a path, or the name of a route; `null`: nowhere. Default: `null`. */
  readonly LOGOUT_REDIRECT_URL: string | null
}

export const loginThrottleStores = ['memory', 'database', 'redis'] as const
export type LoginThrottleStore = (typeof loginThrottleStores)[number]

export const passwordAlgorithms = [
  'argon2',
  'pbkdf2_sha256',
  'pbkdf2_sha1',
  'scrypt',
  'bcrypt_sha256',
  'bcrypt',
  'md5',
] as const
export type PasswordAlgorithm = (typeof passwordAlgorithms)[number]

/** One entry of `PASSWORD_HASHERS`: an algorithm with the costs that the Django of `DJANGO_VERSION` gives it, or with others. */
export type PasswordHasherSetting = PasswordAlgorithm | PasswordHasherCosts
export interface PasswordHasherCosts {
  readonly NAME: PasswordAlgorithm
  readonly OPTIONS: Readonly<Record<string, number>>
}

/** One entry as it may be written: `'argon2'`, or `{ NAME: 'django.contrib.auth.hashers.Argon2PasswordHasher', OPTIONS: { time_cost: 3 } }`. */
export type PasswordHasherInput =
  | string
  | { readonly NAME: string; readonly OPTIONS?: Readonly<Record<string, number>> }

/** One entry of `AUTH_PASSWORD_VALIDATORS`, with every option. */
export type PasswordValidator =
  | {
      readonly NAME: 'UserAttributeSimilarityValidator'
      readonly OPTIONS: { readonly user_attributes: readonly string[]; readonly max_similarity: number }
    }
  | { readonly NAME: 'MinimumLengthValidator'; readonly OPTIONS: { readonly min_length: number } }
  | {
      readonly NAME: 'CommonPasswordValidator' | 'NumericPasswordValidator'
      readonly OPTIONS: Readonly<Record<string, never>>
    }

/** One entry as it may be written: `{ NAME: 'django.contrib.auth.password_validation.MinimumLengthValidator' }`. */
export interface PasswordValidatorInput {
  readonly NAME: string
  readonly OPTIONS?: Readonly<Record<string, unknown>>
}

const hasherPath = 'django.contrib.auth.hashers.'
const algorithm: Kind<PasswordAlgorithm> = oneOf(passwordAlgorithms, {
  [`${hasherPath}Argon2PasswordHasher`]: 'argon2',
  [`${hasherPath}PBKDF2PasswordHasher`]: 'pbkdf2_sha256',
  [`${hasherPath}PBKDF2SHA1PasswordHasher`]: 'pbkdf2_sha1',
  [`${hasherPath}ScryptPasswordHasher`]: 'scrypt',
  [`${hasherPath}BCryptSHA256PasswordHasher`]: 'bcrypt_sha256',
  [`${hasherPath}BCryptPasswordHasher`]: 'bcrypt',
  [`${hasherPath}MD5PasswordHasher`]: 'md5',
})

const pbkdf2Costs = { iterations: [1, 150_000_000] } as const
const bcryptCosts = { rounds: [4, 16] } as const

/** What each cost may be. The upper bounds are those above which a hash is not read: it would keep a thread, or the memory, for too long. */
const costs: Readonly<Record<PasswordAlgorithm, Readonly<Record<string, readonly [least: number, most: number]>>>> = {
  argon2: { time_cost: [1, 1000], memory_cost: [8, 1_048_576], parallelism: [1, 255], hash_len: [12, 64] },
  pbkdf2_sha256: pbkdf2Costs,
  pbkdf2_sha1: pbkdf2Costs,
  scrypt: { work_factor: [2, 2 ** 20], block_size: [1, 255], parallelism: [1, 255] },
  bcrypt_sha256: bcryptCosts,
  bcrypt: bcryptCosts,
  md5: {},
}

/** True for costs that can be computed together. */
function areUsable(name: PasswordAlgorithm, given: Readonly<Record<string, unknown>>): boolean {
  const inBounds = Object.entries(given).every(([cost, value]) => {
    const [least, most] = Object.hasOwn(costs[name], cost) ? (costs[name][cost] ?? [0, -1]) : [0, -1]
    return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
  })
  if (!inBounds) return false
  const {
    memory_cost = 102_400,
    parallelism = 8,
    work_factor = 16_384,
    block_size = 8,
  } = given as Record<string, number>
  if (name === 'argon2') return memory_cost >= 8 * parallelism
  return name !== 'scrypt' || (Number.isInteger(Math.log2(work_factor)) && 128 * block_size * work_factor <= 2 ** 27)
}

const hasher: Kind<PasswordHasherSetting> = {
  expected: `${algorithm.expected}, or { NAME, OPTIONS } with costs of its own, like { NAME: 'argon2', OPTIONS: { time_cost: 3 } }`,
  read: given => {
    if (!isRecord(given)) return algorithm.read(given)
    const name = algorithm.read(given.NAME)
    const { OPTIONS: own = {} } = given
    if (name === undefined || !isRecord(own) || Object.keys(given).some(key => key !== 'NAME' && key !== 'OPTIONS'))
      return undefined
    if (!areUsable(name, own)) return undefined
    return Object.keys(own).length === 0 ? name : { NAME: name, OPTIONS: { ...(own as Record<string, number>) } }
  },
  fromText: given => algorithm.fromText(given),
}

function nameOf(entry: PasswordHasherSetting): PasswordAlgorithm {
  return typeof entry === 'string' ? entry : entry.NAME
}

const anyHashers = list(hasher)
const hashers: Kind<readonly PasswordHasherSetting[]> = {
  ...anyHashers,
  expected: `${anyHashers.expected}, with at least one, and not md5 as the first: it only reads`,
  read: given => {
    const read = anyHashers.read(given)
    if (read?.[0] === undefined || nameOf(read[0]) === 'md5') return undefined
    return read.filter((entry, index) => read.findIndex(other => nameOf(other) === nameOf(entry)) === index)
  },
}

/** As `global_settings.py` of each version orders them; without a Django, OWASP's first choice comes first. */
function defaultHashers(djangoVersion: string | null): readonly PasswordAlgorithm[] {
  if (djangoVersion === null) return ['argon2', 'pbkdf2_sha256', 'pbkdf2_sha1', 'scrypt', 'bcrypt_sha256']
  const since32 = ['pbkdf2_sha256', 'pbkdf2_sha1', 'argon2', 'bcrypt_sha256'] as const
  return isDjangoAtLeast(djangoVersion, '4.0') ? [...since32, 'scrypt'] : since32
}

const defaultValidators: readonly PasswordValidator[] = [
  {
    NAME: 'UserAttributeSimilarityValidator',
    OPTIONS: { user_attributes: ['username', 'first_name', 'last_name', 'email'], max_similarity: 0.7 },
  },
  { NAME: 'MinimumLengthValidator', OPTIONS: { min_length: 8 } },
  { NAME: 'CommonPasswordValidator', OPTIONS: {} },
  { NAME: 'NumericPasswordValidator', OPTIONS: {} },
]

/** What each option accepts. */
const options: Readonly<Record<string, (given: unknown) => boolean>> = {
  user_attributes: given => Array.isArray(given) && given.every(name => typeof name === 'string'),
  max_similarity: given => typeof given === 'number' && given >= 0.1 && given <= 1,
  min_length: given => Number.isSafeInteger(given) && (given as number) >= 0,
}

const validator: Kind<PasswordValidator> = {
  expected: `{ NAME, OPTIONS } with one of Django's four validators and its options, like { NAME: 'MinimumLengthValidator', OPTIONS: { min_length: 10 } }`,
  read: given => {
    if (!isRecord(given) || Object.keys(given).some(key => key !== 'NAME' && key !== 'OPTIONS')) return undefined
    const name = String(given.NAME).replace(/^django\.contrib\.auth\.password_validation\./, '')
    const known = defaultValidators.find(({ NAME }) => NAME === name)
    const own = given.OPTIONS ?? {}
    if (!known || !isRecord(own)) return undefined
    const fits = Object.entries(own).every(([key, value]) => Object.hasOwn(known.OPTIONS, key) && options[key]?.(value))
    return fits
      ? ({ NAME: known.NAME, OPTIONS: structuredClone({ ...known.OPTIONS, ...own }) } as PasswordValidator)
      : undefined
  },
  fromText: parseJsonText,
}

export const accountDefinitions: Definitions<AccountSettings> = {
  PASSWORD_HASHERS: versionedSetting(hashers, defaultHashers),
  AUTH_PASSWORD_VALIDATORS: setting(list(validator), defaultValidators),
  LOGIN_THROTTLE_STORE: setting(oneOf(loginThrottleStores), 'memory'),
  PASSWORD_RESET_TIMEOUT: setting(count('seconds'), 259_200),
  EMAIL_VERIFICATION: setting(flag, false),
  LOGIN_URL: setting(line, '/accounts/login/'),
  LOGIN_REDIRECT_URL: setting(line, '/accounts/profile/'),
  LOGOUT_REDIRECT_URL: setting(nullable(line), null),
}
