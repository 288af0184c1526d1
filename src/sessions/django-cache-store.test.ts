import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { withDatabases } from '../../tests/real-parts.ts'
import { requireSharedRedis, sharedRedisUrl } from '../../tests/redis-server.ts'
import { migrateDjangoTables } from '../db/index.ts'
import { openRedis } from '../redis/index.ts'
import { defineSettings } from '../settings/index.ts'
import { sessionStoreContract } from '../testing/session-store-contract.ts'
import { createDatabaseSessionStore as databaseStore } from './db-store.ts'
import {
  createDjangoCachedDatabaseSessionStore,
  createDjangoCacheSessionStore,
  createPickleCodec,
  createSessions,
  PickleRefused,
  type SessionStore,
} from './index.ts'

const settings = defineSettings({ SECRET_KEY: 'secret', DJANGO_VERSION: '5.2' })

test("the contract of session engines, kept beside Django's engine cache", { concurrency: true }, async t => {
  if (!(await requireSharedRedis(t))) return
  const redis = openRedis(sharedRedisUrl)
  t.after(() => redis.close())
  const tests: Promise<void>[] = []
  sessionStoreContract(
    (name, body) => tests.push(t.test(name, body)),
    clock => createDjangoCacheSessionStore(redis, { prefix: `test:${randomUUID()}:`, clock }),
    { ownClock: true },
  )
  await Promise.all(tests)
})

test("sessions beside Django's engine cache are compared by all of their bytes", async t => {
  if (!(await requireSharedRedis(t))) return
  const redis = openRedis(sharedRedisUrl)
  t.after(() => redis.close())
  const store: SessionStore = createDjangoCacheSessionStore(redis, { prefix: `test:${randomUUID()}:` })
  const later = Date.now() + 60_000
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1')
  assert.equal(await store.create('key', bytes, later), true)
  assert.equal(await store.load('key'), bytes)
  assert.equal(await store.replace('key', bytes.replace('\xff', '\xfe'), 'x', later), false)
  assert.equal(await store.replace('key', bytes, '\x80\x04}.', later), true)
  assert.equal(await store.load('key'), '\x80\x04}.')
  assert.equal(await store.delete('key', '\x80\x04}.'), true)
})

test('a session that only Python can read is an error, is not written over, and can be ended', async t => {
  if (!(await requireSharedRedis(t))) return
  const redis = openRedis(sharedRedisUrl)
  t.after(() => redis.close())
  const prefix = `test:${randomUUID()}:`
  const sessions = createSessions({
    store: createDjangoCacheSessionStore(redis, { prefix }),
    codec: createPickleCodec(),
    settings,
  })
  const key = sessions.newKey()
  const pickled = Buffer.from('\x80\x05}\x94\x8c\x04when\x8c\x08datetime\x8c\x08datetime\x93.', 'latin1')
  await redis.set(prefix + key, pickled)
  await assert.rejects(
    sessions.open(key),
    (error: unknown) => error instanceof PickleRefused && error.global === 'datetime.datetime' && error.key === 'when',
  )
  assert.deepEqual(Buffer.from((await redis.getBytes(prefix + key)) as Uint8Array), pickled)
  assert.equal(await sessions.remove(key), true)
  assert.equal(await redis.getBytes(prefix + key), null)
})

test('a damaged session is an empty one, and what is written takes its place', async t => {
  if (!(await requireSharedRedis(t))) return
  const redis = openRedis(sharedRedisUrl)
  t.after(() => redis.close())
  const prefix = `test:${randomUUID()}:`
  const store = createDjangoCacheSessionStore(redis, { prefix })
  const sessions = createSessions({ store, codec: createPickleCodec(), settings })
  for (const damaged of ['', '5', 'rubbish', '\x80\x05]\x94.', '\x80\x05}\x94(\x8c\x01a']) {
    const key = sessions.newKey()
    await redis.set(prefix + key, Buffer.from(damaged, 'latin1'), { lifeMs: 60_000 })
    const session = await sessions.open(key)
    assert.equal(session.size, 0)
    session.set('a', 1)
    await session.save()
    assert.equal((await sessions.open(session.sessionKey)).get('a'), 1)
    await session.flush()
  }
})

withDatabases("the contract of session engines, kept beside Django's engine cached_db", it => {
  it('is kept', async ({ t, open }) => {
    if (!(await requireSharedRedis(t))) return
    const redis = openRedis(sharedRedisUrl)
    const database = open()
    await migrateDjangoTables(database)
    const tests: Promise<void>[] = []
    sessionStoreContract(
      (name, body) => tests.push(t.test(name, body)),
      clock => createDjangoCachedDatabaseSessionStore({ redis, database, prefix: `test:${randomUUID()}:`, clock }),
    )
    await Promise.all(tests)
    await redis.close()
  })

  it('removes the copy when a row changes or goes, and once more a while later', async ({ t, open }) => {
    if (!(await requireSharedRedis(t))) return
    const redis = openRedis(sharedRedisUrl)
    t.after(() => redis.close())
    const database = open()
    await migrateDjangoTables(database)
    const prefix = `test:${randomUUID()}:`
    const store = createDjangoCachedDatabaseSessionStore({ redis, database, prefix })
    const later = Date.now() + 60_000
    const copy = (text: string): Promise<boolean> => redis.set(`${prefix}key`, text, { lifeMs: 60_000 })
    const copied = (): Promise<string | null> => redis.get(`${prefix}key`)

    assert.equal(await store.create('key', 'one', later), true)
    await copy('one')
    assert.equal(await store.replace('key', 'one', 'two', later), true)
    assert.equal(await copied(), null)
    // A Django that had read the row before puts it into its cache now.
    await copy('one')
    assert.equal(await store.load('key'), 'two', 'Nuages reads the row')
    await store.close()
    assert.equal(await copied(), null)

    await copy('two')
    assert.equal(await store.delete('key', 'two'), true)
    assert.equal(await copied(), null)
    await store.close()
  })

  it('writes nothing while Redis is away, where Django would go on reading its copy', async ({ open }) => {
    const redis = openRedis('redis://127.0.0.1:12399', { connectMs: 200, commandMs: 200 })
    const database = open()
    await migrateDjangoTables(database)
    const store = createDjangoCachedDatabaseSessionStore({ redis, database })
    const later = Date.now() + 60_000
    assert.equal(await store.create('key', 'one', later), true)
    await assert.rejects(store.replace('key', 'one', 'two', later), { code: 'redis/unavailable' })
    await assert.rejects(store.delete('key'), { code: 'redis/unavailable' })
    assert.equal(await store.load('key'), 'one')
    assert.equal(await databaseStore(database, Date.now).load('key'), 'one')
    await store.close()
    await redis.close()
  })
})
