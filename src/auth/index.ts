/**
 * `nuages/auth`: accounts, and who the visitor is.
 *
 * Start with `app.users.createUser()`, `authenticate()`, `login()` and `logout()`; guard a view with `loginRequired()`.
 *
 * @module
 */
export { loginRequired, requireStaff, requireUser } from './access.ts'
export {
  Auth,
  type AuthIndex,
  type AuthOptions,
  authenticate,
  type Credentials,
  listSessions,
  login,
  logout,
  revokeOtherSessions,
  revokeSession,
  updateSessionAuthHash,
} from './auth.ts'
export type { ActiveSession } from './devices.ts'
export { NotLoggedIn, PasswordsBusy, TooManyAttempts, UserExistsError } from './errors.ts'
export { createPasswords, type Passwords } from './hashers.ts'
export { type PasswordProblem, validatePassword } from './password-validators.ts'
export { hasSessionIndex, SessionRows, type SessionRowsOptions } from './session-index.ts'
export { LoginThrottle, openThrottleStore, type ThrottleStoreParts } from './throttle.ts'
export type { ThrottleLimit, ThrottlePlace, ThrottleStore } from './throttle-store.ts'
export { User } from './user.ts'
export { isValidUsername, normalizeEmail, normalizeUsername } from './usernames.ts'
export { type NewUser, type UserChanges, Users, type UsersOptions } from './users.ts'
