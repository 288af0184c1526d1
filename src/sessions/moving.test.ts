import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineSettings, type Settings } from '../settings/index.ts'
import { SessionConflictError, SessionInterrupted } from './errors.ts'
import { createMemorySessionStore } from './memory-store.ts'
import type { Sessions } from './sessions.ts'
import type { SessionStore } from './store.ts'
import { createSessions, type SessionIndex } from './stored-sessions.ts'

let now = Date.parse('2026-01-01T00:00:00Z')
const clock = (): number => now

function open(
  settings: Partial<Settings> = {},
  options: { store?: SessionStore; index?: SessionIndex; warnings?: string[] } = {},
): { one: Sessions; two: Sessions; store: SessionStore } {
  const store = options.store ?? createMemorySessionStore(clock)
  const all = {
    store,
    clock,
    settings: defineSettings({ SECRET_KEY: 'the key of the tests of sessions that move', ...settings }),
    ...(options.index && { index: options.index }),
    warn: (_: object, message: string) => void options.warnings?.push(message),
  }
  return { one: createSessions(all), two: createSessions(all), store }
}

async function newSession(sessions: Sessions, data: Record<string, unknown>): Promise<string> {
  const session = await sessions.open(null)
  for (const [key, value] of Object.entries(data)) session.set(key, value)
  await session.save()
  return session.sessionKey as string
}

const dataOf = async (sessions: Sessions, key: string | null): Promise<unknown> =>
  Object.fromEntries(await sessions.open(key))

