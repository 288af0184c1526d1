import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { type App, createApp } from '../../src/app/index.ts'
import { type ActiveSession, listSessions, login, SessionRows, type User } from '../../src/auth/index.ts'
import { type HttpRequest, HttpResponse } from '../../src/http/index.ts'
import { ConfigError } from '../../src/kit/index.ts'
import { createMemorySessionStore, type Session, type SessionStore } from '../../src/sessions/index.ts'
import { defineSettings, type SettingsInput } from '../../src/settings/index.ts'
import { Client } from '../../src/testing/index.ts'
import { path } from '../../src/urls/index.ts'
import { withDatabases } from '../real-parts.ts'

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0'
const minute = 60_000

interface Place {
  readonly app: App
  readonly ada: User
  readonly bob: User
  /** Moves the app's clock. */
  readonly pass: (ms: number) => void
}

interface PlaceOptions {
  readonly settings?: Partial<SettingsInput>
  readonly store?: SessionStore
}

const urls = [
  path('who/', async (request: HttpRequest) => new HttpResponse((await request.user)?.username ?? 'nobody')),
  path('login/', async (request: HttpRequest) => {
    await login(request, (await request.app.users.getByUsername('ada')) as User)
    return new HttpResponse('')
  }),
  path('cycle/', async (request: HttpRequest) => {
    ;(await request.session).cycleKey()
    return new HttpResponse('')
  }),
  path('list/', async (request: HttpRequest) => new HttpResponse(JSON.stringify(await listSessions(request)))),
]

let now = Date.parse('2026-01-01T12:00:00Z')

function createPlace(url: string, { settings, store }: PlaceOptions = {}): App {
  return createApp({
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of devices',
      DATABASE_URL: url,
      ALLOWED_HOSTS: ['localhost'],
      PASSWORD_HASHERS: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 1000 } }],
      ...settings,
    }),
    urls,
    logger: null,
    clock: () => now,
    ...(store && { sessionStore: store }),
  })
}

async function open({ t, url }: { t: TestContext; url: string }, options: PlaceOptions = {}): Promise<Place> {
  const app = createPlace(url, options)
  t.after(() => app.close())
  await app.migrate()
  const ada = await app.users.createUser({ username: 'ada' })
  const bob = await app.users.createUser({ username: 'bob' })
  return { app, ada, bob, pass: ms => (now += ms) }
}

async function visitor(app: App, user: User): Promise<Client> {
  const client = new Client(app)
  await client.forceLogin(user)
  return client
}

/** Gives a visitor's session one new key after the other. */
async function move(client: Client, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await client.get('/cycle/')
    await nextTurn()
  }
}

async function who(client: Client): Promise<string> {
  return (await client.get('/who/')).text()
}

async function keysOf(app: App): Promise<string[]> {
  const rows = await app.db.selectFrom('nuages_session').select('session_key').orderBy('session_key').execute()
  return rows.map(({ session_key }) => session_key)
}

/** Every live login of the database has its row; resolves how many there are. */
async function countIndexed(app: App): Promise<number> {
  const keys = new Set(await keysOf(app))
  let count = 0
  for (const { session_key: key } of await app.db.selectFrom('django_session').select('session_key').execute()) {
    if ((await app.auth.userOf(await app.sessions.open(key))) === null) continue
    assert(keys.has(key), 'a live session has its row')
    count += 1
  }
  return count
}

const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)))

