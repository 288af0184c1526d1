/** The settings of the site as a whole. */
import { isDjangoAtLeast } from '../kit/index.ts'
import { type Definitions, flag, type Kind, list, nullable, setting, text, versionedSetting } from './kind.ts'

export interface CoreSettings {
  /**
   * Signs sessions, cookies and tokens. At least 50 random characters; shared with Django if a Django shares the site.
   *
   * Required. Who knows it can log in as anybody.
   */
  readonly SECRET_KEY: string
  /** Former keys: what they signed is still accepted, and nothing is signed with them. Default: `[]`. */
  readonly SECRET_KEY_FALLBACKS: readonly string[]
  /** Shows the stack of a bug to whoever meets it, and serves `localhost` without `ALLOWED_HOSTS`. Default: `false`. */
  readonly DEBUG: boolean
  /**
   * `sqlite:file`, `postgres://user:password@host:5432/name` or `mysql://user:password@host:3306/name`. Default: `'sqlite:db.sqlite3'`.
   *
   * Nuages's own: stands for Django's `DATABASES`.
   */
  readonly DATABASE_URL: string
  /**
   * The Django that shares the database: `'5.2'`, or `'4.2.11'` with its patch; `null`: none does. Default: `null`.
   *
   * Nuages's own. Every default is then that version's, so that neither side rewrites what the other wrote.
   */
  readonly DJANGO_VERSION: string | null
  /**
   * SQLite and MySQL hold times in UTC when true, in the local time of `TIME_ZONE` when false. Default: `true`.
   *
   * With a `DJANGO_VERSION` before 5.0 `false`, although `startproject` wrote `True` into each settings file: copy that line.
   */
  readonly USE_TZ: boolean
  /**
   * Name of a time zone: `'Europe/Paris'`. Default: `'UTC'`.
   *
   * With a `DJANGO_VERSION` it is Django's `'America/Chicago'`, although `startproject` writes `'UTC'` into each settings file: copy that line.
   */
  readonly TIME_ZONE: string
}

/** The versions whose formats Nuages knows, the oldest first. */
export const djangoVersions = ['3.2', '4.0', '4.1', '4.2', '5.0', '5.1', '5.2', '6.0', '6.1'] as const

const djangoVersion: Kind<string> = {
  expected: `a version of Django from ${djangoVersions[0]} to ${djangoVersions.at(-1)} in quotes, like '5.2' or '5.2.14'`,
  read: given => {
    const series = typeof given === 'string' ? /^(\d+\.\d+)(?:\.\d{1,4})?$/.exec(given)?.[1] : undefined
    return djangoVersions.some(version => version === series) ? (given as string) : undefined
  },
  fromText: given => given,
}

const timeZone: Kind<string> = {
  expected: "the name of a time zone, like 'Europe/Paris'",
  read: given => (typeof given === 'string' && isTimeZone(given) ? given : undefined),
  fromText: given => given,
}

/** `UTC` is known without a look at the zones, which takes as long as all other settings together. */
function isTimeZone(name: string): boolean {
  if (name === 'UTC') return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

const key = text('text with something in it', /./s)
const databaseUrl = text(
  "a URL that starts with sqlite:, postgres:, postgresql:, mysql: or mariadb:, like 'sqlite:db.sqlite3'",
  /^(?:sqlite|postgres|postgresql|mysql|mariadb):./is,
)

export const coreDefinitions: Definitions<CoreSettings> = {
  SECRET_KEY: setting(key, '', { secret: true }),
  SECRET_KEY_FALLBACKS: setting(list(key), [], { secret: true }),
  DEBUG: setting(flag, false),
  DATABASE_URL: setting(databaseUrl, 'sqlite:db.sqlite3', { secret: true }),
  DJANGO_VERSION: setting(nullable(djangoVersion), null),
  USE_TZ: versionedSetting(flag, version => version === null || isDjangoAtLeast(version, '5.0')),
  TIME_ZONE: versionedSetting(timeZone, version => (version === null ? 'UTC' : 'America/Chicago')),
}
