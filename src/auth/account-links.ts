/**
 * Links that are mailed to the owner of an account, and prove that whoever opens them reads that mail.
 *
 * Owns what the kinds of link share: the clock of their tokens, whose they are, how they get into a mail. Leaves the tokens' form to
 * ./reset-token.ts, and what a link is good for to ./password-reset.ts and ./email-verification.ts.
 */
import { createColumnTime } from '../db/index.ts'
import type { HttpRequest } from '../http/index.ts'
import type { Clock } from '../kit/index.ts'
import { isMailAddress, type Mail, type MailMessage } from '../mail/index.ts'
import type { Settings } from '../settings/index.ts'
import type { AccountMailContext, AccountMails, AccountMailText } from './account-mails.ts'
import type { MailThrottle } from './mail-throttle.ts'
import { createResetTokens, decodeUid, encodeUid, type ResetTokens } from './reset-token.ts'
import type { User } from './user.ts'
import type { Users } from './users.ts'

/** The two parts of a link, each of letters, digits, `-` and `_`. */
export interface AccountLink {
  /** The id of the account, Django's `uidb64`. */
  readonly uid: string
  /** Secret until it was used. */
  readonly token: string
}

/** Where a link leads: a path of this site, or a whole address. `({ uid, token }) => `/reset/${uid}/${token}/`` */
export type AccountLinkPath = (link: AccountLink) => string

/** What links need of an app. */
export interface AccountLinksOptions {
  readonly users: Users
  readonly settings: Settings
  readonly clock: Clock
  readonly mail: Mail
  readonly throttle: MailThrottle
  readonly mails: AccountMails
}

/** Django counts the seconds of tokens from here. */
const epochMs = Date.UTC(2001, 0, 1)

/** `salt`: what sets tokens of this purpose apart. Default: Django's, for passwords. */
export function createLinkTokens(
  { settings, clock }: { settings: Settings; clock: Clock },
  salt?: string,
): ResetTokens {
  const { toColumnTime } = createColumnTime('sqlite', { useTz: false, timeZone: settings.TIME_ZONE })
  const wallMs = (): number => Date.parse(`${toColumnTime(clock()).slice(0, 19).replace(' ', 'T')}Z`)
  return createResetTokens({
    key: settings.SECRET_KEY,
    fallbackKeys: settings.SECRET_KEY_FALLBACKS,
    timeoutSeconds: settings.PASSWORD_RESET_TIMEOUT,
    now: () => Math.floor((wallMs() - epochMs) / 1000),
    ...(salt !== undefined && { salt }),
  })
}

/** The time of a login as tokens have it: as Django reads it from the database, to the second. */
export function createLoginText({
  USE_TZ: useTz,
  TIME_ZONE: timeZone,
}: Settings): (login: Date | null) => string | null {
  const { toColumnTime } = createColumnTime('sqlite', { useTz, timeZone })
  return login => (login === null ? null : toColumnTime(login.getTime()).slice(0, 19))
}

/** The active account that a link is for; `null` when there is none. */
export async function accountOfUid(users: Users, uid: string): Promise<User | null> {
  const id = users.parseId(decodeUid(uid) ?? '')
  const user = id === null ? null : await users.get(id)
  return user?.isActive ? user : null
}

export function uidOf(user: User): string {
  return encodeUid(user.id)
}

/** One mail with a link in it. */
export interface AccountLetter {
  readonly user: User
  readonly token: string
  readonly path: AccountLinkPath
  /** Of the request: `https://shop.example/`. */
  readonly base: string
  readonly validSeconds: number
  readonly text: (context: AccountMailContext) => AccountMailText | Promise<AccountMailText>
}

/** The mail to the account's own address; `null` when that is none, as an address of long ago may be. */
export async function writeLetter(letter: AccountLetter): Promise<MailMessage | null> {
  const { user, token, path, base, validSeconds, text } = letter
  if (!isMailAddress(user.email)) return null
  const link = new URL(path({ uid: uidOf(user), token }), base).href
  const {
    subject,
    text: plain,
    html,
    from,
    replyTo,
  } = await text({ user, link, host: new URL(base).host, validSeconds })
  return {
    to: user.email,
    subject,
    text: plain,
    ...(html !== undefined && { html }),
    ...(from !== undefined && { from }),
    ...(replyTo !== undefined && { replyTo }),
    // No holiday notice in answer to it (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

/** Scheme and host of the request. @throws {DisallowedHost} for a host that is not ours: nobody chooses where a link leads. */
export function baseOf(request: HttpRequest): string {
  return request.buildAbsoluteUri('/')
}
