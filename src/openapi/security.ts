/**
 * How a program shows who it is: the session's cookie, and the CSRF token beside it.
 */
import { isSafeMethod } from '../csrf/index.ts'
import type { Settings } from '../settings/index.ts'
import type { Access, ViewFunction } from '../views/index.ts'
import type { JsonObject, SecurityRequirement } from './document.ts'

/** The settings that show in a description. */
export type DescribedSettings = Pick<
  Settings,
  'SESSION_COOKIE_NAME' | 'CSRF_COOKIE_NAME' | 'CSRF_HEADER_NAME' | 'CSRF_USE_SESSIONS'
>

/** `X-CSRFTOKEN`, from Django's `HTTP_X_CSRFTOKEN`; Django's own default as everybody writes it. */
function csrfHeaderName({ CSRF_HEADER_NAME: name }: DescribedSettings): string {
  return name === 'HTTP_X_CSRFTOKEN' ? 'X-CSRFToken' : name.replace(/^HTTP_/, '').replaceAll('_', '-')
}

export function securitySchemes(settings: DescribedSettings): Readonly<Record<'session' | 'csrf', JsonObject>> {
  const token = settings.CSRF_USE_SESSIONS
    ? 'the token of a page of this site'
    : `the value of the cookie ${settings.CSRF_COOKIE_NAME}`
  return {
    session: {
      type: 'apiKey',
      in: 'cookie',
      name: settings.SESSION_COOKIE_NAME,
      description: 'The session of who is logged in.',
    },
    csrf: {
      type: 'apiKey',
      in: 'header',
      name: csrfHeaderName(settings),
      description: `For methods that change something: ${token}. Browsers that send \`Origin\` or \`Sec-Fetch-Site\` need none, nor do clients without cookies.`,
    },
  }
}

/** Whether another site's requests are looked for. */
export function isCsrfChecked(method: string, view: Pick<ViewFunction, 'csrfExempt'>): boolean {
  return !isSafeMethod(method) && view.csrfExempt !== true
}

/** What a request has to bring along. A function as access may let anybody in: then the session is one of two ways. */
export function securityOf(access: Access, needsCsrf: boolean): readonly SecurityRequirement[] | undefined {
  const csrf: SecurityRequirement = needsCsrf ? { csrf: [] } : {}
  const loggedIn: SecurityRequirement = { session: [], ...csrf }
  if (access === 'user' || access === 'staff') return [loggedIn]
  if (access !== 'anyone') return [loggedIn, {}]
  return needsCsrf ? [csrf, {}] : undefined
}
