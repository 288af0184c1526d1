import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { withDatabases } from '../../tests/real-parts.ts'
import { type Database, type DatabaseOptions, DatabaseUnavailable, UniqueViolation } from './index.ts'

interface Book {
  readonly id: number
  readonly title: string
  readonly lent: boolean | number
  readonly added: unknown
}

async function openLibrary(
  open: (options?: DatabaseOptions) => Database,
  options?: DatabaseOptions,
): Promise<Database> {
  const db = open(options)
  const id = {
    sqlite: 'integer primary key',
    postgresql: 'serial primary key',
    mysql: 'int primary key auto_increment',
  }[db.dialect]
  const time = { sqlite: 'datetime', postgresql: 'timestamptz', mysql: 'datetime(6)' }[db.dialect]
  await sql
    .raw(
      `CREATE TABLE IF NOT EXISTS book (id ${id}, title varchar(40) NOT NULL UNIQUE, lent ${db.dialect === 'postgresql' ? 'boolean' : 'smallint'}, added ${time})`,
    )
    .execute(db.kysely)
  return db
}

const insertBook = 'INSERT INTO book (title, lent, added) VALUES (?, ?, ?)'
const noon = Date.parse('2026-07-01T12:00:00.250Z')

withDatabases('a database', (it, dialect) => {
  it('runs prepared statements with parameters', async ({ open }) => {
    const db = await openLibrary(open)
    const insert = db.prepare(insertBook)
    const id = await insert.insert(["L'été ☁️ 'what?'", true, db.toColumnTime(noon)])
    assert.equal(await insert.run(['Plain', false, null]), 1)
    const byId = db.prepare<Book>("SELECT id, title, lent, added, '?' AS mark FROM book WHERE id = ?")
    const row = await byId.get([id])
    assert.equal(row?.title, "L'été ☁️ 'what?'")
    assert.equal(Boolean(row?.lent), true)
    assert.equal(db.fromColumnTime(row?.added), noon)
    assert.equal(await byId.get([999]), undefined)
    const all = await db.prepare<Book>('SELECT title FROM book ORDER BY id').all()
    assert.deepEqual(
      all.map(book => book.title),
      ["L'été ☁️ 'what?'", 'Plain'],
    )
  })

  it('counts the rows that an UPDATE found, changed or not', async ({ open }) => {
    const db = await openLibrary(open)
    await db.prepare(insertBook).run(['A', false, null])
    const update = db.prepare('UPDATE book SET title = ? WHERE title = ?')
    assert.equal(await update.run(['A', 'A']), 1)
    assert.equal(await update.run(['A', 'B']), 0)
    const result = await db.kysely
      .updateTable('book' as never)
      .set({ title: 'A' } as never)
      .executeTakeFirst()
    assert.equal(result.numUpdatedRows, 1n)
  })

  it('turns a second row of one unique value into UniqueViolation, without the value', async ({ open }) => {
    const db = await openLibrary(open)
    const insert = db.prepare(insertBook)
    await insert.run(['A private address', false, null])
    const attempts = [
      () => insert.run(['A private address', false, null]),
      () => insert.insert(['A private address', false, null]),
      () => sql`INSERT INTO book (title) VALUES ('A private address')`.execute(db.kysely),
    ]
    for (const attempt of attempts) {
      await assert.rejects(attempt, (error: unknown) => {
        assert.ok(error instanceof UniqueViolation)
        assert.equal(error.code, 'db/unique')
        assert.doesNotMatch(error.message, /private/)
        if (dialect === 'mysql') assert.equal(error.constraint, 'title')
        else assert.deepEqual([error.table, error.columns], ['book', ['title']])
        return true
      })
    }
  })

  it('lets exactly one of many concurrent inserts of one value win', async ({ open }) => {
    const db = await openLibrary(open)
    const insert = db.prepare(insertBook)
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => insert.run(['A', false, null])))
    assert.equal(results.filter(result => result.status === 'fulfilled').length, 1)
    for (const result of results) if (result.status === 'rejected') assert.ok(result.reason instanceof UniqueViolation)
  })

  it('keeps statements out of a transaction that is open at the same time', async ({ open }) => {
    const db = await openLibrary(open)
    const insert = db.prepare(insertBook)
    let meanwhile: Promise<number> | undefined
    const transaction = db.kysely.transaction().execute(async trx => {
      await sql`INSERT INTO book (title) VALUES ('inside')`.execute(trx)
      meanwhile = insert.run(['outside', false, null])
      assert.equal(await db.prepare("SELECT title FROM book WHERE title = 'inside'").get(), undefined)
      throw new Error('undo')
    })
    await assert.rejects(transaction, /undo/)
    assert.equal(await meanwhile, 1)
    const rows = await db.prepare<Book>('SELECT title FROM book').all()
    assert.deepEqual(
      rows.map(row => row.title),
      ['outside'],
    )
  })

  it('takes Dates and booleans in queries of Kysely', async ({ open }) => {
    const db = await openLibrary(open)
    await sql`INSERT INTO book (title, lent, added) VALUES ('A', ${true}, ${new Date(noon)})`.execute(db.kysely)
    const { rows } =
      await sql<Book>`SELECT lent, added FROM book WHERE lent = ${true} AND added = ${new Date(noon)}`.execute(
        db.kysely,
      )
    assert.equal(db.fromColumnTime(rows[0]?.added), noon)
    if (dialect !== 'sqlite') assert.ok(rows[0]?.added instanceof Date)
  })

  it('rolls back to a savepoint', async ({ open }) => {
    const db = await openLibrary(open)
    const trx = await db.kysely.startTransaction().execute()
    await sql`INSERT INTO book (title) VALUES ('kept')`.execute(trx)
    const saved = await trx.savepoint('before').execute()
    await sql`INSERT INTO book (title) VALUES ('undone')`.execute(saved)
    await saved.rollbackToSavepoint('before').execute()
    await saved.commit().execute()
    assert.equal((await db.prepare('SELECT title FROM book').all()).length, 1)
  })

  it('stores local times when USE_TZ is false, as Django does', async ({ open }) => {
    const db = await openLibrary(open, { useTz: false, timeZone: 'Europe/Paris' })
    await db.prepare(insertBook).run(['A', false, db.toColumnTime(noon)])
    await sql`INSERT INTO book (title, added) VALUES ('B', ${new Date(noon)})`.execute(db.kysely)
    const text =
      dialect === 'postgresql'
        ? "to_char(added AT TIME ZONE 'UTC', 'HH24:MI')"
        : dialect === 'mysql'
          ? "date_format(added, '%H:%i')"
          : 'substr(added, 12, 5)'
    for (const row of await db.prepare<Book & { hour: string }>(`SELECT added, ${text} AS hour FROM book`).all()) {
      assert.equal(row.hour, dialect === 'postgresql' ? '12:00' : '14:00')
      assert.equal(db.fromColumnTime(row.added), noon)
    }
    const { rows } = await sql<Book>`SELECT added FROM book`.execute(db.kysely)
    assert.equal(db.fromColumnTime(rows[0]?.added), noon)
  })

  it('answers a statement about a table that is missing with what to run', async ({ open }) => {
    await assert.rejects(open().prepare('SELECT * FROM django_session').get(), (error: unknown) => {
      assert.ok(error instanceof DatabaseUnavailable)
      assert.equal(error.reason, 'not-migrated')
      assert.match(error.detail, /nuages migrate/)
      assert.equal(error.status, 503)
      assert.equal(error.headers['Retry-After'], '5')
      return true
    })
  })

  it('passes on errors of its own SQL', async ({ open }) => {
    await assert.rejects(open().prepare('SELEC 1').get(), error => !(error instanceof DatabaseUnavailable))
    await assert.rejects(
      sql`SELECT * FROM nowhere`.execute(open().kysely),
      error => !(error instanceof DatabaseUnavailable),
    )
  })

  it('refuses text that is too long for its column, except SQLite', async ({ open }) => {
    const db = await openLibrary(open)
    const insert = db.prepare(insertBook).run(['x'.repeat(41), false, null])
    if (dialect === 'sqlite') assert.equal(await insert, 1)
    else await assert.rejects(insert)
  })

  it('answers a ping, and nothing after it was closed', async ({ open }) => {
    const db = open()
    await db.ping()
    await db.kysely.introspection.getTables()
    await db.close()
    await assert.rejects(db.ping())
    await assert.rejects(sql`SELECT 1`.execute(db.kysely))
  })
})
