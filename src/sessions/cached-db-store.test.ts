import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { describe, it, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { requirePostgres, temporaryFolder } from '../../tests/real-parts.ts'
import { startRedisCluster } from '../../tests/redis-cluster.ts'
import { type RedisServer, requireSharedRedis, sharedRedisUrl, startRedis } from '../../tests/redis-server.ts'
import { type Database, type Lookup, migrateDjangoTables, openDatabase, type Update } from '../db/index.ts'
import { type Clock, systemClock } from '../kit/index.ts'
import { openRedis, type Redis, RedisUnavailable } from '../redis/index.ts'
import { type It, sessionStoreContract } from '../testing/index.ts'
import { createCachedDatabaseSessionStore } from './cached-db-store.ts'
import type { SessionStore } from './store.ts'

const key = 'abcdefgh'
const later = Date.now() + 3_600_000
const newPrefix = (): string => `nuages-test:${randomUUID()}:`

async function openStore(redisUrl: string, databaseUrl: string, clock: Clock): Promise<SessionStore> {
  const redis = openRedis(redisUrl)
  const database = openDatabase(databaseUrl)
  await migrateDjangoTables(database)
  const store = createCachedDatabaseSessionStore({ redis, database, prefix: newPrefix(), clock })
  return {
    ...store,
    async close() {
      await redis.close()
      await database.close()
    },
  }
}

const itWithRedis: It = (name, body) =>
  it(name, async t => {
    if (await requireSharedRedis(t)) await body()
  })

describe('sessions in SQLite with copies in Redis', () =>
  sessionStoreContract(itWithRedis, clock => openStore(sharedRedisUrl, 'sqlite::memory:', clock)))

test('sessions in PostgreSQL with copies in a Redis Cluster', async t => {
  const url = await requirePostgres(t)
  const cluster = url === null ? null : await startRedisCluster(t)
  if (url === null || cluster === null) return
  await (await openStore(cluster.url, url, systemClock)).close()
  const running: Promise<void>[] = []
  sessionStoreContract(
    (name, body) => running.push(t.test(name, body)),
    clock => openStore(cluster.url, url, clock),
  )
  await Promise.all(running)
})

/** Stops a process at one of its steps, until it is let go or dies there. */
class Gate {
  #reached: () => void = () => {}
  #go: () => void = () => {}
  readonly reached: Promise<void> = new Promise(resolve => {
    this.#reached = resolve
  })
  readonly #open: Promise<void> = new Promise(resolve => {
    this.#go = resolve
  })

  pass(): Promise<void> {
    this.#reached()
    return this.#open
  }

  open(): void {
    this.#go()
  }
}

/** Before or after a statement of the database. */
type Moment = `${'before' | 'after'} ${'SELECT' | 'UPDATE' | 'DELETE'}`

/** A process of its own on one Redis and one database, which `stopAt` stops once. */
class Process {
  readonly store: SessionStore
  readonly #redis: Redis
  #gates = new Map<Moment, Gate>()

  constructor(redis: Redis, database: Database, prefix: string) {
    this.#redis = redis
    const gated = <T>(sql: string, run: () => Promise<T>): Promise<T> => this.#gate(sql.slice(0, 6), run)
    const gatedDatabase: Database = Object.assign(Object.create(database) as Database, {
      prepare: <Row>(sql: string) => {
        const statement = database.prepare<Row>(sql)
        return { ...statement, run: parameters => gated(sql, () => statement.run(parameters)) } as typeof statement
      },
      prepareLookup: <Row>(sql: string): Lookup<Row> => {
        const lookup = database.prepareLookup<Row>(sql)
        return { get: parameters => gated(sql, () => lookup.get(parameters)) }
      },
      prepareUpdate: (sql: string, keyIndex: number): Update => {
        const update = database.prepareUpdate(sql, keyIndex)
        return { run: parameters => gated(sql, () => update.run(parameters)) }
      },
    })
    this.store = createCachedDatabaseSessionStore({ redis, database: gatedDatabase, prefix })
  }

  stopAt(moment: Moment): Gate {
    const gate = new Gate()
    this.#gates.set(moment, gate)
    return gate
  }

  /** As a process that is killed: whatever it still wants to tell Redis does not arrive. */
  die(): Promise<void> {
    return this.#redis.close()
  }

  async #gate<T>(word: string, run: () => Promise<T>): Promise<T> {
    await this.#pass(`before ${word}` as Moment)
    const result = await run()
    await this.#pass(`after ${word}` as Moment)
    return result
  }

  async #pass(moment: Moment): Promise<void> {
    const gate = this.#gates.get(moment)
    this.#gates.delete(moment)
    await gate?.pass()
  }
}

interface Stage {
  readonly server: RedisServer
  readonly database: Database
  /** A new process on the same Redis and database. */
  process(): Process
  /** What a process that has just started reads. */
  load(): Promise<string | null>
  /** What is in Redis under the key. */
  held(): Promise<string | null>
  /** As a Redis does that is short of memory. */
  evict(): Promise<boolean>
}

