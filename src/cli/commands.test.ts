import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { emptyFolder, newSite, nuages } from '../../tests/cli/site.ts'
import { ownVersion } from './own-package.ts'

const password = 'quiet-rain-on-tin-roofs'

describe('the nuages command', () => {
  it('says its version, helps, and suggests the command that was meant', async t => {
    const folder = emptyFolder(t)
    assert.equal((await nuages(folder, ['--version'])).stdout, `${ownVersion()}\n`)
    assert.match((await nuages(folder, ['--help'])).stdout, /^ {2}startproject <name> .*^ {2}shell /ms)
    const { code, stderr } = await nuages(folder, ['migrat'])
    assert.equal(code, 1)
    assert.match(stderr, /Did you mean migrate\?/)
  })

  it('says in one line what is missing when there is no app', async t => {
    const folder = emptyFolder(t)
    assert.match((await nuages(folder, ['migrate'])).stderr, /^There is no app\.ts here\. .*--app path\/to\/app\.ts\n$/)
    assert.match((await nuages(folder, ['migrate', '--app', 'x.ts'])).stderr, /^There is no file x\.ts\. .*\n$/)
    writeFileSync(join(folder, 'app.js'), 'export const site = 1')
    assert.match((await nuages(folder, ['check'])).stderr, /app\.js exports no app\. .*\n$/)
  })

  it('prints a ConfigError without its stack, and a bug with it', async t => {
    const site = await newSite(emptyFolder(t))
    const wrong = await nuages(site, ['check'], { env: { SESSION_COOKIE_AGE: 'soon' } })
    assert.equal(wrong.code, 1)
    assert.match(wrong.stderr, /^SESSION_COOKIE_AGE [^\n]*\n$/)
    rmSync(join(site, '.env'))
    assert.match((await nuages(site, ['check'])).stderr, /^SECRET_KEY is missing\. [^\n]*\n$/)
    writeFileSync(join(site, 'app.js'), "throw new RangeError('my own bug')")
    const bug = await nuages(site, ['check', '--app', 'app.js'])
    assert.equal(bug.code, 1)
    assert.match(bug.stderr, /RangeError: my own bug\n\s+at .*app\.js:1/)
  })
})

