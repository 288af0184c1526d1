import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { temporaryFolder } from '../../tests/real-parts.ts'
import { type Database, DatabaseUnavailable, openDatabase, UniqueViolation } from './index.ts'

async function open(t: TestContext): Promise<Database> {
  const db = openDatabase(`sqlite:${join(temporaryFolder(t), 'db.sqlite3')}`)
  t.after(() => db.close())
  await db.prepare('CREATE TABLE parent (id integer PRIMARY KEY)').run()
  await db
    .prepare(
      'CREATE TABLE child (id integer PRIMARY KEY, parent integer REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)',
    )
    .run()
  return db
}

async function count(db: Database, table: 'parent' | 'child'): Promise<number> {
  return (await db.prepare<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).get())?.n ?? -1
}

describe('writes of one turn', () => {
  it('each have their own result', async t => {
    const db = await open(t)
    const insert = db.prepare('INSERT INTO parent VALUES (?)')
    const update = db.prepare('UPDATE parent SET id = id + 100 WHERE id <= ?')
    assert.deepEqual(
      await Promise.all([insert.insert([1]), insert.insert([2]), update.run([2]), update.run([0])]),
      [1, 2, 2, 0],
    )
  })

  it('leave each other alone when one violates a constraint', async t => {
    const db = await open(t)
    const insert = db.prepare('INSERT INTO parent VALUES (?)')
    const results = await Promise.allSettled([insert.run([1]), insert.run([1]), insert.run([2])])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert((results[1] as PromiseRejectedResult).reason instanceof UniqueViolation)
    assert.equal(await count(db, 'parent'), 2)
  })

  it('leave each other alone when one violates a foreign key that is checked at the commit', async t => {
    const db = await open(t)
    const child = db.prepare('INSERT INTO child VALUES (?, ?)')
    const parent = db.prepare('INSERT INTO parent VALUES (?)')
    const results = await Promise.allSettled([parent.run([1]), child.run([1, 99]), child.run([2, 1])])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.equal(await count(db, 'child'), 1)
  })

  it('leave each other alone when one makes SQLite roll everything back', async t => {
    const db = await open(t)
    await db.prepare('CREATE TABLE strict (n integer UNIQUE ON CONFLICT ROLLBACK)').run()
    const strict = db.prepare('INSERT INTO strict VALUES (?)')
    const parent = db.prepare('INSERT INTO parent VALUES (?)')
    const results = await Promise.allSettled([parent.run([1]), strict.run([1]), strict.run([1]), parent.run([2])])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    )
    assert.equal(await count(db, 'parent'), 2)
  })

  it('leave each other alone when one is a mistake of the program', async t => {
    const db = await open(t)
    const parent = db.prepare('INSERT INTO parent VALUES (?)')
    const results = await Promise.allSettled([
      parent.run([1]),
      parent.run([Symbol() as never]),
      db.prepare('INSERT INTO nowhere VALUES (1)').run(),
    ])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected'],
    )
    assert.equal(await count(db, 'parent'), 1)
  })
})

describe('look-ups of one turn', () => {
  const byId = 'SELECT id, name FROM person WHERE id = ?'

  /** A file that another program writes as well. */
  function openShared(t: TestContext): { db: Database; other: DatabaseSync } {
    const path = join(temporaryFolder(t), 'db.sqlite3')
    const other = new DatabaseSync(path)
    other.exec(
      `CREATE TABLE person (id integer PRIMARY KEY, name text); INSERT INTO person VALUES (1, 'ada'), (2, 'bo')`,
    )
    const db = openDatabase(`sqlite:${path}`)
    t.after(async () => {
      await db.close()
      other.close()
    })
    return { db, other }
  }

  it('each have their own row, also those that find none', async t => {
    const { db } = openShared(t)
    const lookup = db.prepareLookup(byId)
    assert.deepEqual(await Promise.all([lookup.get([2]), lookup.get([3]), lookup.get([1])]), [
      { id: 2, name: 'bo' },
      undefined,
      { id: 1, name: 'ada' },
    ])
    assert.deepEqual(await lookup.get([2]), { id: 2, name: 'bo' })
  })

  it('see what anybody wrote before they were asked for', async t => {
    const { db, other } = openShared(t)
    const lookup = db.prepareLookup<{ name: string }>(byId)
    const renamed = async (id: number, name: string): Promise<string | undefined> => {
      await lookup.get([id])
      other.prepare('UPDATE person SET name = ? WHERE id = ?').run(name, id)
      return (await lookup.get([id]))?.name
    }
    assert.deepEqual(await Promise.all([renamed(1, 'eve'), renamed(2, 'flo')]), ['eve', 'flo'])
  })

  it('leave each other alone when one fails', async t => {
    const { db } = openShared(t)
    const [found, missing, wrong] = await Promise.allSettled([
      db.prepareLookup(byId).get([1]),
      db.prepareLookup('SELECT 1 FROM nowhere WHERE id = ?').get([1]),
      db.prepareLookup(byId).get([Symbol() as never]),
    ])
    assert.deepEqual(found, { status: 'fulfilled', value: { id: 1, name: 'ada' } })
    assert(missing?.status === 'rejected' && missing.reason instanceof DatabaseUnavailable)
    assert.equal(missing.reason.reason, 'not-migrated')
    assert(wrong?.status === 'rejected' && wrong.reason instanceof TypeError)
  })

  it('wait for who holds the file', async t => {
    const { db, other } = openShared(t)
    other.exec('BEGIN EXCLUSIVE')
    const lookup = db.prepareLookup(byId)
    const found = Promise.all([lookup.get([1]), lookup.get([2])])
    await wait(50)
    other.exec('COMMIT')
    assert.equal((await found).length, 2)
  })

  it('are refused when the database is closed before their turn', async t => {
    const { db } = openShared(t)
    const lookup = db.prepareLookup(byId)
    const asked = Promise.allSettled([lookup.get([1]), lookup.get([2])])
    await db.close()
    for (const { status } of await asked) assert.equal(status, 'rejected')
  })
})
