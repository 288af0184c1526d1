/**
 * From `SESSION_ENGINE` to the sessions of an app.
 */
import type { Database } from '../db/index.ts'
import type { Clock } from '../kit/index.ts'
import type { Redis } from '../redis/index.ts'
import {
  createCachedDatabaseSessionStore,
  createCacheSessionStore,
  createCookieSessions,
  createDatabaseSessionStore,
  createDjangoCachedDatabaseSessionStore,
  createDjangoCacheSessionStore,
  createFileExpiry,
  createFileSessionStore,
  createPickleCodec,
  createSessions,
  type SessionStore,
  type Sessions,
  type StoredSessionsOptions,
} from '../sessions/index.ts'
import { type Settings, sessionCache } from '../settings/index.ts'
import { type Telemetry, traceSessionStore } from '../telemetry/index.ts'

export interface EngineOptions extends Omit<StoredSessionsOptions, 'store'> {
  readonly clock: Clock
  readonly database: Database
  readonly redis: (url: string) => Redis
  /** An engine of the application's own, in place of that of `SESSION_ENGINE`. */
  readonly store: SessionStore | undefined
  readonly telemetry: Telemetry | undefined
}

type StoreOptions = Pick<EngineOptions, 'settings' | 'clock' | 'database' | 'redis'>

const stores: Record<Exclude<Settings['SESSION_ENGINE'], 'signed_cookies'>, (options: StoreOptions) => SessionStore> = {
  db: ({ database, clock }) => createDatabaseSessionStore(database, clock),
  cache({ settings, clock, redis }) {
    const { url, prefix } = sessionCache(settings)
    const create = settings.DJANGO_VERSION === null ? createCacheSessionStore : createDjangoCacheSessionStore
    return create(redis(url), { prefix, clock })
  },
  cached_db({ settings, clock, database, redis }) {
    const { url, prefix } = sessionCache(settings)
    const isOurs = settings.DJANGO_VERSION === null
    const create = isOurs ? createCachedDatabaseSessionStore : createDjangoCachedDatabaseSessionStore
    return create({ redis: redis(url), database, prefix, clock })
  },
  file: ({ settings, clock }) =>
    createFileSessionStore({
      folder: settings.SESSION_FILE_PATH,
      prefix: settings.SESSION_COOKIE_NAME,
      ...(settings.DJANGO_VERSION !== null && { expiryOf: createFileExpiry(settings) }),
      cookieAgeSeconds: settings.SESSION_COOKIE_AGE,
      clock,
    }),
}

/** The sessions of the engine that the settings name. @throws {ConfigError} when it lacks a setting or a package. */
export function openSessions({ store, telemetry, ...options }: EngineOptions): Sessions {
  const traced = (plain: SessionStore): SessionStore =>
    telemetry === undefined ? plain : traceSessionStore(plain, telemetry)
  const { SESSION_ENGINE: engine, DJANGO_VERSION: version } = options.settings
  if (store !== undefined) return createSessions({ ...options, store: traced(store) })
  if (engine === 'signed_cookies') return createCookieSessions(options)
  // Of Django's engines only this one keeps anything but signed JSON.
  const codec = engine === 'cache' && version !== null ? { codec: createPickleCodec() } : {}
  return createSessions({ ...options, ...codec, store: traced(stores[engine](options)) })
}
