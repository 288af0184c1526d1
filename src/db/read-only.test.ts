import assert from 'node:assert/strict'
import { withDatabases } from '../../tests/real-parts.ts'
import { DatabaseUnavailable } from './errors.ts'
import { openReadOnly } from './read-only.ts'

withDatabases('a database open for reading', (it, dialect) => {
  it('answers, takes parameters, and writes nothing', async ({ url, open }) => {
    const site = open()
    await site.prepare('CREATE TABLE book (id integer, name varchar(20))').run()
    await site.prepare('INSERT INTO book VALUES (?, ?)').run([1, 'one?'])
    const database = openReadOnly(url)
    try {
      const rows = await database.query("SELECT name FROM book WHERE id = ? AND name = 'one?'", [1])
      assert.deepEqual(
        rows.map(row => ({ ...(row as object) })),
        [{ name: 'one?' }],
      )
      for (const sql of ['DELETE FROM book', 'CREATE TABLE other (id integer)', 'BEGIN', ''])
        await assert.rejects(database.query(sql), TypeError)
      if (dialect === 'postgresql') {
        await site.prepare('CREATE SEQUENCE counter').run()
        await assert.rejects(database.query("SELECT nextval('counter')"), DatabaseUnavailable)
      }
    } finally {
      await database.close()
    }
    assert.equal((await site.prepare('SELECT id FROM book').all()).length, 1)
  })

  it('goes on after a query that was refused', async ({ url, open }) => {
    await open().prepare('CREATE TABLE book (id integer)').run()
    const database = openReadOnly(url)
    try {
      await assert.rejects(database.query('SELECT nothing FROM nowhere'))
      assert.deepEqual(
        (await database.query<{ one: number }>('SELECT 1 AS one')).map(({ one }) => one),
        [1],
      )
    } finally {
      await database.close()
    }
  })
})
