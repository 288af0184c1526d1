import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UnserializableError } from '../kit/index.ts'
import { defineSettings, type Settings } from '../settings/index.ts'
import { DataSigner } from '../signing/index.ts'
import { SessionConflictError, SessionInterrupted } from './errors.ts'
import { createMemorySessionStore } from './memory-store.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'
import type { SessionStore } from './store.ts'
import { createSessions } from './stored-sessions.ts'

const SECRET_KEY = 'a secret key for the tests of sessions, long enough'
const signer = new DataSigner({ key: SECRET_KEY, salt: 'django.contrib.sessions.SessionStore' })
const storedKey = 'k'.repeat(32)

function open(
  settings: Partial<Settings> = {},
  clock: () => number = Date.now,
): { sessions: Sessions; store: SessionStore; writes: () => number } {
  let writes = 0
  const inner = createMemorySessionStore(clock)
  const counted =
    <Row extends unknown[]>(write: (...row: Row) => Promise<boolean>) =>
    (...row: Row): Promise<boolean> => {
      writes += 1
      return write(...row)
    }
  const store: SessionStore = {
    ...inner,
    create: counted(inner.create),
    replace: counted(inner.replace),
  }
  return {
    sessions: createSessions({ store, settings: defineSettings({ SECRET_KEY, ...settings }), clock }),
    store,
    writes: () => writes,
  }
}

/** Two requests of one visitor whose session holds `data`. */
async function twoRequests(
  json: string,
  settings: Partial<Settings> = {},
): Promise<[Session, Session, Sessions, SessionStore]> {
  const { sessions, store } = open(settings)
  await store.create(storedKey, signer.dumpsText(json, {}), Date.now() + 60_000)
  return [await sessions.open(storedKey), await sessions.open(storedKey), sessions, store]
}

async function storedJson(store: SessionStore): Promise<string> {
  return signer.loadsText((await store.load(storedKey)) as string)
}

