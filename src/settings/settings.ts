/**
 * The settings of an application, whole and checked.
 *
 * Owns defaults, the refusal of what cannot work, and freezing. Leaves each group of settings to its own file.
 */
import { ConfigError } from '../kit/index.ts'
import {
  type AccountSettings,
  accountDefinitions,
  type PasswordHasherInput,
  type PasswordValidatorInput,
} from './accounts.ts'
import { type CacheInput, type CacheSettings, cacheDefinitions } from './caches.ts'
import { closest } from './closest.ts'
import type { CookieSameSite } from './cookies.ts'
import { type CoreSettings, coreDefinitions } from './core.ts'
import { type CsrfSettings, csrfDefinitions } from './csrf.ts'
import { type FileSettings, fileDefinitions } from './files.ts'
import { foreignSettings } from './foreign.ts'
import type { Definition, Definitions } from './kind.ts'
import { type MailSettings, mailDefinitions, requireUsableMail } from './mail.ts'
import { type MessageLevelName, type MessageSettings, messageDefinitions } from './messages.ts'
import { type RequestSettings, requestDefinitions } from './requests.ts'
import { type ContentSecurityPolicy, type SecuritySettings, securityDefinitions } from './security.ts'
import { type SessionSettings, sessionDefinitions } from './sessions.ts'
import { type UploadSettings, uploadDefinitions } from './uploads.ts'

/** Every setting, by Django's name and with Django's meaning. Made by `defineSettings`; frozen. */
export interface Settings
  extends CoreSettings,
    RequestSettings,
    UploadSettings,
    FileSettings,
    SecuritySettings,
    SessionSettings,
    CacheSettings,
    CsrfSettings,
    AccountSettings,
    MailSettings,
    MessageSettings {}

/** The settings that may be written in more ways than they are read. */
interface Spellings {
  readonly AUTH_PASSWORD_VALIDATORS?: readonly PasswordValidatorInput[]
  readonly CACHES?: Readonly<Record<string, CacheInput>>
  readonly CSRF_COOKIE_SAMESITE?: CookieSameSite | false | null
  readonly EMAIL_BACKEND?: string
  readonly MESSAGE_LEVEL?: number | MessageLevelName
  readonly MESSAGE_STORAGE?: string
  readonly PASSWORD_HASHERS?: readonly PasswordHasherInput[]
  readonly SECURE_CSP?: ContentSecurityPolicy | null
  readonly SECURE_REFERRER_POLICY?: string | readonly string[] | null
  readonly SESSION_COOKIE_SAMESITE?: CookieSameSite | false | null
  readonly SESSION_ENGINE?: string
  readonly SESSION_SERIALIZER?: string
}

/** What `defineSettings` takes: any of `Settings`, in any of its spellings. */
export interface SettingsInput extends Partial<Omit<Settings, keyof Spellings>>, Spellings {}

/** Every setting there is. */
export const definitions: Definitions<Settings> = {
  ...coreDefinitions,
  ...requestDefinitions,
  ...uploadDefinitions,
  ...fileDefinitions,
  ...securityDefinitions,
  ...sessionDefinitions,
  ...cacheDefinitions,
  ...csrfDefinitions,
  ...accountDefinitions,
  ...mailDefinitions,
  ...messageDefinitions,
}

/**
 * Settings by Django's names. What is left out has Django's default, or that of `DJANGO_VERSION`.
 *
 * @example
 * export default defineSettings({ SECRET_KEY: env('SECRET_KEY'), SESSION_COOKIE_AGE: 86_400 })
 *
 * @throws {ConfigError} for a name that is not known, a value that cannot work, a missing `SECRET_KEY`.
 */
export function defineSettings(values: SettingsInput): Settings {
  const given = values as Readonly<Record<string, unknown>>
  for (const name of Object.keys(given)) requireKnown(name)
  if (given.SECRET_KEY === undefined || given.SECRET_KEY === '') throw missingKey()
  const version = readSetting('DJANGO_VERSION', given.DJANGO_VERSION, null)
  const settings: Record<string, unknown> = {}
  for (const name of Object.keys(definitions) as (keyof Settings)[]) {
    settings[name] = deepFreeze(readSetting(name, given[name], version))
  }
  requireUsableCookies(settings as unknown as Settings)
  requireUsableMail(settings as unknown as Settings)
  return Object.freeze(settings) as unknown as Settings
}

/** The value of one setting; its default for `undefined`. */
export function readSetting<Name extends keyof Settings>(
  name: Name,
  given: unknown,
  djangoVersion: string | null,
): Settings[Name] {
  const definition: Definition<Settings[Name]> = definitions[name]
  if (given === undefined) return definition.byDefault(djangoVersion)
  const value = definition.kind.read(given)
  if (value !== undefined) return value
  const shown = definition.secret ? 'what was given is not (and is not shown here)' : `it is ${describe(given)}`
  const byDefault = describe(definition.byDefault(djangoVersion))
  const fix = definition.secret ? 'Correct it.' : `Correct it, or leave it out for the default, ${byDefault}.`
  throw new ConfigError(`${name} must be ${definition.kind.expected}; ${shown}.`, fix, { setting: name })
}

/** Throws for a name that Nuages has no setting for. */
function requireKnown(name: string): void {
  if (Object.hasOwn(definitions, name)) return
  const instead = Object.hasOwn(foreignSettings, name) ? foreignSettings[name] : undefined
  if (instead) throw new ConfigError(`Nuages does not read ${name}.`, instead, { setting: name })
  const known = closest(name, Object.keys(definitions))
  const fix = known ? `Did you mean ${known}?` : 'Leave it out; docs/settings.md lists every setting.'
  throw new ConfigError(`There is no setting ${JSON.stringify(name)}.`, fix, { setting: name })
}

function missingKey(): ConfigError {
  const command = `node -p "crypto.randomBytes(48).toString('base64url')"`
  const fix = `Set it to the SECRET_KEY of the Django site, or to a new one from: ${command}`
  return new ConfigError('SECRET_KEY is missing.', fix, { setting: 'SECRET_KEY' })
}

/** Refuses cookies that browsers would drop without a word, so that nobody could log in. */
function requireUsableCookies(settings: Settings): void {
  if (settings.SESSION_COOKIE_NAME === settings.CSRF_COOKIE_NAME) {
    const problem = 'SESSION_COOKIE_NAME and CSRF_COOKIE_NAME are the same.'
    throw new ConfigError(problem, 'Give one of them another name.', { setting: 'CSRF_COOKIE_NAME' })
  }
  for (const prefix of ['SESSION_COOKIE', 'CSRF_COOKIE'] as const) {
    const name = settings[`${prefix}_NAME`].toLowerCase()
    const isHost = name.startsWith('__host-')
    if (!isHost && !name.startsWith('__secure-')) continue
    const fits = settings[`${prefix}_SECURE`]
    const bare = settings[`${prefix}_DOMAIN`] === null && settings[`${prefix}_PATH`] === '/'
    if (fits && (bare || !isHost)) continue
    const rule = isHost ? 'Secure, without a domain, and with the path /' : 'Secure'
    const problem = `${prefix}_NAME starts so that browsers take the cookie only if it is ${rule}.`
    throw new ConfigError(problem, `Correct ${prefix}_SECURE, _DOMAIN and _PATH, or the name.`, {
      setting: `${prefix}_NAME`,
    })
  }
}

/** A value as a message shows it: at most 80 characters. */
function describe(value: unknown): string {
  const text =
    typeof value === 'number' || value === undefined ? String(value) : (JSON.stringify(value) ?? typeof value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const each of Object.values(value)) deepFreeze(each)
  }
  return value
}
