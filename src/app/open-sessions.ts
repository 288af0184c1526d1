/**
 * From `SESSION_ENGINE` to the sessions of an app.
 */
import type { Database } from '../db/index.ts'
import type { Clock } from '../kit/index.ts'
import { openRedis, type Redis } from '../redis/index.ts'
import {
  createCachedDatabaseSessionStore,
  createCacheSessionStore,
  createCookieSessions,
  createDatabaseSessionStore,
  createFileSessionStore,
  createSessions,
  type SessionStore,
  type Sessions,
  type StoredSessionsOptions,
} from '../sessions/index.ts'
import { type Settings, sessionCache } from '../settings/index.ts'

export interface EngineOptions extends Omit<StoredSessionsOptions, 'store'> {
  readonly clock: Clock
  readonly database: Database
  /** An engine of the application's own, in place of that of `SESSION_ENGINE`. */
  readonly store: SessionStore | undefined
}

type StoreOptions = Pick<EngineOptions, 'settings' | 'clock' | 'database'>

const stores: Record<Exclude<Settings['SESSION_ENGINE'], 'signed_cookies'>, (options: StoreOptions) => SessionStore> = {
  db: ({ database, clock }) => createDatabaseSessionStore(database, clock),
  cache({ settings, clock }) {
    const { url, prefix } = sessionCache(settings)
    return onRedis(url, redis => createCacheSessionStore(redis, { prefix, clock }))
  },
  cached_db({ settings, clock, database }) {
    const { url, prefix } = sessionCache(settings)
    return onRedis(url, redis => createCachedDatabaseSessionStore({ redis, database, prefix, clock }))
  },
  file: ({ settings, clock }) =>
    createFileSessionStore({
      folder: settings.SESSION_FILE_PATH,
      prefix: settings.SESSION_COOKIE_NAME,
      cookieAgeSeconds: settings.SESSION_COOKIE_AGE,
      clock,
    }),
}

/** A store over a Redis of its own, which ends with it. */
function onRedis(url: string, create: (redis: Redis) => SessionStore): SessionStore {
  const redis = openRedis(url)
  const store = create(redis)
  return {
    ...store,
    async close() {
      await store.close()
      await redis.close()
    },
  }
}

/** The sessions of the engine that the settings name. @throws {ConfigError} when it lacks a setting or a package. */
export function openSessions({ store, ...options }: EngineOptions): Sessions {
  const { SESSION_ENGINE: engine } = options.settings
  if (store !== undefined) return createSessions({ ...options, store })
  return engine === 'signed_cookies'
    ? createCookieSessions(options)
    : createSessions({ ...options, store: stores[engine](options) })
}
