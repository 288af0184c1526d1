import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Database, Statement } from './database.ts'
import { openSqlite } from './sqlite.ts'

function open(t: TestContext): Database {
  const database = openSqlite(null, {})
  t.after(() => database.close())
  return database
}

type Rows = Statement<Record<string, unknown>>

describe('the rows of a SQLite statement', () => {
  it('are plain objects by the names of the columns, with every type of value', async t => {
    const database = open(t)
    const sql = "SELECT 1 AS one, 'Wörter' AS text, NULL AS missing, 0.5 AS half, x'00ff' AS bytes"
    const row = { one: 1, text: 'Wörter', missing: null, half: 0.5, bytes: Uint8Array.of(0, 255) }
    const statement: Rows = database.prepare(sql)
    assert.deepEqual(await statement.get(), row)
    assert.deepEqual(await statement.all(), [row])
    assert.equal(Object.getPrototypeOf(await statement.get()), Object.prototype)
  })

  it('are none where there is none', async t => {
    const statement: Rows = open(t).prepare('SELECT 1 AS one WHERE 0')
    assert.equal(await statement.get(), undefined)
    assert.deepEqual(await statement.all(), [])
  })

  it('have the columns that the table has now', async t => {
    const database = open(t)
    await database.prepare('CREATE TABLE fruit (name TEXT, colour TEXT)').run()
    await database.prepare('INSERT INTO fruit VALUES (?, ?)').run(['plum', 'blue'])
    const all: Rows = database.prepare('SELECT * FROM fruit')
    const named: Rows = database.prepare('SELECT name FROM fruit')
    assert.deepEqual({ ...(await all.get()) }, { name: 'plum', colour: 'blue' })
    assert.deepEqual(await named.get(), { name: 'plum' })
    await database.prepare('ALTER TABLE fruit DROP COLUMN colour').run()
    await database.prepare("ALTER TABLE fruit ADD COLUMN taste TEXT DEFAULT 'sweet'").run()
    assert.deepEqual({ ...(await all.get()) }, { name: 'plum', taste: 'sweet' })
    assert.deepEqual(await named.get(), { name: 'plum' })
  })

  it('give a written row back by RETURNING', async t => {
    const database = open(t)
    await database.prepare('CREATE TABLE fruit (id INTEGER PRIMARY KEY, name TEXT)').run()
    const insert: Rows = database.prepare('INSERT INTO fruit (name) VALUES (?) RETURNING id, name')
    assert.deepEqual(await insert.get(['plum']), { id: 1, name: 'plum' })
    assert.deepEqual(await insert.all(['pear']), [{ id: 2, name: 'pear' }])
  })

  it('keep a column called __proto__ a column', async t => {
    const row = await (open(t).prepare('SELECT 1 AS "__proto__", 2 AS two') as Rows).get()
    assert.deepEqual(Object.entries(row ?? {}), [
      ['__proto__', 1],
      ['two', 2],
    ])
  })
})
