import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { withDatabases } from '../../tests/real-parts.ts'
import type { App } from '../app/index.ts'
import { type Database, migrateDjangoTables } from '../db/index.ts'
import { createDatabaseSessionStore } from '../sessions/index.ts'
import { clearSessions, untilInterrupted } from './clear-sessions.ts'
import { Progress, type ProgressOutput } from './progress.ts'

type Sessions = App['sessions']
const running = new AbortController().signal

/** An engine with so many expired sessions, of which each takes `costMs` to delete, on a clock that only that moves. */
function engine(expired: number, costMs: (n: number) => number) {
  const state = { left: expired, now: 0, batches: [] as number[], pauses: [] as number[] }
  const sessions = {
    countExpired: async () => state.left,
    clearExpired: async (limit: number) => {
      const removed = Math.min(limit, state.left)
      state.batches.push(limit)
      state.left -= removed
      state.now += removed * costMs(state.batches.length)
      return removed
    },
  } as Sessions
  const pause = async (ms: number): Promise<void> => {
    state.pauses.push(ms)
    state.now += ms
  }
  return { state, sessions, options: { signal: running, now: () => state.now, pause, output: silent } }
}

const silent: ProgressOutput = { write() {} }

function recorder(output: Omit<ProgressOutput, 'write'>): ProgressOutput & { texts: string[] } {
  const texts: string[] = []
  return { ...output, texts, write: text => texts.push(text) }
}

describe('clearing sessions', () => {
  it('takes as many at once as 20 ms are enough for, and waits as long', async () => {
    const { state, sessions, options } = engine(100_000, n => (n < 20 ? 0.1 : 0.002))
    assert.equal(await clearSessions(sessions, options), 'Deleted 100000 expired sessions.')
    assert.deepEqual(state.batches.slice(0, 4), [500, 200, 200, 200])
    assert.deepEqual(state.batches.slice(20, 24), [500, 1000, 2000, 5000])
    assert.ok(state.pauses.every(ms => ms >= 2))
    assert.deepEqual(state.pauses.slice(0, 2).map(Math.round), [50, 20])
  })

  it('goes down to one at once, and never below', async () => {
    const { state, sessions, options } = engine(15, () => 30)
    const lots = {
      ...sessions,
      clearExpired: (limit: number) => sessions.clearExpired(Math.min(limit, 15)),
    } as Sessions
    await clearSessions(lots, options)
    assert.deepEqual(state.batches, [15])
    const slow = engine(2000, () => 100)
    await clearSessions(slow.sessions, slow.options)
    assert.equal(slow.state.batches.at(-1), 1)
  })

  it('says what it did, also when that is nothing', async () => {
    const one = engine(1, () => 1)
    assert.equal(await clearSessions(one.sessions, one.options), 'Deleted 1 expired session.')
    assert.match(await clearSessions(one.sessions, one.options), /^Nothing to do: /)
  })

  it('stops after the batch in which it is interrupted', async () => {
    const { sessions, options } = engine(10_000, () => 0.01)
    const controller = new AbortController()
    const pause = async (): Promise<void> => controller.abort()
    const line = await clearSessions(sessions, { ...options, pause, signal: controller.signal })
    assert.equal(line, 'Stopped. Deleted 500 expired sessions of 10000.')
  })

  it('is interrupted by the first Ctrl-C; the next one is for the process', async () => {
    const before = process.listenerCount('SIGINT')
    const aborted = await untilInterrupted(async signal => {
      process.emit('SIGINT')
      assert.equal(process.listenerCount('SIGINT'), before)
      return signal.aborted
    })
    assert.equal(aborted, true)
    await assert.rejects(
      untilInterrupted(async () => {
        throw new Error('gone')
      }),
      /gone/,
    )
    assert.equal(process.listenerCount('SIGINT') + process.listenerCount('SIGTERM'), before)
  })

  it('takes the bar away also when the engine fails', async () => {
    const { sessions, options } = engine(10_000, () => 0.01)
    const output = recorder({ isTTY: true })
    let calls = 0
    const failing = {
      ...sessions,
      clearExpired: async (limit: number) => {
        calls += 1
        if (calls === 3) throw new Error('gone')
        return sessions.clearExpired(limit)
      },
    } as Sessions
    await assert.rejects(clearSessions(failing, { ...options, output }), /gone/)
    assert.match(output.texts.at(-1) ?? '', /^\r +\r$/)
  })
})

