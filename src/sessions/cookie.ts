/**
 * The session cookie.
 *
 * Owns when it is set, renewed and deleted. Leaves its text to the http room.
 */
import type { HttpRequest, HttpResponse } from '../http/index.ts'
import type { Settings } from '../settings/index.ts'
import type { Session } from './session.ts'
import { movedMs } from './stored-sessions.ts'

/** What the visitor's browser sent; unproven. */
export function sessionCookie(request: HttpRequest, settings: Settings): string | null {
  return request.COOKIES.get(settings.SESSION_COOKIE_NAME) ?? null
}

/** Carries the new key a second time, for as long as an earlier answer may still put the old one back: see `Sessions.open`. */
const movedCookieName = (settings: Settings): string => `${settings.SESSION_COOKIE_NAME}_moved`

/** The key that the session of `sessionCookie` moved to, if the browser has been told of a move just now; unproven. */
export function movedCookie(request: HttpRequest, settings: Settings): string | null {
  return request.COOKIES.get(movedCookieName(settings)) ?? null
}

/**
 * Puts the session's cookie on the response: set when something was stored during the request or the browser's leads to an old key,
 * deleted when this request ended it.
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
  const isDue = key !== null && (session.saved || session.followed)
  if (session.accessed || session.saved || session.followed || isDeleted) response.headers.varyByVisitor()
  if (isDeleted) response.deleteCookie(name, { path, domain, sameSite: settings.SESSION_COOKIE_SAMESITE })
  if (!isDue) return
  const attributes = {
    path,
    domain,
    httpOnly: settings.SESSION_COOKIE_HTTPONLY,
    secure: settings.SESSION_COOKIE_SECURE,
    sameSite: settings.SESSION_COOKIE_SAMESITE,
  }
  if (session.moved)
    response.setCookie(movedCookieName(settings), key, { ...attributes, maxAge: movedMs / 1000 }, session.now())
  const maxAge = session.getExpireAtBrowserClose() ? null : Math.trunc(session.getExpiryAge())
  response.setCookie(name, key, { ...attributes, maxAge }, session.now())
}
