import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import { withDatabases } from '../../tests/real-parts.ts'
import { requireSharedRedis, sharedRedisUrl } from '../../tests/redis-server.ts'
import { migrateDjangoTables, migrateLoginThrottle, pendingMigrations } from '../db/index.ts'
import { type Clock, ConfigError } from '../kit/index.ts'
import { openRedis } from '../redis/index.ts'
import { TooManyAttempts } from './errors.ts'
import { LoginThrottle } from './throttle.ts'
import { createDatabaseThrottleStore } from './throttle-database.ts'
import { createRedisThrottleStore } from './throttle-redis.ts'
import { createMemoryThrottleStore, type ThrottleStore } from './throttle-store.ts'

/** Two servers' stores of the same counts, and a name that no other run uses. */
interface Pair {
  readonly stores: readonly [ThrottleStore, ThrottleStore]
  readonly name: string
  /** Lets time pass, in milliseconds. */
  pass(ms: number): Promise<void>
}

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

async function givesNoMorePlaces({ stores, name }: Pair): Promise<void> {
  const limit = { places: 10, windowMs: 60_000 }
  const places = await Promise.all(times(100, index => (stores[index % 2] as ThrottleStore).take(name, limit)))
  const taken = places.filter(place => place.taken)
  assert.equal(taken.length, 10)
  assert.equal(new Set(places.map(({ window }) => window)).size, 1)
  for (const { endsInMs } of places) assert(endsInMs > 0 && endsInMs <= 60_000, String(endsInMs))
  assert((await stores[0].take(`${name}-2`, limit)).taken)
}

async function takesPlacesBack({ stores, name }: Pair): Promise<void> {
  const limit = { places: 3, windowMs: 60_000 }
  const [first, ...others] = await Promise.all(times(3, () => stores[0].take(name, limit)))
  assert(others.every(({ taken }) => taken))
  assert(!(await stores[1].take(name, limit)).taken)
  await stores[1].giveBack(name, first?.window as string)
  assert((await stores[0].take(name, limit)).taken)
  assert(!(await stores[0].take(name, limit)).taken)
}

async function endsWindows({ stores, name, pass }: Pair): Promise<void> {
  const limit = { places: 1, windowMs: 1000 }
  const before = await stores[0].take(name, limit)
  await pass(1050)
  const after = await Promise.all(times(20, index => (stores[index % 2] as ThrottleStore).take(name, limit)))
  assert.equal(after.filter(({ taken }) => taken).length, 1)
  await stores[1].giveBack(name, before.window)
  assert(!(await stores[0].take(name, limit)).taken, 'a place of the window before is not one of this')
}

async function letsTenGuess({ stores, name }: Pair): Promise<void> {
  const throttles = stores.map(store => new LoginThrottle(store))
  let tried = 0
  const guess = async (): Promise<null> => {
    tried += 1
    await new Promise(resolve => setImmediate(resolve))
    return null
  }
  const attempt = (index: number): Promise<unknown> =>
    (throttles[index % 2] as LoginThrottle).attempt(name, '192.0.2.1', guess)
  const results = await Promise.allSettled(times(100, attempt))
  assert.equal(tried, 10)
  for (const result of results)
    if (result.status === 'rejected') assert(result.reason instanceof TooManyAttempts, String(result.reason))
  const succeed = async (): Promise<string> => 'ada'
  assert.equal(await throttles[0]?.attempt(name, '192.0.2.2', succeed), 'ada')
}

const contract: Readonly<Record<string, (pair: Pair) => Promise<void>>> = {
  'gives no more places than there are to a hundred who ask two servers at once': givesNoMorePlaces,
  'takes a place back, from another server too': takesPlacesBack,
  'begins a new window once, when one is over, and takes back no place of the old one': endsWindows,
  'lets ten of a hundred guesses at once try, on two servers': letsTenGuess,
}

/** A clock that stands still until told. */
function ownClock(): { readonly clock: Clock; pass(ms: number): Promise<void> } {
  let now = Date.UTC(2026, 0, 1)
  return {
    clock: () => now,
    async pass(ms) {
      now += ms
    },
  }
}

