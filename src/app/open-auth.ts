/**
 * From the settings to the logins of an app: throttles, links by mail, the index of sessions.
 */
import {
  type AccountMails,
  Auth,
  type AuthIndex,
  defaultAccountMails,
  EmailVerification,
  LoginThrottle,
  MailThrottle,
  openThrottleStore,
  PasswordReset,
  type ThrottleStore,
  type Users,
  type VerifiedEmails,
} from '../auth/index.ts'
import type { Database } from '../db/index.ts'
import { type Clock, ConfigError } from '../kit/index.ts'
import type { Mail } from '../mail/index.ts'
import type { Redis } from '../redis/index.ts'
import type { Settings } from '../settings/index.ts'

export interface AuthParts {
  readonly settings: Settings
  readonly clock: Clock
  readonly database: Database
  readonly redis: (url: string) => Redis
  readonly users: Users
  readonly mail: Mail
  /** `null` without `SESSION_INDEX`. */
  readonly index: AuthIndex | null
  /** `null` without `EMAIL_VERIFICATION`. */
  readonly verified: VerifiedEmails | null
  /** The texts in place of the English ones. */
  readonly mails: Partial<AccountMails> | undefined
}

/** The logins of an app. @throws {ConfigError} when a store lacks a setting or a package. */
export function openAuth({ settings, clock, database, redis, users, mail, index, verified, mails }: AuthParts): Auth {
  // Each has a store of its own: windows of one length in each.
  const openStore = (): ThrottleStore =>
    openThrottleStore({ settings, database, clock, redis: () => redis(requireRedisUrl(settings)) })
  const throttle = new MailThrottle(openStore())
  const links = { users, settings, clock, mail, throttle, mails: { ...defaultAccountMails, ...mails } }
  return new Auth(users, settings, {
    index,
    throttle: new LoginThrottle(openStore()),
    passwordReset: new PasswordReset(links),
    emailVerification: verified && new EmailVerification({ ...links, verified }),
  })
}

function requireRedisUrl({ REDIS_URL: url }: Settings): string {
  if (url !== null) return url
  const problem = "LOGIN_THROTTLE_STORE 'redis' needs a Redis, and REDIS_URL names none."
  throw new ConfigError(problem, "Set REDIS_URL, to 'redis://127.0.0.1:6379/0' say.", { setting: 'REDIS_URL' })
}
