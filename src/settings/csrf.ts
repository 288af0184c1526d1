/** The settings of the protection against forged requests. */
import { type CookieSameSite, cookieDomain, cookieName, cookiePath, cookieSameSite } from './cookies.ts'
import { count, type Definitions, flag, list, nullable, setting, text } from './kind.ts'

export interface CsrfSettings {
  /** Seconds that the cookie lives; `null`: as long as the browser is open. Default: `31_449_600` (a year). */
  readonly CSRF_COOKIE_AGE: number | null
  /** Domain that the cookie is sent to, with all below it; `null`: this host only. Default: `null`. */
  readonly CSRF_COOKIE_DOMAIN: string | null
  /** Keeps the cookie from scripts, which then cannot send it as a header. Default: `false`. */
  readonly CSRF_COOKIE_HTTPONLY: boolean
  /** Name of the cookie. Default: `'csrftoken'`. */
  readonly CSRF_COOKIE_NAME: string
  /** Path that the cookie is sent to, with all below it. Default: `'/'`. */
  readonly CSRF_COOKIE_PATH: string
  /** As `SESSION_COOKIE_SAMESITE`. Default: `'Lax'`. */
  readonly CSRF_COOKIE_SAMESITE: CookieSameSite | null
  /** Sends the cookie over https only. Default: `false`; true on a site that is served over https. */
  readonly CSRF_COOKIE_SECURE: boolean
  /** The header that a script sends the token in, as Django writes it: `X-CSRFToken` is `HTTP_X_CSRFTOKEN`. Default: `'HTTP_X_CSRFTOKEN'`. */
  readonly CSRF_HEADER_NAME: string
  /** Other origins that may send forms here: `'https://example.com'`, `'https://*.example.com'`. Default: `[]`. */
  readonly CSRF_TRUSTED_ORIGINS: readonly string[]
  /** Keeps the secret in the session instead of a cookie. Default: `false`. */
  readonly CSRF_USE_SESSIONS: boolean
}

const origin = text(
  "an origin with its scheme and without a path, like 'https://example.com' or 'https://*.example.com'",
  /^[a-z][a-z0-9+.-]*:\/\/(?:\*\.)?(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i,
)

export const csrfDefinitions: Definitions<CsrfSettings> = {
  CSRF_COOKIE_AGE: setting(nullable(count('seconds')), 31_449_600),
  CSRF_COOKIE_DOMAIN: setting(cookieDomain, null),
  CSRF_COOKIE_HTTPONLY: setting(flag, false),
  CSRF_COOKIE_NAME: setting(cookieName, 'csrftoken'),
  CSRF_COOKIE_PATH: setting(cookiePath, '/'),
  CSRF_COOKIE_SAMESITE: setting(cookieSameSite, 'Lax'),
  CSRF_COOKIE_SECURE: setting(flag, false),
  CSRF_HEADER_NAME: setting(
    text("a header's name, like 'HTTP_X_CSRFTOKEN'", /^[A-Za-z][A-Za-z0-9_-]*$/),
    'HTTP_X_CSRFTOKEN',
  ),
  CSRF_TRUSTED_ORIGINS: setting(list(origin), []),
  CSRF_USE_SESSIONS: setting(flag, false),
}
