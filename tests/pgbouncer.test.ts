/**
 * PostgreSQL behind a real PgBouncer in transaction mode: after each transaction a connection may be somebody else's.
 */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import {
  type DatabaseUnavailable,
  migrateApplication,
  migrateDjangoTables,
  openDatabase,
  openReadOnly,
} from '../src/db/index.ts'
import {
  type App,
  authenticate,
  createApp,
  type HttpRequest,
  login,
  path,
  requireUser,
  responseSuccess,
} from '../src/index.ts'
import { ConfigError } from '../src/kit/index.ts'
import { defineSettings } from '../src/settings/index.ts'
import { Client } from '../src/testing/index.ts'
import { openApp, surviveCrash } from './outage/traffic.ts'
import { type PgBouncer, startPgBouncer } from './pgbouncer-server.ts'
import { requirePostgres } from './real-parts.ts'

interface Pooled {
  readonly bouncer: PgBouncer
  /** Of the database, past PgBouncer. */
  readonly direct: string
  /** Of PgBouncer, as an application gives it. */
  readonly url: string
}

/** A new database behind a PgBouncer of its own; `null` when the test was skipped. */
async function requirePooled(t: TestContext, settings: Readonly<Record<string, string>> = {}): Promise<Pooled | null> {
  const direct = await requirePostgres(t)
  if (direct === null) return null
  const bouncer = await startPgBouncer(t, { database: direct, settings })
  return bouncer && { bouncer, direct, url: `${bouncer.url}?pgbouncer=true` }
}

const password = 'quiet-rain-on-tin-roofs'

/** A site of its own on the database, as one process of several. */
function openSite(t: TestContext, url: string): App {
  const app = createApp({
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests behind PgBouncer',
      ALLOWED_HOSTS: ['localhost'],
      DATABASE_URL: url,
      PASSWORD_HASHERS: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 1000 } }],
    }),
    urls: [
      path('me/', async (request: HttpRequest) => responseSuccess((await requireUser(request)).username)),
      path('login/<str:name>/', async (request: HttpRequest, { name }) => {
        const user = await authenticate(request, { username: name, password })
        if (user !== null) await login(request, user)
        return responseSuccess(user !== null)
      }),
    ],
    migrations: { '001_book': { up: db => createBooks(db) } },
    logger: null,
  })
  t.after(() => app.close())
  return app
}

async function createBooks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('book')
    .addColumn('id', 'integer', column => column.primaryKey())
    .execute()
}

const times = <T>(count: number, make: (index: number) => T): Promise<Awaited<T>[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)))

/** What the connections of PgBouncer to the database still hold, when all are asked at once. */
async function leftovers(t: TestContext, url: string): Promise<readonly unknown[]> {
  const db = openDatabase(url)
  t.after(() => db.close())
  const held: RawBuilder<{ held: string }> = sql`
    SELECT name AS held FROM pg_prepared_statements UNION ALL
    SELECT 'advisory lock' FROM pg_locks WHERE locktype = 'advisory' UNION ALL
    SELECT 'listens to ' || pg_listening_channels() UNION ALL
    SELECT name FROM pg_settings WHERE source = 'session' AND name IN ('lock_timeout', 'statement_timeout', 'search_path', 'default_transaction_read_only')
      AND NOT (name = 'lock_timeout' AND setting = '5000')`
  const answers = await times(3, () =>
    db.kysely.transaction().execute(async transaction => {
      await sql`SELECT pg_sleep(0.1)`.execute(transaction) // so long that each takes a connection of its own
      return (await held.execute(transaction)).rows
    }),
  )
  return answers.flat()
}

