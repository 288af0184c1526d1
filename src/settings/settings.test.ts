import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../kit/index.ts'
import {
  defineSettings,
  deployProblems,
  env,
  envSettings,
  isProduction,
  type SessionCache,
  type Settings,
  type SettingsInput,
  sessionCache,
} from './index.ts'

const SECRET_KEY = 'a secret key that no message may ever show, long enough'

/** Asserts that settings are refused by a message that names the setting, matches, and shows no secret. */
function assertRefused(values: object, setting: string, message: RegExp): void {
  assert.throws(
    () => defineSettings({ SECRET_KEY, ...values } as SettingsInput),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError)
      assert.equal(error.setting, setting)
      assert.match(error.message, message)
      assert.ok(error.message.includes(setting), error.message)
      assert.ok(!error.message.includes('secret key that'), error.message)
      assert.match(error.fix, /[.?]$|base64url/)
      return true
    },
  )
}

test('what is left out has the default of Django', () => {
  const settings = defineSettings({ SECRET_KEY })
  assert.equal(settings.SESSION_COOKIE_AGE, 1_209_600)
  assert.equal(settings.CSRF_COOKIE_AGE, 31_449_600)
  assert.equal(settings.SESSION_COOKIE_SAMESITE, 'Lax')
  assert.equal(settings.X_FRAME_OPTIONS, 'DENY')
  assert.equal(settings.USE_TZ, true)
  assert.equal(settings.PASSWORD_HASHERS[0], 'argon2')
  assert.equal(settings.AUTH_PASSWORD_VALIDATORS.length, 4)
})

test('with DJANGO_VERSION, defaults are those of that version', () => {
  const of = (DJANGO_VERSION: string): Settings => defineSettings({ SECRET_KEY, DJANGO_VERSION })
  assert.deepEqual(of('3.2').PASSWORD_HASHERS, ['pbkdf2_sha256', 'pbkdf2_sha1', 'argon2', 'bcrypt_sha256'])
  assert.deepEqual(of('5.2.14').PASSWORD_HASHERS, ['pbkdf2_sha256', 'pbkdf2_sha1', 'argon2', 'bcrypt_sha256', 'scrypt'])
  assert.equal(of('4.2').USE_TZ, false)
  assert.equal(of('5.0').USE_TZ, true)
  assert.equal(of('5.2').TIME_ZONE, 'America/Chicago')
  assert.equal(defineSettings({ SECRET_KEY, DJANGO_VERSION: '4.2', USE_TZ: true }).USE_TZ, true)
})

test("a settings block of Django's carries over line by line", () => {
  const settings = defineSettings({
    SECRET_KEY,
    SESSION_ENGINE: 'django.contrib.sessions.backends.db',
    SESSION_SERIALIZER: 'django.contrib.sessions.serializers.JSONSerializer',
    SESSION_COOKIE_SAMESITE: false,
    DATA_UPLOAD_MAX_MEMORY_SIZE: null,
    PASSWORD_HASHERS: [
      'django.contrib.auth.hashers.PBKDF2PasswordHasher',
      'django.contrib.auth.hashers.Argon2PasswordHasher',
    ],
    AUTH_PASSWORD_VALIDATORS: [
      { NAME: 'django.contrib.auth.password_validation.MinimumLengthValidator', OPTIONS: { min_length: 12 } },
      { NAME: 'django.contrib.auth.password_validation.UserAttributeSimilarityValidator' },
    ],
    SECURE_PROXY_SSL_HEADER: ['HTTP_X_FORWARDED_PROTO', 'https'],
    SECURE_CSP: { 'default-src': ["'self'"], 'img-src': ["'self'", 'data:'], 'upgrade-insecure-requests': true },
    SECURE_REFERRER_POLICY: ['same-origin', 'strict-origin'],
    CSRF_TRUSTED_ORIGINS: ['https://*.example.com', 'http://127.0.0.1:8000'],
    ALLOWED_HOSTS: ['.example.com', '[::1]', '*'],
  })
  assert.equal(settings.SESSION_ENGINE, 'db')
  assert.equal(settings.SESSION_COOKIE_SAMESITE, null)
  assert.equal(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, null)
  assert.deepEqual(settings.PASSWORD_HASHERS, ['pbkdf2_sha256', 'argon2'])
  assert.deepEqual(settings.AUTH_PASSWORD_VALIDATORS[0], {
    NAME: 'MinimumLengthValidator',
    OPTIONS: { min_length: 12 },
  })
  assert.deepEqual(settings.AUTH_PASSWORD_VALIDATORS[1]?.OPTIONS, {
    user_attributes: ['username', 'first_name', 'last_name', 'email'],
    max_similarity: 0.7,
  })
  assert.equal(settings.SECURE_CSP, "default-src 'self'; img-src 'self' data:; upgrade-insecure-requests")
  assert.equal(settings.SECURE_REFERRER_POLICY, 'same-origin,strict-origin')
})

