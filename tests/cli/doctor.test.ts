/**
 * `nuages doctor` on databases that a real Django made, on some that Nuages made, on some that nobody should serve.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, type TestContext, test } from 'node:test'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { defineUsers } from '../../src/auth/users-table.ts'
import { examine } from '../../src/cli/doctor.ts'
import type { Report } from '../../src/cli/doctor-report.ts'
import { createColumnTime, migrateDjangoTables, openDatabase } from '../../src/db/index.ts'
import { defineSettings } from '../../src/settings/index.ts'
import { DataSigner, saltedHmac } from '../../src/signing/index.ts'
import { requireDjango, requireMysql, requirePostgres, temporaryFolder, withDatabases } from '../real-parts.ts'
import { emptyFolder, type Finished, nuages } from './site.ts'

const secretKey = 'the key of the site that the doctor visits'
const folder = emptyFolder({ after })

interface Visit {
  readonly url: string
  readonly key?: string
  readonly env?: Readonly<Record<string, string>>
}

/** The command. */
function visit({ url, key = secretKey, env = {} }: Visit, ...more: string[]): Promise<Finished> {
  return nuages(folder, ['doctor', ...more], { env: { DATABASE_URL: url, SECRET_KEY: key, ...env } })
}

/** The same in this process, which is quicker. `code`: that of the command. */
async function report({ url, key = secretKey, env = {} }: Visit): Promise<Report & { readonly code: number }> {
  const { SECRET_KEY_FALLBACKS: _, ...inherited } = process.env
  process.env = { ...inherited, SECRET_KEY: key, ...env }
  const found = await examine({ database: url, secretKeyEnv: 'SECRET_KEY' })
  return { ...found, code: found.ok ? 0 : 1 }
}

/** Every finding as one line. */
function lines({ findings }: Report): string {
  return findings.map(({ subject, mark, text, fix }) => `${mark} ${subject}: ${text} ${fix ?? ''}`).join('\n')
}

function setting({ settings }: Report, name: string): unknown {
  return settings.find(known => known.name === name)?.value
}

function signed(data: unknown, { key = secretKey, className = 'SessionStore', at = Date.now() } = {}): string {
  return new DataSigner({ key, salt: `django.contrib.sessions.${className}`, clock: () => at }).dumps(data)
}

/** Runs statements on the database of a test, whatever it is. */
async function execute(url: string, ...statements: readonly string[]): Promise<void> {
  if (url.startsWith('sqlite:')) {
    const database = new DatabaseSync(url.slice('sqlite:'.length))
    for (const statement of statements) database.exec(statement)
    database.close()
  } else if (url.startsWith('postgres')) {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    for (const statement of statements) await client.query(statement)
    await client.end()
  } else {
    const connection = await mysql.createConnection({ uri: url })
    for (const statement of statements) await connection.query(statement)
    await connection.end()
  }
}

