/**
 * The grants that docs/django.md gives, on real servers: enough for logins and sessions, and for nothing else.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { createApp } from '../../src/app/index.ts'
import { authenticate, login, logout } from '../../src/auth/index.ts'
import { examine } from '../../src/cli/doctor.ts'
import { migrateDjangoTables, openDatabase } from '../../src/db/index.ts'
import { type HttpRequest, HttpResponse } from '../../src/http/index.ts'
import { defineSettings, type Settings, type SettingsInput } from '../../src/settings/index.ts'
import { Client } from '../../src/testing/index.ts'
import { path } from '../../src/urls/index.ts'
import { requireMysql, requirePostgres } from '../real-parts.ts'

const manual = readFileSync(join(import.meta.dirname, '../../docs/django.md'), 'utf8')
const password = 'quiet-rain'

/** The statements of the block that begins with a comment. */
function grantsOf(title: string): readonly string[] {
  const block = new RegExp(`\`\`\`sql\\n-- ${title}\\n([\\s\\S]*?)\`\`\``).exec(manual)?.[1]
  assert.ok(block, `docs/django.md has no grants for ${title}.`)
  return block
    .split(';')
    .map(statement => statement.replaceAll(/--.*$/gm, '').trim())
    .filter(statement => statement !== '')
}

const urls = [
  path('login/', async (request: HttpRequest) => {
    const user = await authenticate(request, { username: 'ada', password })
    if (user === null) return new HttpResponse('wrong', { status: 401 })
    await login(request, user)
    return new HttpResponse('welcome')
  }),
  path('count/', async (request: HttpRequest) => {
    const session = await request.session
    const count = await session.update('n', (n: unknown) => Number(n ?? 0) + 1)
    return new HttpResponse(`${(await request.user)?.username} ${count}`)
  }),
  path('who/', async (request: HttpRequest) => new HttpResponse((await request.user)?.username ?? 'nobody')),
  path('logout/', async (request: HttpRequest) => {
    await logout(request)
    return new HttpResponse('gone')
  }),
]

/** Tables of Django, an account, and a table that is nobody's business. */
async function prepare(url: string): Promise<void> {
  const db = openDatabase(url)
  await migrateDjangoTables(db)
  await db.prepare('CREATE TABLE bank_account (id integer)').run()
  await db.close()
  // An older count: the login writes a new hash.
  const PASSWORD_HASHERS: SettingsInput['PASSWORD_HASHERS'] = [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 1000 } }]
  const owner = createApp({
    settings: defineSettings({ SECRET_KEY: 'k', DATABASE_URL: url, DJANGO_VERSION: '3.2', PASSWORD_HASHERS }),
    urls: [],
    logger: null,
  })
  await owner.users.createUser({ username: 'ada', password })
  await owner.close()
}

const settingsOf = (url: string): Settings =>
  defineSettings({ SECRET_KEY: 'k', DATABASE_URL: url, DJANGO_VERSION: '3.2', ALLOWED_HOSTS: ['*'] })

/** What the user of these grants can do, and cannot. */
async function tryOut(t: TestContext, url: string): Promise<void> {
  const app = createApp({ settings: settingsOf(url), urls, logger: null })
  t.after(() => app.close())
  assert.deepEqual(await app.pendingMigrations(), [])
  const visitor = new Client(app)
  assert.equal(await (await visitor.post('/login/')).text(), 'welcome')
  assert.equal(await (await visitor.post('/count/')).text(), 'ada 1')
  assert.equal(await (await visitor.post('/count/')).text(), 'ada 2')
  const account = await app.db.selectFrom('auth_user').select('password').executeTakeFirst()
  assert.match(account?.password ?? '', /^pbkdf2_sha256\$260000\$/)
  assert.equal(await (await visitor.post('/logout/')).text(), 'gone')
  assert.equal(await app.sessions.clearExpired(10), 0)
  for (const refused of [
    'UPDATE auth_user SET is_superuser = is_superuser',
    'DELETE FROM auth_user',
    'SELECT id FROM bank_account',
    'DELETE FROM django_migrations',
    'UPDATE auth_group SET name = name',
    'CREATE TABLE mine (id integer)',
  ])
    await assert.rejects(app.database.prepare(refused).run(), /denied|permission|refuses/, refused)
}

async function withoutFailures(url: string): Promise<void> {
  const { findings } = await examine({ database: url, secretKeyEnv: 'A_KEY_THAT_IS_NOT_SET' })
  assert.deepEqual(
    findings.filter(({ mark }) => mark === 'fail'),
    [],
  )
}

test('the grants for PostgreSQL suffice, and allow nothing else', async t => {
  const url = await requirePostgres(t)
  if (url === null) return
  await prepare(url)
  const role = `nuages_service_${process.pid}`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of grantsOf('PostgreSQL')) await client.query(statement.replaceAll('nuages_service', role))
    const own = new URL(url)
    own.username = role
    own.password = 'CHANGE-ME'
    await t.test('for an app', t => tryOut(t, own.href))
    await t.test('for nuages doctor', () => withoutFailures(own.href))
  } finally {
    await client.query(`DROP OWNED BY ${role}`)
    await client.query(`DROP ROLE ${role}`)
    await client.end()
  }
})

test('a service that only asks who the visitor is needs no right to write', async t => {
  const url = await requirePostgres(t)
  if (url === null) return
  await prepare(url)
  const owner = createApp({ settings: settingsOf(url), urls, logger: null })
  const visitor = new Client(owner)
  await visitor.post('/login/')
  const role = `nuages_reader_${process.pid}`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of grantsOf('PostgreSQL, for a service that only asks who the visitor is'))
      await client.query(statement.replaceAll('nuages_service', role))
    const own = new URL(url)
    own.username = role
    own.password = 'CHANGE-ME'
    const app = createApp({ settings: settingsOf(own.href), urls, logger: null })
    const reader = new Client(app)
    const key = visitor.cookies.get('sessionid')
    const answer = await reader.get('/who/', { headers: { Cookie: `sessionid=${key}` } })
    assert.equal(await answer.text(), 'ada')
    assert.equal((await reader.post('/count/', { headers: { Cookie: `sessionid=${key}` } })).status, 500)
    await app.close()
    await owner.close()
  } finally {
    await client.query(`DROP OWNED BY ${role}`)
    await client.query(`DROP ROLE ${role}`)
    await client.end()
  }
})

test('the grants for MariaDB suffice, and allow nothing else', async t => {
  const url = await requireMysql(t)
  if (url === null) return
  await prepare(url)
  const user = `nuages_service_${process.pid}`
  const database = new URL(url).pathname.slice(1)
  const connection = await mysql.createConnection({ uri: url })
  try {
    for (const statement of grantsOf('MariaDB and MySQL'))
      await connection.query(statement.replaceAll('nuages_service', user).replaceAll('site.', `${database}.`))
    const own = new URL(url)
    own.username = user
    own.password = 'CHANGE-ME'
    await t.test('for an app', t => tryOut(t, own.href))
    await t.test('for nuages doctor', () => withoutFailures(own.href))
  } finally {
    await connection.query(`DROP USER '${user}'@'%'`)
    await connection.end()
  }
})