withDatabases('the index of sessions', it => {
  it('lists where an account is logged in, seen last first, and marks the session that asks', async test => {
    const { app, ada, bob, pass } = await open(test)
    await visitor(app, bob)
    const tab = new Client(app, { headers: { 'User-Agent': firefox }, ip: '2001:db8::1' })
    await tab.get('/login/')
    pass(minute)
    const phone = new Client(app, { headers: { 'User-Agent': 'curl/8.5.0' }, ip: '192.0.2.7' })
    await phone.get('/login/')
    const listed = (await (await tab.get('/list/')).json()) as ActiveSession[]
    assert.deepEqual(
      listed.map(({ id, ...rest }) => ({ ...rest, id: id.length })),
      [
        { device: 'curl', address: '192.0.2.7', created: iso(now), lastSeen: iso(now), isCurrent: false, id: 32 },
        {
          device: 'Firefox on Linux',
          address: '2001:db8::1',
          created: iso(now - minute),
          lastSeen: iso(now - minute),
          isCurrent: true,
          id: 32,
        },
      ],
    )
    const keys = await keysOf(app)
    assert(listed.every(({ id }) => !keys.includes(id)))
    assert.equal((await app.auth.listSessions(ada)).filter(({ isCurrent }) => isCurrent).length, 0)
  })

  it('has N rows after N logins at once, all valid, from new visitors and from the tabs of one', async test => {
    const { app, ada } = await open(test)
    await times(8, () => new Client(app).get('/login/'))
    assert.equal((await app.auth.listSessions(ada)).length, 8)
    const shared = new Client(app)
    await shared.changeSession(session => session.set('cart', 1))
    const key = shared.cookies.get('sessionid') ?? ''
    const tabs = await times(8, async () => {
      const tab = new Client(app)
      tab.cookies.set('sessionid', key)
      assert.equal((await tab.get('/login/')).status, 200)
      return tab
    })
    assert.deepEqual(await Promise.all(tabs.map(who)), Array(8).fill('ada'))
    assert.equal((await app.auth.listSessions(ada)).length, 16)
    assert.equal(await countIndexed(app), 16)
  })

  it('keeps one entry for a session that logs in again or moves, with its name in the second case', async test => {
    const { app, ada } = await open(test)
    const client = new Client(app)
    await client.get('/login/')
    await client.get('/login/')
    const [before, ...others] = await app.auth.listSessions(ada)
    assert.equal(others.length, 0)
    const key = client.cookies.get('sessionid')
    await client.get('/cycle/')
    assert.notEqual(client.cookies.get('sessionid'), key)
    assert.deepEqual(await app.auth.listSessions(ada), [before])
    assert.deepEqual(await keysOf(app), [client.cookies.get('sessionid')])
  })

  it('ends one session, of its owner only, whose next request is nobody’s', async test => {
    const { app, ada, bob } = await open(test)
    const [one, two] = [await visitor(app, ada), await visitor(app, ada)]
    const session = await one.session()
    const other = (await app.auth.listSessions(ada, session)).find(({ isCurrent }) => !isCurrent) as ActiveSession
    assert.equal(await app.auth.revokeSession(bob, other.id), false)
    for (const id of [
      '',
      '\0',
      "' OR 1=1",
      'x'.repeat(100_000),
      other.id.toUpperCase(),
      two.cookies.get('sessionid') ?? '',
    ])
      assert.equal(await app.auth.revokeSession(ada, id), false, id.slice(0, 20))
    assert.equal(await who(two), 'ada')
    assert.equal(await app.auth.revokeSession(ada, other.id), true)
    assert.equal(await app.auth.revokeSession(ada, other.id), false)
    assert.deepEqual([await who(one), await who(two)], ['ada', 'nobody'])
    assert.equal((await app.auth.listSessions(ada)).length, 1)
    assert.equal((await keysOf(app)).length, 1)
  })

  it('ends the others while they move from key to key in two processes', async test => {
    const { app, ada } = await open(test)
    const second = createPlace(test.url)
    test.t.after(() => second.close())
    const own = await visitor(app, ada)
    const others = await times(6, async index => {
      const client = await visitor(app, ada)
      const away = new Client(index % 2 === 0 ? app : second)
      away.cookies.set('sessionid', client.cookies.get('sessionid') ?? '')
      return away
    })
    let isOver = false
    const moving = others.map(client => move(client, () => isOver))
    await app.auth.revokeOtherSessions(ada, await own.session())
    isOver = true
    await Promise.all(moving)
    assert.deepEqual(await Promise.all(others.map(who)), Array(6).fill('nobody'))
    assert.equal(await who(own), 'ada')
    assert.equal(await countIndexed(app), 1)
  })

  it('loses no session that logs in while the others are ended', async test => {
    const { app, ada } = await open(test)
    const own = await visitor(app, ada)
    const old = await times(5, () => visitor(app, ada))
    const fresh = times(10, async () => {
      const client = new Client(app)
      await client.get('/login/')
      return client
    })
    const ended = app.auth.revokeOtherSessions(ada, await own.session())
    const clients = await fresh
    assert((await ended) >= 5)
    assert.deepEqual(await Promise.all(old.map(who)), Array(5).fill('nobody'))
    const alive = (await Promise.all(clients.map(who))).filter(name => name === 'ada').length
    assert.equal(await countIndexed(app), alive + 1)
  })

  it('writes the last sight once in five minutes, behind the requests, and with it the address', async test => {
    const { app, ada, pass } = await open(test)
    const second = createPlace(test.url)
    test.t.after(() => second.close())
    const client = await visitor(app, ada)
    const lastSeen = async (): Promise<[number, string | null]> => {
      const [one] = await app.auth.listSessions(ada)
      return [(one as ActiveSession).lastSeen.getTime(), (one as ActiveSession).address]
    }
    const start = now
    pass(4 * minute)
    await who(client)
    await app.auth.flushLastSeen()
    assert.deepEqual(await lastSeen(), [start, null])
    pass(2 * minute)
    await who(client)
    assert.deepEqual(await lastSeen(), [start, null], 'no request waits for it')
    await app.auth.flushLastSeen()
    assert.deepEqual(await lastSeen(), [start + 6 * minute, '127.0.0.1'])
    pass(minute)
    const elsewhere = new Client(second)
    elsewhere.cookies.set('sessionid', client.cookies.get('sessionid') ?? '')
    await who(elsewhere)
    await second.auth.flushLastSeen()
    assert.deepEqual(await lastSeen(), [start + 6 * minute, '127.0.0.1'], 'another process has written it')
  })

  it('takes in a session that has no row, and none that is over', async test => {
    const { app, ada } = await open(test)
    const stranger = createPlace(test.url, { settings: { SESSION_INDEX: false } })
    test.t.after(() => stranger.close())
    const [client, gone] = (await times(2, async () => {
      const made = await visitor(stranger, ada)
      const here = new Client(app, { headers: { 'User-Agent': firefox } })
      here.cookies.set('sessionid', made.cookies.get('sessionid') ?? '')
      return here
    })) as [Client, Client]
    assert.deepEqual(await app.auth.listSessions(ada), [])
    assert.deepEqual([await who(client), await who(gone)], ['ada', 'ada'])
    await gone.changeSession(session => session.flush())
    await app.auth.flushLastSeen()
    assert.deepEqual(await keysOf(app), [client.cookies.get('sessionid')])
    const [one, ...others] = await app.auth.listSessions(ada, await client.session())
    assert.deepEqual([one?.device, one?.isCurrent, others.length], ['Firefox on Linux', true, 0])
    assert.equal(await app.auth.revokeSession(ada, one?.id ?? ''), true)
    assert.equal(await who(client), 'nobody')
  })

  it('shows no session that leads nowhere, and forgets its row after ten minutes', async test => {
    const { app, ada, pass } = await open(test)
    const session = await app.sessions.open(null)
    await app.auth.loginSession(session, ada)
    assert.equal((await keysOf(app)).length, 1, 'its row comes before the session')
    assert.deepEqual(await app.auth.listSessions(ada), [])
    pass(9 * minute)
    await app.auth.listSessions(ada)
    assert.equal((await keysOf(app)).length, 1, 'the login may be about to be stored')
    await session.save()
    assert.equal((await app.auth.listSessions(ada)).length, 1)
    await app.database.prepare('DELETE FROM django_session').run()
    pass(2 * minute)
    assert.deepEqual(await app.auth.listSessions(ada), [])
    assert.deepEqual(await keysOf(app), [])
  })

  it('shows none whose password was changed by somebody else', async test => {
    const { app, ada } = await open(test)
    const client = await visitor(app, ada)
    await app.users.setPassword(ada.id, 'quiet-rain-on-tin-roofs')
    assert.deepEqual(await app.auth.listSessions(ada), [])
    assert.equal(await who(client), 'nobody')
    assert.deepEqual(await keysOf(app), [], 'the request that found it out ended it')
  })

  it('loses the rows of who logs out and of an account that is deleted', async test => {
    const { app, ada, bob } = await open(test)
    const client = await visitor(app, ada)
    await visitor(app, ada)
    await visitor(app, bob)
    await client.changeSession(session => session.flush())
    assert.equal((await keysOf(app)).length, 2)
    await app.users.delete(ada.id)
    assert.equal((await keysOf(app)).length, 1)
  })

  it('is cleared of expired sessions, and keeps those that live on', async test => {
    const { app, ada, pass } = await open(test)
    await times(5, () => visitor(app, ada))
    const lasting = await visitor(app, ada)
    await lasting.changeSession(session => session.setExpiry(new Date(now + 365 * 86_400_000)))
    assert.equal(await app.auth.clearSessionIndex(10), 0)
    pass(15 * 86_400_000)
    assert.deepEqual([await app.auth.clearSessionIndex(3), await app.auth.clearSessionIndex(3)], [3, 2])
    assert.deepEqual(await keysOf(app), [lasting.cookies.get('sessionid')])
    assert.equal(await app.auth.clearSessionIndex(3), 0)
    assert.equal((await app.auth.listSessions(ada)).length, 1)
  })

  it('is made by migrate, once by several at once, and asked for by check', async test => {
    const apps = await times(3, async () => createPlace(test.url))
    for (const app of apps) test.t.after(() => app.close())
    const [app] = apps as [App]
    assert((await app.pendingMigrations()).includes('nuages_session'))
    const created = (await Promise.all(apps.map(one => one.migrate()))).flat()
    assert.equal(created.filter(name => name === 'nuages_session').length, 1)
    assert.deepEqual(await app.pendingMigrations(), [])
  })

  it('refuses a table of its name that is another', async test => {
    const app = createPlace(test.url)
    test.t.after(() => app.close())
    await app.database.prepare('CREATE TABLE nuages_session (a integer)').run()
    await assert.rejects(
      app.migrate(),
      (error: Error) => error instanceof ConfigError && /nuages_session/.test(error.message),
    )
  })
})

