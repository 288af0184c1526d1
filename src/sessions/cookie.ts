/**
 * The session cookie.
 *
 * Owns when it is set, renewed and deleted. Leaves its text to the http room.
 */
import type { HttpRequest, HttpResponse } from '../http/index.ts'
import type { Settings } from '../settings/index.ts'
import type { Session } from './session.ts'

/** What the visitor's browser sent; unproven. */
export function sessionCookie(request: HttpRequest, settings: Settings): string | null {
  return request.COOKIES.get(settings.SESSION_COOKIE_NAME) ?? null
}

/**
 * Puts the session's cookie on the response: set when something was stored during the request, deleted when this request ended it.
 * A cookie that leads nowhere stays: a slow request with the key from before a login would else delete the new one.
 * No shared cache may keep the answer then, nor when the request looked into the session.
 */
export function setSessionCookie(
  session: Session,
  request: HttpRequest,
  response: HttpResponse,
  settings: Settings,
): void {
  const { SESSION_COOKIE_NAME: name, SESSION_COOKIE_PATH: path, SESSION_COOKIE_DOMAIN: domain } = settings
  const key = session.storedKey
  const isDeleted = key === null && session.flushed && request.COOKIES.has(name)
  if (session.accessed || session.saved || isDeleted) response.headers.varyByVisitor()
  if (isDeleted) response.deleteCookie(name, { path, domain, sameSite: settings.SESSION_COOKIE_SAMESITE })
  else if (key !== null && session.saved)
    response.setCookie(
      name,
      key,
      {
        path,
        domain,
        maxAge: session.getExpireAtBrowserClose() ? null : Math.trunc(session.getExpiryAge()),
        httpOnly: settings.SESSION_COOKIE_HTTPONLY,
        secure: settings.SESSION_COOKIE_SECURE,
        sameSite: settings.SESSION_COOKIE_SAMESITE,
      },
      session.now(),
    )
}