test('settings can be defined from settings', () => {
  const settings = defineSettings({ SECRET_KEY, DJANGO_VERSION: '5.2', SECURE_CSP: { 'default-src': "'none'" } })
  assert.deepEqual(defineSettings(settings), settings)
  assert.equal(defineSettings({ ...settings, DEBUG: true }).DEBUG, true)
})

test('settings cannot be changed, nor can what they were made of', () => {
  const ALLOWED_HOSTS = ['example.com']
  const settings = defineSettings({ SECRET_KEY, ALLOWED_HOSTS })
  ALLOWED_HOSTS.push('evil.example')
  assert.deepEqual(settings.ALLOWED_HOSTS, ['example.com'])
  assert.throws(() => Object.assign(settings, { DEBUG: true }), TypeError)
  assert.throws(() => (settings.ALLOWED_HOSTS as string[]).push('evil.example'), TypeError)
  assert.throws(() => Object.assign(settings.AUTH_PASSWORD_VALIDATORS[1]?.OPTIONS ?? {}, { min_length: 0 }), TypeError)
})

test('a missing SECRET_KEY is refused with the command that makes one', () => {
  for (const values of [{}, { SECRET_KEY: '' }, { SECRET_KEY: undefined }]) {
    assert.throws(() => defineSettings(values as SettingsInput), { setting: 'SECRET_KEY', message: /randomBytes/ })
  }
})

test('a wrong value is refused, with what it is and what it must be', () => {
  assertRefused({ SESSION_COOKIE_AGE: '60' }, 'SESSION_COOKIE_AGE', /a whole number of seconds.*it is "60".*1209600/)
  assertRefused({ SESSION_COOKIE_AGE: 1.5 }, 'SESSION_COOKIE_AGE', /it is 1\.5/)
  assertRefused({ SESSION_COOKIE_AGE: Number.NaN }, 'SESSION_COOKIE_AGE', /it is NaN/)
  assertRefused({ DEBUG: 'false' }, 'DEBUG', /true or false/)
  assertRefused({ ALLOWED_HOSTS: 'example.com' }, 'ALLOWED_HOSTS', /a list/)
  assertRefused({ X_FRAME_OPTIONS: 'ALLOW' }, 'X_FRAME_OPTIONS', /'DENY' or 'SAMEORIGIN'/)
  assertRefused({ TIME_ZONE: 'Mars/Olympus' }, 'TIME_ZONE', /Europe\/Paris/)
  assertRefused({ DJANGO_VERSION: 5.2 }, 'DJANGO_VERSION', /in quotes/)
  for (const version of ['2.2', '7.0', '5.2.x', '5', ''])
    assertRefused({ DJANGO_VERSION: version }, 'DJANGO_VERSION', /from 3\.2/)
  assertRefused({ SESSION_ENGINE: 'django.contrib.sessions.backends.memcached' }, 'SESSION_ENGINE', /'db'/)
  assertRefused({ SESSION_ENGINE: 'constructor' }, 'SESSION_ENGINE', /'db'/)
  assertRefused(
    { SESSION_SERIALIZER: 'django.contrib.sessions.serializers.PickleSerializer' },
    'SESSION_SERIALIZER',
    /JSONSerializer/,
  )
  assertRefused({ ALLOWED_HOSTS: ['x'.repeat(500)].concat('https://a') }, 'ALLOWED_HOSTS', /\.\.\./)
})

test('all thirteen settings of sessions that Django has are there', () => {
  const names =
    `CACHE_ALIAS COOKIE_AGE COOKIE_DOMAIN COOKIE_HTTPONLY COOKIE_NAME COOKIE_PATH COOKIE_SAMESITE COOKIE_SECURE
    ENGINE EXPIRE_AT_BROWSER_CLOSE FILE_PATH SAVE_EVERY_REQUEST SERIALIZER`.split(/\s+/)
  const settings: object = defineSettings({ SECRET_KEY })
  assert.equal(names.length, 13)
  for (const name of names) assert.ok(Object.hasOwn(settings, `SESSION_${name}`), name)
})

