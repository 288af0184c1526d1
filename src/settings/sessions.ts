/** The settings of sessions. */
import { type CookieSameSite, cookieDomain, cookieName, cookiePath, cookieSameSite } from './cookies.ts'
import { count, type Definitions, flag, line, nullable, oneOf, setting, versionedSetting } from './kind.ts'

export interface SessionSettings {
  /** Seconds that a session lives after it was last written. Default: `1_209_600` (two weeks). */
  readonly SESSION_COOKIE_AGE: number
  /** Domain that the cookie is sent to, with all below it; `null`: this host only. Default: `null`. */
  readonly SESSION_COOKIE_DOMAIN: string | null
  /** Keeps the cookie from scripts. Default: `true`. */
  readonly SESSION_COOKIE_HTTPONLY: boolean
  /** Name of the cookie. Default: `'sessionid'`. */
  readonly SESSION_COOKIE_NAME: string
  /** Path that the cookie is sent to, with all below it. Default: `'/'`. */
  readonly SESSION_COOKIE_PATH: string
  /** Which requests from other sites carry the cookie: `'Lax'`, `'Strict'`, `'None'`; `null` (Django's `False`): the browser decides. Default: `'Lax'`. */
  readonly SESSION_COOKIE_SAMESITE: CookieSameSite | null
  /** Sends the cookie over https only. Default: `false`; true on a site that is served over https. */
  readonly SESSION_COOKIE_SECURE: boolean
  /**
   * Where sessions are kept: `'db'`, `'cache'` (Redis), `'cached_db'` (the database, with Redis in front), `'file'`, `'signed_cookies'`.
   * `'django.contrib.sessions.backends.db'` and its like are accepted too. Default: `'db'`.
   */
  readonly SESSION_ENGINE: SessionEngine
  /** Ends each session with the browser, unless it has an expiry of its own. Default: `false`. */
  readonly SESSION_EXPIRE_AT_BROWSER_CLOSE: boolean
  /** Folder for the engine that keeps sessions in files. Default: `null` (the folder for temporary files). */
  readonly SESSION_FILE_PATH: string | null
  /** Writes each session that has data at the end of each request, so that its age counts from there. Default: `false`. */
  readonly SESSION_SAVE_EVERY_REQUEST: boolean
  /** How data becomes text; JSON is the only one. Default: `'django.contrib.sessions.serializers.JSONSerializer'`. */
  readonly SESSION_SERIALIZER: SessionSerializer
  /**
   * When two requests have changed one key that both had read: `'error'` answers 409, `'last-write-wins'` logs a warning. Default: `'error'`.
   *
   * Nuages's own.
   */
  readonly SESSION_CONFLICT: SessionConflict
  /**
   * Keeps a table `nuages_session` of who is logged in where, for `listSessions` and `revokeSession`. Default: `true`; `false` with a `DJANGO_VERSION`: the schema of that site stays as it is unless you ask.
   *
   * Nuages's own. Without effect on the engine `'signed_cookies'`, whose sessions nobody can end.
   */
  readonly SESSION_INDEX: boolean
}

export const sessionEngines = ['db', 'cache', 'cached_db', 'file', 'signed_cookies'] as const
export type SessionEngine = (typeof sessionEngines)[number]

export const sessionSerializers = ['django.contrib.sessions.serializers.JSONSerializer'] as const
export type SessionSerializer = (typeof sessionSerializers)[number]

export const sessionConflicts = ['error', 'last-write-wins'] as const
export type SessionConflict = (typeof sessionConflicts)[number]

const [jsonSerializer] = sessionSerializers

/** Django's names of the engines, by which they are known too. */
const djangoEngines = Object.fromEntries(
  sessionEngines.map(engine => [`django.contrib.sessions.backends.${engine}`, engine]),
)

export const sessionDefinitions: Definitions<SessionSettings> = {
  SESSION_COOKIE_AGE: setting(count('seconds'), 1_209_600),
  SESSION_COOKIE_DOMAIN: setting(cookieDomain, null),
  SESSION_COOKIE_HTTPONLY: setting(flag, true),
  SESSION_COOKIE_NAME: setting(cookieName, 'sessionid'),
  SESSION_COOKIE_PATH: setting(cookiePath, '/'),
  SESSION_COOKIE_SAMESITE: setting(cookieSameSite, 'Lax'),
  SESSION_COOKIE_SECURE: setting(flag, false),
  SESSION_ENGINE: setting(oneOf(sessionEngines, djangoEngines), 'db'),
  SESSION_EXPIRE_AT_BROWSER_CLOSE: setting(flag, false),
  SESSION_FILE_PATH: setting(nullable(line), null),
  SESSION_SAVE_EVERY_REQUEST: setting(flag, false),
  SESSION_SERIALIZER: setting(oneOf(sessionSerializers), jsonSerializer),
  SESSION_CONFLICT: setting(oneOf(sessionConflicts), 'error'),
  SESSION_INDEX: versionedSetting(flag, djangoVersion => djangoVersion === null),
}
