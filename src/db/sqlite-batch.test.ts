import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { temporaryFolder } from '../../tests/real-parts.ts'
import { type Database, openDatabase, UniqueViolation } from './index.ts'

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
