/**
 * Where a redirect may point, and how it is written.
 *
 * Owns the Location value. Leaves "is this our own host" to ./safe-redirect.ts.
 */
import { HttpError } from '../kit/index.ts'

/** A redirect to a scheme that browsers would run or hand to another program: `javascript:`, `data:`. */
export class UnsafeRedirect extends HttpError {
  readonly code = 'http/unsafe-redirect'
  readonly status = 400
  override readonly suspicious = true
  constructor() {
    super('The address to go to next is not a web address.')
  }
}

const allowedSchemes: readonly string[] = ['http', 'https', 'ftp']

/** RFC 3986 reserved and unreserved characters and `%`: everything else is percent-encoded (Django's iri_to_uri). */
const outsideUri = /[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+/g

/**
 * The Location value for a target: non-ASCII, spaces and control characters percent-encoded.
 *
 * @throws {UnsafeRedirect} when its scheme is not http, https or ftp. Tabs and newlines are ignored in the check, as browsers do.
 */
export function requireRedirectTarget(target: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers drop exactly these before they read the scheme
  const seen = target.replace(/^[\u0000-\u0020]+|[\t\r\n]/g, '')
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(seen)?.[1]
  if (scheme !== undefined && !allowedSchemes.includes(scheme.toLowerCase())) throw new UnsafeRedirect()
  return target.toWellFormed().replace(outsideUri, encodeURIComponent)
}
