/**
 * Whether a request may come from another site.
 *
 * Pure. Asks the browser first (`Sec-Fetch-Site`, then `Origin`), which no page can forge, and Django's token only where a client says neither.
 * `Referer` is not consulted: browsers leave it out for privacy, and every one that sends cookies across sites sends `Origin` as well.
 */
import { csrfTokensMatch } from './token.ts'

/** `CSRF_TRUSTED_ORIGINS`, parsed once. */
export type TrustedOrigins = (origin: string) => boolean

/** Exact origins, and `https://*.example.com` for a domain and all below it. */
export function parseTrustedOrigins(origins: readonly string[]): TrustedOrigins {
  const exact = new Set<string>()
  const wild: { readonly scheme: string; readonly suffix: string }[] = []
  for (const origin of origins) {
    const [scheme = '', host = ''] = origin.split('://')
    if (host.startsWith('*.')) wild.push({ scheme: `${scheme}://`, suffix: host.slice(1) })
    else exact.add(origin)
  }
  return origin =>
    exact.has(origin) ||
    wild.some(({ scheme, suffix }) => {
      if (!origin.startsWith(scheme)) return false
      const host = origin.slice(scheme.length)
      return host === suffix.slice(1) || host.endsWith(suffix)
    })
}

/** What the decision needs of a request. */
export interface CsrfQuestion {
  readonly method: string
  readonly secFetchSite: string | null
  readonly origin: string | null
  /** True when the request carries any cookie: without one there is nobody whose rights could be abused. */
  readonly hasCookies: boolean
  /** As the client wrote it, checked against `ALLOWED_HOSTS`. */
  readonly host: string
  readonly scheme: 'http' | 'https'
  readonly trustedOrigins: TrustedOrigins
  /** The secret of the visitor's cookie or session, asked for last. */
  readonly secret: () => Promise<string | null>
  /** The token of the form or header, asked for last: the body has to be read for it. */
  readonly token: () => Promise<string | null>
}

export type CsrfAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** Why a request was refused, for the person who has to mend it. */
export const csrfFailureReasons = {
  crossSite: 'The request comes from another site. Add its origin to CSRF_TRUSTED_ORIGINS if it is yours.',
  secFetchSite: 'The Sec-Fetch-Site header field has no value that browsers send.',
  origin: 'The Origin header field does not match this host. Add it to CSRF_TRUSTED_ORIGINS if it is yours.',
  noCookie: 'The request has cookies, but no CSRF cookie, no Origin and no Sec-Fetch-Site to tell where it comes from.',
  noToken:
    'The CSRF token is missing. Send the field csrfmiddlewaretoken or the X-CSRFToken header field, or an Origin.',
  wrongToken: 'The CSRF token does not belong to the CSRF cookie. Load the page again.',
} as const

const ok: CsrfAnswer = { ok: true }

function refuse(reason: keyof typeof csrfFailureReasons): CsrfAnswer {
  return { ok: false, reason: csrfFailureReasons[reason] }
}

/** Methods that change nothing (RFC 9110, 9.2.1). */
const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE']

/** Decides. Fails closed: a value that no browser sends is refused. */
export async function checkCsrf(question: CsrfQuestion): Promise<CsrfAnswer> {
  const { origin, secFetchSite, trustedOrigins } = question
  if (safeMethods.includes(question.method)) return ok
  if (secFetchSite === 'same-origin' || secFetchSite === 'none') return ok
  const trusted = origin !== null && trustedOrigins(origin)
  if (secFetchSite === 'same-site' || secFetchSite === 'cross-site') return trusted ? ok : refuse('crossSite')
  if (secFetchSite !== null) return refuse('secFetchSite')
  if (origin !== null) {
    const own = `${question.scheme}://${question.host}`
    return trusted || origin === own ? ok : refuse('origin')
  }
  return question.hasCookies ? checkToken(question) : ok
}

async function checkToken({ secret, token }: CsrfQuestion): Promise<CsrfAnswer> {
  const own = await secret()
  if (own === null) return refuse('noCookie')
  const sent = await token()
  if (sent === null) return refuse('noToken')
  return csrfTokensMatch(sent, own) ? ok : refuse('wrongToken')
}
