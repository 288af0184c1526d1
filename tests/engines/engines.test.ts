/**
 * The same visits over every session engine, by the settings that a site would write.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, describe, it, type TestContext } from 'node:test'
import { type App, createApp } from '../../src/app/index.ts'
import { login, logout, type User } from '../../src/auth/index.ts'
import { type HttpRequest, HttpResponse } from '../../src/http/index.ts'
import { defineSettings, type SettingsInput } from '../../src/settings/index.ts'
import { Client } from '../../src/testing/index.ts'
import { path } from '../../src/urls/index.ts'
import { requireMysql, requirePostgres, temporaryFolder } from '../real-parts.ts'
import { type RedisCluster, startRedisCluster } from '../redis-cluster.ts'
import { requireSharedRedis, sharedRedisUrl } from '../redis-server.ts'

let now = Date.parse('2026-01-01T12:00:00Z')

/** Slow views have their session when they come here, and wait until the test says so. */
let gate = Promise.withResolvers<void>()
let inside = 0

function wait(): Promise<void> {
  inside += 1
  return gate.promise
}

function closeGate(): void {
  inside = 0
  gate = Promise.withResolvers()
}

async function untilInside(count: number): Promise<void> {
  while (inside < count) await new Promise(resolve => setTimeout(resolve, 5))
}

const text = (value: unknown): HttpResponse => new HttpResponse(JSON.stringify(value ?? null))

const urls = [
  path('add/', async (request: HttpRequest) =>
    text(await (await request.session).update('n', n => ((n as number | undefined) ?? 0) + 1)),
  ),
  path('set/<slug:key>/', async (request: HttpRequest, { key }) => {
    ;(await request.session).set(key as never, 1 as never)
    return text(key)
  }),
  path('slow/<slug:key>/', async (request: HttpRequest, { key }) => {
    const session = await request.session
    await wait()
    session.set(key as never, 1 as never)
    return text(key)
  }),
  path('push/<slug:key>/', async (request: HttpRequest, { key }) => {
    const session = await request.session
    const list = session.setDefault(key as string, []) as number[]
    await wait()
    list.push(list.length)
    return text(list)
  }),
  path('all/', async (request: HttpRequest) => text(Object.fromEntries(await request.session))),
  path('who/', async (request: HttpRequest) => text((await request.user)?.username)),
  path('login/', async (request: HttpRequest) => {
    await login(request, (await request.app.users.getByUsername('ada')) as User)
    return text('in')
  }),
  path('logout/', async (request: HttpRequest) => {
    await logout(request)
    return text('out')
  }),
  path('expire/', async (request: HttpRequest) => {
    const session = await request.session
    session.setExpiry(Number(request.GET.get('seconds')))
    return text(session.getExpiryAge())
  }),
]

/** The settings of an engine; `null` when the test was skipped. */
type Engine = (t: TestContext) => Promise<SettingsInput | null>

const withRedis =
  (settings: () => SettingsInput): Engine =>
  async t =>
    (await requireSharedRedis(t)) ? settings() : null

const onRedis = (): SettingsInput => ({
  CACHES: { default: { LOCATION: sharedRedisUrl, KEY_PREFIX: `test-${randomUUID()}` } },
})

/** One for all tests: it takes a while to form. */
let cluster: RedisCluster | null = null
const stops: (() => unknown)[] = []
after(async () => {
  for (const stop of stops) await stop()
})

const engines: Readonly<Record<string, Engine>> = {
  'db on SQLite': async () => ({}),
  'db on PostgreSQL': async t => optional(await requirePostgres(t)),
  'db on MariaDB': async t => optional(await requireMysql(t)),
  'cache on Redis': withRedis(() => ({ SESSION_ENGINE: 'django.contrib.sessions.backends.cache', ...onRedis() })),
  'cache on a Redis Cluster': async t => {
    cluster ??= await startRedisCluster({ after: stop => void stops.push(stop), skip: line => t.skip(line) })
    return (
      cluster && { SESSION_ENGINE: 'cache', CACHES: { default: { LOCATION: cluster.url, KEY_PREFIX: randomUUID() } } }
    )
  },
  'cached_db on Redis and SQLite': withRedis(() => ({ SESSION_ENGINE: 'cached_db', ...onRedis() })),
  file: async t => ({ SESSION_ENGINE: 'file', SESSION_FILE_PATH: temporaryFolder(t) }),
}

