import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { type DatabaseTest, requireDjango, skipWithout, withDatabases } from '../../tests/real-parts.ts'
import { ConfigError } from '../kit/index.ts'
import { type Database, migrateApplication, migrateDjangoTables } from './index.ts'

const allTables = [
  'auth_group',
  'auth_group_permissions',
  'auth_permission',
  'auth_user',
  'auth_user_groups',
  'auth_user_user_permissions',
  'django_content_type',
  'django_migrations',
  'django_session',
]

/** Every definition in the database, as text. */
async function readSchema({ url }: DatabaseTest, db: Database): Promise<string> {
  if (db.dialect === 'sqlite') {
    const rows = await db
      .prepare<{ sql: string }>(
        'SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY tbl_name, type DESC, name',
      )
      .all()
    return rows
      .filter(row => !row.sql.includes('sqlite_sequence'))
      .map(row => `${row.sql};\n`)
      .join('')
  }
  if (db.dialect === 'mysql') {
    let text = ''
    for (const table of allTables) {
      const { rows } = await sql<{ 'Create Table': string }>`SHOW CREATE TABLE ${sql.table(table)}`.execute(db.kysely)
      text += `${rows[0]?.['Create Table'].replace(/ AUTO_INCREMENT=\d+/, '')};\n`
    }
    return text
  }
  const dump = execFileSync('pg_dump', ['--schema-only', '--no-owner', '--no-privileges', url], { encoding: 'utf8' })
  const statements = dump.replace(/^(?:--|\\|SET |SELECT ).*$/gm, '').replaceAll('public.', '')
  return statements.replace(/\n{2,}/g, '\n').trimStart()
}

/** Every row of the tables that `migrate` fills, without the moment. */
async function readRows(db: Database): Promise<unknown> {
  const migrations = await db.prepare<object>('SELECT id, app, name FROM django_migrations ORDER BY id').all()
  const types = await db.prepare<object>('SELECT id, app_label, model FROM django_content_type ORDER BY id').all()
  const permissions = await db
    .prepare<object>('SELECT id, name, content_type_id, codename FROM auth_permission ORDER BY id')
    .all()
  return JSON.parse(JSON.stringify({ migrations, types, permissions }))
}

const schemaFiles = { sqlite: 'sqlite.sql', mysql: 'mariadb.sql', postgresql: 'postgresql-5.2.sql' }

