/**
 * Which language a visitor reads: the one they chose, kept in a cookie, or the one that their browser asks for.
 */
import { type HttpRequest, type HttpResponse, isSafeRedirect, redirect, View } from 'nuages'
import { inLanguage, isLanguage, type Language, preferredLanguage, type Say, texts } from './texts.ts'

const languageCookie = 'language'
/** 365 days. */
const cookieSeconds = 365 * 24 * 3600

export function languageOf(request: HttpRequest): Language {
  const chosen = request.COOKIES.get(languageCookie)
  return isLanguage(chosen) ? chosen : preferredLanguage(request.headers.get('accept-language'))
}

/** The texts for a visitor, for a message that is kept: `addMessage(request, 'success', textsFor(request)('Welcome, {name}.', { name }))`. */
export function textsFor(request: HttpRequest): Say {
  return texts({ language: languageOf(request) })
}

/** Says pages and problem details in the visitor's language, and which that is, and that others may get another one. The API's own page stays English. */
export async function tellLanguage(
  request: HttpRequest,
  next: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>,
): Promise<HttpResponse> {
  const response = await next(request)
  const type = response.headers.get('content-type') ?? ''
  const isProblem = type === 'application/problem+json'
  if (!isProblem && (!type.startsWith('text/html') || request.path.startsWith('/api/'))) return response
  const language = languageOf(request)
  if (isProblem && typeof response.body === 'string') response.body = problemIn(language, response.body)
  response.headers.set('Content-Language', language)
  response.headers.vary('Accept-Language')
  response.headers.vary('Cookie')
  return response
}

/** Problem details in a language: what people read of them. Members that programs read stay as they are. */
function problemIn(language: Language, json: string): string {
  const say = (text: string): string => inLanguage({ language }, text)
  return JSON.stringify(JSON.parse(json), (key, value) => {
    if ((key === 'title' || key === 'detail') && typeof value === 'string') return say(value)
    return Array.isArray(value) ? value.map(item => (typeof item === 'string' ? say(item) : item)) : value
  })
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