test('the Redis of the sessions is that of REDIS_URL, or the one of CACHES by its alias', () => {
  const LOCATION = 'redis://ada:pw@cache.example:6379/1'
  const of = (values: Partial<SettingsInput>): SessionCache =>
    sessionCache(defineSettings({ SECRET_KEY, SESSION_ENGINE: 'cache', ...values }))
  assert.deepEqual(of({ REDIS_URL: LOCATION }), { url: LOCATION, prefix: 'nuages:cache:' })
  assert.equal(of({ REDIS_URL: LOCATION, SESSION_ENGINE: 'cached_db' }).prefix, 'nuages:cached_db:')
  const CACHES = {
    default: { BACKEND: 'django.core.cache.backends.redis.RedisCache', LOCATION: 'redis://other.example' },
    sessions: { LOCATION: [LOCATION, 'redis://replica.example'], KEY_PREFIX: 'site' },
  }
  assert.equal(of({ CACHES, REDIS_URL: LOCATION }).url, 'redis://other.example')
  const alias = { CACHES, SESSION_CACHE_ALIAS: 'sessions' }
  assert.deepEqual(of(alias), { url: LOCATION, prefix: 'site:nuages:cache:' })
  assert.deepEqual(of(defineSettings({ SECRET_KEY, ...alias, SESSION_ENGINE: 'cache' })), of(alias))
  const beside = { ...alias, DJANGO_VERSION: '5.2' }
  assert.equal(of(beside).prefix, 'site:1:django.contrib.sessions.cache')
  const other = { default: { LOCATION, VERSION: 7, BACKEND: 'django_redis.cache.RedisCache' } }
  assert.equal(of({ CACHES: other, DJANGO_VERSION: '3.2' }).prefix, ':7:django.contrib.sessions.cache')
  assert.equal(
    of({ REDIS_URL: LOCATION, DJANGO_VERSION: '5.2', SESSION_ENGINE: 'cached_db' }).prefix,
    ':1:django.contrib.sessions.cached_db',
  )
  assert.equal(envSettings({ REDIS_URL: '' }).REDIS_URL, null)
  assert.deepEqual(envSettings({ CACHES: JSON.stringify(CACHES) }).CACHES?.sessions?.KEY_PREFIX, 'site')
})

test('an engine that needs a Redis says which setting names none', () => {
  const of = (values: Partial<SettingsInput>) => () =>
    sessionCache(defineSettings({ SECRET_KEY, SESSION_ENGINE: 'cache', ...values }))
  assert.throws(of({}), { name: 'ConfigError', setting: 'REDIS_URL', message: /'cache' needs a Redis/ })
  for (const SESSION_CACHE_ALIAS of ['sessions', 'constructor', '__proto__']) {
    const values = { SESSION_CACHE_ALIAS, REDIS_URL: 'redis://a' }
    assert.throws(of(values), { name: 'ConfigError', setting: 'SESSION_CACHE_ALIAS' })
  }
})

