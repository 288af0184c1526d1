/**
 * Which language a visitor reads: the one they chose, kept in a cookie, or the one that their browser asks for.
 */
import { type HttpRequest, type HttpResponse, isSafeRedirect, redirect, View } from 'nuages'
import { isLanguage, type Language, preferredLanguage } from './texts.ts'

const languageCookie = 'language'
/** 365 days. */
const cookieSeconds = 365 * 24 * 3600

export function languageOf(request: HttpRequest): Language {
  const chosen = request.COOKIES.get(languageCookie)
  return isLanguage(chosen) ? chosen : preferredLanguage(request.headers.get('accept-language'))
}

/** Says of every page in which language it is, and that others may get another one. */
export async function tellLanguage(
  request: HttpRequest,
  next: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>,
): Promise<HttpResponse> {
  const response = await next(request)
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    response.headers.set('Content-Language', languageOf(request))
    response.headers.vary('Accept-Language')
    response.headers.vary('Cookie')
  }
  return response
}

/** `/language/`: another one, from now on. */
export class ChooseLanguage extends View {
  async post(request: HttpRequest): Promise<HttpResponse> {
    const form = await request.POST
    const next = form.get('next') ?? '/'
    const isSafe = isSafeRedirect(next, { hosts: new Set([request.host]), requireHttps: request.isSecure })
    const response = redirect(isSafe ? next : '/')
    const language = form.get('language')
    if (!isLanguage(language)) return response
    const secure = request.isSecure
    return response.setCookie(languageCookie, language, {
      maxAge: cookieSeconds,
      httpOnly: true,
      sameSite: 'lax',
      secure,
    })
  }
}
