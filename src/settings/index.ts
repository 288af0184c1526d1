/**
 * `nuages/settings`: the settings of an application, by Django's names.
 *
 * Start with `defineSettings()`; take values from the environment with `env()` and `envSettings()`.
 *
 * @module
 */
export {
  type PasswordAlgorithm,
  type PasswordHasherCosts,
  type PasswordHasherInput,
  type PasswordHasherSetting,
  type PasswordValidator,
  type PasswordValidatorInput,
  passwordAlgorithms,
} from './accounts.ts'
export {
  type Cache,
  type CacheBackend,
  type CacheInput,
  cacheBackends,
  type SessionCache,
  sessionCache,
} from './caches.ts'
export { type CookieSameSite, cookieSameSites } from './cookies.ts'
export { djangoVersions } from './core.ts'
export { type DeployProblem, deployProblems } from './deploy.ts'
export { childEnvironment, type Environment, env, envSettings, isProduction, poolThreads } from './env.ts'
export { type UniqueName, uniqueNames } from './files.ts'
export { type MailBackend, mailBackends } from './mail.ts'
export { type MessageLevelName, type MessageStorage, messageLevels, messageStorages } from './messages.ts'
export type { ContentSecurityPolicy } from './security.ts'
export { defineSettings, type Settings, type SettingsInput } from './settings.ts'