describe('a session', () => {
  it('refuses an expiry that would be forgotten, instead of living for the default time', async () => {
    const session = await open().sessions.open(null)
    for (const expiry of [Number.NaN, Number.POSITIVE_INFINITY, new Date(8.64e15), new Date(Number.NaN)])
      assert.throws(() => session.setExpiry(expiry), RangeError)
    assert.equal(session.has('_session_expiry'), false)
  })

  it('reads like a Map', async () => {
    const { sessions } = open()
    const session = await sessions.open(null)
    session.set('a', 1).set('b', [1, 2])
    assert.equal(session.get('a'), 1)
    assert.equal(session.has('b'), true)
    assert.deepEqual([...session.keys()], ['a', 'b'])
    assert.deepEqual(
      [...session],
      [
        ['a', 1],
        ['b', [1, 2]],
      ],
    )
    assert.equal(session.size, 2)
    assert.equal(session.delete('a'), true)
    assert.equal(session.delete('a'), false)
    assert.deepEqual(session.pop('b'), [1, 2])
    assert.equal(session.pop('b', 'gone'), 'gone')
    assert.equal(session.setDefault('c', 3), 3)
    assert.equal(session.setDefault('c', 4), 3)
    session.clear()
    assert.equal(session.size, 0)
  })

  it('never writes when it was only read', async () => {
    const { sessions, store, writes } = open()
    await store.create(
      storedKey,
      signer.dumpsText('{"cart": {"a": 1.0}, "n": 12345678901234567890}', {}),
      Date.now() + 60_000,
    )
    const session = await sessions.open(storedKey)
    assert.deepEqual(session.get('cart'), { a: 1 })
    assert.equal(session.get('n'), 12345678901234567890n)
    session.get('missing')
    await session.save()
    assert.equal(writes(), 1)
    assert.equal(session.saved, false)
  })

  it('writes nothing for a visitor who left nothing', async () => {
    const { sessions, writes } = open()
    const session = await sessions.open(null)
    await session.save()
    assert.equal(writes(), 0)
    assert.equal(session.sessionKey, null)
    assert.equal(session.isEmpty, true)
  })

  it('sees a change in place, however deep', async () => {
    const [session, , , store] = await twoRequests('{"cart":{"lines":[{"sku":"mug","n":1}]}}')
    const cart = session.get('cart') as { lines: { n: number }[] }
    ;(cart.lines[0] as { n: number }).n = 2
    await session.save()
    assert.equal(await storedJson(store), '{"cart":{"lines":[{"sku":"mug","n":2}]}}')
    cart.lines.push({ n: 3 })
    await session.save()
    assert.equal(await storedJson(store), '{"cart":{"lines":[{"sku":"mug","n":2},{"n":3}]}}')
  })

  it('keeps the bytes of keys it does not touch, and the spelling of numbers beside a change', async () => {
    const json = '{"f": 1.0, "big":12345678901234567890,"nan":NaN,"o":{"x":1.0,"y":-0.0,"z":2}}'
    const [session, , , store] = await twoRequests(json)
    ;(session.get('o') as { z: number }).z = 3
    session.set('new', 'é')
    await session.save()
    assert.equal(
      await storedJson(store),
      '{"f":1.0,"big":12345678901234567890,"nan":NaN,"o":{"x":1.0,"y":-0.0,"z":3},"new":"\\u00e9"}',
    )
  })

  it('takes __proto__ and numbers as ordinary keys', async () => {
    const [session, , , store] = await twoRequests('{}')
    session.set('__proto__', { polluted: true })
    session.set('constructor', 1)
    await session.save()
    assert.equal(({} as { polluted?: boolean }).polluted, undefined)
    assert.equal(await storedJson(store), '{"__proto__":{"polluted":true},"constructor":1}')
  })

  it('names the culprit when a value cannot be stored, and stores nothing', async () => {
    const [session, , , store] = await twoRequests('{"a":1}')
    session.set('ok', 1)
    session.set('cart', { items: [1, 2, { price: () => 1 }] })
    await assert.rejects(
      session.save(),
      (error: unknown) => error instanceof UnserializableError && error.path === 'cart.items[2].price',
    )
    assert.equal(await storedJson(store), '{"a":1}')
  })

  it('gives a client that sends its own key another one', async () => {
    const { sessions } = open()
    for (const key of ['chosen-by-the-client', 'x'.repeat(32), 'short', 'A'.repeat(32), `${'a'.repeat(31)}\0`]) {
      const session = await sessions.open(key)
      session.set('a', 1)
      await session.save()
      assert.notEqual(session.sessionKey, key)
      assert.match(session.sessionKey ?? '', /^[a-z0-9]{32}$/)
    }
  })

  it('is empty, as in Django, when its text was signed with another key', async () => {
    const { sessions, store } = open()
    const forged = new DataSigner({ key: 'another', salt: 'django.contrib.sessions.SessionStore' })
    await store.create(storedKey, forged.dumpsText('{"_auth_user_id":"1"}', {}), Date.now() + 60_000)
    assert.equal((await sessions.open(storedKey)).size, 0)
  })

  it('reads what a fallback key signed and writes with the current key', async () => {
    const store = createMemorySessionStore()
    await store.create(storedKey, signer.dumpsText('{"a":1}', {}), Date.now() + 60_000)
    const settings = defineSettings({ SECRET_KEY: 'the new key', SECRET_KEY_FALLBACKS: [SECRET_KEY] })
    const session = await createSessions({ store, settings }).open(storedKey)
    assert.equal(session.get('a'), 1)
    session.set('b', 2)
    await session.save()
    const renewed = new DataSigner({ key: 'the new key', salt: 'django.contrib.sessions.SessionStore' })
    assert.equal(renewed.loadsText((await store.load(storedKey)) as string), '{"a":1,"b":2}')
  })
})

