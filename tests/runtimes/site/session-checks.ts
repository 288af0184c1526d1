/** Sessions in each engine, accounts in each database. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Settings } from 'nuages'
import { check, Missing } from './checks.ts'
import type { DoorKind } from './doors.ts'
import { openSite, type Site } from './shop.ts'
import { Visitor } from './visitor.ts'

/** Where the checks may write: databases of their own, and a Redis. `null`: there is none here. */
export interface Places {
  readonly postgresql: string | null
  readonly mysql: string | null
  readonly redis: string | null
}

type Body = (site: Site) => Promise<void>
type Engine = Settings['SESSION_ENGINE']

interface Database {
  readonly name: string
  url(folder: string): Promise<string>
}

/** Adds all of them. A door is what the requests come through. */
export function addStoreChecks(kind: DoorKind, places: Places): void {
  for (const database of databasesOf(places)) {
    addAccountChecks(kind, database)
    addSessionChecks(kind, 'db', { database })
  }
  const [sqlite] = databasesOf(places) as [Database]
  addSessionChecks(kind, 'signed_cookies', {})
  addSessionChecks(kind, 'file', {})
  addSessionChecks(kind, 'cache', { redis: places.redis })
  addSessionChecks(kind, 'cached_db', { database: sqlite, redis: places.redis })
}

function databasesOf({ postgresql, mysql }: Places): readonly Database[] {
  const given = (name: string, url: string | null): Database => ({
    name,
    async url() {
      if (url === null) throw new Missing(`There is no ${name} here.`)
      return url
    },
  })
  return [
    {
      name: 'SQLite',
      async url(folder) {
        await import('node:sqlite').catch(() => {
          throw new Missing('This runtime has no node:sqlite.')
        })
        return `sqlite:${join(folder, 'db.sqlite3')}`
      },
    },
    given('PostgreSQL', postgresql),
    given('MariaDB', mysql),
  ]
}

interface Stores {
  readonly database?: Database
  readonly redis?: string | null
}

/** Runs `body` with a site on these stores, and removes what it left. */
async function withSite(kind: DoorKind, stores: Stores, own: Partial<Settings>, body: Body): Promise<void> {
  if (stores.redis === null) throw new Missing('There is no Redis here.')
  const folder = mkdtempSync(join(tmpdir(), 'nuages-runtime-'))
  const { database, redis } = stores
  const BACKEND = 'django.core.cache.backends.redis.RedisCache'
  const KEY_PREFIX = `runtimes-${randomUUID()}`
  const caches: Settings['CACHES'] = { default: { BACKEND, LOCATION: redis ?? '', KEY_PREFIX, VERSION: 1 } }
  try {
    const site = await openSite(kind, {
      SESSION_FILE_PATH: folder,
      SESSION_COOKIE_AGE: 600, // what stays in a Redis goes by itself
      ...(database && { DATABASE_URL: await database.url(folder) }),
      ...(redis !== undefined && { CACHES: caches }),
      ...own,
    })
    try {
      if (database !== undefined) await site.app.migrate()
      await body(site)
    } finally {
      await site.door.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function addSessionChecks(kind: DoorKind, engine: Engine, stores: Stores): void {
  const place = engine === 'db' ? `db, ${stores.database?.name}` : engine
  const it = (name: string, body: Body): void =>
    check(`sessions: ${place}`, `${kind.name}: ${name}`, () => withSite(kind, stores, { SESSION_ENGINE: engine }, body))

  it('a visitor is remembered, another is not', async ({ door }) => {
    const [visitor, other] = [new Visitor(door), new Visitor(door)]
    assert.deepEqual([await visitor.data('POST', '/count/'), await visitor.data('POST', '/count/')], [1, 2])
    assert.equal(await visitor.data('GET', '/count/'), 2)
    assert.equal(await other.data('GET', '/count/'), 0)
    other.cookies.set('sessionid', `${visitor.cookies.get('sessionid')?.slice(0, -2)}xx`)
    assert.equal(await other.data('GET', '/count/'), 0)
  })
  if (engine === 'signed_cookies') return

  it('of 50 requests at once none is lost', async ({ door }) => {
    const visitor = new Visitor(door)
    await visitor.data('POST', '/count/')
    const counting = Array.from({ length: 50 }, (_, key) => [
      visitor.data('POST', '/count/'),
      visitor.data('POST', `/key/${key}/`),
    ])
    await Promise.all(counting.flat())
    const session = (await visitor.data('GET', '/session/')) as Record<string, number>
    assert.equal(session.count, 51)
    assert.equal(Object.keys(session).length, 51)
  })
}

function addAccountChecks(kind: DoorKind, database: Database): void {
  check(`accounts: ${database.name}`, `${kind.name}: are made, logged in and out, and have permissions`, () =>
    withSite(kind, { database }, { SESSION_ENGINE: 'db' }, async ({ app, door }) => {
      const name = `adä-${randomUUID()}`
      const ada = { username: name, password: 'quiet rain on roofs' }
      const user = await app.users.createUser(ada)
      await assert.rejects(app.users.createUser(ada), { code: 'user_exists' })
      const visitor = new Visitor(door)
      assert.equal((await visitor.get('/login/')).status, 401)
      assert.equal((await visitor.post('/login/', { json: { ...ada, password: 'wrong' } })).status, 401)
      await visitor.data('POST', '/count/')
      const before = visitor.cookies.get('sessionid')
      assert.equal(await visitor.data('POST', '/login/', { json: ada }), name)
      assert.notEqual(visitor.cookies.get('sessionid'), before)
      assert.deepEqual([await visitor.data('GET', '/login/'), await visitor.data('GET', '/count/')], [name, 1])
      const kept = new Visitor(door)
      kept.cookies.set('sessionid', visitor.cookies.get('sessionid') ?? '')
      await visitor.send('DELETE', '/login/')
      assert.equal((await kept.get('/login/')).status, 401)
      const group = await app.users.permissions.createGroup(name)
      await app.users.permissions.addToGroup(user, group)
      assert.deepEqual(
        (await app.users.permissions.groupsOf(user)).map(({ name }) => name),
        [name],
      )
    }),
  )
  if (database.name !== 'SQLite') return

  check('accounts: SQLite', `${kind.name}: a file that is locked or gone is told apart from a bug`, () =>
    withSite(kind, { database }, {}, async ({ app }) => {
      const file = app.settings.DATABASE_URL.slice('sqlite:'.length)
      const { DatabaseSync } = await import('node:sqlite')
      const other = new DatabaseSync(file)
      other.exec('BEGIN IMMEDIATE')
      const made = app.users.createUser({ username: 'ada' })
      setTimeout(() => other.exec('COMMIT'), 200)
      assert.equal((await made).username, 'ada')
      other.close()
      rmSync(file)
      await assert.rejects(app.users.createUser({ username: 'eve' }), { code: 'db/unavailable', status: 503 })
    }),
  )
}
