/**
 * Writes Set-Cookie, byte for byte as Django does.
 *
 * Owns quoting, the order of attributes, and the refusal of what would break out of its place. Leaves reading to ./cookies.ts.
 */
import { CookieError } from './errors.ts'
import { httpDate } from './http-date.ts'

/** When a browser sends a cookie along with requests that other sites cause. */
export const sameSites = ['strict', 'lax', 'none'] as const
export type SameSite = (typeof sameSites)[number]

export interface CookieOptions {
  /** Seconds to live, fractions cut off; sets `expires` too. Default: as long as the browser runs. */
  readonly maxAge?: number | null
  /** End of life. A `Date` becomes `maxAge`, and excludes it; text is sent as it is. */
  readonly expires?: Date | string | null
  /** Default: `/`. `null` or empty: the folder of the page. */
  readonly path?: string | null
  /** Default: this host only. A domain includes its subdomains, which then can read and set the cookie. */
  readonly domain?: string | null
  /** Sent over https only. Default: false. */
  readonly secure?: boolean
  /** Out of reach of scripts. Default: false. */
  readonly httpOnly?: boolean
  /** Written as given: Django writes `Lax`. Default: none, which browsers take as lax. */
  readonly sameSite?: SameSite | Capitalize<SameSite> | null
  /** A jar of its own for each site that embeds the page (CHIPS). Default: false. */
  readonly partitioned?: boolean
}

/** Python's legal characters of a name and of a bare value: those of a token (RFC 9110, 5.6.2) and the colon. */
const legal = /^[A-Za-z0-9!#$%&'*+.^_`|~:-]+$/

/** Names that Python keeps for attributes. */
const reserved: ReadonlySet<string> = new Set([
  'expires',
  'path',
  'comment',
  'domain',
  'max-age',
  'secure',
  'httponly',
  'version',
  'samesite',
])

/** `"` and `\` get a backslash; what could end the value, and the upper half of latin-1, becomes octal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be escaped
const special = /["\\,;\u0000-\u001f\u007f-\u00ff]/g

function quoteChar(char: string): string {
  return char === '"' || char === '\\' ? `\\${char}` : `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`
}

/** The value bare if it can stand so, else between quotes. */
export function quoteCookie(value: string): string {
  return legal.test(value) ? value : `"${value.replace(special, quoteChar)}"`
}

/** A semicolon would begin another attribute, a line break another header field. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be refused
const breaksOut = /[;\u0000-\u001f\u007f]/

function requireAttribute(cookie: string, attribute: string, value: string): string {
  if (breaksOut.test(value)) throw new CookieError(cookie, `its ${attribute} holds a semicolon or a control character.`)
  return value
}

function requireName(name: string): void {
  if (!legal.test(name)) throw new CookieError(name, "a name is made of letters, digits and !#$%&'*+-.^_`|~: only.")
  if (reserved.has(name.toLowerCase())) throw new CookieError(name, 'its name is that of an attribute.')
}

/** Browsers drop a `__Host-` cookie with a domain or another path (RFC 6265bis): nobody would see why. */
function requirePrefix(name: string, options: CookieOptions): void {
  if (!name.startsWith('__Host-')) return
  if (options.domain) throw new CookieError(name, 'with the prefix __Host- it has no domain.')
  if (options.path !== undefined && options.path !== '/')
    throw new CookieError(name, 'with the prefix __Host- its path is "/".')
}

/** Seconds to live as the options ask, and the date that goes with it; both empty for a cookie of the browser's session. */
function lifetime(name: string, options: CookieOptions, now: number): { maxAge: number | null; expires: string } {
  let maxAge = options.maxAge ?? null
  const { expires } = options
  if (expires instanceof Date) {
    if (maxAge !== null) throw new CookieError(name, 'it has both maxAge and a Date as expires; keep one.')
    // The second more is Django's: the cookie lives until the end of the second it expires in.
    maxAge = Math.max(0, Math.floor((expires.getTime() - now) / 1000 + 1))
  } else if (expires) return { maxAge, expires: requireAttribute(name, 'expires', expires) }
  if (maxAge === null) return { maxAge, expires: '' }
  try {
    return { maxAge, expires: httpDate(now + maxAge * 1000) }
  } catch {
    throw new CookieError(name, 'its end of life is no date before the year 10000.')
  }
}

/**
 * The value of a Set-Cookie header field.
 *
 * @param now Milliseconds since the Unix epoch: dates `expires`.
 * @throws {CookieError} for a name, attribute or combination that must not be sent.
 */
export function serializeCookie(name: string, value: string, options: CookieOptions, now: number): string {
  requireName(name)
  requirePrefix(name, options)
  const { maxAge, expires } = lifetime(name, options, now)
  if (maxAge !== null && !Number.isFinite(maxAge)) throw new CookieError(name, 'its maxAge is not a number of seconds.')
  const path = options.path === undefined ? '/' : options.path
  const { domain, sameSite } = options
  if (sameSite && !sameSites.includes(sameSite.toLowerCase() as SameSite))
    throw new CookieError(name, `its sameSite is none of ${sameSites.join(', ')}.`)
  let text = `${name}=${quoteCookie(value)}`
  if (domain) text += `; Domain=${requireAttribute(name, 'domain', domain)}`
  if (expires !== '') text += `; expires=${expires}`
  if (options.httpOnly) text += '; HttpOnly'
  if (maxAge !== null) text += `; Max-Age=${Math.trunc(maxAge)}`
  if (options.partitioned) text += '; Partitioned'
  if (path) text += `; Path=${requireAttribute(name, 'path', path)}`
  if (sameSite) text += `; SameSite=${sameSite}`
  if (options.secure) text += '; Secure'
  return text
}

const epoch = 'Thu, 01 Jan 1970 00:00:00 GMT'

/** The Set-Cookie that makes a browser forget a cookie. `path` and `domain` must be those it was set with. */
export function serializeDeletedCookie(
  name: string,
  options: Pick<CookieOptions, 'path' | 'domain' | 'sameSite' | 'secure'> = {},
): string {
  // Without Secure, browsers would not take these names, nor SameSite=None, even to delete.
  const needsSecure =
    name.startsWith('__Secure-') || name.startsWith('__Host-') || options.sameSite?.toLowerCase() === 'none'
  return serializeCookie(name, '', { ...options, secure: options.secure || needsSecure, maxAge: 0, expires: epoch }, 0)
}
