/**
 * The three keys of a login in a session, Django's.
 */
import type { Session } from '../sessions/index.ts'
import type { UserId } from './account-types.ts'
import type { SessionHash } from './session-hash.ts'
import { User } from './user.ts'

export const idKey = '_auth_user_id'
export const backendKey = '_auth_user_backend'
export const hashKey = '_auth_user_hash'

/** The only backend we check passwords as; a login by any other is nobody's here, and is kept for the site that made it. */
export const modelBackend = 'django.contrib.auth.backends.ModelBackend'

/** The account that a session says it is logged in as; `null`: none. `parseId`: that of `Users`. */
export function loginIdOf(session: Session, parseId: (text: string) => UserId | null): UserId | null {
  const id = session.get(idKey)
  return typeof id === 'string' && session.get(backendKey) === modelBackend ? parseId(id) : null
}

/** How a session's trace of the password fits the account's; `null`: it does not. */
export function matchLogin(session: Session, user: User, hash: SessionHash): 'current' | 'fallback' | null {
  const stored = session.get(hashKey)
  return typeof stored === 'string' ? hash.verify(stored, User.passwordHash(user)) : null
}
