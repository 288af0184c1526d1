/**
 * Who the visitor is: logging in, logging out, and knowing again.
 *
 * Owns the three keys of a login in the session, Django's. Leaves accounts to ./users.ts, attempts to ./throttle.ts and CSRF to its room.
 */
import { rotateCsrfToken } from '../csrf/index.ts'
import type { HttpRequest } from '../http/index.ts'
import type { Session } from '../sessions/index.ts'
import type { Settings } from '../settings/index.ts'
import { createSessionHash, type SessionHash } from './session-hash.ts'
import { LoginThrottle } from './throttle.ts'
import { User } from './user.ts'
import { normalizeUsername } from './usernames.ts'
import type { Users } from './users.ts'

const idKey = '_auth_user_id'
const backendKey = '_auth_user_backend'
const hashKey = '_auth_user_hash'

/** The only backend we check passwords as; a login by any other is nobody's here, and is kept for the site that made it. */
const modelBackend = 'django.contrib.auth.backends.ModelBackend'

/** Ids as Django stores them: the primary key as text. */
const possibleId = /^-?[0-9]{1,10}$/

/** What a visitor logs in with. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

/** The logins of an app: `app.auth`. Use the functions `authenticate`, `login`, `logout`. */
export class Auth {
  readonly users: Users
  readonly settings: Settings
  readonly #hash: SessionHash
  readonly #throttle = new LoginThrottle()

  constructor(users: Users, settings: Settings) {
    this.users = users
    this.settings = settings
    this.#hash = createSessionHash({ key: settings.SECRET_KEY, fallbackKeys: settings.SECRET_KEY_FALLBACKS })
  }

  /** The active account that a session is logged in as, or `null`. A session whose account has another password by now is flushed. */
  async userOf(session: Session): Promise<User | null> {
    const id = session.get(idKey)
    if (typeof id !== 'string' || !possibleId.test(id) || session.get(backendKey) !== modelBackend) return null
    const user = await this.users.get(Number(id))
    if (user === null || !user.isActive) return null
    const stored = session.get(hashKey)
    const match = typeof stored === 'string' ? this.#hash.verify(stored, User.passwordHash(user)) : null
    if (match === null) {
      await session.flush()
      return null
    }
    // Django changes the session's key here as well: then of several requests at once all but one would be interrupted.
    if (match === 'fallback') await session.update(hashKey, () => this.#hash.make(User.passwordHash(user)))
    return user
  }

  /** The account these credentials belong to, or `null`. Only failures count towards the limits. The name is read in NFKC, as it was stored. */
  authenticate(request: HttpRequest, { username, password }: Credentials): Promise<User | null> {
    const name = normalizeUsername(username)
    return this.#throttle.attempt(name, request.ip, () => this.users.verify(name, password))
  }

  /** Logs the visitor in: session, CSRF secret and `request.user`. */
  async login(request: HttpRequest, user: User): Promise<void> {
    await this.loginSession(await request.session, user)
    await rotateCsrfToken(request)
    request.user = Promise.resolve(user)
  }

  /** Logs a session in. Its key changes (session fixation); its data stays, unless it belonged to another account. */
  async loginSession(session: Session, user: User): Promise<void> {
    const hash = this.#hash.make(User.passwordHash(user))
    const before = session.get(idKey)
    const isOthers = before !== undefined && (before !== String(user.id) || session.get(hashKey) !== hash)
    if (isOthers) await session.flush()
    session.cycleKey({ orNew: true })
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
   * After a password change: this session stays logged in, under a new key; the account's other sessions end.
   * A session of another account (staff who changed somebody's password) stays that account's.
   */
  async keepLoggedIn(request: HttpRequest, user: User): Promise<void> {
    const session = await request.session
    session.cycleKey()
    if (session.get(idKey) !== String(user.id)) return
    session.set(hashKey, this.#hash.make(User.passwordHash(user)))
    request.user = Promise.resolve(user)
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
