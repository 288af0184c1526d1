import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it, test } from 'node:test'
import { startRedisCluster } from '../../tests/redis-cluster.ts'
import { requireSharedRedis, sharedRedisUrl, startRedis } from '../../tests/redis-server.ts'
import type { Clock } from '../kit/index.ts'
import { openRedis, RedisUnavailable } from '../redis/index.ts'
import { type It, sessionStoreContract } from '../testing/index.ts'
import { createCacheSessionStore } from './cache-store.ts'
import type { SessionStore } from './store.ts'

const prefix = `nuages-test:${randomUUID()}:`

/** A store that closes its Redis, too. */
function openStore(url: string, clock: Clock): SessionStore {
  const redis = openRedis(url)
  return { ...createCacheSessionStore(redis, { prefix, clock }), close: () => redis.close() }
}

/** `it`, whose tests are skipped without the shared Redis. */
const itWithRedis: It = (name, body) =>
  it(name, async t => {
    if (await requireSharedRedis(t)) await body()
  })

describe('sessions in Redis', () => sessionStoreContract(itWithRedis, clock => openStore(sharedRedisUrl, clock)))

test('sessions in a Redis Cluster', async t => {
  const cluster = await startRedisCluster(t)
  if (cluster === null) return
  const running: Promise<void>[] = []
  sessionStoreContract(
    (name, body) => running.push(t.test(name, body)),
    clock => openStore(cluster.url, clock),
  )
  await Promise.all(running)
})

describe('a session in Redis', () => {
  const expiresAt = Date.now() + 3_600_000

  it('is forgotten by Redis itself, and kept no longer than it lives', async t => {
    const server = await startRedis(t)
    if (server === null) return
    const redis = openRedis(server.url)
    t.after(() => redis.close())
    const store = createCacheSessionStore(redis, { prefix })
    const life = redis.prepare(`return redis.call('PTTL', KEYS[1])`)
    await store.create('abcdefgh', 'text', expiresAt)
    assert.ok(Number(await life.run(`${prefix}abcdefgh`)) > 3_000_000)
    await store.replace('abcdefgh', 'text', 'other', Date.now() + 60_000)
    assert.ok(Number(await life.run(`${prefix}abcdefgh`)) <= 60_000)
    await store.replace('abcdefgh', 'other', 'text', 0)
    assert.equal(await life.run(`${prefix}abcdefgh`), -2)
  })

  it('is not there when something else stands under its key', async t => {
    const server = await startRedis(t)
    if (server === null) return
    const redis = openRedis(server.url)
    t.after(() => redis.close())
    const store = createCacheSessionStore(redis, { prefix })
    for (const value of ['', ':', 'text', '::text', `x${expiresAt}:text`]) {
      await redis.set(`${prefix}abcdefgh`, value)
      assert.equal(await store.load('abcdefgh'), null, value)
    }
  })

  it('is answered by 503 while Redis is away, and as before once it is back', async t => {
    const server = await startRedis(t, ['--appendonly', 'yes', '--appendfsync', 'always'])
    if (server === null) return
    const redis = openRedis(server.url)
    t.after(() => redis.close())
    const store = createCacheSessionStore(redis, { prefix })
    await store.create('abcdefgh', 'text', expiresAt)
    await server.stop()
    const steps = [
      () => store.load('abcdefgh'),
      () => store.create('hgfedcba', 'text', expiresAt),
      () => store.replace('abcdefgh', 'text', 'other', expiresAt),
      () => store.delete('abcdefgh'),
      () => store.ping(),
    ]
    for (const step of steps) await assert.rejects(step, RedisUnavailable)
    await server.start()
    assert.equal(await store.load('abcdefgh'), 'text')
    assert.equal(await store.replace('abcdefgh', 'text', 'other', expiresAt), true)
  })
})
