/**
 * Which host a request is for, and whether this site answers for it.
 *
 * Owns `ALLOWED_HOSTS` and the headers of a proxy that speak of host, port and scheme. An attacker who could choose the host
 * would write links into password mails and shared caches. Leaves the client's address to ./client-address.ts.
 */
import { BoundedMap } from '../kit/index.ts'
import { DisallowedHost } from './errors.ts'

/** The settings that decide; `Settings` has them all. */
export interface HostSettings {
  readonly ALLOWED_HOSTS: readonly string[]
  readonly DEBUG: boolean
  readonly USE_X_FORWARDED_HOST: boolean
  readonly USE_X_FORWARDED_PORT: boolean
  /** Name of a header field, as in Django (`HTTP_X_FORWARDED_PROTO`) or on the wire, and its value for https. */
  readonly SECURE_PROXY_SSL_HEADER: readonly [header: string, value: string] | null
}

/** What a request says about its host. */
export interface HostSource {
  /** Of the Host header, or of the target when that is a whole URL; `null` when there is neither (HTTP/1.0). */
  readonly host: string | null
  readonly headers: { get(name: string): string | null }
  /** Of the connection itself. */
  readonly scheme: 'http' | 'https'
  /** Of the socket; stands in for a missing Host. */
  readonly serverName?: string
  /** Of the socket. */
  readonly serverPort?: number
}

/** A host that this site answers for. */
export interface RequestHost {
  /** As the client wrote it, port and capitals included: `Example.com:8000`. */
  readonly host: string
  /** Lower-case, without port and final dot: `example.com`. */
  readonly domain: string
  /** The digits after the colon; empty when there are none. */
  readonly port: string
}

/** Answers for one set of settings. */
export interface HostChecker {
  /**
   * The host of a request.
   *
   * @throws {DisallowedHost} with status 400 when this site does not answer for it.
   */
  check(source: HostSource): RequestHost
  /** `https` when the connection is, or when the proxy says so; a proxy that says another word means `http`. */
  scheme(headers: HostSource['headers'], connection: 'http' | 'https'): 'http' | 'https'
  /** The port this server is reached at, by the proxy's word or by the socket; empty when neither is known. */
  port(source: HostSource): string
}

const hostForm = /^([a-z0-9.-]+|\[[a-f0-9]*:[a-f0-9.:]+\])(?::([0-9]+))?$/

/** Domain in lower case, without its final dot, and port; both empty for what is not a host. */
export function splitDomainPort(host: string): { domain: string; port: string } {
  const parts = hostForm.exec(host.toLowerCase())
  if (parts === null) return { domain: '', port: '' }
  const [, domain = '', port = ''] = parts
  return { domain: domain.endsWith('.') ? domain.slice(0, -1) : domain, port }
}

/** True if a lower-case domain fits one of the patterns: `*`, `example.com`, or `.example.com` for it and all below. */
export function isHostAllowed(domain: string, patterns: readonly string[]): boolean {
  return patterns.some(pattern => pattern === '*' || isSameDomain(domain, pattern.toLowerCase()))
}

function isSameDomain(domain: string, pattern: string): boolean {
  if (pattern === '') return false
  return domain === pattern || (pattern.startsWith('.') && (domain.endsWith(pattern) || domain === pattern.slice(1)))
}

/** With DEBUG and no ALLOWED_HOSTS, as in Django. */
const debugHosts: readonly string[] = ['.localhost', '127.0.0.1', '[::1]']

/** Names a browser can send have at most 253 characters (RFC 1035), then a port: longer ones are not remembered. */
const rememberedLength = 260
/** Hosts remembered as allowed: many domains on one site, few bytes. */
const rememberedHosts = 1000

/** Django's name of a header field in `META`, or its own name, as it stands on the wire, in lower case. */
function toHeaderName(name: string): string {
  return name
    .replace(/^HTTP_/, '')
    .replaceAll('_', '-')
    .toLowerCase()
}

/** What `SECURE_PROXY_SSL_HEADER` makes of the connection's scheme. */
function createSchemeReader(proxyHeader: HostSettings['SECURE_PROXY_SSL_HEADER']): HostChecker['scheme'] {
  if (proxyHeader === null) return (_headers, connection) => connection
  const name = toHeaderName(proxyHeader[0])
  const secureValue = proxyHeader[1]
  return (headers, connection) => {
    const value = headers.get(name)
    if (value === null) return connection
    const comma = value.indexOf(',')
    return (comma < 0 ? value : value.slice(0, comma)).trim() === secureValue ? 'https' : 'http'
  }
}

/** The server's own name, for a request that names no host; its port unless it is the usual one of the scheme. */
function serverHost(name: string | undefined, port: string, scheme: 'http' | 'https'): string {
  if (name === undefined) return ''
  return port === '' || port === (scheme === 'https' ? '443' : '80') ? name : `${name}:${port}`
}

/** Makes the checker of a site. Accepted hosts are remembered, so that the usual request costs one look-up. */
export function createHostChecker(settings: HostSettings): HostChecker {
  const { USE_X_FORWARDED_HOST: usesForwardedHost, USE_X_FORWARDED_PORT: usesForwardedPort } = settings
  const patterns = settings.DEBUG && settings.ALLOWED_HOSTS.length === 0 ? debugHosts : settings.ALLOWED_HOSTS
  const accepted = new BoundedMap<string, RequestHost>(rememberedHosts)
  const scheme = createSchemeReader(settings.SECURE_PROXY_SSL_HEADER)

  function port({ headers, serverPort }: HostSource): string {
    const forwarded = usesForwardedPort ? headers.get('x-forwarded-port') : null
    return forwarded ?? (serverPort === undefined ? '' : String(serverPort))
  }

  return {
    scheme,
    port,
    check(source) {
      const forwarded = usesForwardedHost ? source.headers.get('x-forwarded-host') : null
      const named = forwarded ?? source.host
      const host = named ?? serverHost(source.serverName, port(source), scheme(source.headers, source.scheme))
      const known = accepted.get(host)
      if (known !== undefined) return known
      const parts = splitDomainPort(host)
      if (parts.domain === '' || !isHostAllowed(parts.domain, patterns)) throw new DisallowedHost(host, parts.domain)
      const answer: RequestHost = { host, ...parts }
      if (host.length <= rememberedLength) accepted.set(host, answer)
      return answer
    },
  }
}