describe('failed logins in memory', () => {
  for (const [name, body] of Object.entries(contract)) {
    it(name, async () => {
      const { clock, pass } = ownClock()
      const store = createMemoryThrottleStore(clock)
      await body({ stores: [store, store], name: 'ada', pass })
    })
  }
})

withDatabases('failed logins in the database', it => {
  for (const [name, body] of Object.entries(contract)) {
    it(name, async ({ open }) => {
      const { clock, pass } = ownClock()
      const [one, other] = [open(), open()]
      await migrateLoginThrottle(one)
      const stores = [createDatabaseThrottleStore(one, clock), createDatabaseThrottleStore(other, clock)] as const
      await body({ stores, name: 'ada', pass })
    })
  }

  it('leave the table when their time is over', async ({ open }) => {
    const { clock, pass } = ownClock()
    const database = open()
    await migrateLoginThrottle(database)
    const store = createDatabaseThrottleStore(database, clock)
    const limit = { places: 1, windowMs: 1000 }
    for (const name of ['a', 'b', 'c']) await store.take(name, limit)
    await pass(1001)
    await store.take('d', limit)
    const rows = await database.prepare<{ name: string }>('SELECT name FROM nuages_login_throttle').all()
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['d'],
    )
  })

  it('have a table that is made once, and only when asked for', async ({ open }) => {
    const database = open()
    await migrateDjangoTables(database)
    assert.deepEqual(await pendingMigrations(database, {}), [])
    assert.deepEqual(await pendingMigrations(database, {}, { loginThrottle: true }), ['nuages_login_throttle'])
    assert.deepEqual(await migrateLoginThrottle(database), { created: ['nuages_login_throttle'] })
    assert.deepEqual(await migrateLoginThrottle(database), { created: [] })
    assert.deepEqual(await pendingMigrations(database, {}, { loginThrottle: true }), [])
  })

  it("do not go into a table of that name that is somebody else's", async ({ open }) => {
    const database = open()
    await database.prepare('CREATE TABLE nuages_login_throttle (name varchar(10))').run()
    await assert.rejects(migrateLoginThrottle(database), ConfigError)
  })

  it('answer 503 where the table is missing', async ({ open }) => {
    const throttle = new LoginThrottle(createDatabaseThrottleStore(open(), () => 0))
    await assert.rejects(
      throttle.attempt('ada', '192.0.2.1', async () => 'ada'),
      { code: 'db/unavailable', status: 503 },
    )
  })
})

describe('counts in memory', () => {
  it('are bounded: of 100,000 windows at once the oldest is forgotten', async () => {
    const store = createMemoryThrottleStore(() => 0)
    const limit = { places: 1, windowMs: 60_000 }
    for (let index = 0; index < 100_000; index += 1) await store.take(`key-${index}`, limit)
    assert.equal((await store.take('key-0', limit)).taken, false)
    assert.equal((await store.take('one more', limit)).taken, true)
    assert.equal((await store.take('key-1', limit)).taken, false)
    assert.equal((await store.take('key-0', limit)).taken, true)
  })
})

async function redisPair(t: TestContext): Promise<Pair | null> {
  if (!(await requireSharedRedis(t))) return null
  const [one, other] = [openRedis(sharedRedisUrl), openRedis(sharedRedisUrl)]
  t.after(() => Promise.all([one.close(), other.close()]))
  return {
    stores: [createRedisThrottleStore(one), createRedisThrottleStore(other)],
    name: `test-${randomUUID()}`,
    pass: ms => new Promise(resolve => setTimeout(resolve, ms)),
  }
}

describe('failed logins in Redis', () => {
  for (const [name, body] of Object.entries(contract)) {
    it(name, async t => {
      const pair = await redisPair(t)
      if (pair !== null) await body(pair)
    })
  }

  it('answer 503 where Redis is away, and nothing is tried', async t => {
    const redis = openRedis('redis://127.0.0.1:1', { connectMs: 200 })
    t.after(() => redis.close())
    const throttle = new LoginThrottle(createRedisThrottleStore(redis))
    const attempt = throttle.attempt('ada', '192.0.2.1', async () => assert.fail('tried'))
    await assert.rejects(attempt, { code: 'redis/unavailable', status: 503 })
  })
})
