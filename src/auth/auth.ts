/**
 * Who the visitor is: logging in, logging out, and knowing again.
 *
 * Leaves accounts to ./users.ts, attempts to ./throttle.ts, where an account is logged in to ./devices.ts and CSRF to its room.
 */
import { rotateCsrfToken } from '../csrf/index.ts'
import type { HttpRequest } from '../http/index.ts'
import { ConfigError } from '../kit/index.ts'
import type { Session, Sessions } from '../sessions/index.ts'
import type { Settings } from '../settings/index.ts'
import { requireUser } from './access.ts'
import type { UserId } from './account-types.ts'
import { type ActiveSession, Devices } from './devices.ts'
import type { EmailVerification } from './email-verification.ts'
import type { PasswordReset } from './password-reset.ts'
import { createSessionHash, type SessionHash } from './session-hash.ts'
import type { SessionRows } from './session-index.ts'
import { backendKey, hashKey, idKey, loginIdOf, matchLogin, modelBackend } from './session-login.ts'
import { LoginThrottle } from './throttle.ts'
import { User } from './user.ts'
import type { Users } from './users.ts'

/** What a visitor logs in with. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

/** What an index of sessions needs; without it nothing can be listed or ended. */
export interface AuthIndex {
  /** The same that `createSessions` got as `index`. */
  readonly rows: SessionRows
  readonly sessions: Sessions
  /** Told when a sight of a session could not be written. */
  readonly warn?: (fields: object, message: string) => void
}

export interface AuthOptions {
  /** Default: none, as with `SESSION_INDEX: false`. */
  readonly index?: AuthIndex | null
  /** Default: failures are counted in the memory of this process. */
  readonly throttle?: LoginThrottle
  /** Default: none: passwords are not reset by mail. */
  readonly passwordReset?: PasswordReset | null
  /** Default: none, as with `EMAIL_VERIFICATION: false`. */
  readonly emailVerification?: EmailVerification | null
}

/** The logins of an app: `app.auth`. Use the functions `authenticate`, `login`, `logout`. */
export class Auth {
  readonly users: Users
  readonly settings: Settings
  readonly #hash: SessionHash
  readonly #throttle: LoginThrottle
  readonly #devices: Devices | null
  readonly #passwordReset: PasswordReset | null
  readonly #emailVerification: EmailVerification | null

  constructor(users: Users, settings: Settings, options: AuthOptions = {}) {
    const { index = null, throttle = new LoginThrottle(), passwordReset = null, emailVerification = null } = options
    this.users = users
    this.settings = settings
    this.#hash = createSessionHash({ key: settings.SECRET_KEY, fallbackKeys: settings.SECRET_KEY_FALLBACKS })
    this.#throttle = throttle
    this.#devices = index === null ? null : this.#createDevices(index)
    this.#passwordReset = passwordReset
    this.#emailVerification = emailVerification
  }

  /** @throws {ConfigError} where accounts are used without an app, and so without mail. */
  get passwordReset(): PasswordReset {
    if (this.#passwordReset !== null) return this.#passwordReset
    throw new ConfigError('There is no mail here to reset passwords by.', 'Make the logins with createApp.')
  }

  /** @throws {ConfigError} without `EMAIL_VERIFICATION`. */
  get emailVerification(): EmailVerification {
    if (this.#emailVerification !== null) return this.#emailVerification
    const problem = 'There is no table that keeps which addresses are verified.'
    throw new ConfigError(problem, 'Set EMAIL_VERIFICATION: true, then run: nuages migrate', {
      setting: 'EMAIL_VERIFICATION',
    })
  }

  #createDevices({ rows, sessions, warn = () => {} }: AuthIndex): Devices {
    const isLoginOf = (session: Session, user: User): boolean =>
      this.#loginIdOf(session) === user.id && matchLogin(session, user, this.#hash) !== null
    return new Devices({
      rows,
      sessions,
      isLoginOf,
      loginIdOf: session => this.#loginIdOf(session),
      clock: sessions.clock,
      warn,
    })
  }

  #loginIdOf(session: Session): UserId | null {
    return loginIdOf(session, text => this.users.parseId(text))
  }

