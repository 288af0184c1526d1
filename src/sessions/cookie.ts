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
 * Saves the session and puts its cookie on the response. Nothing is saved when the request failed (500 and above).
 *
 * @throws what `Session.save` throws, with the response left as it was.
 */
export async function finishSession(
  session: Session,
  request: HttpRequest,
  response: HttpResponse,
  settings: Settings,
): Promise<void> {
  if (response.status < 500) await session.save({ always: settings.SESSION_SAVE_EVERY_REQUEST })
  if (session.accessed) {
    response.headers.vary('Cookie')
    response.headers.setDefault('Cache-Control', 'private')
  }
  const { SESSION_COOKIE_NAME: name, SESSION_COOKIE_PATH: path, SESSION_COOKIE_DOMAIN: domain } = settings
  if (session.isEmpty) {
    if (request.COOKIES.has(name)) {
      response.deleteCookie(name, { path, domain, sameSite: settings.SESSION_COOKIE_SAMESITE })
      response.headers.vary('Cookie')
    }
  } else if (session.saved)
    response.setCookie(
      name,
      session.sessionKey as string,
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