const optional = (url: string | null): SettingsInput | null => (url === null ? null : { DATABASE_URL: url })

interface Site {
  /** Two processes of one site, as far as sessions can tell. */
  readonly apps: readonly [App, App]
  readonly ada: User
}

function openApp(t: TestContext, settings: SettingsInput): App {
  const app = createApp({
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of engines',
      ALLOWED_HOSTS: ['localhost'],
      ...settings,
    }),
    urls,
    logger: null,
    clock: () => now,
  })
  t.after(() => app.close())
  return app
}

async function open(t: TestContext, engine: Engine, settings: SettingsInput = {}): Promise<Site | null> {
  const own = await engine(t)
  if (own === null) return null
  const all = { DATABASE_URL: `sqlite:${temporaryFolder(t)}/db.sqlite3`, ...own, ...settings }
  const apps = [openApp(t, all), openApp(t, all)] as const
  await apps[0].migrate()
  return { apps, ada: await apps[0].users.createUser({ username: 'ada' }) }
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** The same visitor at another server. */
function tab(visitor: Client, app: App): Client {
  const other = new Client(app)
  for (const name of ['sessionid', 'sid']) other.cookies.set(name, visitor.cookies.get(name) ?? '')
  return other
}

const statusesOf = async (answers: readonly Promise<Response>[]): Promise<number[]> =>
  (await Promise.all(answers)).map(({ status }) => status).sort()

for (const [name, engine] of Object.entries(engines)) {
  describe(`sessions by ${name}`, () => {
    it('lose no parallel write in two processes', async t => {
      const site = await open(t, engine)
      if (site === null) return
      const visitor = new Client(site.apps[0])
      await visitor.get('/add/')
      const tabs = site.apps.map(app => tab(visitor, app)) as [Client, Client]
      const one = times(30, index => (tabs[index % 2] as Client).get('/add/'))
      const other = times(30, index => (tabs[index % 2] as Client).get(`/set/k${index}/`))
      assert.deepEqual(new Set(await statusesOf([...one, ...other])), new Set([200]))
      const all = (await (await visitor.get('/all/')).json()) as Record<string, number>
      assert.equal(all.n, 31)
      assert.equal(Object.keys(all).length, 31)
    })

    it('keep what tabs change in place, and tell who changed the same', async t => {
      const site = await open(t, engine)
      if (site === null) return
      const visitor = new Client(site.apps[0])
      await visitor.get('/add/')
      const tabs = site.apps.map(app => tab(visitor, app)) as [Client, Client]
      closeGate()
      const answers = ['a', 'b', 'b'].map((key, index) => (tabs[index % 2] as Client).get(`/push/${key}/`))
      await untilInside(3)
      gate.resolve()
      assert.deepEqual(await statusesOf(answers), [200, 200, 409])
      assert.deepEqual(await (await visitor.get('/all/')).json(), { n: 1, a: [0], b: [0] })
    })

    it('stay ended after logout, whatever a slow request still writes', async t => {
      const site = await open(t, engine)
      if (site === null) return
      const visitor = new Client(site.apps[0])
      await visitor.forceLogin(site.ada)
      const slow = tab(visitor, site.apps[1])
      const old = visitor.cookies.get('sessionid') as string
      closeGate()
      const writing = slow.get('/slow/late/')
      await untilInside(1)
      await visitor.get('/logout/')
      gate.resolve()
      assert.equal((await writing).status, 400)
      for (const app of site.apps) assert.equal((await app.sessions.open(old)).isEmpty, true)
    })

    it('take a slow write along when a login moves them', async t => {
      const site = await open(t, engine)
      if (site === null) return
      const visitor = new Client(site.apps[0])
      await visitor.get('/add/')
      const slow = tab(visitor, site.apps[1])
      const old = visitor.cookies.get('sessionid') as string
      closeGate()
      const writing = slow.get('/slow/late/')
      await untilInside(1)
      await visitor.get('/login/')
      gate.resolve()
      const written = await writing
      assert.equal(written.status, 200)
      assert.deepEqual(written.headers.getSetCookie(), [])
      const all = (await (await visitor.get('/all/')).json()) as Record<string, unknown>
      assert.deepEqual([all.n, all.late], [1, 1])
      assert.equal((await site.apps[1].sessions.open(old)).isEmpty, true)
      assert.equal(await (await visitor.get('/who/')).json(), 'ada')
    })

    it('can be listed and ended', async t => {
      const site = await open(t, engine)
      if (site === null) return
      const [app, other] = site.apps
      const visitors = times(5, index => new Client(index % 2 ? app : other))
      await Promise.all(visitors.map(visitor => visitor.get('/login/')))
      const [mine, ...others] = visitors as [Client, ...Client[]]
      assert.equal((await app.auth.listSessions(site.ada)).length, 5)
      assert.equal(await app.auth.revokeOtherSessions(site.ada, await mine.session()), 4)
      assert.equal(await (await mine.get('/who/')).json(), 'ada')
      for (const visitor of others) assert.equal(await (await visitor.get('/who/')).json(), null)
      assert.equal((await other.auth.listSessions(site.ada)).length, 1)
    })

    it('end when their time is over, from their last write on', async t => {
      const site = await open(t, engine, { SESSION_COOKIE_AGE: 60 })
      if (site === null) return
      const [app, other] = site.apps
      const visitor = new Client(app)
      await visitor.get('/add/')
      now += 50_000
      await visitor.get('/add/')
      now += 50_000
      assert.equal(((await (await tab(visitor, other).get('/all/')).json()) as { n: number }).n, 2)
      assert.equal(await (await visitor.get('/expire/?seconds=5')).json(), 5)
      now += 5000
      assert.deepEqual(await (await tab(visitor, other).get('/all/')).json(), {})
      assert.ok((await app.sessions.clearExpired(10)) <= 1)
      assert.equal(await other.sessions.countExpired(), 0)
    })
  })
}

describe('the settings of sessions', () => {
  const all = { ...engines, signed_cookies: async () => ({ SESSION_ENGINE: 'signed_cookies' }) }
  for (const [name, engine] of Object.entries(all)) {
    it(`mean the same by ${name}`, async t => {
      const site = await open(t, engine, {
        SESSION_COOKIE_AGE: 100,
        SESSION_COOKIE_DOMAIN: 'localhost',
        SESSION_COOKIE_HTTPONLY: false,
        SESSION_COOKIE_NAME: 'sid',
        SESSION_COOKIE_PATH: '/add/',
        SESSION_COOKIE_SAMESITE: 'Strict',
        SESSION_COOKIE_SECURE: true,
        SESSION_SAVE_EVERY_REQUEST: true,
        SESSION_SERIALIZER: 'django.contrib.sessions.serializers.JSONSerializer',
      })
      if (site === null) return
      const [app] = site.apps
      const get = async (cookie?: string): Promise<string> => {
        const headers = cookie === undefined ? {} : { Cookie: cookie }
        const response = await app.fetch(new Request('http://localhost/add/', { headers }))
        return response.headers.getSetCookie().join('|')
      }
      const first = await get()
      assert.match(
        first,
        /^sid=[^;|]+; expires=[^;]+; Max-Age=100; Path=\/add\/; Domain=localhost; Secure; SameSite=Strict$|^sid=/i,
      )
      const attributes = new Set(
        first
          .toLowerCase()
          .split('; ')
          .slice(1)
          .map(part => part.split('=')[0]),
      )
      assert.deepEqual(attributes, new Set(['expires', 'max-age', 'path', 'domain', 'secure', 'samesite']))
      assert.match(first, /max-age=100;/i)
      assert.match(first, /domain=localhost/i)
      assert.match(first, /path=\/add\//i)
      assert.match(first, /samesite=strict/i)
      assert.match(await get(first.split(';')[0]), /^sid=/)
    })

    it(`end with the browser by ${name}, if that is set`, async t => {
      const site = await open(t, engine, { SESSION_EXPIRE_AT_BROWSER_CLOSE: true })
      if (site === null) return
      const response = await new Client(site.apps[0]).get('/add/')
      assert.doesNotMatch(response.headers.getSetCookie().join(), /max-age|expires/i)
    })
  }
})
