/**
 * Cross-site request forgery: refuses what another site made the visitor's browser send.
 *
 * Owns the secret's cookie (or session key) and when to check. Leaves the decision to ./origin.ts and the token's form to ./token.ts.
 */
import { csrfFieldName } from '../forms/index.ts'
import type { HttpRequest, HttpResponse } from '../http/index.ts'
import { isDjangoAtLeast } from '../kit/index.ts'
import type { Settings } from '../settings/index.ts'
import { CsrfFailed } from './errors.ts'
import { checkCsrf, parseTrustedOrigins, type TrustedOrigins } from './origin.ts'
import { maskCsrfSecret, newCsrfSecret, toCsrfSecret } from './token.ts'

const sessionKey = '_csrftoken'

/** The CSRF protection of an app. Made once, from its settings. */
export interface CsrfPolicy {
  readonly settings: Settings
  readonly trustedOrigins: TrustedOrigins
  /** `X-CSRFToken`, from Django's `HTTP_X_CSRFTOKEN`. */
  readonly headerName: string
}

export function createCsrfPolicy(settings: Settings): CsrfPolicy {
  return {
    settings,
    trustedOrigins: parseTrustedOrigins(settings.CSRF_TRUSTED_ORIGINS),
    headerName: settings.CSRF_HEADER_NAME.replace(/^HTTP_/, '').replaceAll('_', '-'),
  }
}

/** The CSRF state of one request: `request.csrf`. */
export class Csrf {
  readonly #request: HttpRequest
  readonly #policy: CsrfPolicy
  #secret: string | null = null
  #cookieDue = false

  constructor(request: HttpRequest, policy: CsrfPolicy) {
    this.#request = request
    this.#policy = policy
  }

  /** The secret that the visitor's cookie or session holds; `null` when there is none, or it is malformed. */
  async #storedSecret(): Promise<string | null> {
    if (!this.#policy.settings.CSRF_USE_SESSIONS) return this.#cookieSecret()
    const stored = (await this.#request.session).get(sessionKey)
    return typeof stored === 'string' ? toCsrfSecret(stored) : null
  }

  #cookieSecret(): string | null {
    const stored = this.#request.COOKIES.get(this.#policy.settings.CSRF_COOKIE_NAME)
    return stored === undefined ? null : toCsrfSecret(stored)
  }

  /** A token for a form's hidden field `csrfmiddlewaretoken`, or the `X-CSRFToken` header. Masked anew each time (BREACH). */
  async token(): Promise<string> {
    if (this.#policy.settings.CSRF_USE_SESSIONS) return maskCsrfSecret(await this.#sessionSecret())
    this.#cookieDue = true
    this.#secret ??= this.#cookieSecret() ?? newCsrfSecret()
    return maskCsrfSecret(this.#secret)
  }

  /** By `update`: two first pages at once agree on one secret. */
  async #sessionSecret(): Promise<string> {
    const session = await this.#request.session
    const stored = await this.#storedSecret()
    if (stored !== null) return stored
    const secret = await session.update(sessionKey as string, present =>
      typeof present === 'string' && toCsrfSecret(present) !== null ? present : this.#forSession(newCsrfSecret()),
    )
    return toCsrfSecret(secret as string) as string
  }

  /** Django before 4.1 reads both forms from a cookie, but only the masked one from a session. */
  #forSession(secret: string): string {
    const { DJANGO_VERSION: version } = this.#policy.settings
    return version === null || isDjangoAtLeast(version, '4.1') ? secret : maskCsrfSecret(secret)
  }

  /** A new secret: older tokens are worthless. `login` does this. */
  async rotate(): Promise<void> {
    this.#secret = newCsrfSecret()
    this.#cookieDue = true
    if (this.#policy.settings.CSRF_USE_SESSIONS)
      (await this.#request.session).set(sessionKey as never, this.#forSession(this.#secret) as never)
  }

  /** @throws {CsrfFailed} with status 403 when another site may have made this request. */
  async check(): Promise<void> {
    const request = this.#request
    const { trustedOrigins, headerName } = this.#policy
    const result = await checkCsrf({
      method: request.method,
      secFetchSite: request.headers.get('sec-fetch-site'),
      origin: request.headers.get('origin'),
      hasCookies: request.headers.has('cookie'),
      host: request.host,
      scheme: request.scheme,
      trustedOrigins,
      secret: () => this.#storedSecret(),
      token: () => sentToken(request, headerName),
    })
    if (!result.ok) throw new CsrfFailed(result.reason)
  }

  /** Puts the cookie on the response when a token was made during the request. */
  finish(response: HttpResponse): void {
    const { settings } = this.#policy
    if (!this.#cookieDue || this.#secret === null || settings.CSRF_USE_SESSIONS) return
    response.headers.varyByVisitor()
    response.setCookie(settings.CSRF_COOKIE_NAME, this.#secret, {
      maxAge: settings.CSRF_COOKIE_AGE,
      path: settings.CSRF_COOKIE_PATH,
      domain: settings.CSRF_COOKIE_DOMAIN,
      secure: settings.CSRF_COOKIE_SECURE,
      httpOnly: settings.CSRF_COOKIE_HTTPONLY,
      sameSite: settings.CSRF_COOKIE_SAMESITE,
    })
  }
}

/** The token of the form field, or else of the header: an empty field falls through, as in Django. */
async function sentToken(request: HttpRequest, headerName: string): Promise<string | null> {
  const { type } = request.contentType
  const isForm = type === 'application/x-www-form-urlencoded' || type === 'multipart/form-data'
  if (isForm && request.ownsBody) {
    const field = (await request.POST).get(csrfFieldName)
    if (field !== undefined && field !== '') return field
  }
  return request.headers.get(headerName)
}

declare module '../http/request.ts' {
  interface HttpRequest {
    /** The CSRF state of this request: `await request.csrf.token()` for a form. */
    readonly csrf: Csrf
  }
}

/** Django's `rotate_token`: a new secret, as `login` makes. */
export function rotateCsrfToken(request: HttpRequest): Promise<void> {
  return request.csrf.rotate()
}
