/**
 * `nuages`: requests, sessions, accounts, forms and uploads, right by default.
 *
 * Start with `createApp({ settings, urls })`. Each room has a door of its own, too: `nuages/sessions`, `nuages/http`, …
 *
 * @module
 */
export { App, type AppOptions, createApp, healthz, openapiView, readyz, serveMedia } from './app/index.ts'
export {
  type ActiveSession,
  authenticate,
  type Credentials,
  defineUsers,
  isEmailVerified,
  listSessions,
  login,
  loginRequired,
  logout,
  logoutEverywhere,
  modelPermissions,
  NotLoggedIn,
  openEmailVerification,
  openPasswordReset,
  permissionRequired,
  requirePermission,
  requireStaff,
  requireUser,
  resetPassword,
  revokeOtherSessions,
  revokeSession,
  sendEmailVerification,
  sendPasswordReset,
  staffRequired,
  TooManyAttempts,
  TooManyMails,
  tokenInSession,
  User,
  UserExistsError,
  updateSessionAuthHash,
  verifyEmail,
} from './auth/index.ts'
export { type FieldErrors, Form, ValidationError } from './forms/index.ts'
export {
  HttpRequest,
  HttpResponse,
  isSafeRedirect,
  jsonResponse,
  NotFound,
  PermissionDenied,
  QueryDict,
  redirect,
} from './http/index.ts'
export { ConfigError, HttpError } from './kit/index.ts'
export { isMailAddress, type MailMessage } from './mail/index.ts'
export { addMessage, type Message, messages, setMessageLevel } from './messages/index.ts'
export type { Logger, Middleware, Next } from './middleware/index.ts'
export { apiDocs } from './openapi/index.ts'
export { Session, SessionConflictError, type SessionData } from './sessions/index.ts'
export { defineSettings, env, envSettings, type Settings } from './settings/index.ts'
export { include, path } from './urls/index.ts'
export {
  csrfExempt,
  type ErrorView,
  listQuery,
  type Operation,
  type OperationDeclaration,
  operation,
  pageOf,
  Resource,
  requireHttpMethods,
  responseError,
  responseSuccess,
  tableResource,
  View,
  type ViewFunction,
} from './views/index.ts'
