import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DeployRule, deployProblems, deployRules } from './deploy.ts'
import { defineSettings, type SettingsInput } from './settings.ts'

const strongKey = 'xK2-vP9_mQ7rT4wZ8yB3nD6fG1hJ5sL0aE9cU2iO7pR4tY8q'.repeat(2)

/** A site that lacks nothing. */
const secure: SettingsInput = {
  SECRET_KEY: strongKey,
  ALLOWED_HOSTS: ['example.com'],
  SESSION_COOKIE_SECURE: true,
  CSRF_COOKIE_SECURE: true,
  SECURE_SSL_REDIRECT: true,
  SECURE_HSTS_SECONDS: 31_536_000,
  SECURE_HSTS_INCLUDE_SUBDOMAINS: true,
  SECURE_HSTS_PRELOAD: true,
}

interface Fixture extends Pick<DeployRule, 'setting'> {
  /** Tells two rules about one setting apart. */
  readonly problem?: RegExp
  readonly fails: Partial<SettingsInput>
  /** What `secure` has, or another way to satisfy the rule. */
  readonly passes: Partial<SettingsInput>
}

const farMail = { EMAIL_BACKEND: 'smtp', EMAIL_HOST: 'mail.example', EMAIL_HOST_USER: 'shop' } as const
const farRedis = { SESSION_ENGINE: 'cache', REDIS_URL: 'redis://redis.example:6379/0' } as const

const fixtures: readonly Fixture[] = [
  { setting: 'DEBUG', fails: { DEBUG: true }, passes: { DEBUG: false } },
  {
    setting: 'SECRET_KEY',
    fails: { SECRET_KEY: strongKey.slice(0, 49) },
    passes: { SECRET_KEY: strongKey.slice(0, 50) },
  },
  {
    setting: 'SECRET_KEY_FALLBACKS',
    fails: { SECRET_KEY_FALLBACKS: [strongKey, `django-insecure-${strongKey}`] },
    passes: { SECRET_KEY_FALLBACKS: [strongKey] },
  },
  {
    setting: 'ALLOWED_HOSTS',
    problem: /is empty/,
    fails: { ALLOWED_HOSTS: [] },
    passes: { ALLOWED_HOSTS: ['.example.com'] },
  },
  {
    setting: 'ALLOWED_HOSTS',
    problem: /any host/,
    fails: { ALLOWED_HOSTS: ['example.com', '*'] },
    passes: { ALLOWED_HOSTS: ['example.com', '.example.com'] },
  },
  {
    setting: 'SESSION_COOKIE_SECURE',
    fails: { SESSION_COOKIE_SECURE: false },
    passes: { SESSION_COOKIE_SECURE: true },
  },
  {
    setting: 'SESSION_COOKIE_HTTPONLY',
    fails: { SESSION_COOKIE_HTTPONLY: false },
    passes: { SESSION_COOKIE_HTTPONLY: true },
  },
  {
    setting: 'SESSION_COOKIE_SAMESITE',
    fails: { SESSION_COOKIE_SAMESITE: 'None', SESSION_COOKIE_SECURE: false },
    passes: { SESSION_COOKIE_SAMESITE: 'None' },
  },
  {
    setting: 'REDIS_URL',
    fails: farRedis,
    passes: { ...farRedis, REDIS_URL: 'redis://:password@redis.example:6379/0' },
  },
  { setting: 'EMAIL_USE_TLS', fails: farMail, passes: { ...farMail, EMAIL_USE_TLS: true } },
  {
    setting: 'CSRF_COOKIE_SECURE',
    fails: { CSRF_COOKIE_SECURE: false },
    passes: { CSRF_COOKIE_SECURE: false, CSRF_USE_SESSIONS: true },
  },
  { setting: 'SECURE_SSL_REDIRECT', fails: { SECURE_SSL_REDIRECT: false }, passes: { SECURE_SSL_REDIRECT: true } },
  { setting: 'SECURE_HSTS_SECONDS', fails: { SECURE_HSTS_SECONDS: 0 }, passes: { SECURE_HSTS_SECONDS: 3600 } },
  {
    setting: 'SECURE_HSTS_INCLUDE_SUBDOMAINS',
    fails: { SECURE_HSTS_INCLUDE_SUBDOMAINS: false },
    passes: { SECURE_HSTS_INCLUDE_SUBDOMAINS: true },
  },
  { setting: 'SECURE_HSTS_PRELOAD', fails: { SECURE_HSTS_PRELOAD: false }, passes: { SECURE_HSTS_PRELOAD: true } },
  {
    setting: 'SECURE_CONTENT_TYPE_NOSNIFF',
    fails: { SECURE_CONTENT_TYPE_NOSNIFF: false },
    passes: { SECURE_CONTENT_TYPE_NOSNIFF: true },
  },
  {
    setting: 'SECURE_REFERRER_POLICY',
    fails: { SECURE_REFERRER_POLICY: null },
    passes: { SECURE_REFERRER_POLICY: 'strict-origin' },
  },
  { setting: 'X_FRAME_OPTIONS', fails: { X_FRAME_OPTIONS: 'SAMEORIGIN' }, passes: { X_FRAME_OPTIONS: 'DENY' } },
]

function belongs({ setting, problem = /./ }: Fixture, rule: DeployRule): boolean {
  return setting === rule.setting && problem.test(rule.problem)
}

describe('a rule of a deployment', () => {
  it('has one pair of settings here, one that breaks it and one that does not', () => {
    for (const rule of deployRules)
      assert.equal(fixtures.filter(fixture => belongs(fixture, rule)).length, 1, `${rule.setting}: ${rule.problem}`)
    for (const fixture of fixtures)
      assert.equal(deployRules.filter(rule => belongs(fixture, rule)).length, 1, fixture.setting)
  })

  for (const rule of deployRules) {
    const fixture = fixtures.find(each => belongs(each, rule))
    if (fixture === undefined) continue
    it(`tells of ${rule.setting}, and is silent once it is mended: ${rule.problem}`, () => {
      const told = deployProblems(defineSettings({ ...secure, ...fixture.fails })).map(({ problem }) => problem)
      assert.ok(told.includes(rule.problem))
      assert.deepEqual(deployProblems(defineSettings({ ...secure, ...fixture.passes })), [])
    })
  }

  it('lets nobody start in production with DEBUG, a weak key or no host', () => {
    const refused = deployRules.filter(rule => rule.refused).map(({ setting }) => setting)
    assert.deepEqual(refused, ['DEBUG', 'SECRET_KEY', 'ALLOWED_HOSTS'])
    assert.deepEqual(
      deployProblems(defineSettings({ ...secure, DEBUG: true, SECURE_SSL_REDIRECT: false })).map(each => each.refused),
      [true, false],
    )
  })

  it('knows a weak key by its length, its few characters, and where it comes from', () => {
    for (const SECRET_KEY of ['a', strongKey.slice(0, 49), 'abcd'.repeat(20), `django-insecure-${strongKey}`])
      assert.deepEqual(
        deployProblems(defineSettings({ ...secure, SECRET_KEY })).map(each => each.setting),
        ['SECRET_KEY'],
      )
  })
})
