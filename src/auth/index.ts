/**
 * `nuages/auth`: accounts, and who the visitor is.
 *
 * Start with `app.users.createUser()`, `authenticate()`, `login()` and `logout()`; guard a view with `loginRequired()`.
 *
 * @module
 */

export {
  loginRequired,
  permissionRequired,
  requirePermission,
  requireStaff,
  requireUser,
  staffRequired,
} from './access.ts'
export type { AccountLink, AccountLinkPath, AccountLinksOptions } from './account-links.ts'
export {
  type AccountMailContext,
  type AccountMails,
  type AccountMailText,
  defaultAccountMails,
} from './account-mails.ts'
export type { AccountTypes, NewUserFields, UserFields, UserId } from './account-types.ts'
export {
  Auth,
  type AuthIndex,
  type AuthOptions,
  authenticate,
  type Credentials,
  listSessions,
  login,
  logout,
  logoutEverywhere,
  revokeOtherSessions,
  revokeSession,
  updateSessionAuthHash,
} from './auth.ts'
export type { ActiveSession } from './devices.ts'
export {
  EmailVerification,
  type EmailVerificationOptions,
  isEmailVerified,
  openEmailVerification,
  type SendEmailVerificationOptions,
  sendEmailVerification,
  verifyEmail,
} from './email-verification.ts'
export { NotLoggedIn, PasswordsBusy, TooManyAttempts, TooManyMails, UserExistsError } from './errors.ts'
export { createPasswords, type Passwords, pbkdf2Iterations } from './hashers.ts'
export { MailThrottle } from './mail-throttle.ts'
export { modelPermissions, type PermissionDefinition, type PermissionName } from './model-permissions.ts'
export {
  type OpenedReset,
  openPasswordReset,
  PasswordReset,
  type ResetPasswordOptions,
  resetPassword,
  type SendPasswordResetOptions,
  sendPasswordReset,
  tokenInSession,
} from './password-reset.ts'
export { type PasswordProblem, validatePassword } from './password-validators.ts'
export { type Group, Permissions } from './permissions.ts'
export { hasSessionIndex, SessionRows, type SessionRowsOptions } from './session-index.ts'
export { LoginThrottle, openThrottleStore, type ThrottleStoreParts } from './throttle.ts'
export type { ThrottleLimit, ThrottlePlace, ThrottleStore } from './throttle-store.ts'
export { User } from './user.ts'
export { isValidUsername, normalizeEmail, normalizeUsername } from './usernames.ts'
export { type NewAccount, type NewUser, type UserChanges, Users, type UsersOptions } from './users.ts'
export {
  type AccountColumn,
  defineUsers,
  type FieldColumn,
  type UserField,
  type UserFieldType,
  type UserIdType,
  type UsersDefinition,
  type UsersTable,
  type UserTypes,
  userFieldTypes,
  userIdTypes,
} from './users-table.ts'
export { VerifiedEmails } from './verified-emails.ts'
