import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startRedis } from '../../tests/redis-server.ts'
import { openRedis, type Redis, type RedisOptions, RedisUnavailable, type RedisUnavailableReason } from './index.ts'

const soon: RedisOptions = { connectMs: 300, commandMs: 300 }

function open(t: TestContext, url: string, options: RedisOptions = {}): Redis {
  const redis = openRedis(url, options)
  t.after(() => redis.close())
  return redis
}

function unavailable(...reasons: RedisUnavailableReason[]): (error: unknown) => boolean {
  return error => {
    assert.ok(error instanceof RedisUnavailable, String(error))
    assert.ok(reasons.includes(error.reason), `${error.reason}: ${error.detail}`)
    assert.equal(error.headers['Retry-After'], '5')
    assert.doesNotMatch(`${error.message}${error.detail}`, /secret/)
    return true
  }
}

test('keys are set, read, kept when they are to be new, deleted and forgotten', async t => {
  const server = await startRedis(t)
  if (server === null) return
  const redis = open(t, server.url)
  const text = 'é\0\r\n😀'
  assert.equal(await redis.get('a'), null)
  assert.equal(await redis.set('a', text), true)
  assert.equal(await redis.set('a', 'other', { onlyNew: true }), false)
  assert.equal(await redis.get('a'), text)
  assert.equal(await redis.delete('a'), true)
  assert.equal(await redis.delete('a'), false)
  assert.equal(await redis.set('a', text, { onlyNew: true, lifeMs: 1 }), true)
  while ((await redis.get('a')) !== null) await delay(1)
  await redis.ping()
})

test('a script runs by its hash, and is sent again to a server that has forgotten it', async t => {
  const server = await startRedis(t)
  if (server === null) return
  const redis = open(t, server.url)
  const script = redis.prepare(`redis.call('SET', KEYS[1], ARGV[1]); return {KEYS[1], 7, false}`)
  assert.deepEqual(await script.run('key', ['text']), ['key', 7, null])
  await server.stop()
  await server.start()
  assert.deepEqual(await script.run('key', ['again']), ['key', 7, null])
  assert.equal(await redis.get('key'), 'again')
  await assert.rejects(redis.prepare('return redis.call("NOTHING")').run('key'), /Unknown Redis command/)
})

test('a database, a password, a user and a socket are those of the URL', async t => {
  const path = join((await startRedis(t))?.folder ?? '', 'other.sock')
  const server = await startRedis(t, ['--requirepass', 'secret', '--unixsocket', path])
  if (server === null) return
  const { port } = server
  const first = open(t, `redis://:secret@127.0.0.1:${port}/1`)
  await first.set('a', 'one')
  assert.equal(await open(t, `redis://default:secret@127.0.0.1:${port}/1`).get('a'), 'one')
  assert.equal(await open(t, `redis://:secret@127.0.0.1:${port}`).get('a'), null)
  assert.equal(await open(t, `unix://:secret@${path}?db=1`).get('a'), 'one')
  for (const login of ['', ':secret2@', 'ada:secret@']) {
    await assert.rejects(open(t, `redis://${login}127.0.0.1:${port}`).get('a'), unavailable('refused'))
  }
  await assert.rejects(open(t, `redis://:secret@127.0.0.1:${port}/99`).get('a'), unavailable('refused'))
})

test('a server that crashes under load is 503 at once, and serves again once it is back', async t => {
  const server = await startRedis(t)
  if (server === null) return
  const redis = open(t, server.url)
  await redis.ping()
  const before = redis.losses
  const asked = Array.from({ length: 100 }, (_, n) => redis.set(`key${n}`, 'x').catch((error: unknown) => error))
  await server.stop()
  for (const answer of await Promise.all(asked)) assert.ok(answer === true || unavailable('unreachable')(answer))
  for (let attempt = 0; attempt < 5; attempt += 1) await assert.rejects(redis.get('a'), unavailable('unreachable'))
  await server.start()
  assert.equal(await redis.set('a', 'b'), true)
  assert.ok(redis.losses > before)
})

test('a server that hangs is 503 after one bounded wait, later ones are short, and it serves again when it goes on', async t => {
  const server = await startRedis(t)
  if (server === null) return
  const redis = open(t, server.url, { connectMs: 60_000, commandMs: 300 })
  await redis.set('a', 'b')
  server.freeze()
  const asked = Array.from({ length: 20 }, () => redis.get('a').catch((error: unknown) => error))
  for (const answer of await Promise.all(asked)) assert.ok(unavailable('unreachable')(answer))
  // An attempt to connect takes a minute here: these do not wait for it.
  for (let attempt = 0; attempt < 3; attempt += 1) await assert.rejects(redis.get('a'), unavailable('unreachable'))
  server.thaw()
  assert.equal(await redis.get('a'), 'b')
})

test('an event loop that stood still for longer than a command may take is no fault of the server', async t => {
  const server = await startRedis(t)
  if (server === null) return
  const redis = open(t, server.url, { commandMs: 200 })
  await redis.set('a', 'b')
  for (const ms of [190, 205, 230, 500]) {
    const asked = redis.get('a')
    block(ms)
    assert.equal(await asked, 'b', `${ms} ms`)
  }
  assert.equal(redis.losses, 0)
})

