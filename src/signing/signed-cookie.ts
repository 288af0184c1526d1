/**
 * The value of a signed cookie: `response.set_signed_cookie`, `request.get_signed_cookie`.
 *
 * Owns the signature and its two salts. Leaves quoting and attributes to `nuages/http`.
 */
import { Buffer } from 'node:buffer'
import { codePointLength, isDjangoAtLeast } from '../kit/index.ts'
import { BadSignature } from './errors.ts'
import { requireKeys, type SigningKeys } from './signer.ts'
import { type AgeLimit, TimestampSigner, type TimestampSignerOptions } from './timestamp-signer.ts'

export interface SignedCookie extends Pick<TimestampSignerOptions, 'clock'> {
  /** Name of the cookie: a value signed for one cookie is bad in every other. */
  readonly name: string
  /** When setting: the value to sign. When reading: what the cookie holds. */
  readonly value: string
  /** Keeps purposes apart. Default: the empty text. */
  readonly salt?: string
  readonly keys: SigningKeys
  /**
   * The Django that shares the cookie: `5.2.14`, or `5.2` for its newest patch. Default: none does.
   *
   * 5.2.15, 6.0.6 and later know the salt that tells cookie `a` with salt `bc` from cookie `ab` with salt `c`
   * (CVE-2026-6873); only older ones get the old salt.
   */
  readonly djangoVersion?: string | null
}

export interface SignedCookieReading extends SignedCookie, AgeLimit {
  /**
   * Also accept the old salt (`SIGNED_COOKIE_LEGACY_SALT_FALLBACK`). Default: as the Django of `djangoVersion`, which
   * is true before 6.1; false without one.
   */
  readonly legacySaltFallback?: boolean
}

/** The signed text to put into the cookie. */
export function signCookieValue(cookie: SignedCookie): string {
  return signerFor(cookie, writesNewSalt(cookie.djangoVersion)).sign(cookie.value)
}

/**
 * The value that was signed for the cookie.
 *
 * @throws {SignatureExpired} when the signature is genuine but older than `maxAge`.
 * @throws {BadSignature} when it is not genuine.
 */
export function unsignCookieValue(cookie: SignedCookieReading): string {
  const { djangoVersion, maxAge } = cookie
  const age = maxAge === undefined ? {} : { maxAge }
  if (!writesNewSalt(djangoVersion)) return signerFor(cookie, false).unsign(cookie.value, age)
  try {
    return signerFor(cookie, true).unsign(cookie.value, age)
  } catch (error) {
    const fallback = cookie.legacySaltFallback ?? (djangoVersion != null && !isDjangoAtLeast(djangoVersion, '6.1.0'))
    if (!fallback || !(error instanceof BadSignature)) throw error
    return signerFor(cookie, false).unsign(cookie.value, age)
  }
}

/**
 * The keys for what Django signs in cookies itself, messages included: a fixed text in front of each.
 *
 * @throws {ConfigError} for an empty key, which nobody would notice behind the prefix.
 */
export function cookieKeys(keys: SigningKeys): SigningKeys {
  requireKeys(keys)
  return { key: withPrefix(keys.key), fallbackKeys: (keys.fallbackKeys ?? []).map(withPrefix) }
}

function withPrefix(key: string | Uint8Array): string | Uint8Array {
  const prefix = 'django.http.cookies'
  return typeof key === 'string' ? prefix + key : Buffer.concat([Buffer.from(prefix), key])
}

function writesNewSalt(version: string | null | undefined): boolean {
  if (version == null || isDjangoAtLeast(version, '6.0.6')) return true
  return isDjangoAtLeast(version, '5.2.15') && !isDjangoAtLeast(version, '6.0.0')
}

function signerFor(cookie: SignedCookie, isNew: boolean): TimestampSigner {
  const salt = cookie.salt ?? ''
  const newSalt = `django.http.cookies.v2:${codePointLength(salt)}:${salt}${cookie.name}`
  return new TimestampSigner({
    ...cookieKeys(cookie.keys),
    salt: isNew ? newSalt : cookie.name + salt,
    ...(cookie.clock && { clock: cookie.clock }),
  })
}
