/**
 * What can go wrong with mail.
 */
import { HttpError } from '../kit/index.ts'

/** Why a mail server did not take a mail. */
export const mailUnavailableReasons = ['unreachable', 'login-refused', 'tls-failed', 'refused'] as const
export type MailUnavailableReason = (typeof mailUnavailableReasons)[number]

/** Seconds after which a client may ask again: mail servers that are restarted need about as long. */
const retryAfterSeconds = 30

/**
 * The mail server does not answer, or does not take this mail. Nobody has got it.
 *
 * Waits were bounded before it is thrown. The message is for visitors and names no machine and no address; `detail` and `cause` are for the log.
 */
export class MailUnavailable extends HttpError {
  readonly code = 'mail/unavailable'
  readonly status = 503
  override readonly headers: Readonly<Record<string, string>> = { 'Retry-After': String(retryAfterSeconds) }
  readonly reason: MailUnavailableReason
  /** For the log: what is wrong and, where known, what to do. Never holds a password. */
  readonly detail: string
  constructor(reason: MailUnavailableReason, detail: string, options?: ErrorOptions) {
    super('Mail cannot be sent at the moment. Try again in a minute.', options)
    this.reason = reason
    this.detail = detail
  }
}

/** So many mails wait already that this one would come too late. It was not begun. */
export class MailBusy extends HttpError {
  readonly code = 'mail/busy'
  readonly status = 503
  override readonly headers: Readonly<Record<string, string>> = { 'Retry-After': String(retryAfterSeconds) }
  constructor() {
    super('Too many mails wait to be sent at this moment. Try again in a minute.')
  }
}

/** A mail that cannot be: an address that is none, a line break in the subject. A bug of the application, which has let it come so far. */
export class BadMailError extends Error {
  override readonly name: string = 'BadMailError'
  readonly code = 'mail/bad-message'
}
