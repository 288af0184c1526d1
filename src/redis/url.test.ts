import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../kit/index.ts'
import { parseRedisUrl } from './index.ts'

const nobody = { username: null, password: null }

test('a server has a host, a port, a database and a login, most of which may be left out', () => {
  const bare = { kind: 'server', host: { host: 'cache.example', port: 6379 }, tls: false, database: 0 }
  assert.deepEqual(parseRedisUrl('redis://cache.example'), { ...bare, ...nobody, label: 'cache.example/0' })
  assert.deepEqual(parseRedisUrl('REDISS://ada:a%40b:c@cache.example:6380/2'), {
    ...bare,
    host: { host: 'cache.example', port: 6380 },
    tls: true,
    database: 2,
    username: 'ada',
    password: 'a@b:c',
    label: 'cache.example:6380/2',
  })
  const byPassword = parseRedisUrl('redis://:p@ss@[::1]:1/')
  assert.deepEqual(byPassword.kind === 'server' && byPassword.host, { host: '::1', port: 1 })
  assert.deepEqual([byPassword.username, byPassword.password], [null, 'p@ss'])
})

test('a cluster names some of its nodes, and one login for all', () => {
  const address = parseRedisUrl('rediss-cluster://ada:pw@a.example:7000,b.example,[::1]:7002')
  assert.deepEqual(address, {
    kind: 'cluster',
    hosts: [
      { host: 'a.example', port: 7000 },
      { host: 'b.example', port: 6379 },
      { host: '::1', port: 7002 },
    ],
    tls: true,
    username: 'ada',
    password: 'pw',
    label: 'a.example:7000,b.example,[::1]:7002',
  })
})

test('a socket is a path', () => {
  const shared = { kind: 'socket', path: '/run/a b.sock', label: '/run/a b.sock' }
  assert.deepEqual(parseRedisUrl('unix:///run/a%20b.sock'), { ...shared, ...nobody, database: 0 })
  assert.deepEqual(parseRedisUrl('unix://:pw@/run/a b.sock?db=3'), {
    ...shared,
    username: null,
    password: 'pw',
    database: 3,
  })
})

test('other URLs are refused without showing them', () => {
  const wrong = [
    '',
    'secret',
    'http://secret',
    'redis:secret',
    'redis://',
    'redis://secret@host',
    'redis://ada:secret@',
    'redis://ada:secret%@host',
    'redis://ada:secret@host:0',
    'redis://ada:secret@host:65536',
    'redis://ada:secret@a,b',
    'redis://ada:sec/ret@host',
    'redis://ada:secret@host/x',
    'redis://ada:secret@host/-1',
    'redis://ada:secret@host?db=1',
    'redis://ada:secret@host#1',
    'redis://ada:secret@ho st',
    'redis-cluster://ada:secret@a,,b',
    'redis-cluster://ada:secret@a/1',
    'unix://secret/socket',
    'unix:///',
    'unix:///secret?password=secret',
  ]
  for (const url of wrong) {
    assert.throws(
      () => parseRedisUrl(url),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError, url)
        assert.equal(error.setting, 'REDIS_URL')
        assert.doesNotMatch(error.message, /secret/)
        return true
      },
      url,
    )
  }
})
