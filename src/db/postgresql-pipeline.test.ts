import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { requirePostgres } from '../../tests/real-parts.ts'
import { type Database, DatabaseUnavailable, openDatabase } from './index.ts'
import { Pipeline } from './postgresql-pipeline.ts'

interface Person {
  readonly id: number
  readonly name: string
}

const count = 100
const numbers = Array.from({ length: count }, (_, index) => index)

/** Opens the database of a test once more, as another process would. */
type Open = (options?: { readonly busyMs?: number }) => Database

async function openPeople(t: TestContext): Promise<{ db: Database; open: Open; url: string } | null> {
  const url = await requirePostgres(t)
  if (url === null) return null
  const open: Open = options => {
    const db = openDatabase(url, options)
    t.after(() => db.close())
    return db
  }
  const db = open()
  await sql`CREATE TABLE person (id int PRIMARY KEY, name text NOT NULL, seen int NOT NULL DEFAULT 0)`.execute(
    db.kysely,
  )
  await sql`INSERT INTO person SELECT i, 'name ' || i FROM generate_series(0, ${sql.lit(count - 1)}) AS i`.execute(
    db.kysely,
  )
  return { db, open, url }
}

const byId = 'SELECT id, name FROM person WHERE id = ?'
const rename = 'UPDATE person SET name = ?, seen = seen + 1 WHERE id = ?'

async function namesOf(db: Database): Promise<readonly string[]> {
  const { rows } = await sql<Person>`SELECT name FROM person ORDER BY id`.execute(db.kysely)
  return rows.map(({ name }) => name)
}

/** Holds the row of a person locked until it is let go. */
async function lock(db: Database, id: number): Promise<() => Promise<void>> {
  const transaction = await db.kysely.startTransaction().execute()
  await sql`SELECT 1 FROM person WHERE id = ${id} FOR UPDATE`.execute(transaction)
  return async () => {
    await transaction.rollback().execute()
  }
}

it('look-ups of one turn get their own rows, also those that find none', async t => {
  const people = await openPeople(t)
  if (people === null) return
  const { db } = people
  const lookup = db.prepareLookup<Person>(byId)
  // A second statement of the same text, on connections that know it already.
  for (const { get } of [lookup, db.prepareLookup<Person>(byId)]) {
    const rows = await Promise.all([...numbers, -1].map(id => get([id])))
    assert.deepEqual(rows, [...numbers.map(id => ({ id, name: `name ${id}` })), undefined])
  }
})

it('a look-up gives values as a statement does, but for times, which stay text', async t => {
  const people = await openPeople(t)
  if (people === null) return
  const { db } = people
  const values =
    "SELECT ?::text AS text, 1.5::float8 AS number, 2::int8 AS big, true AS yes, NULL AS nothing, ?::bytea AS bytes, '' AS empty, now() AS now"
  const bytes = new Uint8Array([0, 1, 255, 0]).subarray(1)
  const parameters = ['☁ \\ \' "', bytes]
  const { now, ...found } = (await db.prepareLookup<Record<string, unknown>>(values).get(parameters)) ?? {}
  const { now: then, ...expected } = (await db.prepare<Record<string, unknown>>(values).get(parameters)) ?? {}
  assert.deepEqual(found, expected)
  assert.ok(Math.abs(db.fromColumnTime(now) - db.fromColumnTime(then)) < 60_000)
  const typed = db.prepareLookup<{ sum: number }>('SELECT ?::int + ?::int AS sum WHERE ?::bool AND ?::text IS NULL')
  assert.deepEqual(await typed.get([2, 3n, true, null]), { sum: 5 })
})

it('a look-up that fails takes no other with it', async t => {
  const people = await openPeople(t)
  if (people === null) return
  const { db } = people
  const lookup = db.prepareLookup<Person>(byId)
  const missing = db.prepareLookup('SELECT 1 FROM nowhere WHERE id = ?')
  const divide = db.prepareLookup<{ n: number }>('SELECT 10 / ?::int AS n')
  for (let round = 0; round < 2; round += 1) {
    const results = await Promise.allSettled(
      numbers.flatMap<Promise<unknown>>(id => [
        lookup.get([id]),
        id % 10 === 3 ? lookup.get(['no number']) : divide.get([id % 10]),
        ...(id % 20 === 7 ? [missing.get([id])] : []),
      ]),
    )
    const rows = results.flatMap(result => (result.status === 'fulfilled' ? [result.value as Partial<Person>] : []))
    assert.deepEqual(
      rows.flatMap(({ id }) => id ?? []),
      numbers,
    )
    const reasons = results.flatMap(result => (result.status === 'rejected' ? [result.reason as Error] : []))
    assert.equal(reasons.filter(({ message }) => message.includes('division by zero')).length, 10)
    assert.equal(reasons.filter(({ message }) => message.includes('"no number"')).length, 10)
    assert.equal(reasons.filter(error => error instanceof DatabaseUnavailable).length, 5, 'of the missing table')
    assert.equal(reasons.length, 25)
  }
})

it('a table whose columns change under its statements is looked up anew', async t => {
  const people = await openPeople(t)
  if (people === null) return
  const { db } = people
  const lookup = db.prepareLookup<Person>(byId)
  await Promise.all(numbers.map(id => lookup.get([id])))
  await sql`ALTER TABLE person ALTER COLUMN name TYPE int USING id * 2`.execute(db.kysely)
  const rows = await Promise.all(numbers.map(id => lookup.get([id])))
  assert.deepEqual(
    rows.map(row => row?.name),
    numbers.map(id => id * 2),
  )
})

