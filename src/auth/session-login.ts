/**
 * The three keys of a login in a session, Django's.
 */
import type { Session } from '../sessions/index.ts'
import type { SessionHash } from './session-hash.ts'
import { User } from './user.ts'

export const idKey = '_auth_user_id'
export const backendKey = '_auth_user_backend'
export const hashKey = '_auth_user_hash'

/** The only backend we check passwords as; a login by any other is nobody's here, and is kept for the site that made it. */
export const modelBackend = 'django.contrib.auth.backends.ModelBackend'

/** Ids as Django stores them: the primary key as text. */
const possibleId = /^-?[0-9]{1,10}$/

/** The account that a session says it is logged in as; `null`: none. */
export function loginIdOf(session: Session): number | null {
  const id = session.get(idKey)
  if (typeof id !== 'string' || !possibleId.test(id) || session.get(backendKey) !== modelBackend) return null
  return Number(id)
}

/** How a session's trace of the password fits the account's; `null`: it does not. */
export function matchLogin(session: Session, user: User, hash: SessionHash): 'current' | 'fallback' | null {
  const stored = session.get(hashKey)
  return typeof stored === 'string' ? hash.verify(stored, User.passwordHash(user)) : null
}
