/**
 * What every answer carries, and what no request gets past.
 *
 * Owns the SECURE_* settings, as Django's SecurityMiddleware and XFrameOptionsMiddleware. Leaves CSRF to its room.
 */
import { CheckedFields, type HttpResponse, redirect } from '../http/index.ts'
import type { Settings } from '../settings/index.ts'
import { type Middleware, whenReady } from './middleware.ts'

/** The fields of every answer. A view's own value stands. */
function securityFields(settings: Settings): CheckedFields {
  const fields: [string, string][] = []
  if (settings.SECURE_CONTENT_TYPE_NOSNIFF) fields.push(['X-Content-Type-Options', 'nosniff'])
  if (settings.SECURE_REFERRER_POLICY) fields.push(['Referrer-Policy', settings.SECURE_REFERRER_POLICY])
  if (settings.SECURE_CROSS_ORIGIN_OPENER_POLICY)
    fields.push(['Cross-Origin-Opener-Policy', settings.SECURE_CROSS_ORIGIN_OPENER_POLICY])
  if (settings.X_FRAME_OPTIONS) fields.push(['X-Frame-Options', settings.X_FRAME_OPTIONS])
  if (settings.SECURE_CSP) fields.push(['Content-Security-Policy', settings.SECURE_CSP])
  return new CheckedFields(fields)
}

/** `Strict-Transport-Security`; `null` when it is off. Sent over https only (RFC 6797, 7.2). */
function transportSecurity(settings: Settings): string | null {
  if (!settings.SECURE_HSTS_SECONDS) return null
  return `max-age=${settings.SECURE_HSTS_SECONDS}${settings.SECURE_HSTS_INCLUDE_SUBDOMAINS ? '; includeSubDomains' : ''}${settings.SECURE_HSTS_PRELOAD ? '; preload' : ''}`
}

/** Adds the security header fields that the settings ask for. */
export function securityHeaders(settings: Settings): Middleware {
  const fields = securityFields(settings)
  const hsts = transportSecurity(settings)
  const plain = (response: HttpResponse): HttpResponse => {
    response.headers.setDefaults(fields)
    return response
  }
  if (hsts === null) return (request, next) => whenReady(next(request), plain)
  const overTls = (response: HttpResponse): HttpResponse => {
    response.headers.setDefault('Strict-Transport-Security', hsts)
    return plain(response)
  }
  return (request, next) => whenReady(next(request), request.isSecure ? overTls : plain)
}

/** Refuses a Host that is not ours before anything else runs; sends http on to https with `SECURE_SSL_REDIRECT`. */
export function checkHost(settings: Settings): Middleware {
  const exempt = settings.SECURE_REDIRECT_EXEMPT.map(pattern => new RegExp(pattern))
  return (request, next) => {
    const { host } = request
    if (!settings.SECURE_SSL_REDIRECT || request.isSecure) return next(request)
    const path = request.path.slice(1)
    if (exempt.some(pattern => pattern.test(path))) return next(request)
    const query = request.queryString === '' ? '' : `?${request.queryString}`
    return redirect(`https://${settings.SECURE_SSL_HOST ?? host}${request.rawPath}${query}`, {
      status: 301,
    })
  }
}