test('a server that hangs is 503 on an event loop that is slow, too', async t => {
  const server = await startRedis(t)
  if (server === null) return
  const redis = open(t, server.url, { commandMs: 200 })
  await redis.set('a', 'b')
  server.freeze()
  const busy = setInterval(() => block(100), 1)
  await assert.rejects(redis.get('a'), unavailable('unreachable'))
  clearInterval(busy)
  server.thaw()
})

function block(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test('a server that takes connections and never answers is 503', async t => {
  const silent = await new Promise<Server>(resolve => {
    const server = createServer(socket => socket.resume()).listen(0, '127.0.0.1', () => resolve(server))
  })
  t.after(() => silent.close())
  const address = silent.address()
  const port = typeof address === 'object' ? address?.port : 0
  for (const scheme of ['redis', 'rediss', 'redis-cluster']) {
    const redis = open(t, `${scheme}://:secret@127.0.0.1:${port}`, soon)
    await assert.rejects(redis.get('a'), unavailable('unreachable'))
    await assert.rejects(redis.ping(), unavailable('unreachable'))
  }
  await assert.rejects(open(t, 'redis://nowhere.invalid', soon).get('a'), unavailable('unreachable'))
})

test('a server that is full, read-only or busy with a script is 503, and what is no fault of its is not', async t => {
  const server = await startRedis(t, ['--maxmemory', '100kb', '--busy-reply-threshold', '50'])
  if (server === null) return
  const redis = open(t, server.url)
  const admin = open(t, server.url, { commandMs: 20_000 })
  await assert.rejects(redis.set('a', 'x'), unavailable('full'))
  await assert.rejects(redis.prepare(`return redis.call('SET', KEYS[1], 'x')`).run('a'), unavailable('full'))
  assert.equal(await redis.get('a'), null)
  const { stdout } = await promisify(execFile)('redis-cli', [
    '-p',
    String(server.port),
    'CONFIG',
    'SET',
    'maxmemory',
    '0',
  ])
  assert.equal(stdout.trim(), 'OK')
  await promisify(execFile)('redis-cli', ['-p', String(server.port), 'REPLICAOF', '127.0.0.1', '1'])
  await assert.rejects(redis.set('a', 'x'), unavailable('read-only'))
  await assert.rejects(redis.prepare(`return redis.call('SET', KEYS[1], 'x')`).run('a'), unavailable('read-only'))
  await promisify(execFile)('redis-cli', ['-p', String(server.port), 'REPLICAOF', 'NO', 'ONE'])
  assert.equal(await redis.set('a', 'x'), true)
  const endless = admin
    .prepare('while true do end')
    .run('a')
    .catch((error: unknown) => error)
  await delay(200)
  await assert.rejects(redis.get('a'), unavailable('busy'))
  await promisify(execFile)('redis-cli', ['-p', String(server.port), 'SCRIPT', 'KILL'])
  assert.match(String(await endless), /killed/i)
  assert.equal(await redis.get('a'), 'x')
  await assert.rejects(redis.prepare('return redis.call("INCR", KEYS[1])').run('a'), /not an integer/)
})

test('what is asked in one turn of the event loop is sent together', async t => {
  const server = await startRedis(t)
  if (server === null) return
  const chunks: string[] = []
  const gate = createServer(client => {
    client.on('data', chunk => {
      chunks.push(String(chunk))
      client.write('$6\r\nnuages\r\n'.repeat(String(chunk).split('*').length - 1))
    })
  })
  await new Promise<void>(resolve => gate.listen(0, '127.0.0.1', resolve))
  const address = gate.address()
  const redis = openRedis(`redis://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
  await redis.get('first')
  chunks.length = 0
  await Promise.all(Array.from({ length: 50 }, (_, n) => redis.get(`key${n}`)))
  assert.equal(chunks.join('').match(/GET/g)?.length, 50)
  assert.ok(chunks.length < 5, `${chunks.length} chunks`)
  await redis.close()
  gate.close()
})

test('what was asked before the close is answered, what comes later rejects', async t => {
  const server = await startRedis(t)
  if (server === null) return
  const redis = openRedis(server.url)
  await redis.set('a', 'b')
  const last = redis.get('a')
  await redis.close()
  assert.equal(await last, 'b')
  await assert.rejects(redis.get('a'), unavailable('unreachable'))
  await redis.close()
})

test('a process ends by itself once it has closed, also where nobody answers', async t => {
  const server = await startRedis(t)
  if (server === null) return
  const room = new URL('index.ts', import.meta.url).href
  for (const url of [server.url, 'redis://127.0.0.1:1', `redis-cluster://127.0.0.1:1`]) {
    const script = `
      const { openRedis } = await import(${JSON.stringify(room)})
      const redis = openRedis(${JSON.stringify(url)})
      const answers = [redis.get('a'), redis.get('b')].map(answer => answer.catch(error => error.code))
      console.log(JSON.stringify(await Promise.all(answers)))
      const late = redis.get('c').catch(error => error.code)
      await redis.close()
      await late`
    const args = ['--conditions=nuages-source', '--input-type=module', '-e', script]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 })
    const expected: string = url === server.url ? '[null,null]' : '["redis/unavailable","redis/unavailable"]'
    assert.equal(stdout.trim(), expected)
    assert.equal(stderr, '')
  }
})
