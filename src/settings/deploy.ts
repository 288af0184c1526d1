/**
 * What a production site still lacks: the rules of Django's `check --deploy` that apply here.
 *
 * Owns the rules. Leaves printing them to the `nuages` command.
 */
import { sessionCache } from './caches.ts'
import type { Settings } from './settings.ts'

/** Something to correct before strangers visit. */
export interface DeployProblem {
  readonly setting: keyof Settings
  /** A whole sentence. Never holds a secret. */
  readonly problem: string
  /** What to do, a whole sentence. */
  readonly fix: string
  /** True where `nuages serve` does not start. */
  readonly refused: boolean
}

/** Exported for its tests: each rule has a setting that breaks it, and one that does not. */
export interface DeployRule extends Omit<DeployProblem, 'refused'> {
  readonly refused?: true
  readonly broken: (settings: Settings) => boolean
}

/** Django's limits (security.W009, W025), and the start of keys that `startproject` makes. */
const leastKeyLength = 50
const leastKeyCharacters = 5
const insecurePrefix = 'django-insecure-'

function isWeakKey(key: string): boolean {
  return key.length < leastKeyLength || new Set(key).size < leastKeyCharacters || key.startsWith(insecurePrefix)
}

/** True where sessions are in a Redis on another machine, which asks nobody for a password. */
function hasOpenRedis(settings: Settings): boolean {
  if (!settings.SESSION_ENGINE.startsWith('cache')) return false
  const [, hosts] = /^redis[a-z-]*:\/\/([^/@]*)(?:\/|$)/i.exec(sessionCache(settings).url) ?? []
  const isHere = (host: string): boolean => /^(?:localhost|127\.[\d.]+|\[::1\])(?::|$)/i.test(host)
  return hosts !== undefined && !hosts.split(',').every(isHere)
}

/** True where the password of the mail server goes over a network in clear. */
function tellsMailPassword(settings: Settings): boolean {
  if (settings.EMAIL_BACKEND !== 'smtp' || settings.EMAIL_HOST_USER === '') return false
  const isHere = /^(?:localhost|127\.[\d.]+|::1)$/i.test(settings.EMAIL_HOST)
  return !isHere && !settings.EMAIL_USE_TLS && !settings.EMAIL_USE_SSL
}

