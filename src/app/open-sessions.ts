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
  readonly redis: (url: string) => Redis
  /** An engine of the application's own, in place of that of `SESSION_ENGINE`. */
  readonly store: SessionStore | undefined
}

type StoreOptions = Pick<EngineOptions, 'settings' | 'clock' | 'database' | 'redis'>

const stores: Record<Exclude<Settings['SESSION_ENGINE'], 'signed_cookies'>, (options: StoreOptions) => SessionStore> = {
  db: ({ database, clock }) => createDatabaseSessionStore(database, clock),
  cache({ settings, clock, redis }) {
    const { url, prefix } = sessionCache(settings)
    return createCacheSessionStore(redis(url), { prefix, clock })
  },
  cached_db({ settings, clock, database, redis }) {
    const { url, prefix } = sessionCache(settings)
    return createCachedDatabaseSessionStore({ redis: redis(url), database, prefix, clock })
  },
  file: ({ settings, clock }) =>
    createFileSessionStore({
      folder: settings.SESSION_FILE_PATH,
      prefix: settings.SESSION_COOKIE_NAME,
      cookieAgeSeconds: settings.SESSION_COOKIE_AGE,
      clock,
    }),
}

/** The sessions of the engine that the settings name. @throws {ConfigError} when it lacks a setting or a package. */
export function openSessions({ store, ...options }: EngineOptions): Sessions {
  const { SESSION_ENGINE: engine } = options.settings
  if (store !== undefined) return createSessions({ ...options, store })
  return engine === 'signed_cookies'
    ? createCookieSessions(options)
    : createSessions({ ...options, store: stores[engine](options) })
}
