/**
 * Whether an address is the account owner's, shown by a link in a mail.
 *
 * Owns the way from the demand to the row of `nuages_verified_email`. The tokens are of Django's form with a salt of their own: none of them sets a password.
 */
import type { HttpRequest } from '../http/index.ts'
import { isMailAddress } from '../mail/index.ts'
import {
  type AccountLink,
  type AccountLinkPath,
  type AccountLinksOptions,
  accountOfUid,
  baseOf,
  createLinkTokens,
  uidOf,
  writeLetter,
} from './account-links.ts'
import type { AccountMails } from './account-mails.ts'
import type { ResetTokens, TokenSubject } from './reset-token.ts'
import { User } from './user.ts'
import type { VerifiedEmails } from './verified-emails.ts'

const salt = 'nuages.auth.EmailVerification'

export interface EmailVerificationOptions extends AccountLinksOptions {
  readonly verified: VerifiedEmails
}

/** The links of an app: `app.auth.emailVerification`. Use the functions `sendEmailVerification`, `openEmailVerification`, `verifyEmail`. */
export class EmailVerification {
  readonly #options: EmailVerificationOptions
  readonly #tokens: ResetTokens

  constructor(options: EmailVerificationOptions) {
    this.#options = options
    this.#tokens = createLinkTokens(options, salt)
  }

  /** True when the account has shown that its address of today is its own. */
  async isVerified(user: User): Promise<boolean> {
    return (await this.#options.verified.verifiedAt(user)) !== null
  }

  /**
   * What a token dies with: another address, another password, its own use. Not with a login, unlike a token for a password: whoever logs in elsewhere
   * before opening the mail has done nothing against it. The bar keeps the end of an id from the digits of the time.
   */
  #subjectOf(user: User, verifiedAt: number | null): TokenSubject {
    const passwordHash = `|${User.passwordHash(user)}|${verifiedAt ?? ''}|`
    return { id: user.id, email: user.email, lastLogin: null, passwordHash }
  }

  /** A link for the address that an account has today. */
  async makeLink(user: User): Promise<AccountLink> {
    const at = await this.#options.verified.verifiedAt(user)
    return { uid: uidOf(user), token: this.#tokens.make(this.#subjectOf(user, at)) }
  }

  /** The account that a link is good for; `null`: none. */
  async check({ uid, token }: AccountLink): Promise<User | null> {
    const { users, verified } = this.#options
    const user = await accountOfUid(users, uid)
    if (user === null || !isMailAddress(user.email)) return null
    return this.#tokens.check(token, this.#subjectOf(user, await verified.verifiedAt(user))) ? user : null
  }

  /** Notes that the address of a link is its account's. An address that was changed meanwhile is not noted with it. */
  async finish(link: AccountLink): Promise<User | null> {
    const user = await this.check(link)
    if (user !== null) await this.#options.verified.put(user, this.#options.clock())
    return user
  }

  /** See `sendEmailVerification`. */
  async send(request: HttpRequest, user: User, options: SendEmailVerificationOptions): Promise<void> {
    const { throttle, mail, mails, settings } = this.#options
    const { path, text = mails.emailVerification } = options
    const base = baseOf(request)
    if (!isMailAddress(user.email) || !user.isActive || (await this.isVerified(user))) return
    await throttle.take('verify', user.email, request.ip)
    mail.sendLater(async () => {
      const { token } = await this.makeLink(user)
      const validSeconds = settings.PASSWORD_RESET_TIMEOUT
      return writeLetter({ user, token, path, base, validSeconds, text })
    })
  }
}

export interface SendEmailVerificationOptions {
  /** Where the link leads. `({ uid, token }) => `/user/email/${uid}/${token}/`` */
  readonly path: AccountLinkPath
  /** What the mail says, in the language of who asks for it. Default: that of `accountMails`. */
  readonly text?: AccountMails['emailVerification'] | undefined
}

/**
 * Has a link mailed to the account's address, and resolves without waiting for that. An account without an address, or with one that is verified, gets none.
 *
 * @throws {TooManyMails} with status 429 for the sixth mail to an address within an hour, and a visitor's 31st.
 * @throws {MailBusy} with status 503 when 1000 mails wait already.
 * @throws {ConfigError} without `EMAIL_VERIFICATION`; so do the functions below.
 */
export function sendEmailVerification(
  request: HttpRequest,
  user: User,
  options: SendEmailVerificationOptions,
): Promise<void> {
  return request.auth.emailVerification.send(request, user, options)
}

/** The account whose address a link would confirm; `null` when it is not good. Show a button: programs that look through mail open links, too. */
export function openEmailVerification(request: HttpRequest, link: AccountLink): Promise<User | null> {
  return request.auth.emailVerification.check(link)
}

/** Notes that the account's address is its owner's, by a link, which is used up by it. The account; `null` when the link is not good any more. */
export function verifyEmail(request: HttpRequest, link: AccountLink): Promise<User | null> {
  return request.auth.emailVerification.finish(link)
}

/** True when the account has shown that its address of today is its own. */
export function isEmailVerified(request: HttpRequest, user: User): Promise<boolean> {
  return request.auth.emailVerification.isVerified(user)
}