describe('a session that moves to another key', () => {
  it('keeps what a request stores that had opened it before, in this process and in another', async () => {
    const { one, two } = open()
    const key = await newSession(one, { n: 1 })
    const login = await one.open(key)
    const slow = await Promise.all([one.open(key), two.open(key)])
    login.cycleKey()
    login.set('user', 7)
    await login.save()
    for (const [index, session] of slow.entries()) {
      session.set(`k${index}`, index)
      await session.save()
      assert.equal(await session.update('n', n => (n as number) + 1), index + 2)
      assert.equal(session.storedKey, null, 'the cookie of the login must stay')
      assert.equal(session.get('user'), undefined)
    }
    assert.deepEqual(await dataOf(two, login.sessionKey), { n: 3, user: 7, k0: 0, k1: 1 })
  })

  it('is nothing to who comes with the old key, and cannot be driven out of the browser by it', async () => {
    const { one, two } = open()
    const key = await newSession(one, { n: 1 })
    const login = await one.open(key)
    login.cycleKey()
    await login.save()
    const late = await two.open(key)
    assert.equal(late.isEmpty, true)
    late.set('n', 2)
    await assert.rejects(late.save(), SessionInterrupted)
    now += 10_000
    const later = await two.open(key)
    later.set('n', 2)
    await later.save()
    assert.notEqual(later.sessionKey, key)
    assert.deepEqual(await dataOf(one, login.sessionKey), { n: 1 })
  })

  it('is found by who has the old key and the new one, for ten seconds', async () => {
    const { one, two } = open()
    const key = await newSession(one, { n: 1 })
    const login = await one.open(key)
    login.cycleKey()
    await login.save()
    assert.equal(login.moved, true)
    const newKey = login.sessionKey as string
    const opened = await two.open(key, newKey)
    assert.deepEqual([opened.followed, opened.storedKey, opened.get('n')], [true, newKey, 1])
    for (const guess of [null, '', key, 'a'.repeat(32), newKey.toUpperCase(), newKey.slice(1)])
      assert.equal((await two.open(key, guess)).isEmpty, true, String(guess))
    // What is no old key leads nowhere, whatever stands beside it.
    for (const other of [null, '', 'a'.repeat(32)]) assert.equal((await two.open(other, newKey)).isEmpty, true)
    now += 10_000
    assert.equal((await two.open(key, newKey)).isEmpty, true)
  })

  it('is over for who has the old key and the new one when it ended there, or moved again', async () => {
    const { one } = open()
    for (const end of [async (key: string) => one.remove(key), async (key: string) => move(key)]) {
      const key = await newSession(one, { n: 1 })
      const newKey = await move(key)
      await end(newKey)
      const opened = await one.open(key, newKey)
      assert.equal(opened.isEmpty, true)
      opened.set('n', 2)
      await assert.rejects(opened.save(), SessionInterrupted)
    }
    async function move(key: string): Promise<string> {
      const session = await one.open(key)
      session.cycleKey()
      await session.save()
      return session.sessionKey as string
    }
  })

  it('leaves no way from its old key beside a Django', async () => {
    const { one } = open({ DJANGO_VERSION: '5.2' })
    const key = await newSession(one, { n: 1 })
    const login = await one.open(key)
    login.cycleKey()
    await login.save()
    assert.equal(login.moved, false)
    assert.equal((await one.open(key, login.sessionKey)).isEmpty, true)
  })

  it('ends with a logout that had opened it under the old key', async () => {
    for (const last of ['one', 'two'] as const) {
      const both = open()
      const key = await newSession(both.one, { n: 1 })
      const login = await both.one.open(key)
      const logout = await both[last].open(key)
      login.cycleKey()
      await login.save()
      login.cycleKey()
      await login.save()
      await logout.flush()
      assert.deepEqual(await dataOf(both.two, login.sessionKey), {})
      login.set('n', 2)
      await assert.rejects(login.save(), SessionInterrupted)
    }
  })

  it('is not brought back by a move that a logout overtakes, at whatever step', async () => {
    for (let step = 0; step < 6; step += 1) {
      const inner = createMemorySessionStore(clock)
      let steps = 0
      const seen: string[] = []
      const pause = async (): Promise<void> => {
        if (steps++ === step) await logout()
      }
      let logout = async (): Promise<void> => {}
      const store: SessionStore = {
        ...inner,
        create: async (key, text, at) => {
          await pause()
          seen.push(key)
          return inner.create(key, text, at)
        },
        replace: async (...row) => {
          await pause()
          return inner.replace(...row)
        },
      }
      const { one, two } = open({}, { store })
      steps = -100
      const key = await newSession(one, { n: 1 })
      const [moving, leaving] = [await one.open(key), await two.open(key)]
      logout = () => leaving.flush()
      steps = 0
      moving.cycleKey()
      const isMoved = await moving.save().then(
        () => true,
        error => {
          assert(error instanceof SessionInterrupted)
          return false
        },
      )
      if (isMoved) await leaving.flush()
      for (const each of seen) assert.equal((await two.open(each)).isEmpty, true, `step ${step}`)
    }
  })

  it('moves once when two requests move it at once; the other is told', async () => {
    const { one, two } = open()
    const key = await newSession(one, { n: 1 })
    const both = [await one.open(key), await two.open(key)]
    for (const session of both) session.cycleKey()
    const results = await Promise.allSettled(both.map(session => session.save()))
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    const alive = await Promise.all(both.map(async session => (await two.open(session.storedKey)).get('n')))
    assert.deepEqual(alive.sort(), [1, undefined])
  })

  it('is not written to by a request whose changes disagree', async () => {
    const { one, two } = open()
    const key = await newSession(one, { n: 1 })
    const [login, slow] = [await one.open(key), await two.open(key)]
    slow.set('n', (slow.get('n') as number) + 1)
    login.cycleKey()
    login.set('n', 5)
    await login.save()
    await assert.rejects(slow.save(), SessionConflictError)
    assert.deepEqual(await dataOf(one, login.sessionKey), { n: 5 })
  })

  it('leaves nothing under the new key when it is refused', async () => {
    const { one, two, store } = open()
    const keys: string[] = []
    const create = store.create.bind(store)
    store.create = (key, text, at) => {
      keys.push(key)
      return create(key, text, at)
    }
    const key = await newSession(one, { n: 1 })
    const [moving, other] = [await one.open(key), await two.open(key)]
    moving.set('n', (moving.get('n') as number) + 1)
    other.set('n', 5)
    await other.save()
    moving.cycleKey()
    await assert.rejects(moving.save(), SessionConflictError)
    assert.deepEqual(await dataOf(one, key), { n: 5 })
    for (const each of keys.slice(1)) assert.equal(await store.load(each), null)
  })

  it('leaves no trace beside a Django, which would take it for a session', async () => {
    const { one, two, store } = open({ DJANGO_VERSION: '5.2' })
    const key = await newSession(one, { n: 1 })
    const [login, slow] = [await one.open(key), await two.open(key)]
    login.cycleKey()
    await login.save()
    assert.equal(await store.load(key), null)
    slow.set('n', 2)
    await assert.rejects(slow.save(), SessionInterrupted)
  })
})

describe('a login', () => {
  it('gets a session of its own when another one took the session along', async () => {
    const { one, two } = open()
    const key = await newSession(one, { cart: 1 })
    const both = await Promise.all([one.open(key), two.open(key)])
    for (const [index, session] of both.entries()) {
      session.get('user')
      session.cycleKey({ orNew: true })
      session.set('user', index)
    }
    await Promise.all(both.map(session => session.save()))
    for (const [index, session] of both.entries())
      assert.deepEqual(await dataOf(one, session.storedKey), { cart: 1, user: index })
  })

  it('starts empty when the session was ended meanwhile', async () => {
    const { one, two } = open()
    const key = await newSession(one, { cart: 1 })
    const [login, logout] = [await one.open(key), await two.open(key)]
    await logout.flush()
    login.cycleKey({ orNew: true })
    login.set('user', 1)
    await login.save()
    assert.deepEqual(await dataOf(two, login.sessionKey), { user: 1 })
  })

  it('knows the key of its session before that is stored', async () => {
    const { one } = open()
    const session = await one.open(null)
    session.cycleKey({ orNew: true })
    const key = session.sessionKey
    session.set('user', 1)
    await session.save()
    assert.equal(session.storedKey, key)
    assert.match(key ?? '', /^[a-z0-9]{32}$/)
  })
})

