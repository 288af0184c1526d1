import { HttpError } from '../kit/index.ts'

/** The name is taken. Nothing was created or changed. */
export class UserExistsError extends HttpError {
  readonly code = 'user_exists'
  readonly status = 409
  readonly username: string
  constructor(username: string) {
    super('A user with that username already exists.')
    this.username = username
  }
}

/** The view needs a user and the visitor is nobody. Browsers are sent to `LOGIN_URL` where `loginRequired` stands. */
export class NotLoggedIn extends HttpError {
  readonly code = 'not_logged_in'
  readonly status = 401
  constructor() {
    super('Log in first.')
  }
}

/** Too many failed logins for this account from this address, or from this address alone. The password was not looked at. */
export class TooManyAttempts extends HttpError {
  readonly code = 'too_many_attempts'
  readonly status = 429
  readonly retryAfterSeconds: number
  override readonly headers: Readonly<Record<string, string>>
  constructor(retryAfterSeconds: number) {
    super('Too many failed attempts. Wait a few minutes and try again.')
    this.retryAfterSeconds = retryAfterSeconds
    this.headers = { 'Retry-After': String(retryAfterSeconds) }
  }
}

/** More passwords wait to be hashed than this process can hash in time. The password was not looked at. */
export class PasswordsBusy extends HttpError {
  readonly code = 'auth/busy'
  readonly status = 503
  override readonly headers: Readonly<Record<string, string>> = { 'Retry-After': '10' }
  constructor() {
    super('Too many people are logging in at this moment. Try again in a few seconds.')
  }
}

/** Too many mails were asked for: to this address, whether an account has it or not, or by this visitor. None was sent for this demand. */
export class TooManyMails extends HttpError {
  readonly code = 'auth/too-many-mails'
  readonly status = 429
  readonly retryAfterSeconds: number
  override readonly headers: Readonly<Record<string, string>>
  constructor(retryAfterSeconds: number) {
    super('Too many mails were asked for. Look into your mailbox, or try again later.')
    this.retryAfterSeconds = retryAfterSeconds
    this.headers = { 'Retry-After': String(retryAfterSeconds) }
  }
}
