import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { ConfigError } from '../kit/index.ts'
import { parseDatabaseUrl } from './index.ts'

test('SQLite URLs name a file, relative or absolute, or memory', () => {
  const paths: readonly (readonly [string, string | null])[] = [
    ['sqlite:db.sqlite3', resolve('db.sqlite3')],
    ['sqlite:data/db.sqlite3', resolve('data/db.sqlite3')],
    ['sqlite:/abs/db.sqlite3', '/abs/db.sqlite3'],
    ['sqlite:///db.sqlite3', resolve('db.sqlite3')],
    ['sqlite:////abs/db.sqlite3', '/abs/db.sqlite3'],
    ['sqlite:a%20b.sqlite3', resolve('a b.sqlite3')],
    ['sqlite:100%.sqlite3', resolve('100%.sqlite3')],
    ['SQLITE:db.sqlite3', resolve('db.sqlite3')],
    ['sqlite::memory:', null],
    ['sqlite:///:memory:', null],
    ['sqlite://:memory:', null],
  ]
  for (const [url, path] of paths) assert.deepEqual(parseDatabaseUrl(url), { dialect: 'sqlite', path }, url)
})

test('server URLs keep what their driver reads, and have a label without user and password', () => {
  assert.deepEqual(parseDatabaseUrl('postgresql://ada:secret@db.example:5433/site?sslmode=require'), {
    dialect: 'postgresql',
    url: 'postgres://ada:secret@db.example:5433/site?sslmode=require',
    label: 'db.example:5433/site',
    poolSize: null,
    isPooled: false,
  })
  assert.deepEqual(parseDatabaseUrl('mariadb://ada:secret@db.example/site'), {
    dialect: 'mysql',
    url: 'mysql://ada:secret@db.example/site',
    label: 'db.example/site',
    poolSize: null,
  })
  const socket = parseDatabaseUrl('postgres:///site?host=/run/postgresql')
  assert.equal(socket.dialect !== 'sqlite' && socket.label, '/run/postgresql/site')
})

test('a URL of PostgreSQL says whether PgBouncer stands in front, and its driver does not see that', () => {
  const read = (query: string): unknown => parseDatabaseUrl(`postgres://ada:sec%40ret@db.example:6432/site${query}`)
  const base = 'postgres://ada:sec%40ret@db.example:6432/site'
  const label = 'db.example:6432/site'
  const pooled = { dialect: 'postgresql', label, poolSize: null, isPooled: true }
  assert.deepEqual(read('?pgbouncer=true'), { ...pooled, url: base })
  assert.deepEqual(read('?sslmode=require&pgbouncer=true'), { ...pooled, url: `${base}?sslmode=require` })
  assert.deepEqual(read('?pgbouncer=false'), { ...pooled, url: base, isPooled: false })
})

test('a URL of a server says how many connections there may be, and its driver does not see that', () => {
  const label = 'db.example/site'
  assert.deepEqual(parseDatabaseUrl('mysql://db.example/site?connection_limit=3&charset=utf8mb4'), {
    dialect: 'mysql',
    url: 'mysql://db.example/site?charset=utf8mb4',
    label,
    poolSize: 3,
  })
  assert.deepEqual(parseDatabaseUrl('postgres://db.example/site?pgbouncer=true&connection_limit=100'), {
    dialect: 'postgresql',
    url: 'postgres://db.example/site',
    label,
    poolSize: 100,
    isPooled: true,
  })
  for (const [query, rest] of [
    ['?connection_limit=20', ''],
    ['?a=%5E&connection%5Flimit=20&b', '?a=%5E&b'],
  ] as const) {
    const address = parseDatabaseUrl(`postgres://user:50%^x@db.example/site${query}`)
    assert.equal('url' in address && address.url, `postgres://user:50%^x@db.example/site${rest}`, 'spelled as it was')
  }
})

test('other URLs are refused without showing them', () => {
  const wrong = [
    '',
    'secret',
    'secret:x',
    'sqlite:',
    'sqlite:///',
    'sqlite://secret/file',
    'sqlite:f?mode=secret',
    'postgres://secret:sec ret@[x/',
    'postgres://secret@host/site?pgbouncer=1',
    'postgres://secret@host/site?connection_limit=0',
    'mysql://secret@host/site?connection_limit=many',
    '__proto__:secret',
    'constructor:secret',
  ]
  for (const url of wrong) {
    assert.throws(
      () => parseDatabaseUrl(url),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError, url)
        assert.equal(error.setting, 'DATABASE_URL')
        assert.doesNotMatch(error.message, /secret/)
        return true
      },
    )
  }
})