export const deployRules: readonly DeployRule[] = [
  {
    setting: 'DEBUG',
    refused: true,
    broken: settings => settings.DEBUG,
    problem: 'DEBUG shows the code and the data of the site to whoever meets an error.',
    fix: 'Set DEBUG to false.',
  },
  {
    setting: 'SECRET_KEY',
    refused: true,
    broken: settings => isWeakKey(settings.SECRET_KEY),
    problem: `SECRET_KEY is shorter than ${leastKeyLength} characters, has fewer than ${leastKeyCharacters} different ones, or is one for development.`,
    fix: `Set it to the output of: node -p "crypto.randomBytes(48).toString('base64url')"`,
  },
  {
    setting: 'SECRET_KEY_FALLBACKS',
    broken: settings => settings.SECRET_KEY_FALLBACKS.some(isWeakKey),
    problem: 'A key of SECRET_KEY_FALLBACKS is as weak as SECRET_KEY must not be.',
    fix: 'Remove it.',
  },
  {
    setting: 'ALLOWED_HOSTS',
    refused: true,
    broken: settings => settings.ALLOWED_HOSTS.length === 0,
    problem: 'ALLOWED_HOSTS is empty, so that every request is refused.',
    fix: "List the site's hosts.",
  },
  {
    setting: 'ALLOWED_HOSTS',
    broken: settings => settings.ALLOWED_HOSTS.includes('*'),
    problem: 'ALLOWED_HOSTS takes any host: a visitor may choose the host in links that the site makes.',
    fix: "List the site's hosts.",
  },
  {
    setting: 'SESSION_COOKIE_SECURE',
    broken: settings => !settings.SESSION_COOKIE_SECURE,
    problem: 'The session cookie may travel over http, where others can read it and be that visitor.',
    fix: 'Set SESSION_COOKIE_SECURE to true.',
  },
  {
    setting: 'SESSION_COOKIE_HTTPONLY',
    broken: settings => !settings.SESSION_COOKIE_HTTPONLY,
    problem: 'Scripts can read the session cookie.',
    fix: 'Set SESSION_COOKIE_HTTPONLY to true.',
  },
  {
    setting: 'SESSION_COOKIE_SAMESITE',
    broken: settings => settings.SESSION_COOKIE_SAMESITE === 'None' && !settings.SESSION_COOKIE_SECURE,
    problem: "Browsers refuse a session cookie with SameSite 'None' that is not Secure.",
    fix: "Set SESSION_COOKIE_SECURE to true, or SESSION_COOKIE_SAMESITE to 'Lax'.",
  },
  {
    setting: 'REDIS_URL',
    broken: hasOpenRedis,
    problem:
      'The Redis of the sessions is on another machine and asks for no password: whoever reaches it can be any visitor.',
    fix: "Give it one ('requirepass' or an ACL), and write it as redis://user:password@host.",
  },
  {
    setting: 'EMAIL_USE_TLS',
    broken: tellsMailPassword,
    problem:
      'The password of the mail server goes over the network in clear, and so do links by which passwords are set.',
    fix: 'Set EMAIL_USE_TLS to true (as a rule with EMAIL_PORT 587), or EMAIL_USE_SSL (465).',
  },
  {
    setting: 'CSRF_COOKIE_SECURE',
    broken: settings => !settings.CSRF_USE_SESSIONS && !settings.CSRF_COOKIE_SECURE,
    problem: 'The CSRF cookie may travel over http, where others can read and replace it.',
    fix: 'Set CSRF_COOKIE_SECURE to true.',
  },
  {
    setting: 'SECURE_SSL_REDIRECT',
    broken: settings => !settings.SECURE_SSL_REDIRECT,
    problem: 'The site answers over http.',
    fix: 'Set SECURE_SSL_REDIRECT to true, unless the proxy in front redirects to https already.',
  },
  {
    setting: 'SECURE_HSTS_SECONDS',
    broken: settings => settings.SECURE_HSTS_SECONDS === 0,
    problem: 'Browsers are not told to use https only.',
    fix: 'Set SECURE_HSTS_SECONDS to 3600 at first, later to 31_536_000: it cannot be taken back before it ends.',
  },
  {
    setting: 'SECURE_HSTS_INCLUDE_SUBDOMAINS',
    broken: settings => settings.SECURE_HSTS_SECONDS > 0 && !settings.SECURE_HSTS_INCLUDE_SUBDOMAINS,
    problem: 'A host below this one may be reached over http, and set cookies for this one.',
    fix: 'Set SECURE_HSTS_INCLUDE_SUBDOMAINS to true when all of them have https.',
  },
  {
    setting: 'SECURE_HSTS_PRELOAD',
    broken: settings => settings.SECURE_HSTS_SECONDS > 0 && !settings.SECURE_HSTS_PRELOAD,
    problem: "The site cannot be put on the browsers' list of sites with https only.",
    fix: 'Set SECURE_HSTS_PRELOAD to true if it shall be.',
  },
  {
    setting: 'SECURE_CONTENT_TYPE_NOSNIFF',
    broken: settings => !settings.SECURE_CONTENT_TYPE_NOSNIFF,
    problem: 'Browsers may guess that an upload is a page, and run its scripts.',
    fix: 'Set SECURE_CONTENT_TYPE_NOSNIFF to true.',
  },
  {
    setting: 'SECURE_REFERRER_POLICY',
    broken: settings => settings.SECURE_REFERRER_POLICY === null,
    problem: 'Other sites learn which page a visitor came from, and what its URL holds.',
    fix: "Set SECURE_REFERRER_POLICY to 'same-origin'.",
  },
  {
    setting: 'X_FRAME_OPTIONS',
    broken: settings => settings.X_FRAME_OPTIONS !== 'DENY',
    problem: 'The site can be shown inside a frame.',
    fix: "Set X_FRAME_OPTIONS to 'DENY', unless it frames itself.",
  },
]

/** What to correct, in the order of danger; empty when nothing is left. */
export function deployProblems(settings: Settings): readonly DeployProblem[] {
  return deployRules
    .filter(rule => rule.broken(settings))
    .map(({ setting, problem, fix, refused = false }) => ({ setting, problem, fix, refused }))
}
