/**
 * Django's engines on Redis, shared with a real Django: what one side writes the other reads and changes, and a logout counts at both.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import { openRedis, type Redis } from '../../src/redis/index.ts'
import type { SettingsInput } from '../../src/settings/index.ts'
import { Browser } from '../django/browser.ts'
import { openSharedSite, type SharedSite } from '../django/site.ts'
import { type PartUser, requireDjangoCommand, skipWithout, temporaryFolder } from '../real-parts.ts'
import { requireSharedRedis, sharedRedisUrl } from '../redis-server.ts'

const engines = ['cache', 'cached_db'] as const
type Engine = (typeof engines)[number]

const djangoRedis = 'django_redis.cache.RedisCache'
const djangosOwn = 'django.core.cache.backends.redis.RedisCache'

/** Which cache backend on Redis this Django has; `null` when the test was skipped. */
function cacheBackend(t: PartUser, url: string): string | null {
  const command = requireDjangoCommand(t, { url })
  if (command === null) return null
  const program = 'import django, redis\nif django.VERSION < (4, 0): import django_redis\nprint(django.VERSION[0])'
  try {
    const major = execFileSync(command.python, ['-c', program], { env: command.env, encoding: 'utf8', stdio: 'pipe' })
    return Number(major) < 4 ? djangoRedis : djangosOwn
  } catch {
    skipWithout(t, 'A Redis cache for Django', 'apt-get install python3-redis python3-django-redis')
    return null
  }
}

interface EngineSite extends SharedSite {
  /** Before each key of Django's cache. */
  readonly prefix: string
}

/** A site of both programs on one engine; `null` when the test was skipped. */
async function openSite(t: TestContext, engine: Engine, nuages: SettingsInput = {}): Promise<EngineSite | null> {
  const url = `sqlite:${temporaryFolder(t)}/db.sqlite3`
  if (!(await requireSharedRedis(t))) return null
  const backend = cacheBackend(t, url)
  if (backend === null) return null
  const KEY_PREFIX = `test-${randomUUID()}`
  const cache = { BACKEND: backend, LOCATION: sharedRedisUrl, KEY_PREFIX, VERSION: 3 }
  const settings = { SESSION_ENGINE: `django.contrib.sessions.backends.${engine}`, CACHES: { default: cache } }
  const site = await openSharedSite(t, { url, settings, nuages: { ...settings, ...nuages } })
  return site && { ...site, prefix: `${KEY_PREFIX}:3:django.contrib.sessions.${engine}` }
}

function ownRedis(t: TestContext): Redis {
  const redis = openRedis(sharedRedisUrl)
  t.after(() => redis.close())
  return redis
}

const keyOf = (browser: Browser): string => browser.cookies.get('sessionid') ?? ''

for (const engine of engines) {
  describe(`the engine ${engine} of a Django site`, () => {
    it('holds one session for both, each of whose values keeps its kind', async t => {
      const site = await openSite(t, engine)
      if (site === null) return
      const { django, nuages } = site
      const browser = new Browser()
      const { list, ...rest } = {
        list: [1, [2.5, []], {}],
        text: 'é 雲 😀 "q" \\',
        int: 1,
        dict: { '1': 'x', __proto: [true] },
        long: 'x'.repeat(300),
      }
      await browser.open(django, '/session/', { json: { list, ...rest } })
      assert.deepEqual((await browser.open(nuages, '/session/')).json.data, { list, ...rest })
      await browser.open(nuages, '/session/', { json: { fromNuages: { deep: [1, 'ü'] }, list: null } })
      const { data } = (await browser.open(django, '/session/')).json
      assert.deepEqual(data, { ...rest, fromNuages: { deep: [1, 'ü'] } })
      await browser.open(django, '/session/', { json: { fromDjango: [1.5] } })
      assert.deepEqual((await browser.open(nuages, '/session/')).json.data.fromDjango, [1.5])
      assert.deepEqual((await browser.open(nuages, '/session/')).json.data.fromNuages, { deep: [1, 'ü'] })
    })

    it('holds one login, made and ended at either side', async t => {
      const site = await openSite(t, engine)
      if (site === null) return
      const { django, nuages, oracle } = site
      await oracle.ask('create-user', { username: 'ada', password: 'correct horse' })
      const who = async (browser: Browser, port: number): Promise<string> =>
        (await browser.open(port, '/whoami/')).json.username
      for (const [here, there] of [
        [django, nuages],
        [nuages, django],
      ] as const) {
        const browser = new Browser()
        const form = async (port: number, path: string, fields: Record<string, string>): Promise<number> => {
          const { token } = (await browser.open(port, '/csrf/')).json
          return (await browser.open(port, path, { form: { ...fields, csrfmiddlewaretoken: token } })).status
        }
        await browser.open(there, '/session/', { json: { cart: [1] } })
        assert.equal(await form(here, '/login/', { username: 'ada', password: 'correct horse' }), 200)
        assert.deepEqual([await who(browser, here), await who(browser, there)], ['ada', 'ada'])
        assert.deepEqual((await browser.open(there, '/session/')).json.data.cart, [1])
        const thief = browser.copy()
        assert.equal(await who(thief, here), 'ada')
        assert.equal(await form(there, '/logout/', {}), 200)
        assert.deepEqual([await who(browser, here), await who(browser, there)], ['', ''])
        assert.deepEqual([await who(thief, here), await who(thief, there)], ['', ''])
      }
    })

    it('lets each side set how long the session lives', async t => {
      const site = await openSite(t, engine, { SESSION_COOKIE_AGE: 5000 })
      if (site === null) return
      const { django, nuages } = site
      const browser = new Browser()
      await browser.open(django, '/session/', { json: { a: 1, __expiry__: 300 } })
      const there = (await browser.open(nuages, '/session/')).json
      assert.ok(there.expiry_age > 290 && there.expiry_age <= 300, String(there.expiry_age))
      await browser.open(nuages, '/session/', { json: { _session_expiry: 0, b: 1 } })
      assert.equal((await browser.open(django, '/session/')).json.expire_at_browser_close, true)
    })
  })
}