describe('two requests at once', () => {
  it('both keep their own keys', async () => {
    const [one, two, , store] = await twoRequests('{"z":0}')
    one.set('a', 1)
    two.set('b', 2)
    await Promise.all([one.save(), two.save()])
    assert.deepEqual(JSON.parse(await storedJson(store)), { z: 0, a: 1, b: 2 })
  })

  it('lose no update', async () => {
    const { sessions, store } = open()
    await store.create(storedKey, signer.dumpsText('{"n":0}', {}), Date.now() + 60_000)
    const increment = (n: unknown): number => ((n as number | undefined) ?? 0) + 1
    const results = await Promise.all(
      Array.from({ length: 100 }, async () => (await sessions.open(storedKey)).update('n', increment)),
    )
    assert.equal(await storedJson(store), '{"n":100}')
    assert.deepEqual([...new Set(results)].length, 100)
  })

  it('lose no update of one request that does not wait', async () => {
    const [session, , , store] = await twoRequests('{"n":0}')
    await Promise.all([1, 2, 3].map(step => session.update('n', n => (n as number) + step)))
    assert.equal(await storedJson(store), '{"n":6}')
    assert.equal(session.get('n'), 6)
  })

  it('merge per top-level key and never deeper: what both changed after reading is a conflict, and nothing is saved', async () => {
    const [one, two, , store] = await twoRequests('{"cart":{"a":1},"x":0}')
    ;(one.get('cart') as { a: number }).a = 2
    ;(two.get('cart') as { b?: number }).b = 1
    two.set('x', 1)
    await one.save()
    await assert.rejects(two.save(), (error: unknown) => {
      assert(error instanceof SessionConflictError)
      assert.deepEqual(error.keys, ['cart'])
      assert.equal(error.status, 409)
      return true
    })
    assert.equal(await storedJson(store), '{"cart":{"a":2},"x":0}')
  })

  it('let the last write win for a key nobody read', async () => {
    const [one, two, , store] = await twoRequests('{"x":0}')
    one.set('x', 1)
    two.set('x', 2)
    assert.equal(two.get('x'), 2)
    await one.save()
    await two.save()
    assert.equal(await storedJson(store), '{"x":2}')
  })

  it('let the last write win with SESSION_CONFLICT', async () => {
    const [one, two, , store] = await twoRequests('{"x":0}', { SESSION_CONFLICT: 'last-write-wins' })
    one.set('x', (one.get('x') as number) + 1)
    two.set('x', (two.get('x') as number) + 2)
    await one.save()
    await two.save()
    assert.equal(await storedJson(store), '{"x":2}')
  })

  it('conflict even when both came to the same value: two that count from 0 to 1 must not have counted once', async () => {
    const [one, two, , store] = await twoRequests('{"x":0}')
    for (const session of [one, two]) session.set('x', (session.get('x') as number) + 1)
    await one.save()
    await assert.rejects(two.save(), SessionConflictError)
    assert.equal(await storedJson(store), '{"x":1}')
  })

  it('run an update again on the fresh value, and pass on what it throws then', async () => {
    const [one, two, , store] = await twoRequests('{"n":998}')
    const bounded = (n: unknown): number => {
      if ((n as number) >= 999) throw new RangeError('full')
      return (n as number) + 1
    }
    await one.update('n', bounded)
    await assert.rejects(two.update('n', bounded), RangeError)
    await two.save()
    assert.equal(await storedJson(store), '{"n":999}')
  })

  it('keep what was set while a save was under way for the next one', async () => {
    const [session, , , store] = await twoRequests('{}')
    session.set('a', 1)
    const saving = session.save()
    session.set('a', 2)
    await saving
    assert.equal(await storedJson(store), '{"a":1}')
    await session.save()
    assert.equal(await storedJson(store), '{"a":2}')
  })

  it('notice a change in place of an object that went stale', async () => {
    const [one, two] = await twoRequests('{"cart":{"a":1}}')
    const cart = two.get('cart') as { a: number }
    await one.update('cart', () => ({ a: 5 }))
    await two.update('other', () => 1)
    cart.a = 9
    await assert.rejects(two.save(), SessionConflictError)
  })
})

describe('a session that ended', () => {
  it('is never inserted again', async () => {
    const [one, two, , store] = await twoRequests('{"a":1}')
    two.set('b', 2)
    await one.flush()
    await assert.rejects(two.save(), SessionInterrupted)
    await assert.rejects(
      two.update('c', () => 3),
      SessionInterrupted,
    )
    assert.equal(await store.load(storedKey), null)
  })

  it('starts anew under another key when it is written after flush', async () => {
    const [session, , , store] = await twoRequests('{"a":1}')
    await session.flush()
    assert.equal(session.isEmpty, true)
    session.set('b', 2)
    await session.save()
    assert.notEqual(session.sessionKey, storedKey)
    assert.equal(await store.load(storedKey), null)
    assert.deepEqual([...session.keys()], ['b'])
  })

  it('moves to a new key with all its data, writes of others included, and leaves nothing under the old one', async () => {
    const [one, two, sessions, store] = await twoRequests('{"a":1}')
    two.set('b', 2)
    one.cycleKey()
    one.set('c', 3)
    await two.save()
    await one.save()
    assert.equal((await sessions.open(storedKey)).isEmpty, true)
    const moved = await sessions.open(one.sessionKey)
    assert.deepEqual(Object.fromEntries(moved), { a: 1, b: 2, c: 3 })
    await store.clearExpired(1)
  })

  it('is unknown after its time', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z')
    const { sessions } = open({ SESSION_COOKIE_AGE: 60 }, () => now)
    const session = await sessions.open(null)
    session.set('a', 1)
    await session.save()
    now += 59_999
    assert.equal((await sessions.open(session.sessionKey)).get('a'), 1)
    now += 1
    const late = await sessions.open(session.sessionKey)
    assert.equal(late.sessionKey, null)
    assert.equal(await sessions.clearExpired(10), 1)
  })
})

