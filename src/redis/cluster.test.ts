import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { startRedisCluster } from '../../tests/redis-cluster.ts'
import { startRedis } from '../../tests/redis-server.ts'
import { openRedis, RedisUnavailable, type RedisUnavailableReason } from './index.ts'
import { slotOf } from './slot.ts'

const unavailable =
  (reason: RedisUnavailableReason) =>
  (error: unknown): boolean =>
    error instanceof RedisUnavailable && error.reason === reason

/** Of the first node's share, a third. */
const isOfFirst = (key: string): boolean => slotOf(key) < 5462

const keys = Array.from({ length: 60 }, (_, n) => `key:${n}`)

test('the slot of a key is that of the specification', () => {
  assert.equal(slotOf('123456789'), 0x31c3)
  assert.equal(slotOf('{user1000}.following'), slotOf('user1000'))
  assert.equal(slotOf('foo{}{bar}'), 8363)
  assert.equal(slotOf('foo{{bar}}zap'), slotOf('{bar'))
  assert.equal(slotOf('foo{bar}{zap}'), slotOf('bar'))
})

test('a cluster keeps every key on its node, and follows slots that move', async t => {
  const cluster = await startRedisCluster(t)
  if (cluster === null) return
  const [first, second] = cluster.nodes
  assert.ok(first && second)
  const redis = openRedis(cluster.url.replace(/,.*/, '')) // one node tells of the others
  t.after(() => redis.close())
  const script = redis.prepare(`return redis.call('GET', KEYS[1])`)
  for (const key of keys) assert.equal(await redis.set(key, `of ${key}`), true)
  for (const key of keys) assert.equal(await script.run(key), `of ${key}`)
  for (const node of cluster.nodes) assert.notEqual(await cluster.cli(node, 'DBSIZE'), '0')
  await redis.ping()

  const moving = keys.find(key => slotOf(key) < 5000) ?? ''
  const slot = String(slotOf(moving))
  const [from, to] = [await cluster.cli(first, 'CLUSTER', 'MYID'), await cluster.cli(second, 'CLUSTER', 'MYID')]
  await cluster.cli(second, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', from)
  await cluster.cli(first, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', to)
  await cluster.cli(first, 'MIGRATE', '127.0.0.1', String(second.port), moving, '0', '5000')
  assert.equal(await script.run(moving), `of ${moving}`, 'ASK')
  assert.deepEqual(
    await Promise.all(keys.map(key => redis.get(key))),
    keys.map(key => `of ${key}`),
  )
  for (const node of cluster.nodes) await cluster.cli(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', to)
  assert.equal(await redis.get(moving), `of ${moving}`, 'MOVED')
  assert.equal(await redis.delete(moving), true)

  const single = openRedis(first.url)
  t.after(() => single.close())
  await assert.rejects(
    single.get(moving),
    (error: unknown) => unavailable('refused')(error) && /redis-cluster:/.test((error as RedisUnavailable).detail),
  )
})

test('a node that is away, or hangs, costs its own keys only, and serves them again once it is back', async t => {
  // A Redis that waits for a busy disk answers nobody meanwhile: what is written outlives its process without that.
  const files = ['--appendonly', 'yes', '--appendfsync', 'no']
  const cluster = await startRedisCluster(t, ['--cluster-require-full-coverage', 'no', ...files])
  if (cluster === null) return
  const [first, second] = cluster.nodes
  assert.ok(first && second)
  const redis = openRedis(cluster.url, { connectMs: 1500, commandMs: 1500 })
  t.after(() => redis.close())
  for (const key of keys) await redis.set(key, 'x')
  const assertServed = async (): Promise<void> => {
    const answers = await Promise.allSettled(keys.map(key => redis.get(key)))
    for (const [index, answer] of answers.entries()) {
      const isServed = !isOfFirst(keys[index] ?? '')
      const isAnswered = answer.status === 'fulfilled' && answer.value === 'x'
      assert.equal(
        isAnswered,
        isServed,
        `${keys[index]}: ${answer.status === 'rejected' ? answer.reason : answer.value}`,
      )
      if (answer.status === 'rejected') assert.ok(answer.reason instanceof RedisUnavailable, String(answer.reason))
    }
  }
  first.freeze()
  await assertServed()
  await assertServed()
  first.thaw()
  await cluster.settle()
  assert.equal(await redis.get(keys.find(isOfFirst) ?? ''), 'x')
  await first.stop()
  await assertServed()
  await assertServed()
  const other = openRedis(cluster.url, { connectMs: 1500 })
  t.after(() => other.close())
  assert.equal(await other.get(keys.find(key => !isOfFirst(key)) ?? ''), 'x')
  await first.start()
  await cluster.settle()
  for (const key of keys) assert.equal(await redis.get(key), 'x')
})

test('a cluster that is not whole is 503, and a server that is no cluster too', async t => {
  const cluster = await startRedisCluster(t)
  if (cluster === null) return
  const [first] = cluster.nodes
  assert.ok(first)
  const redis = openRedis(cluster.url)
  t.after(() => redis.close())
  await redis.ping()
  await cluster.cli(first, 'CLUSTER', 'DELSLOTS', '0')
  while ((await cluster.cli(first, 'CLUSTER', 'INFO')).includes('cluster_state:ok')) await delay(20)
  await assert.rejects(redis.get(keys.find(isOfFirst) ?? ''), unavailable('cluster-down'))
  const server = await startRedis(t)
  const none = openRedis(`redis-cluster://127.0.0.1:${server?.port}`)
  t.after(() => none.close())
  await assert.rejects(none.get('any'), unavailable('refused'))
})