const iso = (ms: number): string => new Date(ms).toISOString()

describe('a session engine beside the database', () => {
  it('is indexed in the database all the same', async t => {
    const { app, ada } = await open({ t, url: 'sqlite::memory:' }, { store: createMemorySessionStore(() => now) })
    const [one, two] = [await visitor(app, ada), await visitor(app, ada)]
    await one.get('/cycle/')
    assert.equal(await app.auth.revokeOtherSessions(ada, await one.session()), 1)
    assert.deepEqual([await who(one), await who(two)], ['ada', 'nobody'])
  })
})

describe('without an index', () => {
  const functions = async ({ auth }: App, ada: User, session: Session): Promise<void> => {
    for (const call of [
      () => auth.listSessions(ada),
      () => auth.revokeSession(ada, 'a'),
      () => auth.revokeOtherSessions(ada, session),
    ])
      await assert.rejects(call, ConfigError)
    assert.equal(await auth.clearSessionIndex(10), 0)
  }

  it('logins work as ever, no table is made, and who asks is told what to set', async t => {
    for (const settings of [
      { SESSION_INDEX: false },
      { DJANGO_VERSION: '5.2' },
      { SESSION_ENGINE: 'signed_cookies' },
    ]) {
      const { app, ada } = await open({ t, url: 'sqlite::memory:' }, { settings })
      const client = new Client(app)
      await client.get('/login/')
      assert.equal(await who(client), 'ada')
      await assert.rejects(keysOf(app))
      assert.deepEqual(await app.pendingMigrations(), [])
      await functions(app, ada, await client.session())
    }
  })
})

describe('a site shared with Django that asks for an index', () => {
  it('ends the others while they move, though no mark is left under the old key and the index is slow', async t => {
    const settings = { DJANGO_VERSION: '5.2', SESSION_INDEX: true } as const
    const { app, ada } = await open({ t, url: 'sqlite::memory:' }, { settings })
    for (const name of ['moving', 'removed'] as const) {
      const inner = SessionRows.prototype[name]
      t.mock.method(SessionRows.prototype, name, async function (this: SessionRows, from: string, to: string) {
        await delay(20)
        return inner.call(this, from, to)
      })
    }
    const own = await visitor(app, ada)
    const others = await times(4, () => visitor(app, ada))
    let isOver = false
    const moving = others.map(client => move(client, () => isOver))
    await app.auth.revokeOtherSessions(ada, await own.session())
    isOver = true
    await Promise.all(moving)
    assert.deepEqual(await Promise.all(others.map(who)), Array(4).fill('nobody'))
  })
})