describe('progress', () => {
  it('is a bar on a terminal, drawn over itself, ten times a second at most', () => {
    let now = 0
    const output = recorder({ isTTY: true, columns: 80 })
    const progress = new Progress({ output, label: 'Working', total: 2000, now: () => now })
    for (const done of [0, 500, 1000, 2500]) {
      progress.show(done)
      now += 50
      progress.show(done)
      now += 450
    }
    progress.end()
    assert.deepEqual(
      output.texts.map(text => text.trimEnd()),
      [
        '\rWorking [------------------------] 0 %, 0 of 2000, 0 per second',
        '\rWorking [######------------------] 25 %, 500 of 2000, 1000 per second',
        '\rWorking [############------------] 50 %, 1000 of 2000, 1000 per second',
        '\rWorking [########################] 100 %, 2500 of 2500, 1667 per second',
        '',
      ],
    )
  })

  it('fits a narrow terminal', () => {
    for (const columns of [1, 20, 40, 60]) {
      const output = recorder({ isTTY: true, columns })
      new Progress({ output, label: 'Working', total: 2000, now: () => 0 }).show(1)
      assert.ok((output.texts[0] as string).length <= columns)
    }
  })

  it('is a line every five seconds elsewhere', () => {
    let now = 0
    const output = recorder({})
    const progress = new Progress({ output, label: 'Working', total: 100, now: () => now })
    for (; now <= 12_000; now += 1000) progress.show(now / 1000)
    progress.end()
    assert.deepEqual(output.texts, [
      'Working: 5 %, 5 of 100, 1 per second\n',
      'Working: 10 %, 10 of 100, 1 per second\n',
    ])
  })
})

const day = 86_400_000
const noon = Date.parse('2026-01-01T12:00:00Z')

/** Fills the table quickly: `old…` has expired, `new…` has not. */
async function fill(database: Database, expired: number, living: number): Promise<void> {
  const rows = Array.from({ length: expired + living }, (_, n) => ({
    session_key: `${n < expired ? 'old' : 'new'}${String(n).padStart(9, '0')}`,
    session_data: 'x'.repeat(200),
    expire_date: database.toColumnTime(n < expired ? noon - (n + 1) * 1000 : noon + day),
  }))
  for (let n = 0; n < rows.length; n += 1000) {
    await database.kysely
      .insertInto('django_session')
      .values(rows.slice(n, n + 1000))
      .execute()
  }
}

withDatabases('clearing sessions', (it, dialect) => {
  it('deletes 20,000 expired ones while others read and write, and no living one', async ({ open }) => {
    const database = open()
    await migrateDjangoTables(database)
    await fill(database, 20_000, 500)
    const store = createDatabaseSessionStore(database, () => noon)
    const beside = createDatabaseSessionStore(open(), () => noon)
    let over = false
    const work = async (): Promise<void> => {
      for (let n = 0; !over; n += 1) {
        const key = `new${String(20_000 + (n % 500)).padStart(9, '0')}`
        const seen = await beside.load(key)
        assert.ok(seen !== null)
        assert.equal(await beside.replace(key, seen, `${seen}y`, noon + day), true)
        await new Promise(resolve => setImmediate(resolve))
      }
    }
    const working = work()
    try {
      const line = await clearSessions(store as unknown as Sessions, { signal: running, output: silent })
      assert.equal(line, 'Deleted 20000 expired sessions.')
    } finally {
      over = true
      await working
    }
    assert.equal(await store.countExpired(), 0)
    const { count } = await database.kysely
      .selectFrom('django_session')
      .select(({ fn }) => fn.countAll().as('count'))
      .executeTakeFirstOrThrow()
    assert.equal(Number(count), 500)
  })

  it('keeps a session that is renewed while it would be deleted', async ({ open }) => {
    const database = open()
    await migrateDjangoTables(database)
    await fill(database, 300, 0)
    const store = createDatabaseSessionStore(database, () => noon)
    const beside = createDatabaseSessionStore(open(), () => noon)
    const keys = Array.from({ length: 300 }, (_, n) => `old${String(n).padStart(9, '0')}`)
    const renewing = Promise.all(keys.map(key => beside.replace(key, 'x'.repeat(200), 'renewed', noon + day)))
    for (let n = 0; n < 40; n += 1) await store.clearExpired(10)
    const renewed = await renewing
    for (const [n, key] of keys.entries()) assert.equal(await store.load(key), renewed[n] === true ? 'renewed' : null)
  })

  it('finds the expired by the index', async ({ open }) => {
    const database = open()
    await migrateDjangoTables(database)
    await fill(database, 200, 5000)
    if (dialect === 'postgresql') await database.prepare('ANALYZE django_session').run()
    const oldest = "FROM django_session WHERE expire_date < '2026-01-01 12:00:00' ORDER BY expire_date LIMIT 100"
    const explain = dialect === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN'
    const plan = await database.prepare(`${explain} SELECT session_key ${oldest}`).all()
    assert.match(JSON.stringify(plan), /django_session_expire_date_a5c62663/)
  })
})