withDatabases('nuages doctor', (it, dialect) => {
  it('finds nothing wrong with a site of a real Django, and names its settings', async ({ t, url }) => {
    const django = requireDjango(t, { url, secretKey, settings: { SESSION_COOKIE_AGE: 86_400 } })
    if (django === null) return
    await django('migrate')
    await django('create-user', 'ada', 'quiet-rain')
    for (const _ of [1, 2, 3]) await django('login-session', 'ada')
    const found = await report({ url })
    assert.equal(found.code, 0)
    assert.doesNotMatch(lines(found), /^(?:warn|fail)/m)
    assert.match(lines(found), /ok Key: 3 of 3 sampled sessions are signed with SECRET_KEY\./)
    const series = /^\d+\.\d+/.exec(String((await django('info')).django))?.[0]
    assert.ok(lines(found).includes(`ok Passwords: The newest login has the hasher and the count of Django ${series}.`))
    assert.equal(setting(found, 'DJANGO_VERSION'), series)
    assert.equal(setting(found, 'USE_TZ'), true)
    assert.equal(setting(found, 'SESSION_COOKIE_AGE'), 86_400)

    const wrong = await report({ url, key: 'another key' })
    assert.equal(wrong.code, 1)
    assert.match(lines(wrong), /fail Key: None of 3 sampled sessions is signed with SECRET_KEY\. Copy SECRET_KEY/)
    const former = await report({ url, key: 'a new key', env: { SECRET_KEY_FALLBACKS: `one,${secretKey}` } })
    assert.match(lines(former), /ok Key: 0 of 3 sampled .*, 3 with one of SECRET_KEY_FALLBACKS/)
    const without = await report({ url, key: '' })
    assert.equal(without.code, 0)
    assert.match(lines(without), /warn Key: SECRET_KEY is not set/)
  })

  it('tells local time by its logins', async ({ t, url }) => {
    const settings = { USE_TZ: false, TIME_ZONE: 'Asia/Kolkata', SESSION_COOKIE_AGE: 7200 }
    const django = requireDjango(t, { url, secretKey, settings })
    if (django === null) return
    await django('migrate')
    await django('create-user', 'ada', 'quiet-rain')
    await django('login-session', 'ada')
    const found = await report({ url })
    assert.equal(found.code, 0)
    assert.equal(setting(found, 'SESSION_COOKIE_AGE'), 7200)
    if (dialect === 'postgresql') return
    assert.match(lines(found), /warn Time: The columns hold local time, \+05:30 from UTC/)
    assert.equal(setting(found, 'USE_TZ'), false)
    assert.match(String(setting(found, 'TIME_ZONE')), /^Asia\/(?:Kolkata|Calcutta|Colombo)$/)
  })

  it('asks for no DJANGO_VERSION where Nuages made the tables', async ({ url, open }) => {
    const db = open()
    await migrateDjangoTables(db)
    await db.close()
    const found = await report({ url })
    assert.equal(found.code, 0)
    assert.match(lines(found), /ok Tables: nuages migrate made them/)
    assert.deepEqual(
      found.settings.map(({ name }) => name),
      ['SECRET_KEY', 'DATABASE_URL'],
    )
  })

  it("says of an empty database, and of one that is not Django's, that it is the wrong one", async ({ url }) => {
    await execute(url, ...(dialect === 'sqlite' ? ['VACUUM'] : []))
    if (dialect === 'sqlite') writeFileSync(url.slice('sqlite:'.length), '')
    const empty = await report({ url })
    assert.equal(empty.code, 1)
    assert.match(lines(empty), /^fail Tables: The database is empty\. Is it the right one/)
    await execute(url, 'CREATE TABLE orders (id integer)', 'CREATE TABLE wp_users (id integer)')
    const other = await report({ url })
    assert.equal(other.code, 1)
    assert.match(lines(other), /^fail Tables: This is no database of Django's: it has orders, wp_users, /)
  })

  it('finds columns that are missing, too short, or of another type', async ({ url, open }) => {
    const db = open()
    await migrateDjangoTables(db)
    await db.close()
    const changes = {
      sqlite: [
        'DROP TABLE django_session',
        'CREATE TABLE django_session (session_key varchar(32) PRIMARY KEY, session_data blob, expire_date text, site_id integer NOT NULL)',
      ],
      postgresql: [
        'ALTER TABLE django_session ALTER session_key TYPE varchar(32), ALTER session_data TYPE bytea USING NULL, ALTER expire_date TYPE timestamp, ADD site_id integer NOT NULL',
      ],
      mysql: [
        'ALTER TABLE django_session MODIFY session_key varchar(32), MODIFY session_data blob, MODIFY expire_date bigint, ADD site_id integer NOT NULL',
      ],
    }[dialect]
    await execute(url, ...changes, 'ALTER TABLE auth_user DROP COLUMN first_name')
    const found = await report({ url })
    assert.equal(found.code, 1)
    assert.match(lines(found), /warn Tables: django_session\.session_key is .*\(32\), Django's is varchar\(40\)\./)
    assert.match(lines(found), /fail Tables: django_session\.session_data is b\w+, Django's is (?:long)?text\./)
    assert.match(lines(found), /fail Tables: django_session\.expire_date is /)
    assert.match(lines(found), /fail Tables: django_session demands site_id/)
    assert.match(lines(found), /fail Tables: auth_user lacks first_name\. Run that site's manage\.py migrate/)
  })

  it("finds a users table of the site's own, its id and its name to log in with", async ({ url, open }) => {
    const db = open()
    await migrateDjangoTables(db)
    await db.close()
    const uuid = dialect === 'postgresql' ? 'uuid' : 'char(32)'
    const time = { sqlite: 'datetime', postgresql: 'timestamp with time zone', mysql: 'datetime(6)' }[dialect]
    const id = '0f8fad5bd9cb469fa16570867728950e'
    const dashed = '0f8fad5b-d9cb-469f-a165-70867728950e'
    const at = Date.now() - 60_000
    const columnTime = createColumnTime(dialect)
    const password = `argon2$argon2id$v=19$m=102400,t=3,p=8$c2FsdHNhbHRzYWx0c2FsdHNhbHQ$${'A'.repeat(43)}`
    const session = signed(
      { _auth_user_id: dashed, _auth_user_backend: 'allauth.Backend', _auth_user_hash: 'x' },
      { at },
    )
    await execute(
      url,
      ...['auth_user_groups', 'auth_user_user_permissions', 'auth_user'].map(table => `DROP TABLE ${table}`),
      `CREATE TABLE shop_customer (key ${uuid} NOT NULL PRIMARY KEY, password varchar(128) NOT NULL, last_login ${time} NULL, email varchar(254) NOT NULL UNIQUE, points integer NOT NULL)`.replace(
        'key ',
        dialect === 'mysql' ? '`key` ' : '"key" ',
      ),
      dialect === 'mysql'
        ? `CREATE TABLE django_admin_log (id integer PRIMARY KEY, user_id ${uuid} NOT NULL, FOREIGN KEY (user_id) REFERENCES shop_customer (\`key\`))`
        : `CREATE TABLE django_admin_log (id integer PRIMARY KEY, user_id ${uuid} NOT NULL REFERENCES shop_customer ("key"))`,
      `INSERT INTO shop_customer VALUES ('${id}', '${password}', '${columnTime.toColumnTime(at).replace('+00', '')}', 'ada@example.com', 5)`,
      `INSERT INTO django_session VALUES ('${'k'.repeat(32)}', '${session}', '${columnTime.toColumnTime(at + 1_209_600_000).replace('+00', '')}')`,
    )
    const found = await report({ url })
    assert.match(
      lines(found),
      /warn Accounts: The users are in shop_customer, .* key is a UUID, the name to log in with email\./,
    )
    assert.match(lines(found), /ok Accounts: Columns of its own: points\./)
    assert.deepEqual(found.users, {
      model: 'shop.customer',
      id: { type: 'uuid', column: 'key' },
      username: 'email',
      columns: { isSuperuser: null, firstName: null, lastName: null, isStaff: null, isActive: null, dateJoined: null },
      fields: { points: 'integer' },
      groups: false,
    })
    const { schema } = defineUsers(found.users as Parameters<typeof defineUsers>[0])
    assert.equal(schema.table, 'shop_customer')
    assert.deepEqual(schema.columns.map(({ name }) => name).sort(), [
      'email',
      'key',
      'last_login',
      'password',
      'points',
    ])
    assert.match(lines(found), /ok Passwords: The newest login has argon2, /)
    assert.match(lines(found), /warn Sessions: Some logins are those of another backend: allauth\.Backend \(1\)/)
    assert.deepEqual((setting(found, 'PASSWORD_HASHERS') as unknown[] | undefined)?.[0], undefined) // Nuages made the tables
  })
})

/** A SQLite site with a user, in memory of no Django. */
async function siteWith(
  t: TestContext,
  ...rows: readonly (readonly [text: string, secondsToLive: number])[]
): Promise<string> {
  const path = join(temporaryFolder(t), 'site.sqlite3')
  const url = `sqlite:${path}`
  const db = openDatabase(url)
  await migrateDjangoTables(db)
  for (const [index, [text, seconds]] of rows.entries()) {
    await db
      .prepare('INSERT INTO django_session VALUES (?, ?, ?)')
      .run([`key-${index}`.padEnd(32, 'x'), text, db.toColumnTime(Date.now() + seconds * 1000)])
  }
  await db.close()
  return url
}

test('knows a right key behind an engine of another name, a pickle, and the form of Django 2', async t => {
  const store = await siteWith(t, [signed({ a: 1 }, { className: 'CustomSessionStore' }), 1000])
  assert.match(
    lines(await report({ url: store })),
    /fail Key: SECRET_KEY is the key of the site, but .* is called CustomSessionStore/,
  )

  const password = '!nothing'
  const hash = saltedHmac(
    'django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash',
    password,
    secretKey,
    'sha256',
  )
  const login = { _auth_user_id: '1', _auth_user_backend: 'b', _auth_user_hash: hash.toString('hex') }
  const unknown = await siteWith(t, [signed(login, { className: 'NobodyGuessesThisOne' }), 1000])
  await execute(
    unknown,
    `INSERT INTO auth_user VALUES (1, '${password}', NULL, 0, 'ada', '', '', 0, 1, '2026-01-01 00:00:00', '')`,
  )
  assert.match(
    lines(await report({ url: unknown })),
    /fail Key: SECRET_KEY is the key of the site, but .* is not called SessionStore/,
  )

  const pickled = new DataSigner({ key: secretKey, salt: 'django.contrib.sessions.SessionStore' }).dumpsText(
    '\x80\x05}q\x00.',
  )
  const old = Buffer.from(`${createHash('sha1').update('').digest('hex')}:{"a":1}`).toString('base64')
  const mixed = await siteWith(t, [pickled, 1000], [old, 1001], ['rubbish', 1002], [`${'x'.repeat(70_000)}`, 1003])
  const text = lines(await report({ url: mixed }))
  assert.match(text, /fail Sessions: Pickles, .*: 1 of 4 sampled\./)
  assert.match(text, /warn Sessions: In the form of a Django before 3\.1: 1 of 4 sampled\./)
  assert.match(text, /warn Sessions: No session of Django's, .*: 1 of 4 sampled\./)
  assert.match(text, /warn Sessions: Longer than 65,536 characters, .*: 1 of 4 sampled\./)
})

test('says that sessions are elsewhere when users log in and leave no rows', async t => {
  const url = await siteWith(t)
  const now = new Date().toISOString().replace('T', ' ').slice(0, 19)
  await execute(url, `INSERT INTO auth_user VALUES (1, 'md5$a$b', '${now}', 0, 'ada', '', '', 0, 1, '${now}', '')`)
  const text = lines(await report({ url }))
  assert.match(text, /warn Sessions: Users have logged in, but no session was written at all/)
  assert.match(text, /fail Passwords: The newest login has an MD5 hash/)
})

test("keeps the costs of the site's own hasher", async t => {
  const url = await siteWith(t)
  const rows = [
    `(1, 'pbkdf2_sha256$123456$salt$hash', '2026-02-01 00:00:00', 0, 'ada', '', '', 0, 1, '2026-01-01 00:00:00', '')`,
    `(2, 'sha1$salt$hash', NULL, 0, 'bob', '', '', 0, 1, '2026-01-01 00:00:00', '')`,
    `(3, '!unusable', NULL, 0, 'eve', '', '', 0, 1, '2026-01-01 00:00:00', '')`,
  ]
  await execute(
    url,
    `INSERT INTO auth_user VALUES ${rows.join(', ')}`,
    `UPDATE django_migrations SET applied = '2020-01-01 00:00:00' WHERE id = 1`,
  )
  const found = await report({ url })
  assert.match(
    lines(found),
    /warn Passwords: The newest login has pbkdf2_sha256 with 123,456 iterations, which is the default of no Django/,
  )
  assert.match(lines(found), /warn Passwords: Nuages cannot verify 1 hash: sha1 \(unknown here\): 1\./)
  assert.deepEqual((setting(found, 'PASSWORD_HASHERS') as unknown[])[0], {
    NAME: 'pbkdf2_sha256',
    OPTIONS: { iterations: 123_456 },
  })
})

test('prints a block that defineSettings takes, and no secret', async t => {
  const url = await siteWith(t, [signed({ card: '4111-1111' }), 1000])
  const now = '2026-02-01 00:00:00'
  await execute(
    url,
    `INSERT INTO auth_user VALUES (1, 'pbkdf2_sha256$870000$thesaltofada$thehash', '${now}', 0, 'ada', '', '', 0, 1, '${now}', '')`,
    `UPDATE django_migrations SET applied = '2020-01-01 00:00:00' WHERE id = 1`,
  )
  const { code, stdout } = await visit({ url })
  assert.equal(code, 0, stdout)
  const asJson = JSON.parse((await visit({ url }, '--json')).stdout) as Report
  assert.equal(asJson.ok, true)
  assert.equal(setting(asJson, 'DJANGO_VERSION'), '5.1')
  for (const secret of [secretKey, '4111', 'thesaltofada', 'thehash', 'key-0'])
    assert.ok(!stdout.includes(secret), secret)
  const block = /defineSettings\((\{[\s\S]*?\n\})\)/.exec(stdout)?.[1] ?? ''
  const given = new Function('env', `return (${block})`)((name: string) => (name === 'SECRET_KEY' ? 'x' : 'sqlite:x'))
  assert.equal(defineSettings(given).DJANGO_VERSION, '5.1')
})

test('does not let a name in the database speak to the terminal', async t => {
  const url = `sqlite:${join(temporaryFolder(t), 'hostile.sqlite3')}`
  await execute(url, 'CREATE TABLE "\x1b[2Jowned\u202e" (id integer)')
  const { stdout } = await visit({ url })
  assert.match(stdout, /owned/)
  for (const character of ['\x1b', '\u202e']) assert.ok(!stdout.includes(character))
})

test('leaves a SQLite file, its folder and its modes as they were', async t => {
  const url = await siteWith(t, [signed({ a: 1 }), 1000])
  const path = url.slice('sqlite:'.length)
  for (const mode of ['DELETE', 'WAL']) {
    await execute(url, `PRAGMA journal_mode = ${mode}`)
    const before = [readFileSync(path).toString('base64'), readdirSync(join(path, '..')).join()]
    chmodSync(path, 0o444)
    assert.equal((await report({ url })).code, 0)
    chmodSync(path, 0o644)
    assert.deepEqual([readFileSync(path).toString('base64'), readdirSync(join(path, '..')).join()], before)
  }
})

test('says in a line what to do when there is nothing to look at', async t => {
  const missing = join(temporaryFolder(t), 'nothing.sqlite3')
  const cases: readonly (readonly [url: string, line: RegExp])[] = [
    [`sqlite:${missing}`, /nothing\.sqlite3 is no SQLite database, or not there\. Correct DATABASE_URL/],
    ['', /^Name the site's database: nuages doctor --database /],
    ['oracle://x', /^DATABASE_URL has an unknown scheme/],
    ['postgres://ada:hidden@127.0.0.1:12599/x', /^127\.0\.0\.1:12599\/x does not answer\. Is the server running/],
    ['mysql://ada:hidden@127.0.0.1:12599/x', /^127\.0\.0\.1:12599\/x does not answer\. Is the server running/],
  ]
  for (const [url, line] of cases) {
    const { code, stdout, stderr } = await visit({ url })
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.match(stderr, line)
    assert.doesNotMatch(stderr, /hidden/)
    assert.equal(stderr.trim().split('\n').length, 1)
  }
  assert.equal(existsSync(missing), false)
})

/** The URL with another user. */
function asUser(url: string, name: string, password: string): string {
  const changed = new URL(url)
  changed.username = name
  changed.password = password
  return changed.href
}

test('reports what a PostgreSQL user may not do, and a refused password', async t => {
  const url = await requirePostgres(t)
  if (url === null) return
  const db = openDatabase(url)
  await migrateDjangoTables(db)
  await db.close()
  const role = `nuages_doctor_${process.pid}`
  await execute(url, `CREATE ROLE ${role} LOGIN PASSWORD 'right'`, `GRANT SELECT ON django_session TO ${role}`)
  const found = await report({ url: asUser(url, role, 'right') }).finally(() =>
    execute(url, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`),
  )
  assert.equal(found.code, 1)
  const text = lines(found)
  assert.match(text, /ok Tables: As Django makes them: django_session, /)
  assert.match(
    text,
    /fail Tables: django_migrations could not be read: permission denied for table django_migrations\. .*GRANT SELECT ON django_migrations/,
  )
  assert.match(text, /fail Passwords: auth_user could not be read/)
  assert.match(text, /warn Rights: This user lacks INSERT ON django_session, .* UPDATE \(password\) ON auth_user/)

  const nobody = await visit({ url: asUser(url, 'nobody_of_this_name', 'wrong') })
  assert.equal(nobody.code, 1)
  assert.match(
    nobody.stderr,
    /refuses the connection: .* Check user, password and name of the database in the URL\.\n$/,
  )
})

test('finds Django in another schema', async t => {
  const url = await requirePostgres(t)
  if (url === null) return
  await execute(url, 'CREATE SCHEMA site', 'CREATE TABLE site.django_migrations (id integer)')
  const text = lines(await report({ url }))
  assert.match(text, /fail Tables: Django's tables are in the schema site, .*search_path%3Dsite/)
})

test('does not wait for a lock that a deployment holds', async t => {
  const url = await requirePostgres(t)
  if (url === null) return
  const db = openDatabase(url)
  await migrateDjangoTables(db)
  await db.close()
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  try {
    await holder.query('BEGIN; LOCK TABLE django_session IN ACCESS EXCLUSIVE MODE')
    const found = await report({ url })
    assert.match(lines(found), /fail Sessions: django_session could not be read: A lock in .* was held too long/)
  } finally {
    await holder.end()
  }
})

test('reports what a MariaDB user may not see, and a refused password', async t => {
  const url = await requireMysql(t)
  if (url === null) return
  const db = openDatabase(url)
  await migrateDjangoTables(db)
  await db.close()
  const name = `nuages_doctor_${process.pid}`
  const database = new URL(url).pathname.slice(1)
  await execute(
    url,
    `CREATE USER '${name}'@'%' IDENTIFIED BY 'right'`,
    `GRANT SELECT ON ${database}.django_session TO '${name}'@'%'`,
    `GRANT SELECT (id, username) ON ${database}.auth_user TO '${name}'@'%'`,
  )
  const found = await report({ url: asUser(url, name, 'right') }).finally(() => execute(url, `DROP USER '${name}'@'%'`))
  assert.equal(found.code, 1)
  assert.match(lines(found), /fail Accounts: There is no auth_user, .* may this user see the table/)
  const refused = await visit({ url: asUser(url, name, 'wrong') })
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /refuses the connection: Access denied .* Check user, password and name/)
})
