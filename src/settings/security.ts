/** The settings for what tells a browser to be careful. */
import {
  count,
  type Definitions,
  flag,
  isRecord,
  type Kind,
  list,
  nullable,
  oneOf,
  parseJsonText,
  setting,
  text,
} from './kind.ts'

export interface SecuritySettings {
  /** Sends `X-Content-Type-Options: nosniff`. Default: `true`. */
  readonly SECURE_CONTENT_TYPE_NOSNIFF: boolean
  /** `Cross-Origin-Opener-Policy` of each answer; `null` for none. Default: `'same-origin'`. */
  readonly SECURE_CROSS_ORIGIN_OPENER_POLICY: OpenerPolicy | null
  /**
   * `Content-Security-Policy` of each answer; `null` for none. Default: `null`.
   *
   * The policy as text, or an object like Django 6.0's: `{ 'default-src': ["'self'"] }`, which becomes text.
   */
  readonly SECURE_CSP: string | null
  /** Seconds for which browsers shall use https only (`Strict-Transport-Security`); 0 sends nothing. Default: `0`. */
  readonly SECURE_HSTS_SECONDS: number
  /** Adds `includeSubDomains` to it. Default: `false`. */
  readonly SECURE_HSTS_INCLUDE_SUBDOMAINS: boolean
  /** Adds `preload` to it, by which browsers may be shipped knowing the site. Default: `false`. */
  readonly SECURE_HSTS_PRELOAD: boolean
  /** `Referrer-Policy` of each answer: one or more words with commas; `null` for none. Default: `'same-origin'`. */
  readonly SECURE_REFERRER_POLICY: string | null
  /** Redirects http to https. Default: `false`. */
  readonly SECURE_SSL_REDIRECT: boolean
  /** The host to redirect to, with its port if need be; `null`: the one that was asked. Default: `null`. */
  readonly SECURE_SSL_HOST: string | null
  /** Regular expressions of paths, without their first slash, that stay on http. Default: `[]`. */
  readonly SECURE_REDIRECT_EXEMPT: readonly string[]
  /** `X-Frame-Options` of each answer; `null` for none. Default: `'DENY'`. */
  readonly X_FRAME_OPTIONS: FrameOptions | null
}

export const openerPolicies = [
  'same-origin',
  'same-origin-allow-popups',
  'noopener-allow-popups',
  'unsafe-none',
] as const
export type OpenerPolicy = (typeof openerPolicies)[number]

export const frameOptions = ['DENY', 'SAMEORIGIN'] as const
export type FrameOptions = (typeof frameOptions)[number]

/** W3C Referrer Policy, section 3. */
const referrerPolicies: ReadonlySet<string> = new Set([
  'no-referrer',
  'no-referrer-when-downgrade',
  'origin',
  'origin-when-cross-origin',
  'same-origin',
  'strict-origin',
  'strict-origin-when-cross-origin',
  'unsafe-url',
])

/** A value for `SECURE_CSP`: directives to their sources; `true` for one without any. */
export type ContentSecurityPolicy = string | Readonly<Record<string, string | readonly string[] | boolean>>

const referrerPolicy: Kind<string> = {
  expected: `one or more of ${[...referrerPolicies].join(', ')}`,
  read: given => {
    const words: unknown[] = typeof given === 'string' ? given.split(',') : Array.isArray(given) ? given : []
    const known = words
      .map(word => (typeof word === 'string' ? word.trim() : ''))
      .filter(word => referrerPolicies.has(word))
    return words.length > 0 && known.length === words.length ? known.join(',') : undefined
  },
  fromText: given => given,
}

const contentSecurityPolicy: Kind<string> = {
  expected: `a policy as text, or an object like { 'default-src': ["'self'"] }`,
  read: given => {
    if (!isRecord(given)) return typeof given === 'string' && /^[\x20-\x7e]+$/.test(given) ? given : undefined
    const directives = Object.entries(given).filter(([, sources]) => sources !== false && sources !== null)
    const texts = directives.map(([name, sources]) => directive(name, sources))
    return texts.includes(undefined) || texts.length === 0 ? undefined : texts.join('; ')
  },
  fromText: given => (given.startsWith('{') ? parseJsonText(given) : given),
}

function directive(name: string, sources: unknown): string | undefined {
  const words: readonly unknown[] = sources === true ? [] : Array.isArray(sources) ? sources : [sources]
  const fits = words.every(
    word =>
      typeof word === 'string' && /^[\x21-\x2b\x2d-\x3a\x3c-\x7e]+(?: [\x21-\x2b\x2d-\x3a\x3c-\x7e]+)*$/.test(word),
  )
  return /^[a-z-]+$/.test(name) && fits ? [name, ...words].join(' ') : undefined
}

const pattern: Kind<string> = {
  expected: 'a regular expression as text',
  read: given => (typeof given === 'string' && isPattern(given) ? given : undefined),
  fromText: given => given,
}

function isPattern(given: string): boolean {
  try {
    new RegExp(given)
    return true
  } catch {
    return false
  }
}

export const securityDefinitions: Definitions<SecuritySettings> = {
  SECURE_CONTENT_TYPE_NOSNIFF: setting(flag, true),
  SECURE_CROSS_ORIGIN_OPENER_POLICY: setting(nullable(oneOf(openerPolicies)), 'same-origin'),
  SECURE_CSP: setting(nullable(contentSecurityPolicy), null),
  SECURE_HSTS_SECONDS: setting(count('seconds'), 0),
  SECURE_HSTS_INCLUDE_SUBDOMAINS: setting(flag, false),
  SECURE_HSTS_PRELOAD: setting(flag, false),
  SECURE_REFERRER_POLICY: setting(nullable(referrerPolicy), 'same-origin'),
  SECURE_SSL_REDIRECT: setting(flag, false),
  SECURE_SSL_HOST: setting(
    nullable(text("a host, like 'example.com' or 'example.com:8443'", /^[a-z0-9.[\]:-]+$/i)),
    null,
  ),
  SECURE_REDIRECT_EXEMPT: setting(list(pattern), []),
  X_FRAME_OPTIONS: setting(nullable(oneOf(frameOptions)), 'DENY'),
}