describe('a session in the cache of a Django site', () => {
  it('keeps the bytes of all but what Nuages changes: tuples, numbers as keys, NaN, floats, large integers', async t => {
    const site = await openSite(t, 'cache')
    if (site === null) return
    const redis = ownRedis(t)
    const browser = new Browser()
    await browser.open(site.django, '/session/', { json: { a: 1 } })
    const key = site.prefix + keyOf(browser)
    const python = (program: string, input: Uint8Array = Buffer.alloc(0)): Buffer =>
      execFileSync('/usr/bin/python3', ['-c', `import pickle, sys\n${program}`], { input })
    const value = `{'t': (1, (2.0, [])), 'k': {1: 'a', '1': 'b', None: (), 2.5: True}, 'n': [float('nan'), 1.0, -0.0, 10**400], 'h': '\\ud800'}`
    await redis.set(key, python(`sys.stdout.buffer.write(pickle.dumps(${value}, 5))`), { lifeMs: 60_000 })
    const session = await site.app.sessions.open(keyOf(browser))
    assert.deepEqual(session.get('t'), [1, [2, []]])
    session.set('mine' as string, [1, 2])
    await session.save()
    const stored = await redis.getBytes(key)
    const back = python('print(ascii(pickle.load(sys.stdin.buffer)))', stored as Uint8Array)
    const expected = python(`value = ${value}\nvalue['mine'] = [1, 2]\nprint(ascii(value))`)
    assert.equal(String(back), String(expected))
  })

  it('loses nothing when many requests write at once', async t => {
    const site = await openSite(t, 'cache')
    if (site === null) return
    const browser = new Browser()
    await browser.open(site.django, '/session/', { json: { a: 1 } })
    const keys = Array.from({ length: 40 }, (_, n) => `k${n}`)
    await Promise.all(keys.map(key => browser.copy().open(site.nuages, '/session/', { json: { [key]: 1 } })))
    const { data } = (await browser.open(site.django, '/session/')).json
    assert.deepEqual(Object.keys(data).sort(), ['a', ...keys].sort())
  })

  it('with a value of a class of Python is an error here, and left as it is', async t => {
    const site = await openSite(t, 'cache')
    if (site === null) return
    const redis = ownRedis(t)
    const browser = new Browser()
    await browser.open(site.django, '/session/', { json: { a: 1 } })
    const key = site.prefix + keyOf(browser)
    const program = `import pickle, sys, datetime\nsys.stdout.buffer.write(pickle.dumps({'at': datetime.date(2026, 1, 1)}, 5))`
    const pickled = execFileSync('/usr/bin/python3', ['-c', program])
    await redis.set(key, pickled, { lifeMs: 60_000 })
    assert.equal((await browser.open(site.nuages, '/session/', { json: { b: 1 } })).status, 500)
    assert.deepEqual(Buffer.from((await redis.getBytes(key)) as Uint8Array), pickled)
    assert.match((await browser.open(site.django, '/session/')).text, /2026|not JSON serializable|error/i)
  })

  it('has no end that Django would not give it', async t => {
    const site = await openSite(t, 'cache')
    if (site === null) return
    const redis = ownRedis(t)
    const browser = new Browser()
    await browser.open(site.nuages, '/session/', { json: { a: 1 } })
    const life = redis.prepare("return redis.call('PTTL', KEYS[1])")
    const left = Number(await life.run(site.prefix + keyOf(browser)))
    assert.ok(left > 1_209_600_000 - 60_000 && left <= 1_209_600_000, String(left))
  })
})

describe('a copy in the cache of a Django site with cached_db', () => {
  it('is never older than what Nuages answered', async t => {
    const site = await openSite(t, 'cached_db')
    if (site === null) return
    const { django, nuages } = site
    const browser = new Browser()
    await browser.open(django, '/session/', { json: { n: 0 } })
    for (let n = 1; n <= 20; n++) {
      const port = n % 3 === 0 ? django : nuages
      await browser.open(port, '/session/', { json: { n } })
      for (const reader of [django, nuages]) assert.equal((await browser.open(reader, '/session/')).json.data.n, n)
    }
  })
})