test('a cache that is no Redis, and a URL that is none of Redis, are refused without being shown', () => {
  for (const REDIS_URL of ['', 'http://a', `redis:${SECRET_KEY}`, 'redis://', 'redis://a b', 6379])
    assertRefused({ REDIS_URL }, 'REDIS_URL', /redis-cluster:\/\/.*not shown/)
  const LOCATION = 'redis://cache.example'
  const wrong: unknown[] = [
    LOCATION,
    [],
    { default: LOCATION },
    { default: {} },
    { default: { LOCATION: [] } },
    { default: { LOCATION: `memcached://${SECRET_KEY}` } },
    { default: { LOCATION, BACKEND: 'django.core.cache.backends.locmem.LocMemCache' } },
    { default: { LOCATION, KEY_PREFIX: 'a\n' } },
    { default: { LOCATION, OPTIONS: { db: 1 } } },
    { default: { LOCATION, VERSION: -1 } },
    { default: { LOCATION, VERSION: '1' } },
  ]
  for (const CACHES of wrong) assertRefused({ CACHES }, 'CACHES', /each \{ LOCATION.*not shown/)
})

test('a Redis that is open to the network is a problem of a deployment', () => {
  const of = (values: Partial<SettingsInput>): readonly string[] =>
    deployProblems(defineSettings({ SECRET_KEY, SESSION_ENGINE: 'cached_db', ...values })).map(({ setting }) => setting)
  const open = ['redis://cache.example', 'rediss://10.0.0.1:6379/0', 'redis-cluster://127.0.0.1,10.0.0.1']
  const closed = [
    'redis://u:p@cache.example',
    'redis://127.0.0.1:6379',
    'redis-cluster://localhost:1,[::1]:2',
    'unix:///s',
  ]
  for (const REDIS_URL of open) assert.ok(of({ REDIS_URL }).includes('REDIS_URL'), REDIS_URL)
  for (const REDIS_URL of closed) assert.ok(!of({ REDIS_URL }).includes('REDIS_URL'), REDIS_URL)
  assert.ok(!of({ SESSION_ENGINE: 'db', REDIS_URL: 'redis://cache.example' }).includes('REDIS_URL'))
})

test('a host, origin, proxy, cookie or policy that could not work is refused', () => {
  for (const host of ['https://a.example', 'a.example:8000', 'a.example/', '', '*.example.com', 'a b', 'é.example']) {
    assertRefused({ ALLOWED_HOSTS: [host] }, 'ALLOWED_HOSTS', /without scheme and port/)
  }
  for (const origin of ['example.com', 'https://example.com/', 'https://', 'https://*', 'https://a b', 'null']) {
    assertRefused({ CSRF_TRUSTED_ORIGINS: [origin] }, 'CSRF_TRUSTED_ORIGINS', /an origin/)
  }
  for (const proxy of ['10.0.0.0/33', '::1/129', 'proxy', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', '']) {
    assertRefused({ TRUSTED_PROXIES: [proxy] }, 'TRUSTED_PROXIES', /CIDR/)
  }
  for (const name of ['a b', 'a;b', 'a=b', '', 'é', 'a\n'])
    assertRefused({ SESSION_COOKIE_NAME: name }, 'SESSION_COOKIE_NAME', /a cookie's name/)
  for (const path of ['/; Domain=evil.example', '/\r\nX: 1', ''])
    assertRefused({ CSRF_COOKIE_PATH: path }, 'CSRF_COOKIE_PATH', /";"/)
  for (const csp of ["default-src 'self'\r\nX: 1", '', { 'a;b': 'c' }, { a: ['b;c'] }, { a: 'b,c' }, {}, ['a']]) {
    assertRefused({ SECURE_CSP: csp }, 'SECURE_CSP', /a policy/)
  }
  assertRefused({ SECURE_REDIRECT_EXEMPT: ['('] }, 'SECURE_REDIRECT_EXEMPT', /regular expression/)
  assertRefused({ SECURE_REFERRER_POLICY: 'nowhere' }, 'SECURE_REFERRER_POLICY', /no-referrer/)
  assertRefused({ SECURE_PROXY_SSL_HEADER: ['X Y', 'https'] }, 'SECURE_PROXY_SSL_HEADER', /a header/)
})

test('passwords need a hasher that can make hashes, and validators that exist', () => {
  const hashers: unknown[] = [
    [],
    ['md5'],
    ['django.contrib.auth.hashers.MD5PasswordHasher'],
    ['sha0'],
    [{ NAME: 'md5' }],
    [{ NAME: 'sha0' }],
    [{}],
    [{ NAME: 'argon2', OPTIONS: { iterations: 1 } }],
    [{ NAME: 'argon2', OPTIONS: { constructor: 1 } }],
    [{ NAME: 'argon2', OPTIONS: { time_cost: '2' } }],
    [{ NAME: 'argon2', OPTIONS: { time_cost: 0 } }],
    [{ NAME: 'argon2', OPTIONS: { memory_cost: 63 } }],
    [{ NAME: 'argon2', options: {} }],
    [{ NAME: 'scrypt', OPTIONS: { work_factor: 1000 } }],
    [{ NAME: 'scrypt', OPTIONS: { work_factor: 2 ** 20 } }],
    [{ NAME: 'bcrypt', OPTIONS: { rounds: 31 } }],
  ]
  for (const wrong of hashers) assertRefused({ PASSWORD_HASHERS: wrong }, 'PASSWORD_HASHERS', /at least one/)
  const wrong: unknown[] = [
    { NAME: 'Mine' },
    { NAME: 'MinimumLengthValidator', OPTIONS: { length: 1 } },
    { NAME: 'MinimumLengthValidator', OPTIONS: { min_length: '8' } },
    { NAME: 'MinimumLengthValidator', OPTIONS: { constructor: 1 } },
    {},
    null,
    'MinimumLengthValidator',
  ]
  for (const validator of wrong)
    assertRefused({ AUTH_PASSWORD_VALIDATORS: [validator] }, 'AUTH_PASSWORD_VALIDATORS', /validators/)
})

test('a hasher may have costs of its own, and each stands in the list once', () => {
  const { PASSWORD_HASHERS } = defineSettings({
    SECRET_KEY: 'x',
    PASSWORD_HASHERS: [
      { NAME: 'django.contrib.auth.hashers.Argon2PasswordHasher', OPTIONS: { time_cost: 3, hash_len: 16 } },
      'argon2',
      { NAME: 'scrypt' },
      { NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 2_000_000 } },
    ],
  })
  assert.deepEqual(PASSWORD_HASHERS, [
    { NAME: 'argon2', OPTIONS: { time_cost: 3, hash_len: 16 } },
    'scrypt',
    { NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 2_000_000 } },
  ])
})

test('a name that is not known is refused with the name that was meant', () => {
  assertRefused({ SESSION_COOKIE_AEG: 1 }, 'SESSION_COOKIE_AEG', /Did you mean SESSION_COOKIE_AGE\?/)
  assertRefused({ allowed_hosts: [] }, 'allowed_hosts', /Did you mean ALLOWED_HOSTS\?/)
  assertRefused({ EVERYTHING_ELSE: 1 }, 'EVERYTHING_ELSE', /docs\/settings\.md/)
  assertRefused({ DATABASES: {} }, 'DATABASES', /DATABASE_URL/)
  assertRefused({ constructor: 1 }, 'constructor', /There is no setting/)
  assertRefused(JSON.parse('{"__proto__": 1}'), '__proto__', /There is no setting/)
})

test('secrets are in no message', () => {
  assertRefused({ SECRET_KEY: [SECRET_KEY] }, 'SECRET_KEY', /not shown/)
  assertRefused({ SECRET_KEY_FALLBACKS: SECRET_KEY }, 'SECRET_KEY_FALLBACKS', /not shown/)
  assertRefused({ DATABASE_URL: `oracle://ada:${SECRET_KEY}@host` }, 'DATABASE_URL', /not shown/)
})

test('cookies that browsers would drop are refused', () => {
  assertRefused({ SESSION_COOKIE_NAME: '__Host-sessionid' }, 'SESSION_COOKIE_NAME', /Secure/)
  const host = { SESSION_COOKIE_NAME: '__Host-sessionid', SESSION_COOKIE_SECURE: true }
  assertRefused({ ...host, SESSION_COOKIE_DOMAIN: 'example.com' }, 'SESSION_COOKIE_NAME', /without a domain/)
  defineSettings({ SECRET_KEY, ...host })
  assertRefused({ CSRF_COOKIE_NAME: '__secure-csrf' }, 'CSRF_COOKIE_NAME', /Secure/)
  assertRefused({ CSRF_COOKIE_NAME: 'sessionid' }, 'CSRF_COOKIE_NAME', /the same/)
})

test('the environment holds settings by their own names, read by their kind', () => {
  const values = envSettings({
    SECRET_KEY,
    DEBUG: 'True',
    APPEND_SLASH: '0',
    ALLOWED_HOSTS: 'example.com, .example.org,',
    CSRF_TRUSTED_ORIGINS: '',
    SESSION_COOKIE_AGE: '86_400',
    SESSION_COOKIE_SAMESITE: 'none',
    CSRF_COOKIE_SAMESITE: 'False',
    CSRF_COOKIE_AGE: 'none',
    DJANGO_VERSION: '5.2',
    LOGOUT_REDIRECT_URL: '',
    SECURE_PROXY_SSL_HEADER: 'HTTP_X_FORWARDED_PROTO, https',
    SECURE_CSP: '{"default-src": ["\'self\'"]}',
    PASSWORD_HASHERS: 'pbkdf2_sha256,argon2',
    AUTH_PASSWORD_VALIDATORS: '[{"NAME": "MinimumLengthValidator"}]',
    SECURE_REDIRECT_EXEMPT: '["^a{1,2}$"]',
    PATH: '/bin',
  })
  assert.deepEqual(values, {
    SECRET_KEY,
    DEBUG: true,
    APPEND_SLASH: false,
    ALLOWED_HOSTS: ['example.com', '.example.org'],
    CSRF_TRUSTED_ORIGINS: [],
    SESSION_COOKIE_AGE: 86_400,
    SESSION_COOKIE_SAMESITE: 'None',
    CSRF_COOKIE_SAMESITE: null,
    CSRF_COOKIE_AGE: null,
    DJANGO_VERSION: '5.2',
    LOGOUT_REDIRECT_URL: null,
    SECURE_PROXY_SSL_HEADER: ['HTTP_X_FORWARDED_PROTO', 'https'],
    SECURE_CSP: "default-src 'self'",
    PASSWORD_HASHERS: ['pbkdf2_sha256', 'argon2'],
    AUTH_PASSWORD_VALIDATORS: [{ NAME: 'MinimumLengthValidator', OPTIONS: { min_length: 8 } }],
    SECURE_REDIRECT_EXEMPT: ['^a{1,2}$'],
  })
  const fromEnvironment = envSettings({ SECRET_KEY, DEBUG: '1' })
  assert.equal(defineSettings({ DEBUG: false, ...fromEnvironment }).DEBUG, true)
})

test('a wrong variable of the environment is refused like a wrong value', () => {
  const wrong = {
    DEBUG: 'express:*',
    SESSION_COOKIE_AGE: '1e3',
    ALLOWED_HOSTS: 'http://a',
    AUTH_PASSWORD_VALIDATORS: '[',
    DATABASE_URL: '',
    SECRET_KEY: '',
  }
  for (const [name, text] of Object.entries(wrong)) {
    assert.throws(() => envSettings({ [name]: text }), { setting: name, name: 'ConfigError' })
  }
})

test('env reads one variable, or its fallback, or throws its name', t => {
  process.env.NUAGES_TEST = 'here'
  t.after(() => delete process.env.NUAGES_TEST)
  assert.equal(env('NUAGES_TEST'), 'here')
  assert.equal(env('NUAGES_TEST_OTHER', 'fallback'), 'fallback')
  assert.throws(() => env('NUAGES_TEST_OTHER'), { setting: 'NUAGES_TEST_OTHER', name: 'ConfigError' })
  assert.equal(isProduction({ NODE_ENV: 'production' }), true)
  assert.equal(isProduction({}), false)
})

test('the problems of a deployment are told until none is left, without secrets', () => {
  const problems = deployProblems(defineSettings({ SECRET_KEY: 'short secret', DEBUG: true }))
  assert.deepEqual(
    problems.map(problem => problem.setting),
    [
      'DEBUG',
      'SECRET_KEY',
      'ALLOWED_HOSTS',
      'SESSION_COOKIE_SECURE',
      'CSRF_COOKIE_SECURE',
      'SECURE_SSL_REDIRECT',
      'SECURE_HSTS_SECONDS',
    ],
  )
  assert.ok(!JSON.stringify(problems).includes('short secret'))
  for (const key of ['a'.repeat(60), `django-insecure-${'abcdefghij'.repeat(6)}`]) {
    assert.ok(deployProblems(defineSettings({ SECRET_KEY: key })).some(problem => problem.setting === 'SECRET_KEY'))
  }
  const secure = defineSettings({
    SECRET_KEY,
    ALLOWED_HOSTS: ['example.com'],
    SESSION_COOKIE_SECURE: true,
    CSRF_COOKIE_SECURE: true,
    SECURE_SSL_REDIRECT: true,
    SECURE_HSTS_SECONDS: 31_536_000,
    SECURE_HSTS_INCLUDE_SUBDOMAINS: true,
    SECURE_HSTS_PRELOAD: true,
  })
  assert.deepEqual(deployProblems(secure), [])
})

test('a password of the mail server that goes over a network in clear is a problem of a deployment', () => {
  const of = (values: Partial<SettingsInput>): boolean =>
    deployProblems(
      defineSettings({
        SECRET_KEY,
        EMAIL_BACKEND: 'smtp',
        EMAIL_HOST: 'mail.example',
        EMAIL_HOST_USER: 'shop',
        ...values,
      }),
    ).some(({ setting }) => setting === 'EMAIL_USE_TLS')
  assert.equal(of({}), true)
  for (const EMAIL_HOST of ['localhost', '127.0.0.1', '::1']) assert.equal(of({ EMAIL_HOST }), false)
  for (const safe of [{ EMAIL_USE_TLS: true }, { EMAIL_USE_SSL: true }, { EMAIL_HOST_USER: '' }])
    assert.equal(of(safe), false)
})