describe('the nuages command on a site', () => {
  const folder = emptyFolder({ after })
  let site = ''
  before(async () => {
    site = await newSite(folder)
  })
  const rows = (sql: string): unknown[] => {
    const database = new DatabaseSync(join(site, 'db.sqlite3'))
    try {
      return database.prepare(sql).all()
    } finally {
      database.close()
    }
  }

  it('checks that the tables are there, creates them, and then has nothing to do', async () => {
    const before = await nuages(site, ['check'])
    assert.equal(before.code, 1)
    assert.match(before.stderr, /^The database lacks django_migrations, .*auth_user.* Run: nuages migrate\n$/)
    const migrated = await nuages(site, ['migrate'])
    assert.equal(migrated.code, 0, migrated.stderr)
    assert.match(migrated.stdout, /^Created auth_user$/m)
    assert.equal((await nuages(site, ['migrate'])).stdout, 'Nothing to do: every table is there.\n')
    const after = await nuages(site, ['check'])
    assert.deepEqual([after.code, after.stdout], [0, 'All is well.\n'])
  })

  it('names the database that cannot be opened', async () => {
    const { code, stderr } = await nuages(site, ['check'], {
      env: { DATABASE_URL: 'sqlite:no/such/folder/db.sqlite3' },
    })
    assert.equal(code, 1)
    assert.match(stderr, /^The folder .*no\/such\/folder does not exist\..*\n$/)
  })

  it('names the Redis of the sessions that does not answer', async () => {
    const env = { SESSION_ENGINE: 'cache', REDIS_URL: 'redis://127.0.0.1:1/5' }
    const { code, stderr } = await nuages(site, ['check'], { env })
    assert.equal(code, 1)
    assert.match(stderr, /^127\.0\.0\.1:1\/5 does not answer: .*\. Start it, or correct REDIS_URL\.\n$/)
  })

  it('lists with check --deploy what a production site lacks, a line each', async () => {
    const failing = await nuages(site, ['check', '--deploy'])
    assert.equal(failing.code, 1)
    assert.match(failing.stderr, /^DEBUG: .*Set DEBUG to false\.$/m)
    assert.match(failing.stderr, /^SESSION_COOKIE_SECURE: /m)
    const env = {
      DEBUG: 'false',
      ALLOWED_HOSTS: 'example.com',
      SESSION_COOKIE_SECURE: 'true',
      CSRF_COOKIE_SECURE: 'true',
      SECURE_SSL_REDIRECT: 'true',
      SECURE_HSTS_SECONDS: '31536000',
      SECURE_HSTS_INCLUDE_SUBDOMAINS: 'true',
      SECURE_HSTS_PRELOAD: 'true',
    }
    const ready = await nuages(site, ['check', '--deploy'], { env })
    assert.deepEqual([ready.code, ready.stderr], [0, ''])
  })

  it('lists the routes with names and methods', async () => {
    const { stdout } = await nuages(site, ['routes'])
    assert.match(stdout, /^Path +Name +Methods\n\/ +home +GET HEAD OPTIONS\n/)
    assert.match(stdout, /^\/logout\/ +logout +POST OPTIONS$/m)
  })

  it('prints the description of the API, or writes it into a file', async () => {
    const { code, stdout } = await nuages(site, ['openapi'])
    assert.equal(code, 0)
    assert.equal((JSON.parse(stdout) as { openapi: string }).openapi, '3.1.0')
    const written = await nuages(site, ['openapi', '--output', 'openapi.json'])
    assert.deepEqual([written.code, written.stdout], [0, ''])
    assert.match(written.stderr, /^openapi\.json describes \d+ paths?\.$/m)
    assert.equal(readFileSync(join(site, 'openapi.json'), 'utf8'), stdout)
    const refused = await nuages(site, ['openapi', '--output', 'no/such/folder.json'])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /^no\/such\/folder\.json cannot be written: ENOENT[^\n]*$/m)
  })

  it('creates a superuser from lines of input, asking again for what will not do', async () => {
    const input = ['a b', 'ada', 'ada@example.com', '12345', password, 'other', password, password, ''].join('\n')
    const { code, stdout, stderr } = await nuages(site, ['createsuperuser'], { input })
    assert.equal(code, 0, stderr)
    assert.match(stdout, /A username has.*\n/)
    assert.match(stdout, /too short/)
    assert.match(stdout, /The two passwords are not the same/)
    assert.match(stdout, /Superuser ada was created\.\n$/)
    assert.ok(!stdout.includes(password))
    const found = rows("SELECT email, is_staff, is_superuser FROM auth_user WHERE username = 'ada'")
    assert.deepEqual({ ...(found[0] as object) }, { email: 'ada@example.com', is_staff: 1, is_superuser: 1 })
    const again = await nuages(site, ['createsuperuser', '--username', 'ada'])
    assert.match(again.stderr, /^There is a user ada already\. [^\n]*\n$/)
  })

  it('creates nobody when the input ends too early', async () => {
    const { code, stderr } = await nuages(site, ['createsuperuser'], { input: `bob\n\n${password}\n` })
    assert.deepEqual([code, stderr], [1, 'Not every question was answered: nothing was changed.\n'])
    assert.deepEqual(rows("SELECT id FROM auth_user WHERE username = 'bob'"), [])
  })

  it('creates a superuser without a question, with the password of the environment or none', async () => {
    assert.match((await nuages(site, ['createsuperuser', '--noinput'])).stderr, /^--noinput .*--username NAME\n$/)
    const args = ['createsuperuser', '--noinput', '--username']
    const weak = await nuages(site, [...args, 'eve'], { env: { DJANGO_SUPERUSER_PASSWORD: '12345' } })
    assert.equal(weak.code, 1)
    assert.match(weak.stderr, /^DJANGO_SUPERUSER_PASSWORD: /)
    assert.equal((await nuages(site, [...args, 'eve'], { env: { DJANGO_SUPERUSER_PASSWORD: password } })).code, 0)
    assert.match(
      (await nuages(site, [...args, 'mallory'])).stdout,
      /It has no password: nuages changepassword mallory\n$/,
    )
  })

  it('changes a password, and logs in with it at the shell', async () => {
    const fresh = `new ${password} `
    const changed = await nuages(site, ['changepassword', 'ada'], { input: `${fresh}\n${fresh}\n` })
    assert.equal(changed.code, 0, changed.stderr)
    const input = `for (const password of [${JSON.stringify(fresh)}, '${password}'])
  console.log((await users.verify('ada', password))?.username)
console.log((await import('./settings.ts')).settings.LOGIN_URL, await db.selectFrom('auth_group').selectAll().execute())`
    const { code, stdout } = await nuages(site, ['shell'], { input })
    assert.deepEqual([code, stdout], [0, 'ada\nundefined\n/login/ []\n'])
    assert.match((await nuages(site, ['changepassword', 'nobody'])).stderr, /^There is no user nobody\. [^\n]*\n$/)
  })

  it('deletes expired sessions, however many, and no others', async () => {
    const database = new DatabaseSync(join(site, 'db.sqlite3'))
    const insert = database.prepare(
      'INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, ?)',
    )
    database.exec('BEGIN')
    for (let n = 0; n < 2345; n += 1) insert.run(`old${n}`, '', '2001-01-01 00:00:00')
    insert.run('alive', '', '2999-01-01 00:00:00')
    database.exec('COMMIT')
    database.close()
    assert.equal((await nuages(site, ['clearsessions'])).stdout, 'Deleted 2345 expired sessions.\n')
    assert.equal(rows('SELECT session_key FROM django_session').length, 1)
  })

  it('ends although the application leaves a timer running', async () => {
    appendFileSync(join(site, 'app.ts'), 'setInterval(() => {}, 1000)\n')
    assert.equal((await nuages(site, ['routes'])).code, 0)
  })
})
