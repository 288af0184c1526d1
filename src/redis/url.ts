/**
 * `REDIS_URL`: which Redis, where.
 *
 * Owns the spelling of the URLs.
 */
import { ConfigError } from '../kit/index.ts'

/** Where one server listens. */
export interface RedisHost {
  readonly host: string
  readonly port: number
}

interface Login {
  /** `null`: the user `default`. */
  readonly username: string | null
  readonly password: string | null
  /** What may be said of the server in a log. */
  readonly label: string
}

/** Where a Redis is. `hosts`: some nodes of the cluster, which know the others. */
export type RedisAddress =
  | (Login & { readonly kind: 'server'; readonly host: RedisHost; readonly tls: boolean; readonly database: number })
  | (Login & { readonly kind: 'socket'; readonly path: string; readonly database: number })
  | (Login & { readonly kind: 'cluster'; readonly hosts: readonly RedisHost[]; readonly tls: boolean })

const defaultPort = 6379

const fix =
  "Set REDIS_URL to 'redis://user:password@host:6379/0', 'rediss://…' for TLS, or 'redis-cluster://user:password@host:6379,host:6379'; percent-encode what is special in user and password."

const form = /^(rediss?|rediss?-cluster|unix):\/\/([^/?#]*)(\/[^?#]*)?(\?[^#]*)?$/i

/**
 * Reads a URL of Redis: `redis:`, `rediss:` (TLS), `redis-cluster:`, `rediss-cluster:`, or `unix:///path/to/socket?db=0`.
 *
 * @throws {ConfigError} without the URL in its message: it may hold a password.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const [matched, scheme = '', authority = '', path = '', query = ''] = form.exec(url) ?? []
  if (matched === undefined) throw refused('REDIS_URL is not a URL of Redis.')
  const at = authority.lastIndexOf('@')
  const login = parseLogin(at === -1 ? '' : authority.slice(0, at))
  const hosts = authority.slice(at + 1)
  if (scheme.toLowerCase() === 'unix') {
    if (hosts !== '' || path.length < 2) throw refused('REDIS_URL names no socket.')
    const [, database = '0'] = /^(?:\?db=(\d{1,5}))?$/.exec(query) ?? [refuseQuery()]
    return { ...login, kind: 'socket', path: decode(path), database: Number(database), label: decode(path) }
  }
  if (query !== '') refuseQuery()
  const tls = scheme.toLowerCase().startsWith('rediss')
  if (scheme.toLowerCase().endsWith('cluster')) {
    if (path !== '' && path !== '/' && path !== '/0') throw refused('REDIS_URL: a cluster has one database, 0.')
    return { ...login, kind: 'cluster', hosts: hosts.split(',').map(parseHost), tls, label: hosts }
  }
  const [, database] = /^\/?(\d{0,5})$/.exec(path) ?? []
  if (database === undefined) throw refused('REDIS_URL: the database is a number.')
  return {
    ...login,
    kind: 'server',
    host: parseHost(hosts),
    tls,
    database: Number(database),
    label: `${hosts}/${Number(database)}`,
  }
}

function refuseQuery(): never {
  throw refused('REDIS_URL takes no options after a "?", but for unix: the number of the database.')
}

/** `user:password`; either may be left out. */
function parseLogin(text: string): { username: string | null; password: string | null } {
  const colon = text.indexOf(':')
  const username = decode(colon === -1 ? text : text.slice(0, colon))
  const password = colon === -1 ? '' : decode(text.slice(colon + 1))
  if (username !== '' && password === '') throw refused('REDIS_URL names a user without a password.')
  return { username: username || null, password: password || null }
}

function parseHost(text: string): RedisHost {
  const [, bracketed, name, port = String(defaultPort)] =
    /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i.exec(text) ?? []
  const host = bracketed ?? name
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) throw refused('REDIS_URL names no host.')
  return { host, port: Number(port) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refused('REDIS_URL has a "%" that encodes nothing.')
  }
}

function refused(problem: string): ConfigError {
  return new ConfigError(problem, fix, { setting: 'REDIS_URL' })
}