describe('setExpiry', () => {
  it('takes seconds, a moment, the browser, and the default', async () => {
    const now = Date.parse('2026-01-01T00:00:00Z')
    const { sessions } = open({}, () => now)
    const session = await sessions.open(null)
    assert.equal(session.getExpiryAge(), 1_209_600)
    session.setExpiry(300)
    assert.equal(session.getExpiryAge(), 300)
    assert.equal(session.getExpiryDate().getTime(), now + 300_000)
    session.setExpiry(new Date(now + 60_500))
    assert.equal(session.get('_session_expiry'), '2026-01-01T00:01:00.500000+00:00')
    assert.equal(session.getExpiryAge(), 60)
    session.setExpiry(0)
    assert.equal(session.getExpireAtBrowserClose(), true)
    assert.equal(session.getExpiryAge(), 1_209_600)
    session.setExpiry(null)
    assert.equal(session.getExpireAtBrowserClose(), false)
  })
})

describe('one request that does several things at once', () => {
  it('changes its key also when that is asked for during a save (session fixation)', async () => {
    const [session, , , store] = await twoRequests('{"a":1}')
    const saving = session.update('a', () => 2)
    session.cycleKey()
    session.set('_auth_user_id', '1')
    await saving
    await session.save()
    assert.notEqual(session.sessionKey, storedKey)
    assert.equal(await store.load(storedKey), `moved:${session.sessionKey}`)
  })

  it('keeps nothing of an update that throws, changes in place included', async () => {
    const [session, , , store] = await twoRequests('{"cart":{"a":1}}')
    const fail = (cart: unknown): never => {
      ;(cart as { a: number }).a = 9
      throw new RangeError('full')
    }
    await assert.rejects(session.update('cart', fail), RangeError)
    assert.deepEqual(session.get('cart'), { a: 1 })
    session.set('other', { a: 2 })
    await assert.rejects(session.update('other', fail), RangeError)
    assert.deepEqual(session.get('other'), { a: 2 })
    await session.save()
    assert.equal(await storedJson(store), '{"cart":{"a":1},"other":{"a":2}}')
  })

  it('keeps what is set while an update is under way, also when that fails', async () => {
    const [one, two, , store] = await twoRequests('{"n":9}')
    const bounded = (n: unknown): number => {
      if ((n as number) >= 10) throw new RangeError('full')
      return (n as number) + 1
    }
    await one.update('n', bounded)
    const updating = two.update('n', bounded)
    two.set('n', 3)
    await assert.rejects(updating, RangeError)
    assert.equal(two.get('n'), 3)
    await assert.rejects(two.save(), SessionConflictError)
    two.set('m', 1)
    const again = two.update('m', () => 5)
    two.set('m', 2)
    await assert.rejects(again, SessionConflictError)
    assert.equal(two.get('m'), 2)
    assert.equal(await storedJson(store), '{"n":10}')
  })

  it('has read what update showed it: to set the key after that may be a conflict', async () => {
    const [one, two, , store] = await twoRequests('{"n":1}')
    const n = (await one.update('n', n => (n as number) + 1)) as number
    await two.update('n', n => (n as number) + 10)
    one.set('n', n + 1)
    await assert.rejects(one.save(), SessionConflictError)
    assert.equal(await storedJson(store), '{"n":12}')
  })

  it('is still logged in when the row could not be deleted', async () => {
    const { sessions, store } = open()
    await store.create(storedKey, signer.dumpsText('{"a":1}', {}), Date.now() + 60_000)
    const session = await createSessions({
      store: { ...store, delete: () => Promise.reject(new Error('no database')) },
      settings: sessions.settings,
    }).open(storedKey)
    await assert.rejects(session.flush(), /no database/)
    assert.equal(session.sessionKey, storedKey)
    assert.equal(session.get('a'), 1)
  })
})

describe('a session that is written at each request', () => {
  it('may end meanwhile: there was nothing to lose', async () => {
    const [one, two, , store] = await twoRequests('{"a":1}')
    await one.flush()
    await two.save({ always: true })
    assert.equal(two.saved, false)
    assert.equal(await store.load(storedKey), null)
  })
})
