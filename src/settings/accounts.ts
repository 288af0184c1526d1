/** The settings of accounts: passwords, and where a login leads. */
import { isDjangoAtLeast } from '../kit/index.ts'
import {
  type Definitions,
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
   */
  readonly PASSWORD_HASHERS: readonly PasswordAlgorithm[]
  /**
   * What a new password is checked for, as in Django: `{ NAME, OPTIONS }`, with or without the dotted path. Default: the four that `startproject` writes.
   *
   * Options: `user_attributes`, `max_similarity` (0.1 to 1); `min_length`.
   */
  readonly AUTH_PASSWORD_VALIDATORS: readonly PasswordValidator[]
  /** Where `loginRequired` sends an anonymous visitor: a path, or the name of a route. Default: `'/accounts/login/'`. */
  readonly LOGIN_URL: string
  /** Where a login leads that came from nowhere: a path, or the name of a route. Default: `'/accounts/profile/'`. */
  readonly LOGIN_REDIRECT_URL: string
  /** Where a logout leads: a path, or the name of a route; `null`: nowhere. Default: `null`. */
  readonly LOGOUT_REDIRECT_URL: string | null
}

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

const algorithms = list(algorithm)
const hashers: Kind<readonly PasswordAlgorithm[]> = {
  ...algorithms,
  expected: `${algorithms.expected}, with at least one, and no bcrypt as the first: Node cannot make its hashes`,
  read: given => {
    const read = algorithms.read(given)
    return read?.[0] === undefined || read[0].startsWith('bcrypt') ? undefined : [...new Set(read)]
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
  LOGIN_URL: setting(line, '/accounts/login/'),
  LOGIN_REDIRECT_URL: setting(line, '/accounts/profile/'),
  LOGOUT_REDIRECT_URL: setting(nullable(line), null),
}
