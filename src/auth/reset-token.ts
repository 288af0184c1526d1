/**
 * Tokens that prove who may set a new password: Django's `PasswordResetTokenGenerator`.
 *
 * Owns their form. A token dies with use, since it is made of what its use changes: the password, the last login, the address.
 */
import { constantTimeEqual } from '../kit/index.ts'
import { type SigningKeys, saltedHmac } from '../signing/index.ts'

const salt = 'django.contrib.auth.tokens.PasswordResetTokenGenerator'

/** What a token is made of. */
export interface TokenSubject {
  readonly id: number | string | bigint
  /** As stored. */
  readonly passwordHash: string
  /** As the database holds it, `YYYY-MM-DD HH:MM:SS`, without fraction and zone; `null`: never. */
  readonly lastLogin: string | null
  readonly email: string
}

export interface ResetTokenOptions extends SigningKeys {
  /** Seconds that a token is good for: `PASSWORD_RESET_TIMEOUT`. */
  readonly timeoutSeconds: number
  /**
   * Seconds since 2001-01-01 00:00:00 by the clock on the wall of `TIME_ZONE`, as Django counts them. A site that leaves that zone's winter time
   * counts one hour twice: tokens then live an hour longer or shorter.
   */
  readonly now: () => number
  /** Kept apart from tokens of other purposes. Default: Django's, for passwords. */
  readonly salt?: string
}

/** At most 13 digits, as Django reads: a longer one is no time. */
const tokenShape = /^([0-9a-z]{1,13})-([0-9a-f]{32})$/

/** Makes and checks tokens under one set of keys. */
export interface ResetTokens {
  make(subject: TokenSubject): string
  /** True for a token of this very state of the account, not older than the timeout. */
  check(token: string, subject: TokenSubject): boolean
}

/** Tokens as a Django of today makes them; the shorter ones of Django 3.2's SHA-1 days are not read. */
export function createResetTokens(options: ResetTokenOptions): ResetTokens {
  const { key, fallbackKeys = [], timeoutSeconds, now, salt: purpose = salt } = options
  const sign = (time: number, subject: TokenSubject, secret: string | Uint8Array): string => {
    const value = `${subject.id}${subject.passwordHash}${subject.lastLogin ?? ''}${time}${subject.email}`
    const digits = saltedHmac(purpose, value, secret, 'sha256').toString('hex')
    return `${time.toString(36)}-${everySecond(digits)}`
  }
  return {
    make: subject => sign(now(), subject, key),
    check(token, subject) {
      const time = Number.parseInt(tokenShape.exec(token)?.[1] ?? '', 36)
      if (!Number.isSafeInteger(time)) return false
      let isGood = false
      for (const secret of [key, ...fallbackKeys])
        if (constantTimeEqual(token, sign(time, subject, secret))) isGood = true
      return isGood && now() - time <= timeoutSeconds
    },
  }
}

function everySecond(text: string): string {
  let half = ''
  for (let index = 0; index < text.length; index += 2) half += text[index]
  return half
}

/** Text as a uid of a reset link has it: `1` is `MQ`. */
export function encodeUid(id: number | string | bigint): string {
  return Buffer.from(String(id)).toString('base64url')
}

const uidShape = /^([A-Za-z0-9_-]{1,64})={0,2}$/

/** The id in a uid; `null` for what is none. */
export function decodeUid(uid: string): string | null {
  const digits = uidShape.exec(uid)?.[1]
  if (digits === undefined) return null
  const text = Buffer.from(digits, 'base64url').toString('utf8')
  return encodeUid(text) === digits ? text : null
}
