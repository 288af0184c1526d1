/**
 * From `SESSION_ENGINE` to the sessions of an app.
 */
import type { Database } from '../db/index.ts'
import { type Clock, ConfigError } from '../kit/index.ts'
import {
  createCookieSessions,
  createDatabaseSessionStore,
  createFileSessionStore,
  createSessions,
  type SessionStore,
  type Sessions,
  type StoredSessionsOptions,
} from '../sessions/index.ts'

export interface EngineOptions extends Omit<StoredSessionsOptions, 'store'> {
  readonly clock: Clock
  readonly database: Database
  /** An engine of the application's own, in place of that of `SESSION_ENGINE`. */
  readonly store: SessionStore | undefined
}

/** The sessions of the engine that the settings name. @throws {ConfigError} when it lacks a setting. */
export function openSessions({ database, store, ...options }: EngineOptions): Sessions {
  const { settings, clock } = options
  if (store !== undefined) return createSessions({ ...options, store })
  switch (settings.SESSION_ENGINE) {
    case 'db':
      return createSessions({ ...options, store: createDatabaseSessionStore(database, clock) })
    case 'file':
      return createSessions({
        ...options,
        store: createFileSessionStore({
          folder: settings.SESSION_FILE_PATH,
          prefix: settings.SESSION_COOKIE_NAME,
          cookieAgeSeconds: settings.SESSION_COOKIE_AGE,
          clock,
        }),
      })
    case 'signed_cookies':
      return createCookieSessions(options)
    default:
      throw new ConfigError('not yet', '')
  }
}
