/**
 * The trace of the password in a session: when the stored hash changes, the account's other sessions end.
 */
import { BoundedMap, constantTimeEqual } from '../kit/index.ts'
import { type SigningKeys, saltedHmac } from '../signing/index.ts'

const salt = 'django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash'

/** Accounts whose trace stays in memory. */
const memoEntries = 10_000

/** What a session keeps of `auth_user.password`, in hex. */
export function sessionAuthHash(encodedPassword: string, key: string | Uint8Array): string {
  return saltedHmac(salt, encodedPassword, key, 'sha256').toString('hex')
}

/** The traces under one set of keys. */
export interface SessionHash {
  make(encodedPassword: string): string
  /** Which key a trace was made with; `null`: none of ours, or another password. */
  verify(stored: string, encodedPassword: string): 'current' | 'fallback' | null
}

/** Remembers by the stored column, never by what a client sent: an HMAC on each request is dear. */
export function createSessionHash({ key, fallbackKeys = [] }: SigningKeys): SessionHash {
  const memo = new BoundedMap<string, string>(memoEntries)
  const make = (encodedPassword: string): string => {
    let hash = memo.get(encodedPassword)
    if (hash === undefined) {
      hash = sessionAuthHash(encodedPassword, key)
      memo.set(encodedPassword, hash)
    }
    return hash
  }
  return {
    make,
    verify(stored, encodedPassword) {
      if (constantTimeEqual(stored, make(encodedPassword))) return 'current'
      const old = fallbackKeys.some(fallback => constantTimeEqual(stored, sessionAuthHash(encodedPassword, fallback)))
      return old ? 'fallback' : null
    },
  }
}
