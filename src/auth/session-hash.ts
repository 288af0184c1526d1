/**
 * The trace of the password in a session: when the stored hash changes, the account's other sessions end.
 */
import { BoundedMap, constantTimeEqual } from '../kit/index.ts'
import { type SigningKeys, saltedHmac } from '../signing/index.ts'

const salt = 'django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash'

/** Accounts whose trace stays in memory; 300 bytes each. */
const memoEntries = 10_000

/** Django's `get_session_auth_hash`: what a session keeps of `auth_user.password`, 64 hexadecimal digits. */
export function sessionAuthHash(encodedPassword: string, key: string | Uint8Array): string {
  return saltedHmac(salt, encodedPassword, key, 'sha256').toString('hex')
}

/** The traces under one set of keys. */
export interface SessionHash {
  /** The trace for a new login. */
  make(encodedPassword: string): string
  /** Which key the trace of a session was made with; `null`: none of ours, or of another password. */
  verify(stored: string, encodedPassword: string): 'current' | 'fallback' | null
}

/**
 * The traces under a key. An HMAC on each request is dear, so they are remembered,
 * by the column of the database and never by anything that a client sent.
 */
export function createSessionHash({ key, fallbackKeys = [] }: SigningKeys): SessionHash {
  const memo = new BoundedMap<string, string>(memoEntries)
  const make = (encodedPassword: string): string => {
    const known = memo.get(encodedPassword)
    if (known !== undefined) return known
    const hash = sessionAuthHash(encodedPassword, key)
    memo.set(encodedPassword, hash)
    return hash
  }
  return {
    make,
    verify(stored, encodedPassword) {
      if (constantTimeEqual(stored, make(encodedPassword))) return 'current'
      const isOld = fallbackKeys.some(old => constantTimeEqual(stored, sessionAuthHash(encodedPassword, old)))
      return isOld ? 'fallback' : null
    },
  }
}
