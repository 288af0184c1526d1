/**
 * `nuages/sessions`: remembers a visitor between requests.
 *
 * Start with `createSessions()`; write a `SessionStore` to keep data elsewhere.
 *
 * @module
 */

export { type CacheSessionStoreOptions, createCacheSessionStore } from './cache-store.ts'
export { type CachedDatabaseSessionStoreOptions, createCachedDatabaseSessionStore } from './cached-db-store.ts'
export type { SessionCodec, SessionTexts } from './codec.ts'
export { movedCookie, sessionCookie, setSessionCookie } from './cookie.ts'
export { createCookieSessions } from './cookie-sessions.ts'
export { createDatabaseSessionStore } from './db-store.ts'
export { createDjangoCacheSessionStore, type DjangoCacheSessionStoreOptions } from './django-cache-store.ts'
export {
  createDjangoCachedDatabaseSessionStore,
  type DjangoCachedDatabaseSessionStoreOptions,
} from './django-cached-db-store.ts'
export { PickleRefused, SessionBusy, SessionConflictError, SessionInterrupted } from './errors.ts'
export { createFileExpiry, type FileExpiry } from './file-expiry.ts'
export { createFileSessionStore, type FileSessionStoreOptions } from './file-store.ts'
export { createMemorySessionStore } from './memory-store.ts'
export { createPickleCodec } from './pickle-codec.ts'
export { Session, type SessionData, type SessionValue, type StoredSession } from './session.ts'
export {
  defineSessionData,
  type SessionDataOf,
  type SessionSchemas,
  type VersionedSchema,
} from './session-data.ts'
export type { ReadValue, Sessions, SessionsOptions, SessionWrite } from './sessions.ts'
export type { SessionStore } from './store.ts'
export { createSessions, type SessionIndex, type StoredSessionsOptions } from './stored-sessions.ts'