it('connections that are cut fail their look-ups, and those after them find another', async t => {
  const people = await openPeople(t)
  if (people === null) return
  const { db, open } = people
  const other = open()
  const slow = db.prepareLookup("SELECT pg_sleep(60), 'asleep' AS mark WHERE ?::int > 0")
  const asleep = Promise.allSettled([slow.get([1]), slow.get([2])])
  const end = sql<{ ended: boolean }>`SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%asleep%' AND state = 'active'`
  while ((await end.execute(other.kysely)).rows.length === 0) await wait(5)
  for (const result of await asleep) {
    assert.equal(result.status, 'rejected')
    assert.ok((result as PromiseRejectedResult).reason instanceof DatabaseUnavailable)
  }
  assert.deepEqual(await db.prepareLookup<Person>(byId).get([5]), { id: 5, name: 'name 5' })
})

it('a connection that is cut while a transaction holds it ends the transaction, not the process', async t => {
  const people = await openPeople(t)
  if (people === null) return
  const { db, open } = people
  const transaction = await db.kysely.startTransaction().execute()
  const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(transaction)
  const other = open().kysely
  await sql`SELECT pg_terminate_backend(${rows[0]?.pid})`.execute(other)
  const alive = sql`SELECT 1 FROM pg_stat_activity WHERE pid = ${rows[0]?.pid}`
  while ((await alive.execute(other)).rows.length > 0) await wait(5)
  await assert.rejects(sql`SELECT 1`.execute(transaction), DatabaseUnavailable)
  await transaction
    .rollback()
    .execute()
    .catch(() => {})
  assert.deepEqual(await db.prepareLookup<Person>(byId).get([5]), { id: 5, name: 'name 5' })
})

it('updates of one turn share a transaction, and each knows what it wrote', async t => {
  const people = await openPeople(t)
  if (people === null) return
  const { db } = people
  const update = db.prepareUpdate(rename, 1)
  const counts = await Promise.all([...numbers, -1].map(id => update.run([`new ${id}`, id])))
  assert.deepEqual(counts, [...numbers.map(() => 1), 0])
  assert.deepEqual(
    await namesOf(db),
    numbers.map(id => `new ${id}`),
  )
  const { rows } = await sql<{ count: number }>`SELECT count(DISTINCT xmin::text)::int AS count FROM person`.execute(
    db.kysely,
  )
  assert.ok((rows[0]?.count ?? count) <= Math.ceil(count / 16), 'transactions')
})

it('an update that fails undoes no other, and none is written twice', async t => {
  const people = await openPeople(t)
  if (people === null) return
  const { db } = people
  await sql`ALTER TABLE person ADD CHECK (name <> 'wrong')`.execute(db.kysely)
  const update = db.prepareUpdate(rename, 1)
  const results = await Promise.allSettled(numbers.map(id => update.run([id % 10 === 4 ? 'wrong' : `new ${id}`, id])))
  assert.deepEqual(
    results.map(result => (result.status === 'fulfilled' ? result.value : null)),
    numbers.map(id => (id % 10 === 4 ? null : 1)),
  )
  const { rows } = await sql<{ name: string; seen: number }>`SELECT name, seen FROM person ORDER BY id`.execute(
    db.kysely,
  )
  assert.deepEqual(
    rows,
    numbers.map(id => (id % 10 === 4 ? { name: `name ${id}`, seen: 0 } : { name: `new ${id}`, seen: 1 })),
  )
})

it('updates beside a row that somebody holds do not wait for it; its own does', async t => {
  const people = await openPeople(t)
  if (people === null) return
  const { db, open } = people
  const letGo = await lock(open(), 7)
  const update = db.prepareUpdate(rename, 1)
  const held = update.run(['held', 7])
  const others = numbers.filter(id => id !== 7)
  assert.deepEqual(
    await Promise.all(others.map(id => update.run([`new ${id}`, id]))),
    others.map(() => 1),
  )
  await letGo()
  assert.equal(await held, 1)
  assert.deepEqual(
    await namesOf(db),
    numbers.map(id => (id === 7 ? 'held' : `new ${id}`)),
  )
})

it('an update whose row is held for too long is refused as locked', async t => {
  const people = await openPeople(t)
  if (people === null) return
  const { open } = people
  const letGo = await lock(open(), 7)
  const update = open({ busyMs: 200 }).prepareUpdate(rename, 1)
  const [held, free] = await Promise.allSettled([update.run(['held', 7]), update.run(['free', 8])])
  await letGo()
  assert.equal(held.status === 'rejected' && held.reason instanceof DatabaseUnavailable && held.reason.reason, 'locked')
  assert.deepEqual(free, { status: 'fulfilled', value: 1 })
})

it('processes that write the same rows in other orders never wait for each other in a circle', async t => {
  const people = await openPeople(t)
  if (people === null) return
  const { db, url } = people
  const rows = numbers.slice(0, 12)
  const orders = [rows, rows.toReversed(), [...rows.slice(6), ...rows.slice(0, 6)]]
  await Promise.all(
    orders.map(async order => {
      const pool = new pg.Pool({ connectionString: url })
      // As long as it takes: only a circle is broken off, by the server.
      const pipeline = new Pipeline(pool, { isNamed: true, timeoutMs: 60_000 }, { writes: true, sharedLockMs: 60_000 })
      const update = pipeline.prepare('UPDATE person SET name = $1, seen = seen + 1 WHERE id = $2')
      for (let round = 0; round < 30; round += 1)
        await Promise.all(order.map(id => pipeline.ask(update, [`round ${round}`, id], String(id))))
      await pool.end()
    }),
  )
  const { rows: seen } = await sql<{ seen: number }>`SELECT seen FROM person WHERE id < 12`.execute(db.kysely)
  assert.deepEqual(
    seen,
    rows.map(() => ({ seen: 90 })),
  )
})
