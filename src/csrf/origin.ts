/**
 * Whether a request may come from another site.
 *
 * Pure. Asks the browser first (`Sec-Fetch-Site`, then `Origin`), whose word no page can change, and Django's token
 * only where a client says neither. `Referer` is not consulted: privacy tools leave it out, and every browser since
 * 2020 that sends a form to another site sends `Origin` with it.
 */
import type { Awaitable } from '../kit/index.ts'
import { csrfTokensMatch } from './token.ts'

/** True for an `Origin` header field that `CSRF_TRUSTED_ORIGINS` names. */
export type TrustedOrigins = (origin: string) => boolean

/**
 * Reads `CSRF_TRUSTED_ORIGINS` once: exact origins, and `https://*.example.com` for a domain and all below it.
 *
 * Written as browsers write an origin: lower case, without the scheme's own port. What is no origin is no one's.
 */
export function parseTrustedOrigins(origins: readonly string[]): TrustedOrigins {
  const exact = new Set<string>()
  const domains: { readonly scheme: string; readonly domain: string }[] = []
  for (const written of origins) {
    const origin = written.toLowerCase().replace(ownPort, '$1$2')
    const [, scheme, domain] = wildcard.exec(origin) ?? []
    if (scheme !== undefined && domain !== undefined) domains.push({ scheme, domain })
    else exact.add(origin)
  }
  return origin => exact.has(origin) || domains.some(({ scheme, domain }) => isBelow(origin, scheme, domain))
}

const ownPort = /^(?:(http:.*):80|(https:.*):443)$/
const wildcard = /^([^:]+:\/\/)\*\.(.+)$/
const labels = /^(?:[a-z0-9_-]+\.)+$/

/** Only labels of a host name may stand before the domain: `https://evil.com/.example.com` is not below it. */
function isBelow(origin: string, scheme: string, domain: string): boolean {
  if (!origin.startsWith(scheme) || !origin.endsWith(domain)) return false
  const between = origin.slice(scheme.length, -domain.length)
  return origin.length === scheme.length + domain.length || labels.test(between)
}

/** What the decision needs of a request. Header fields are `null` when absent; one sent twice comes joined by a comma. */
export interface CsrfQuestion {
  readonly method: string
  readonly secFetchSite: string | null
  readonly origin: string | null
  /**
   * True when the request carries any cookie: without one there is nobody whose rights could be abused. An application
   * that knows its visitors by address, certificate or HTTP authentication must say true.
   */
  readonly hasCookies: boolean
  /** As the client wrote it, port included, checked against `ALLOWED_HOSTS`. */
  readonly host: string
  /** As the browser sees it, in front of all proxies. */
  readonly scheme: 'http' | 'https'
  readonly trustedOrigins: TrustedOrigins
  /** The secret of the visitor's cookie or session, bare or masked. Asked for only where it decides. */
  readonly secret: () => Awaitable<string | null>
  /** The token of form or header. Asked for last: the body may have to be read for it. */
  readonly token: () => Awaitable<string | null>
}

export type CsrfAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** Why a request was refused, for the person who has to mend it. */
export const csrfFailureReasons = {
  crossSite: 'The request comes from another site. If it is yours, add its origin to CSRF_TRUSTED_ORIGINS.',
  secFetchSite: 'The header field Sec-Fetch-Site has a value that no browser sends.',
  origin:
    'The header field Origin is not the origin of this host. If it is yours, add it to CSRF_TRUSTED_ORIGINS; behind a proxy, pass Host on and set SECURE_PROXY_SSL_HEADER.',
  noSecret:
    'The request has cookies but no CSRF cookie, and neither Origin nor Sec-Fetch-Site says where it comes from.',
  noToken:
    'The CSRF token is missing. Send it in the field csrfmiddlewaretoken or the header field X-CSRFToken; browsers need none, they send Origin.',
  wrongToken: 'The CSRF token is not that of the CSRF cookie. Load the page again.',
} as const

const accepted: CsrfAnswer = { ok: true }

function refused(reason: keyof typeof csrfFailureReasons): CsrfAnswer {
  return { ok: false, reason: csrfFailureReasons[reason] }
}

/** Decides; synchronously, unless the token decides. A value that no browser sends is refused. */
export function checkCsrf(question: CsrfQuestion): Awaitable<CsrfAnswer> {
  const { method, secFetchSite, origin, trustedOrigins } = question
  if (isSafeMethod(method) || secFetchSite === 'same-origin' || secFetchSite === 'none') return accepted
  const isTrusted = origin !== null && trustedOrigins(origin)
  if (secFetchSite === 'same-site' || secFetchSite === 'cross-site') return isTrusted ? accepted : refused('crossSite')
  if (secFetchSite !== null) return refused('secFetchSite')
  if (origin !== null) return isTrusted || isOwn(origin, question) ? accepted : refused('origin')
  return question.hasCookies ? checkToken(question) : accepted
}

/** Methods that change nothing (RFC 9110, 9.2.1), in upper case as they are written: `get` is none of them. */
export function isSafeMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'TRACE'
}

/** Character by character, as in Django: browsers write both in lower case and leave out the scheme's own port. */
function isOwn(origin: string, { scheme, host }: CsrfQuestion): boolean {
  return origin === `${scheme}://${host}`
}

async function checkToken({ secret, token }: CsrfQuestion): Promise<CsrfAnswer> {
  const own = await secret()
  if (own === null) return refused('noSecret')
  const sent = await token()
  if (sent === null || sent === '') return refused('noToken')
  return csrfTokensMatch(sent, own) ? accepted : refused('wrongToken')
}
