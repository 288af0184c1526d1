/**
 * `DATABASE_URL`: which database, where.
 *
 * Owns the spelling of the URLs. Leaves the options of a server's URL (`?sslmode=…`) to its driver.
 */
import { isAbsolute, resolve } from 'node:path'
import { ConfigError } from '../kit/index.ts'

export const dialects = ['sqlite', 'postgresql', 'mysql'] as const
export type Dialect = (typeof dialects)[number]

/** Where a database is. `path` is absolute, or `null` for a database in memory. */
export type DatabaseAddress =
  | { readonly dialect: 'sqlite'; readonly path: string | null }
  | ServerAddress<'mysql'>
  | (ServerAddress<'postgresql'> & {
      /** True behind PgBouncer in transaction mode: a connection is another one after each transaction. */
      readonly isPooled: boolean
    })

interface ServerAddress<Name> {
  readonly dialect: Name
  readonly url: string
  /** What may be said of it in a log. */
  readonly label: string
  /** Largest number of connections; `null`: the URL does not say. */
  readonly poolSize: number | null
}

const servers: Readonly<Record<string, 'postgresql' | 'mysql'>> = {
  postgres: 'postgresql',
  postgresql: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mysql',
}

const fix =
  "Set DATABASE_URL to 'sqlite:db.sqlite3', 'postgres://user:password@host:5432/name' or 'mysql://user:password@host:3306/name'."

/**
 * Reads a database URL. Relative SQLite paths are relative to the working directory.
 *
 * `sqlite:file`, `sqlite:/abs/file`, `sqlite::memory:`; Django's `sqlite:///file`, `sqlite:////abs/file`;
 * `postgres:`, `postgresql:`, also with `?pgbouncer=true`; `mysql:`, `mariadb:`; all four with `?connection_limit=20`.
 *
 * @throws {ConfigError} without the URL in its message: it may hold a password.
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  const colon = url.indexOf(':')
  const scheme = url.slice(0, colon).toLowerCase()
  if (colon > 0 && scheme === 'sqlite') return { dialect: 'sqlite', path: sqlitePath(url.slice(colon + 1)) }
  const dialect = colon > 0 && Object.hasOwn(servers, scheme) ? servers[scheme] : undefined
  if (!dialect) throw refused(`DATABASE_URL has an unknown scheme.`)
  const rest = url.slice(colon + 1)
  return dialect === 'mysql' ? mysqlAddress(`mysql:${rest}`) : postgresqlAddress(`postgres:${rest}`)
}

function mysqlAddress(url: string): DatabaseAddress {
  const { rest, label, poolSize } = serverAddress(url)
  return { dialect: 'mysql', url: rest, label, poolSize }
}

function postgresqlAddress(url: string): DatabaseAddress {
  const { rest, label, poolSize } = serverAddress(url)
  const [asked, without] = takeOption(rest, 'pgbouncer')
  if (asked !== null && asked !== 'true' && asked !== 'false')
    throw refused("DATABASE_URL: pgbouncer is 'true' or 'false'.")
  return { dialect: 'postgresql', url: without, label, poolSize, isPooled: asked === 'true' }
}

/** `rest`: the URL as its driver reads it. */
function serverAddress(url: string): { rest: string; label: string; poolSize: number | null } {
  const label = serverLabel(parseServer(url))
  const [limit, rest] = takeOption(url, 'connection_limit')
  if (limit !== null && !/^[1-9]\d{0,3}$/.test(limit))
    throw refused('DATABASE_URL: connection_limit is a number from 1 to 9999.')
  return { rest, label, poolSize: limit === null ? null : Number(limit) }
}

/** An option of ours, which the driver does not know, and the URL without it; `null`: it has none. */
function takeOption(url: string, name: string): [value: string | null, rest: string] {
  const value = parseServer(url).searchParams.get(name)
  if (value === null) return [null, url]
  // Of the text, not of the URL: that would spell a password anew.
  const [, address = '', query = ''] = /^([^?]*)\?(.*)$/s.exec(url) ?? []
  const rest = query.split('&').filter(option => !new URLSearchParams(option).has(name))
  return [value, rest.length === 0 ? address : `${address}?${rest.join('&')}`]
}

function sqlitePath(rest: string): string | null {
  if (rest === ':memory:' || rest === '//:memory:' || rest === '///:memory:') return null
  if (rest.includes('?')) throw refused('DATABASE_URL for SQLite takes no options after a "?".')
  const path = decode(rest.startsWith('///') ? rest.slice(3) : rest)
  // sqlite://file names a host, as every URL with two slashes does
  if (path === '' || path.startsWith('//') || path.includes('\0')) throw refused('DATABASE_URL names no SQLite file.')
  return isAbsolute(path) ? path : resolve(path)
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path // a file name may hold a bare %
  }
}

function parseServer(url: string): URL {
  const parsed = URL.parse(url)
  if (!parsed) throw refused('DATABASE_URL is not a URL.')
  return parsed
}

/** What may be said of a server in a log: no user, no password, no options. */
function serverLabel({ host, pathname, searchParams }: URL): string {
  return `${searchParams.get('host') || host || 'localhost'}${pathname}`
}

function refused(problem: string): ConfigError {
  return new ConfigError(problem, fix, { setting: 'DATABASE_URL' })
}