withDatabases('migrating', (it, dialect) => {
  it("creates Django's tables with every name that Django gives", async test => {
    const db = test.open()
    const { created } = await migrateDjangoTables(db)
    assert.deepEqual(created.toSorted(), allTables)
    const file = new URL(`../../../shared/django/schema/${schemaFiles[dialect]}`, import.meta.url)
    if (!existsSync(file))
      return skipWithout(test.t, 'The schema of Django', "put the oracle's folder beside the repository")
    assert.equal(await readSchema(test, db), readFileSync(file, 'utf8'))
  })

  it('changes nothing the second time', async test => {
    const db = test.open()
    await migrateDjangoTables(db)
    const before = [await readSchema(test, db), await readRows(db)]
    assert.deepEqual(await migrateDjangoTables(db), { created: [] })
    assert.deepEqual([await readSchema(test, db), await readRows(db)], before)
  })

  it('happens once when several do it at once', async ({ open }) => {
    const dbs = [open(), open(), open()]
    const results = await Promise.all(dbs.map(db => migrateDjangoTables(db)))
    assert.deepEqual(results.flatMap(result => result.created).toSorted(), allTables)
    assert.deepEqual(await migrateDjangoTables(open()), { created: [] })
  })

  it('leaves nothing for a real Django to do, with the rows that Django makes', async test => {
    const { url, open } = test
    const db = open()
    const django = requireDjango(test.t, { url })
    if (!django) return
    await django('migrate')
    const [schema, rows] = [await readSchema(test, db), await readRows(db)]
    assert.deepEqual(await migrateDjangoTables(db), { created: [] }, "Django's own database stays as it is")
    assert.deepEqual([await readSchema(test, db), await readRows(db)], [schema, rows])
    for (const table of allTables.toReversed()) await dropTable(db, table)
    await migrateDjangoTables(db)
    const ours = await readSchema(test, db)
    assert.deepEqual(await readRows(db), rows)
    await django('migrate')
    assert.deepEqual([await readSchema(test, db), await readRows(db)], [ours, rows])
    assert.equal((await django('create-user', 'ada', 'secret')).username, 'ada')
    assert.equal(typeof (await django('make-session', '{"a": 1}')).session_key, 'string')
  })

  it('ends what an earlier run began', async ({ open }) => {
    const db = open()
    await migrateDjangoTables(db)
    const rows = await readRows(db)
    await sql`DELETE FROM auth_permission`.execute(db.kysely)
    await sql`DELETE FROM django_content_type`.execute(db.kysely)
    await sql`DELETE FROM django_migrations`.execute(db.kysely)
    await dropTable(db, 'django_session')
    await dropTable(db, 'auth_user_groups')
    const { created } = await migrateDjangoTables(db)
    assert.deepEqual(created.toSorted(), ['auth_user_groups', 'django_session'])
    assert.equal(JSON.stringify(withoutIds(await readRows(db))), JSON.stringify(withoutIds(rows)))
  })

  it('adds sessions to a site that has none', async ({ open }) => {
    const db = open()
    await migrateDjangoTables(db)
    await dropTable(db, 'django_session')
    await sql`DELETE FROM django_migrations WHERE app = 'sessions'`.execute(db.kysely)
    assert.deepEqual(await migrateDjangoTables(db), { created: ['django_session'] })
  })

  it('refuses what is not certain, and touches nothing', async test => {
    const { open } = test
    const db = open()
    await sql`CREATE TABLE auth_user (id integer, login varchar(20))`.execute(db.kysely)
    await assert.rejects(migrateDjangoTables(db), refusal(/auth_user is not Django's: it lacks the column password, /))
    await dropTable(db, 'auth_user')
    await migrateDjangoTables(db)
    await sql`DELETE FROM django_migrations WHERE name = '0012_alter_user_first_name_max_length'`.execute(db.kysely)
    await assert.rejects(migrateDjangoTables(db), refusal(/has not run the migration auth\.0012_/))
    await sql`DELETE FROM django_migrations WHERE app = 'auth'`.execute(db.kysely)
    await migrateDjangoTables(db)
    await dropTable(db, 'auth_user_groups')
    await assert.rejects(migrateDjangoTables(db), refusal(/without the table auth_user_groups/))
  })

  it("runs an application's migrations once each, in order", async ({ open }) => {
    const db = open()
    const ran: string[] = []
    const migrations = {
      '002_author': { up: async () => void ran.push('author') },
      '001_book': {
        up: async (trx: typeof db.kysely) => {
          ran.push('book')
          await sql`CREATE TABLE book (id integer)`.execute(trx)
        },
      },
    }
    assert.deepEqual(await migrateApplication(db, migrations), ['001_book', '002_author'])
    assert.deepEqual(await migrateApplication(db, migrations), [])
    assert.deepEqual(ran, ['book', 'author'])
  })

  it('undoes a migration that throws, except on MySQL, and tells its error', async ({ open }) => {
    const db = open()
    const migrations = {
      '001_book': {
        up: async (trx: typeof db.kysely) => {
          await sql`CREATE TABLE book (id integer)`.execute(trx)
          throw new Error('half done')
        },
      },
    }
    await assert.rejects(migrateApplication(db, migrations), /half done/)
    const left = await sql`SELECT * FROM book`.execute(db.kysely).then(
      () => true,
      () => false,
    )
    assert.equal(left, dialect === 'mysql')
  })

  it("runs an application's migrations once when two processes do it at once", async ({ open }) => {
    const [one, two] = [open(), open()]
    const migrations = {
      '001_book': {
        up: async (trx: typeof one.kysely) => void (await sql`CREATE TABLE book (id integer)`.execute(trx)),
      },
    }
    const results = await Promise.all([migrateApplication(one, migrations), migrateApplication(two, migrations)])
    assert.deepEqual(results.flat(), ['001_book'])
  })
})

async function dropTable(db: Database, table: string): Promise<void> {
  const { kysely, dialect } = db
  if (dialect === 'postgresql') return void (await sql`DROP TABLE ${sql.table(table)} CASCADE`.execute(kysely))
  await kysely.connection().execute(async connection => {
    if (dialect === 'mysql') await sql`SET foreign_key_checks = 0`.execute(connection)
    else await sql`PRAGMA foreign_keys = OFF`.execute(connection)
    await sql`DROP TABLE ${sql.table(table)}`.execute(connection)
    if (dialect === 'mysql') await sql`SET foreign_key_checks = 1`.execute(connection)
    else await sql`PRAGMA foreign_keys = ON`.execute(connection)
  })
}

function withoutIds(rows: unknown): unknown {
  return JSON.parse(JSON.stringify(rows), (key, value) => (/^id$|_id$/.test(key) ? undefined : value))
}

function refusal(message: RegExp): (error: unknown) => boolean {
  return error => error instanceof ConfigError && message.test(error.message)
}
