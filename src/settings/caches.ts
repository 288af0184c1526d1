/** The settings of caches. */
import { ConfigError } from '../kit/index.ts'
import {
  count,
  type Definitions,
  isRecord,
  type Kind,
  line,
  nullable,
  oneOf,
  parseJsonText,
  setting,
  text,
} from './kind.ts'
import type { Settings } from './settings.ts'

export interface CacheSettings {
  /**
   * Which Redis keeps the sessions of the engines `'cache'` and `'cached_db'`: `redis://user:password@host:6379/0`, `rediss://…` (TLS), `redis-cluster://host:6379,host:6379` or `unix:///path/to/socket`. Default: `null`.
   *
   * Nuages's own: stands for the cache `default` of Django's `CACHES`, where that has none.
   */
  readonly REDIS_URL: string | null
  /**
   * Caches by name, as in Django: `{ default: { BACKEND: 'django.core.cache.backends.redis.RedisCache', LOCATION: 'redis://127.0.0.1:6379', KEY_PREFIX: 'site' } }`. Default: `{}`.
   *
   * Only Redis; `BACKEND` may be left out, or be that of the package django-redis, which keeps the same bytes. Of a list of URLs the first is used: the others are replicas, which lag behind. With a `DJANGO_VERSION`, sessions are under Django's keys, with its `KEY_PREFIX` and `VERSION`; else under Nuages's own.
   */
  readonly CACHES: Readonly<Record<string, Cache>>
  /** Name of the cache that keeps sessions. Default: `'default'`. */
  readonly SESSION_CACHE_ALIAS: string
}

/** One entry of `CACHES`, whole. */
export interface Cache {
  readonly BACKEND: CacheBackend
  readonly LOCATION: string
  readonly KEY_PREFIX: string
  readonly VERSION: number
}

/** One entry of `CACHES` as it may be written. */
export interface CacheInput {
  readonly BACKEND?: string
  readonly LOCATION: string | readonly string[]
  readonly KEY_PREFIX?: string
  readonly VERSION?: number
}

/** Django's own since 4.0, and that of the package django-redis, with no OPTIONS of either. */
export const cacheBackends = ['django.core.cache.backends.redis.RedisCache', 'django_redis.cache.RedisCache'] as const
export type CacheBackend = (typeof cacheBackends)[number]

const backend = oneOf(cacheBackends)

const redisUrl = text(
  "a URL that starts with redis://, rediss://, redis-cluster://, rediss-cluster:// or unix://, like 'redis://127.0.0.1:6379/0'",
  /^(?:rediss?|rediss?-cluster|unix):\/\/[^\s\p{Cc}]+$/iu,
)

const caches: Kind<Readonly<Record<string, Cache>>> = {
  expected: `an object of caches by name, each { LOCATION, KEY_PREFIX, VERSION, BACKEND }, with ${redisUrl.expected}, and ${backend.expected} or nothing as BACKEND`,
  read: given => {
    if (!isRecord(given)) return undefined
    const entries = Object.entries(given).map(([name, cache]) => [name, readCache(cache)] as const)
    return entries.some(([, cache]) => cache === undefined)
      ? undefined
      : (Object.fromEntries(entries) as Record<string, Cache>)
  },
  fromText: parseJsonText,
}

const cacheNames: readonly string[] = ['BACKEND', 'LOCATION', 'KEY_PREFIX', 'VERSION']

function readCache(given: unknown): Cache | undefined {
  if (!isRecord(given) || Object.keys(given).some(name => !cacheNames.includes(name))) return undefined
  const { BACKEND: named = cacheBackends[0], LOCATION, KEY_PREFIX = '', VERSION = 1 } = given
  const [first] = Array.isArray(LOCATION) ? LOCATION.map(redisUrl.read) : [redisUrl.read(LOCATION)]
  const BACKEND = backend.read(named)
  if (BACKEND === undefined || first === undefined) return undefined
  const prefix = KEY_PREFIX === '' ? '' : line.read(KEY_PREFIX)
  const version = count('versions').read(VERSION)
  if (prefix === undefined || version === undefined) return undefined
  return { BACKEND, LOCATION: first, KEY_PREFIX: prefix, VERSION: version }
}

export const cacheDefinitions: Definitions<CacheSettings> = {
  REDIS_URL: setting(nullable(redisUrl), null, { secret: true }),
  CACHES: setting(caches, {}, { secret: true }),
  SESSION_CACHE_ALIAS: setting(line, 'default'),
}

/** The Redis of the sessions, and what stands before each key there. */
export interface SessionCache {
  readonly url: string
  readonly prefix: string
}

/**
 * Where the engines `'cache'` and `'cached_db'` find their Redis. Each engine has keys of its own; with a `DJANGO_VERSION` they are Django's.
 *
 * @throws {ConfigError} when no setting says which Redis that is.
 */
export function sessionCache(settings: Settings): SessionCache {
  const { CACHES, DJANGO_VERSION, REDIS_URL, SESSION_CACHE_ALIAS: alias, SESSION_ENGINE: engine } = settings
  const cache = Object.hasOwn(CACHES, alias) ? CACHES[alias] : undefined
  const url = cache?.LOCATION ?? (alias === 'default' ? REDIS_URL : null)
  if (url === null) throw missingCache(alias, engine)
  const { KEY_PREFIX = '', VERSION = 1 } = cache ?? {}
  if (DJANGO_VERSION !== null) return { url, prefix: `${KEY_PREFIX}:${VERSION}:django.contrib.sessions.${engine}` }
  return { url, prefix: `${KEY_PREFIX === '' ? '' : `${KEY_PREFIX}:`}nuages:${engine}:` }
}

function missingCache(alias: string, engine: string): ConfigError {
  if (alias === 'default') {
    const problem = `SESSION_ENGINE '${engine}' needs a Redis, and REDIS_URL names none.`
    return new ConfigError(problem, "Set REDIS_URL, to 'redis://127.0.0.1:6379/0' say.", { setting: 'REDIS_URL' })
  }
  const problem = `SESSION_CACHE_ALIAS names the cache '${alias}', which CACHES does not have.`
  return new ConfigError(problem, `Add it to CACHES, or leave SESSION_CACHE_ALIAS out and set REDIS_URL.`, {
    setting: 'SESSION_CACHE_ALIAS',
  })
}