  /** The active account that a session is logged in as, or `null`. A session whose account has another password by now is ended. */
  async userOf(session: Session): Promise<User | null> {
    const id = this.#loginIdOf(session)
    const user = id === null ? null : await this.users.get(id)
    if (user === null || !user.isActive) return null
    const match = matchLogin(session, user, this.#hash)
    if (match === null) {
      // By another tab, which has stored the new trace since this request loaded the session, it may still be logged in.
      await session.flush({ onlySeen: true })
      return null
    }
    // Django changes the session's key here as well: then of several requests at once all but one would be interrupted.
    if (match === 'fallback') await session.update(hashKey, () => this.#hash.make(User.passwordHash(user)))
    return user
  }

  /** The account that the visitor is logged in as, or `null`: `userOf` the request's session, which is seen then. */
  async userOfRequest(request: HttpRequest): Promise<User | null> {
    const session = await request.session
    const user = await this.userOf(session)
    if (user !== null) this.#devices?.saw(request, session, user)
    return user
  }

  /** The account these credentials belong to, or `null`. Only failures count towards the limits. The name is read in NFKC, as it was stored. */
  async authenticate(request: HttpRequest, credentials: Credentials): Promise<User | null> {
    // What a parser made of a body has any type: nobody has an account by a name, or a password, that is no text.
    const { username, password } = (credentials ?? {}) as { readonly username?: unknown; readonly password?: unknown }
    if (typeof username !== 'string' || typeof password !== 'string') return null
    const name = this.users.normalizeUsername(username)
    // Of addresses `verify` knows both spellings, that of the account may be the one that was typed.
    const typed = this.users.table.hasEmailNames ? username : name
    return this.#throttle.attempt(name, request.ip, () =>
      this.users.verify(typed, password, { signal: request.signal }),
    )
  }

  /** Logs the visitor in: session, CSRF secret and `request.user`. */
  async login(request: HttpRequest, user: User): Promise<void> {
    await this.loginSession(await request.session, user, request)
    await rotateCsrfToken(request)
    request.user = Promise.resolve(user)
  }

  /**
   * Logs a session in. Its key changes (session fixation); its data stays, unless it belonged to another account.
   * `request`: whose device and address the list of sessions shall show.
   */
  async loginSession(session: Session, user: User, request: HttpRequest | null = null): Promise<void> {
    const hash = this.#hash.make(User.passwordHash(user))
    const before = session.get(idKey)
    const isOthers = before !== undefined && (before !== String(user.id) || session.get(hashKey) !== hash)
    if (isOthers) await session.flush()
    session.cycleKey({ orNew: true })
    // Before the session says who it is: no way leads to a login without its row.
    await this.#devices?.add(session, user.id, request)
    session.set(idKey, String(user.id))
    session.set(backendKey, modelBackend)
    session.set(hashKey, hash)
    await this.users.touchLastLogin(user)
  }

  async logout(request: HttpRequest): Promise<void> {
    await (await request.session).flush()
    request.user = Promise.resolve(null)
  }

  /**
   * After a password change: this session stays logged in, under a new key, which is stored at once; the account's other sessions end, now where
   * an index knows them and with their next request elsewhere. A session of another account (staff who changed somebody's password) stays that
   * account's.
   */
  async keepLoggedIn(request: HttpRequest, user: User): Promise<void> {
    const session = await request.session
    session.cycleKey()
    if (session.get(idKey) !== String(user.id)) return
    session.set(hashKey, this.#hash.make(User.passwordHash(user)))
    request.user = Promise.resolve(user)
    // At once: until then another tab's request finds the trace of the old password, and ends the session.
    await session.save()
    await this.#devices?.endOthers(user.id, session)
  }

  /**
   * After a password was reset: all sessions of the account end, as in `keepLoggedIn`, that of the visitor too unless `login`, which makes it a new one.
   * A visitor who is logged in as somebody else stays so without `login`.
   */
  async endAfterReset(request: HttpRequest, user: User, { login }: { readonly login: boolean }): Promise<void> {
    const session = await request.session
    if (login) await this.login(request, user)
    else if (session.get(idKey) === String(user.id)) await this.logout(request)
    await this.#devices?.endOthers(user.id, session)
  }

  /**
   * Where an account is logged in, seen last first; at most 100. `current`: the session that asks.
   *
   * @throws {ConfigError} without an index of sessions; so do the functions below.
   */
  async listSessions(user: User, current?: Session): Promise<readonly ActiveSession[]> {
    const devices = this.#requireDevices()
    const account = await this.users.get(user.id)
    return account?.isActive ? devices.list(account, current) : []
  }

  /** Ends a session of an account by its `id`; false when the account has none of that name, whoever else may. Its next request is nobody's. */
  async revokeSession(user: User, id: string): Promise<boolean> {
    return this.#requireDevices().end(user.id, id)
  }

  /** Ends all sessions of an account but `current`; resolves how many. What was logged in when it began is out when it resolves, on every server. */
  async revokeOtherSessions(user: User, current: Session): Promise<number> {
    return this.#requireDevices().endOthers(user.id, current)
  }

  /** Ends all sessions of an account, as `revokeOtherSessions` does all but one; resolves how many. */
  async revokeAllSessions(user: User): Promise<number> {
    return this.#requireDevices().endOthers(user.id)
  }

  /** True when a session of this account has this name and is `current`. */
  async isCurrentSession(user: User, id: string, current: Session): Promise<boolean> {
    return this.#requireDevices().isCurrent(user.id, id, current)
  }

  /** Removes at most `limit` rows of the index whose session has expired; resolves how many. Without an index: none. */
  async clearSessionIndex(limit: number): Promise<number> {
    return this.#devices === null ? 0 : this.#devices.clearExpired(limit)
  }

  /** Writes when sessions were last seen, which else happens after a few seconds. */
  async flushLastSeen(): Promise<void> {
    await this.#devices?.flush()
  }

  #requireDevices(): Devices {
    if (this.#devices !== null) return this.#devices
    if (this.settings.SESSION_ENGINE === 'signed_cookies') {
      const problem = 'Sessions in signed cookies are kept by the browsers: no server can list or end them.'
      throw new ConfigError(problem, "Set SESSION_ENGINE to another one, such as 'db'.", { setting: 'SESSION_ENGINE' })
    }
    const problem = 'There is no index of sessions, so they cannot be listed or ended.'
    throw new ConfigError(problem, 'Set SESSION_INDEX: true, then run: nuages migrate', { setting: 'SESSION_INDEX' })
  }
}

/** The app's part that this room needs of a request. */
declare module '../http/request.ts' {
  interface HttpRequest {
    /** The account the visitor is logged in as, `null` for nobody. Read at first use. */
    user: Promise<User | null>
    /** The logins of the app. */
    readonly auth: Auth
  }
}

/**
 * The account these credentials belong to; `null` for a wrong name or password, or an inactive account, after the same time in each case.
 * At once for a name or password that is no text, whatever a parser made of the body.
 *
 * @throws {TooManyAttempts} with status 429 after 10 failures in five minutes for a name from an address, or 100 from an address.
 */
export function authenticate(request: HttpRequest, credentials: Credentials): Promise<User | null> {
  return request.auth.authenticate(request, credentials)
}

/** Logs the visitor in: a new session key, the same data; a session of another account is emptied first. */
export function login(request: HttpRequest, user: User): Promise<void> {
  return request.auth.login(request, user)
}

/** Logs the visitor out: data and row of the session are gone when this resolves. */
export function logout(request: HttpRequest): Promise<void> {
  return request.auth.logout(request)
}

/** Django's `update_session_auth_hash`: after `users.setPassword` this visitor stays logged in, the account's other sessions end. */
export function updateSessionAuthHash(request: HttpRequest, user: User): Promise<void> {
  return request.auth.keepLoggedIn(request, user)
}

/** Where the visitor's account is logged in, seen last first; at most 100. @throws {NotLoggedIn} {ConfigError} without `SESSION_INDEX`. */
export async function listSessions(request: HttpRequest): Promise<readonly ActiveSession[]> {
  return request.auth.listSessions(await requireUser(request), await request.session)
}

/**
 * Ends one of the visitor's sessions by its `id` from `listSessions`; this one, too, as `logout` does. False when the account has none of that name.
 *
 * @throws {NotLoggedIn} {ConfigError} without `SESSION_INDEX`.
 */
export async function revokeSession(request: HttpRequest, id: string): Promise<boolean> {
  const user = await requireUser(request)
  const { auth } = request
  if (!(await auth.isCurrentSession(user, id, await request.session))) return auth.revokeSession(user, id)
  await auth.logout(request)
  return true
}

/** Ends all of the visitor's sessions but this one; resolves how many. @throws {NotLoggedIn} {ConfigError} without `SESSION_INDEX`. */
export async function revokeOtherSessions(request: HttpRequest): Promise<number> {
  return request.auth.revokeOtherSessions(await requireUser(request), await request.session)
}

/**
 * Logs the visitor's account out everywhere, here too: all its sessions have ended when this resolves. The password stays.
 *
 * @throws {NotLoggedIn} {ConfigError} without `SESSION_INDEX`.
 */
export async function logoutEverywhere(request: HttpRequest): Promise<void> {
  const { auth } = request
  await auth.revokeOtherSessions(await requireUser(request), await request.session)
  await auth.logout(request)
}
