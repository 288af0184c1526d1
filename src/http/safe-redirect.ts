/**
 * Whether a URL that came from outside may be redirected to: `?next=/user/`.
 *
 * Owns Django 5.2's `url_has_allowed_host_and_scheme`, rule by rule. It must err with the browsers: what they would read as
 * another host is refused, or the site lends its name to phishing (CWE-601). Leaves writing Location to ./redirect-target.ts.
 */
import { codePointLength, stripPython } from '../kit/index.ts'

/** Django's MAX_URL_LENGTH, in code points. */
const maxUrlLength = 2048

export interface SafeRedirectOptions {
  /** Host and port exactly as they may stand in the URL, capitals included: `request.host`. */
  readonly hosts: ReadonlySet<string>
  /** Refuses `http:`. Pass `request.isSecure`. Default: false. */
  readonly requireHttps?: boolean
}

/** True for a path on this host, and for http and https URLs of the hosts given. */
export function isSafeRedirect(url: string, options: SafeRedirectOptions): boolean {
  const stripped = stripPython(url)
  // Browsers take a backslash for a slash, except where it is part of a password: both readings have to be safe.
  return isSafe(stripped, options) && (!stripped.includes('\\') || isSafe(stripped.replaceAll('\\', '/'), options))
}

/** Invisible first characters: some browsers skip them, and see `//evil.com` behind. */
const startsInvisible = /^\p{C}/u

/** What browsers, and Python's `urlsplit`, drop wherever it stands: `/\t/evil.com` is `//evil.com`. */
const dropped = /[\t\r\n]/g

const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/

function isSafe(stripped: string, { hosts, requireHttps = false }: SafeRedirectOptions): boolean {
  if (stripped === '' || codePointLength(stripped) > maxUrlLength || startsInvisible.test(stripped)) return false
  const url = stripped.replace(dropped, '')
  // `///evil.com` is `//evil.com` to browsers. Django looks before it drops tabs, and lets `/\t//evil.com` pass.
  if (url.startsWith('///')) return false
  const protocol = scheme.exec(url)?.[1] ?? ''
  const rest = protocol === '' ? url : url.slice(protocol.length + 1)
  const authority = rest.startsWith('//') ? (/^[^/?#]*/.exec(rest.slice(2))?.[0] ?? '') : ''
  // `https:evil.com` and `https:///evil.com`: browsers find a host there all the same.
  if (authority === '') return protocol === ''
  if (!hosts.has(authority)) return false
  const effective = protocol === '' ? 'http' : protocol.toLowerCase()
  return effective === 'https' || (effective === 'http' && !requireHttps)
}
