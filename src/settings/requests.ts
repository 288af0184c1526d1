/** The settings for what comes in: hosts, proxies, the request line. */
import { isIP } from 'node:net'
import { count, type Definitions, flag, type Kind, list, nullable, setting, text } from './kind.ts'

export interface RequestSettings {
  /**
   * Hosts that the site answers for: `'example.com'`, `'.example.com'` with all below it, `'*'` for any. No port. Default: `[]`.
   *
   * Other hosts are answered with 400. With `DEBUG`, the empty list means localhost.
   */
  readonly ALLOWED_HOSTS: readonly string[]
  /** Redirects a path without final slash to the one with it, when only that one matches. Default: `true`. */
  readonly APPEND_SLASH: boolean
  /** Takes the host from `X-Forwarded-Host`. Only behind a proxy that sets it: else each visitor does. Default: `false`. */
  readonly USE_X_FORWARDED_HOST: boolean
  /** Takes the port from `X-Forwarded-Port`. Only behind a proxy that sets it. Default: `false`. */
  readonly USE_X_FORWARDED_PORT: boolean
  /**
   * Header and value by which a proxy says https: `['HTTP_X_FORWARDED_PROTO', 'https']`, or the header's own name. Default: `null`.
   *
   * Only behind a proxy that always sets it: else each visitor could pass http for https.
   */
  readonly SECURE_PROXY_SSL_HEADER: readonly [header: string, value: string] | null
  /**
   * Addresses and CIDR blocks of proxies, whose `X-Forwarded-For` is believed for `request.ip`: `['10.0.0.0/8']`. Default: `[]`.
   *
   * Nuages's own.
   */
  readonly TRUSTED_PROXIES: readonly string[]
  /**
   * Longest request line, in bytes; a longer one is answered with 414. Default: `8190` (Apache's and gunicorn's limit, about).
   *
   * Nuages's own: with Django, the server in front of it has such a limit.
   */
  readonly REQUEST_LINE_MAX_BYTES: number
}

const host = text(
  "a host without scheme and port, like 'example.com', '.example.com', '[::1]' or '*'",
  /^(?:\*|\.?[a-z0-9_]+(?:[.-]+[a-z0-9_]+)*\.?|\[[0-9a-f:.]+\])$/i,
)

const proxy: Kind<string> = {
  expected: "an address or a CIDR block, like '10.0.0.1' or '10.0.0.0/8'",
  read: given => (typeof given === 'string' && isBlock(given) ? given : undefined),
  fromText: given => given,
}

function isBlock(given: string): boolean {
  const [address = '', prefix, more] = given.split('/')
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  const fits = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= longest)
  return longest > 0 && fits && more === undefined
}

const proxyHeader: Kind<readonly [header: string, value: string]> = {
  expected: "a header and its value, like ['HTTP_X_FORWARDED_PROTO', 'https']",
  read: given => {
    if (!Array.isArray(given) || given.length !== 2) return undefined
    const [header, value]: unknown[] = given
    const isHeader = typeof header === 'string' && /^[A-Za-z][A-Za-z0-9_-]*$/.test(header)
    return isHeader && typeof value === 'string' && value !== '' ? [header, value] : undefined
  },
  fromText: given => given.split(',').map(part => part.trim()),
}

export const requestDefinitions: Definitions<RequestSettings> = {
  ALLOWED_HOSTS: setting(list(host), []),
  APPEND_SLASH: setting(flag, true),
  USE_X_FORWARDED_HOST: setting(flag, false),
  USE_X_FORWARDED_PORT: setting(flag, false),
  SECURE_PROXY_SSL_HEADER: setting(nullable(proxyHeader), null),
  TRUSTED_PROXIES: setting(list(proxy), []),
  REQUEST_LINE_MAX_BYTES: setting(count('bytes', 512), 8190),
}