describe('behind PgBouncer in transaction mode', () => {
  it('two processes migrate at once, and no write, login or transaction is lost', async t => {
    const pooled = await requirePooled(t)
    if (pooled === null) return
    const sites = [openSite(t, pooled.url), openSite(t, pooled.url)] as const
    await times(4, turn => sites[(turn % 2) as 0 | 1].migrate())
    const [site, other] = sites

    const names = await times(
      10,
      async index => (await site.users.createUser({ username: `u${index}`, password })).username,
    )
    const visitors = await Promise.all(
      names.map(async (name, index) => {
        const client = new Client(sites[(index % 2) as 0 | 1])
        const answer = await client.post(`/login/${name}/`)
        assert.deepEqual(await answer.json(), { code: 0, message: 'success', data: true })
        return client
      }),
    )
    for (const [index, client] of visitors.entries()) {
      assert.equal(((await (await client.get('/me/')).json()) as { data: string }).data, `u${index}`)
    }

    const [first] = visitors as [Client]
    const key = (await first.session()).sessionKey
    const writes = await times(60, async index => {
      const session = await sites[(index % 2) as 0 | 1].sessions.open(key)
      await session.update('count' as string, (count = 0) => (count as number) + 1)
      session.set(`k${index}` as string, true)
      await session.save()
    })
    const stored = await other.sessions.open(key)
    assert.equal(stored.get('count' as string), writes.length)
    assert.equal([...stored.keys()].filter(name => /^k\d+$/.test(name)).length, writes.length)

    const { kysely } = site.database
    const insert = (id: number) => sql`INSERT INTO book (id) VALUES (${id})`
    const undone = times(5, index =>
      kysely.transaction().execute(async transaction => {
        await insert(index).execute(transaction)
        await sql`SELECT pg_sleep(0.02)`.execute(transaction)
        throw new Error('undone')
      }),
    )
    const done = times(20, index => site.database.prepare('INSERT INTO book (id) VALUES (?)').run([100 + index]))
    await assert.rejects(undone, /undone/)
    await done
    const { rows } = await sql<{ n: string }>`SELECT count(*) AS n FROM book`.execute(kysely)
    assert.equal(Number(rows[0]?.n), 20)

    assert.deepEqual(await leftovers(t, pooled.url), [])
  })

  it('a migration that fails leaves nothing behind, and keeps nobody out', async t => {
    const pooled = await requirePooled(t)
    if (pooled === null) return
    const db = openDatabase(pooled.url)
    t.after(() => db.close())
    const up = async (kysely: Kysely<unknown>): Promise<void> => {
      await createBooks(kysely)
      throw new Error('half done')
    }
    await assert.rejects(migrateApplication(db, { '001_book': { up } }), /half done/)
    assert.deepEqual(await leftovers(t, pooled.url), [])
    assert.deepEqual(await migrateApplication(db, { '001_book': { up: createBooks } }), ['001_book'])
    const provider = { getMigrations: async () => ({ '001_book': { up: createBooks } }) }
    const { error } = await new Migrator({ db: db.kysely, provider }).migrateToLatest()
    assert.ok(error instanceof ConfigError && /migrateApplication/.test(error.fix), String(error))
    assert.deepEqual(await leftovers(t, pooled.url), [])
  })

  it('a database is looked at without writing, and its limits end with the look', async t => {
    const pooled = await requirePooled(t)
    if (pooled === null) return
    const db = openDatabase(pooled.url)
    t.after(() => db.close())
    await migrateDjangoTables(db)
    const looked = openReadOnly(pooled.url)
    t.after(() => looked.close())
    const counts = await times(5, () =>
      looked.query<{ n: string }>('SELECT count(*) AS n FROM auth_user WHERE id > ?', [0]),
    )
    assert.deepEqual(
      counts.map(([row]) => Number(row?.n)),
      [0, 0, 0, 0, 0],
    )
    assert.deepEqual(await leftovers(t, pooled.url), [])
  })

  it('PgBouncer crashes under traffic, requests get 503; when it is back all go on, and nothing is lost', async t => {
    const pooled = await requirePooled(t)
    if (pooled !== null) await surviveCrash(t, await openApp(t, { DATABASE_URL: pooled.url }), pooled.bouncer)
  })

  it('a URL that does not mention it gets an error that says what to add', async t => {
    const pooled = await requirePooled(t)
    if (pooled === null) return
    const unaware = openDatabase(pooled.bouncer.url)
    t.after(() => unaware.close())
    await assert.rejects(unaware.ping(), saysWhatToAdd)
    const strange = openDatabase(`${pooled.url}&statement_timeout=1000`)
    t.after(() => strange.close())
    await assert.rejects(strange.ping(), ({ detail }: DatabaseUnavailable) => /no "statement_timeout"/.test(detail))
  })

  it('named statements meet connections that do not know them, unless PgBouncer is 1.21 or later', async t => {
    const pooled = await requirePooled(t, { ignore_startup_parameters: 'lock_timeout' })
    if (pooled === null) return
    const { bouncer } = pooled
    const named = openDatabase(bouncer.url)
    t.after(() => named.close())
    const run = (): Promise<unknown> => times(40, index => named.prepare('SELECT ?::int AS n').get([index]))
    const [major, minor] = bouncer.version
    if (major > 1 || minor >= 21) await run()
    else await assert.rejects(run(), saysWhatToAdd)
  })
})

function saysWhatToAdd(error: DatabaseUnavailable): boolean {
  assert.equal(error.reason, 'refused')
  assert.match(error.detail, /add pgbouncer=true to DATABASE_URL/)
  return true
}