/** A Redis of its own, a SQLite file, and a session `key` that holds `old`. */
async function setStage(t: TestContext, args: readonly string[] = []): Promise<Stage | null> {
  const server = await startRedis(t, args)
  if (server === null) return null
  const prefix = newPrefix()
  const database = openDatabase(`sqlite:${join(temporaryFolder(t), 'db.sqlite3')}`)
  t.after(() => database.close())
  await migrateDjangoTables(database)
  const open = (): Redis => {
    const redis = openRedis(server.url, { connectMs: 1000, commandMs: 1000 })
    t.after(() => redis.close())
    return redis
  }
  const observer = open()
  const stage: Stage = {
    server,
    database,
    process: () => new Process(open(), database, prefix),
    load: () => stage.process().store.load(key),
    held: () => observer.get(prefix + key),
    evict: () => observer.delete(prefix + key),
  }
  assert.equal(await stage.process().store.create(key, 'old', later), true)
  return stage
}

const replace = ({ store }: Process, text: string, seen: string = 'old'): Promise<boolean> =>
  store.replace(key, seen, text, later)

describe('a copy in Redis', () => {
  it('is made by the first reader and by a writer, and saves the others the database', async t => {
    const stage = await setStage(t)
    if (stage === null) return
    assert.equal(await stage.held(), null)
    const [reader, writer] = [stage.process(), stage.process()]
    assert.equal(await reader.store.load(key), 'old')
    await stage.database.prepare('UPDATE django_session SET session_data = ?').run(['behind its back'])
    assert.equal(await reader.store.load(key), 'old')
    assert.equal(await stage.load(), 'old', 'a process that starts now finds it, too')
    await stage.database.prepare('UPDATE django_session SET session_data = ?').run(['old'])
    assert.equal(await replace(writer, 'new'), true)
    await writer.store.close() // the copy is made when nobody waits for it
    await stage.database.prepare('DELETE FROM django_session').run()
    assert.equal(await reader.store.load(key), 'new')
  })

  it('is not made by a slow reader of what was replaced or ended meanwhile', async t => {
    for (const end of [false, true]) {
      const stage = await setStage(t)
      if (stage === null) return
      const [reader, writer] = [stage.process(), stage.process()]
      const gate = reader.stopAt('after SELECT')
      const slow = reader.store.load(key)
      await gate.reached
      assert.equal(end ? await writer.store.delete(key) : await replace(writer, 'new'), true)
      gate.open()
      assert.equal(await slow, 'old', 'it had asked before')
      assert.equal(await stage.load(), end ? null : 'new')
      assert.equal(await reader.store.load(key), end ? null : 'new')
    }
  })

  it('is gone before the database is written to, so that a writer may crash at any step', async t => {
    for (const moment of ['before UPDATE', 'after UPDATE', 'before DELETE', 'after DELETE'] as const) {
      const stage = await setStage(t)
      if (stage === null) return
      const writer = stage.process()
      assert.equal(await stage.load(), 'old')
      const gate = writer.stopAt(moment)
      const write = moment.endsWith('UPDATE') ? replace(writer, 'new') : writer.store.delete(key)
      await gate.reached
      const expected = moment.startsWith('before') ? 'old' : moment.endsWith('UPDATE') ? 'new' : null
      assert.equal(await stage.load(), expected, moment)
      await writer.die()
      assert.equal(await stage.load(), expected, moment)
      assert.match(String(await stage.held()), /^alone:/, 'nobody has made a copy')
      gate.open()
      assert.equal(await write, true)
    }
  })

  it('is made by none of two writers that overlap, since neither knows who was last', async t => {
    for (const first of ['one', 'other']) {
      const stage = await setStage(t)
      if (stage === null) return
      const [one, other] = [stage.process(), stage.process()]
      const gates = [one.stopAt('after UPDATE'), other.stopAt('before DELETE')] as const
      const [early, late] = first === 'one' ? gates : [gates[1], gates[0]]
      const replacing = replace(one, 'new')
      await gates[0].reached
      const ending = other.store.delete(key)
      await gates[1].reached
      early.open()
      await (first === 'one' ? replacing : ending)
      assert.match(String(await stage.held()), /^crowd:/)
      assert.equal(await stage.load(), first === 'one' ? 'new' : null)
      late.open()
      await Promise.all([replacing, ending])
      assert.equal(await stage.held(), null)
      assert.equal(await stage.load(), null)
    }
  })

  it('does not bring back what a writer ended that crashed right after, whoever wrote at the same time', async t => {
    const stage = await setStage(t)
    if (stage === null) return
    const [leaver, writer] = [stage.process(), stage.process()]
    const gate = leaver.stopAt('before DELETE')
    const ended = leaver.stopAt('after DELETE')
    const ending = leaver.store.delete(key)
    await gate.reached
    assert.equal(await replace(writer, 'new'), true)
    assert.equal(await stage.load(), 'new')
    gate.open()
    await ended.reached
    await leaver.die()
    assert.equal(await stage.load(), null)
    assert.equal(await writer.store.load(key), null)
    ended.open()
    await ending
  })

  it('is not made while somebody writes, though Redis has forgotten the marker of another writer', async t => {
    const stage = await setStage(t)
    if (stage === null) return
    const [forgotten, writer] = [stage.process(), stage.process()]
    const gates = [forgotten.stopAt('before UPDATE'), writer.stopAt('before DELETE')] as const
    const replacing = replace(forgotten, 'new', 'something else')
    await gates[0].reached
    await stage.evict()
    const ending = writer.store.delete(key)
    await gates[1].reached
    const mark = await stage.held()
    assert.match(String(mark), /^alone:/)
    gates[0].open()
    assert.equal(await replacing, false)
    assert.equal(await stage.held(), mark)
    assert.equal(await stage.load(), 'old')
    gates[1].open()
    await ending
    assert.equal(await stage.load(), null)
  })

  it('is kept away by the marker of a write of which the database did not say whether it was done', async t => {
    const stage = await setStage(t)
    if (stage === null) return
    const writer = stage.process()
    assert.equal(await stage.load(), 'old')
    const gate = writer.stopAt('before UPDATE')
    const write = replace(writer, 'new')
    await gate.reached
    await stage.database.close()
    gate.open()
    await assert.rejects(write)
    assert.match(String(await stage.held()), /^alone:/)
  })

  it('of before a restart of Redis is not believed, though it was right when Redis saved it', async t => {
    const stage = await setStage(t)
    if (stage === null) return
    const reader = stage.process()
    assert.equal(await reader.store.load(key), 'old')
    await saveSnapshot(stage.server)
    assert.equal(await stage.process().store.delete(key), true)
    await stage.server.stop()
    await stage.server.start()
    assert.match(String(await stage.held()), /^entry:.*:old$/, 'it is there again')
    assert.equal(await reader.store.load(key), null)
    assert.equal(await stage.load(), null)
  })

  it('is not needed to read: while Redis is away the database is asked, and nothing is changed', async t => {
    const stage = await setStage(t, ['--appendonly', 'yes', '--appendfsync', 'always'])
    if (stage === null) return
    const { store } = stage.process()
    assert.equal(await store.load(key), 'old')
    const assertReadOnly = async (): Promise<void> => {
      assert.equal(await store.load(key), 'old')
      await assert.rejects(store.replace(key, 'old', 'new', later), RedisUnavailable)
      await assert.rejects(store.delete(key), RedisUnavailable)
      await assert.rejects(store.ping(), RedisUnavailable)
      assert.equal(await store.load(key), 'old')
    }
    stage.server.freeze()
    await assertReadOnly()
    stage.server.thaw()
    await stage.server.stop()
    await assertReadOnly()
    assert.equal(await store.create('hgfedcba', 'text', later), true)
    await stage.server.start()
    assert.equal(await store.replace(key, 'old', 'new', later), true)
  })

  it('is not missed by a write that was done when Redis went away', async t => {
    const stage = await setStage(t, ['--appendonly', 'yes', '--appendfsync', 'always'])
    if (stage === null) return
    const writer = stage.process()
    assert.equal(await stage.load(), 'old')
    const gate = writer.stopAt('after UPDATE')
    const write = replace(writer, 'new')
    await gate.reached
    await stage.server.stop()
    gate.open()
    assert.equal(await write, true)
    await stage.server.start()
    assert.equal(await stage.load(), 'new')
    assert.equal(await replace(writer, 'newer', 'new'), true)
    assert.equal(await stage.load(), 'newer')
  })

  it('is never older than what was answered before somebody asked', async t => {
    const stage = await setStage(t)
    if (stage === null) return
    const processes = Array.from({ length: 4 }, () => stage.process())
    await replace(processes[0] as Process, '0')
    let answered = 0
    let copies = 0
    const work = async ({ store }: Process): Promise<void> => {
      for (let step = 0; step < 150; step += 1) {
        const least = answered
        const text = await store.load(key)
        assert.ok(Number(text) >= least, `${text} was read after ${least} was answered`)
        if (String(await stage.held()).startsWith('entry:')) copies += 1
        if (Math.random() < 0.7) continue
        const next = Number(text) + 1
        if (await store.replace(key, String(text), String(next), later)) answered = Math.max(answered, next)
      }
    }
    await Promise.all(processes.map(work))
    assert.equal(await stage.load(), String(answered))
    assert.ok(answered > 10 && copies > 10, `${answered} writes, ${copies} copies`)
  })
})

async function saveSnapshot(server: RedisServer): Promise<void> {
  await promisify(execFile)('redis-cli', ['-p', String(server.port), 'SAVE'])
}
