/**
 * A new password for who has forgotten the old one, by a link in a mail.
 *
 * Owns the way from the demand to the new password. A link is Django's: one that a Django made is good here, and the reverse.
 */
import type { HttpRequest } from '../http/index.ts'
import { isMailAddress, type MailMessage } from '../mail/index.ts'
import {
  type AccountLink,
  type AccountLinkPath,
  type AccountLinksOptions,
  accountOfUid,
  baseOf,
  createLinkTokens,
  createLoginText,
  uidOf,
  writeLetter,
} from './account-links.ts'
import type { AccountMails } from './account-mails.ts'
import { isSameEmail } from './email-address.ts'
import type { ResetTokens, TokenSubject } from './reset-token.ts'
import { User } from './user.ts'

/** What stands in the address in place of a token that has been put into the session, Django's `reset_url_token`. */
export const tokenInSession = 'set-password'

/** Where the session keeps it, as in Django. */
const sessionKey = '_password_reset_token'

/** Most mails for one demand: nobody's mailbox is filled by accounts that others made with its address. The oldest accounts first. */
const maxAccounts = 10
/** Rows that the database may find alike and that are not. */
const maxLookalikes = 100

/** The links of an app: `app.auth.passwordReset`. Use the functions `sendPasswordReset`, `openPasswordReset`, `resetPassword`. */
export class PasswordReset {
  readonly #options: AccountLinksOptions
  readonly #tokens: ResetTokens
  readonly #loginText: (login: Date | null) => string | null

  constructor(options: AccountLinksOptions) {
    this.#options = options
    this.#tokens = createLinkTokens(options)
    this.#loginText = createLoginText(options.settings)
  }

  #subjectOf(user: User): TokenSubject {
    const { id, email, lastLogin } = user
    return { id, email, passwordHash: User.passwordHash(user), lastLogin: this.#loginText(lastLogin) }
  }

  /** A link for an account, for staff to hand over. It dies with the account's next login, new password or address, and by `PASSWORD_RESET_TIMEOUT`. */
  makeLink(user: User): AccountLink {
    return { uid: uidOf(user), token: this.#tokens.make(this.#subjectOf(user)) }
  }

  /** The account that a link is good for; `null`: none. */
  async check({ uid, token }: AccountLink): Promise<User | null> {
    const user = await accountOfUid(this.#options.users, uid)
    return user !== null && this.#tokens.check(token, this.#subjectOf(user)) ? user : null
  }

  /** The account with its new password; `null` when the link is not good, or another request has used it first. */
  async finish(link: AccountLink, password: string): Promise<User | null> {
    const user = await this.check(link)
    return user === null ? null : this.#options.users.replacePassword(user, password)
  }

  /** See `sendPasswordReset`. */
  async send(request: HttpRequest, email: string, { path, text }: SendPasswordResetOptions): Promise<void> {
    const { throttle, mail } = this.#options
    const base = baseOf(request)
    if (!isMailAddress(email)) return
    await throttle.take('reset', email, request.ip)
    // Nothing of what follows keeps the visitor waiting: neither the answer nor its time tells what was found.
    mail.sendLater(() => this.#write(email, base, { path, text }))
  }

  async #write(email: string, base: string, options: SendPasswordResetOptions): Promise<readonly MailMessage[]> {
    const { users, settings, mails } = this.#options
    const { path, text = mails.passwordReset } = options
    const found = await users.findByEmail(email, maxLookalikes)
    const theirs = found.filter(user => mayReset(user) && isSameEmail(user.email, email)).slice(0, maxAccounts)
    const letters = theirs.map(user => {
      const { token } = this.makeLink(user)
      const validSeconds = settings.PASSWORD_RESET_TIMEOUT
      return writeLetter({ user, token, path, base, validSeconds, text })
    })
    return (await Promise.all(letters)).filter(letter => letter !== null)
  }
}

/** Who has no password that could be forgotten logs in another way, and should not get one by mail. */
function mayReset(user: User): boolean {
  return user.isActive && !User.passwordHash(user).startsWith('!')
}

export interface SendPasswordResetOptions {
  /** Where the link leads. `({ uid, token }) => `/user/reset/${uid}/${token}/`` */
  readonly path: AccountLinkPath
  /** What the mail says, in the language of who asks for it. Default: that of `accountMails`. */
  readonly text?: AccountMails['passwordReset'] | undefined
}

/**
 * Has a link mailed to the address of the active accounts that have a password and this address, ten at most. Resolves at once in each case: say
 * "if there is such an account". The account is looked for, and the mail sent, after that; what goes wrong with it is logged.
 *
 * The link is on the host of the request, which `ALLOWED_HOSTS` knows, and goes to the address of the account, not to the one that was typed.
 *
 * @throws {TooManyMails} with status 429 for the sixth demand for an address within an hour, and a visitor's 31st.
 * @throws {MailBusy} with status 503 when 1000 mails wait already.
 */
export function sendPasswordReset(
  request: HttpRequest,
  email: string,
  options: SendPasswordResetOptions,
): Promise<void> {
  return request.auth.passwordReset.send(request, email, options)
}

/** What came of opening a link. */
export type OpenedReset =
  /** The token is in the session now: redirect to the same address with `tokenInSession` in its place, so that no `Referer` and no history tells it. */
  | { readonly state: 'moved'; readonly user: User }
  /** Show the form. */
  | { readonly state: 'good'; readonly user: User }
  /** Used, too old, or never ours. */
  | { readonly state: 'dead'; readonly user: null }

/** Opens a link for a page, with the two parts of its address. Uses nothing up: programs that look through mail open links, too. */
export async function openPasswordReset(request: HttpRequest, { uid, token }: AccountLink): Promise<OpenedReset> {
  const isMoved = token === tokenInSession
  const session = await request.session
  const user = await request.auth.passwordReset.check({ uid, token: isMoved ? textOf(session.get(sessionKey)) : token })
  if (user === null) return { state: 'dead', user }
  if (isMoved) return { state: 'good', user }
  session.set(sessionKey, token)
  return { state: 'moved', user }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export interface ResetPasswordOptions {
  readonly uid: string
  /** Left out, or `tokenInSession`: the one that `openPasswordReset` has put into the session. */
  readonly token?: string
  /** The new one, which `validatePassword` found good. */
  readonly password: string
  /** Logs the visitor in. Default: false: whoever got hold of a mail does not get in without leaving a new password behind that the owner notices. */
  readonly login?: boolean
}

/**
 * Sets a new password by a link, which is used up by it. All sessions of the account end: at once where an index knows them, with their next request elsewhere.
 *
 * Of two requests with one link one sets its password. Resolves the account; `null`, with nothing changed, when the link is not good any more.
 *
 * @throws {PasswordsBusy} with status 503 when too many passwords wait to be hashed. The link stays good.
 */
export async function resetPassword(request: HttpRequest, options: ResetPasswordOptions): Promise<User | null> {
  const { uid, token = tokenInSession, password, login = false } = options
  const { auth } = request
  const session = await request.session
  const stored = token === tokenInSession ? textOf(session.get(sessionKey)) : token
  const user = await auth.passwordReset.finish({ uid, token: stored }, password)
  if (user === null) return null
  if (token === tokenInSession) session.delete(sessionKey)
  await auth.endAfterReset(request, user, { login })
  return user
}