describe('a login that is stored', () => {
  it('is not brought back when it ends before the request does', async () => {
    const { one, two } = open()
    const session = await one.open(null)
    session.cycleKey({ orNew: true })
    session.set('user', 1)
    await session.save()
    await two.remove(session.sessionKey as string)
    session.set('late', 1)
    await assert.rejects(session.save(), SessionInterrupted)
  })

  it('keeps the key that it has announced when another is asked for before it is stored', async () => {
    const { one, two } = open()
    const session = await one.open(null)
    session.cycleKey({ orNew: true })
    const announced = session.sessionKey
    session.cycleKey()
    session.set('user', 1)
    await session.save()
    assert.equal(session.storedKey, announced)
    session.cycleKey()
    await session.save()
    assert.notEqual(session.storedKey, announced)
    assert.deepEqual(await dataOf(two, session.storedKey), { user: 1 })
  })
})

describe('the end of a session', () => {
  it('cannot be put off by requests that write without a pause', async () => {
    for (const end of ['flush', 'remove'] as const) {
      const { one, two, store } = open()
      const key = await newSession(one, { n: 0 })
      let isOver = false
      const writers = Array.from({ length: 20 }, async () => {
        while (!isOver) {
          const session = await one.open(key)
          if (session.isEmpty) return
          await session.update('n', n => (n as number) + 1).catch(error => assert(error instanceof SessionInterrupted))
        }
      })
      const session = await two.open(key)
      await new Promise(resolve => setTimeout(resolve, 20))
      try {
        if (end === 'flush') await session.flush()
        else assert.equal(await two.remove(key), true)
        assert.equal(await store.load(key), null)
      } finally {
        isOver = true
        await Promise.all(writers)
      }
      assert.equal(await store.load(key), null)
    }
  })
})

describe('a move whose store fails halfway', () => {
  it('can be tried again without ending the session under its old key', async () => {
    const inner = createMemorySessionStore(clock)
    let isAway = true
    const store: SessionStore = {
      ...inner,
      async replace(...row) {
        if (isAway) throw new Error('away')
        return inner.replace(...row)
      },
    }
    const { one } = open({}, { store })
    const key = await newSession(one, { cart: 1 })
    const session = await one.open(key)
    session.cycleKey({ orNew: true })
    session.set('user', 1)
    await assert.rejects(session.save(), /away/)
    isAway = false
    await assert.rejects(session.save(), SessionInterrupted)
    assert.deepEqual(await dataOf(one, key), { cart: 1 })
  })
})

describe('an index of sessions', () => {
  it('is told of moves and ends', async () => {
    const told: string[][] = []
    const index: SessionIndex = {
      moving: async (...keys) => void told.push(['moving', ...keys]),
      removed: async key => void told.push(['removed', key]),
    }
    const { one } = open({}, { index })
    const key = await newSession(one, { n: 1 })
    const [session, late] = [await one.open(key), await one.open(key)]
    session.cycleKey()
    await session.save()
    await late.flush()
    assert.deepEqual(told, [
      ['moving', key, session.sessionKey],
      ['removed', key],
      ['removed', session.sessionKey],
    ])
    assert.equal(await one.remove(key), false)
  })

  it('that fails keeps nobody from logging out, and is reported', async () => {
    const fail = (): Promise<void> => Promise.reject(new Error('no index'))
    const warnings: string[] = []
    const { one } = open({}, { index: { moving: async () => {}, removed: fail }, warnings })
    const session = await one.open(await newSession(one, { n: 1 }))
    session.cycleKey()
    await session.save()
    await session.flush()
    assert.deepEqual(warnings, Array(2).fill('the index of sessions could not be kept'))
  })

  it('that fails before a move stops it: the session stays where it was', async () => {
    const fail = (): Promise<void> => Promise.reject(new Error('no index'))
    const { one } = open({}, { index: { moving: fail, removed: async () => {} } })
    const key = await newSession(one, { n: 1 })
    const session = await one.open(key)
    session.cycleKey()
    await assert.rejects(session.save(), /no index/)
    assert.equal((await one.open(key)).get('n'), 1)
    assert.equal((await one.open(session.sessionKey)).size, 0)
  })

  it('ends a session also by the key that a move has only just made', async () => {
    const inner = createMemorySessionStore(clock)
    const { two: other } = open({}, { store: inner })
    const created: string[] = []
    const store: SessionStore = {
      ...inner,
      async create(key, text, at) {
        created.push(key)
        return inner.create(key, text, at)
      },
      async replace(key, seen, text, at) {
        if (text.startsWith('moved:') && (await other.remove(created.at(-1) as string))) {
          const parallel = await other.open(key)
          parallel.set('m', 1)
          await parallel.save()
        }
        return inner.replace(key, seen, text, at)
      },
    }
    const { one } = open({}, { store })
    const key = await newSession(one, { n: 1 })
    const session = await one.open(key)
    session.cycleKey()
    await assert.rejects(session.save(), SessionInterrupted)
    assert.equal((await other.open(key)).isEmpty, true)
  })
})
