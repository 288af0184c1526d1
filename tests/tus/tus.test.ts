/** The protocol of resumable uploads, by `app.fetch`. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createApp, defineSettings, HttpError, include, path } from 'nuages'
import { NotLoggedIn } from 'nuages/auth'
import { StorageUnavailable } from 'nuages/files'
import { Client } from 'nuages/testing'
import { createTusUploads } from '../../src/tus/index.ts'
import { temporaryFolder } from '../real-parts.ts'
import { chunkAt, openTus, slowBody, storageIn } from './open-tus.ts'

const bytes = randomBytes(300_000)
const metadata = `filename ${Buffer.from('Wolke über Köln.PNG').toString('base64')},filetype ${Buffer.from('image/png').toString('base64')},empty`

describe('a resumable upload', () => {
  it('is made, filled piece by piece, and in the storage when it is complete', async t => {
    const { send, create, offset, files, finished, left } = await openTus(t)
    const made = await send('POST', '', { 'Upload-Length': '300000', 'Upload-Metadata': metadata })
    assert.equal(made.status, 201)
    assert.equal(made.headers.get('tus-resumable'), '1.0.0')
    assert.match(made.headers.get('upload-expires') ?? '', /GMT$/)
    const address = made.headers.get('location') as string
    assert.match(address, /^\/upload\/[0-9a-f]{32}\/$/)
    for (const [from, to] of [
      [0, 100_000],
      [100_000, 100_001],
      [100_001, 300_000],
    ] as const) {
      assert.equal(await offset(address), from)
      const answer = await send('PATCH', address, chunkAt(from), bytes.subarray(from, to))
      assert.deepEqual([answer.status, answer.headers.get('upload-offset')], [204, String(to)])
    }
    const head = await send('HEAD', address)
    assert.deepEqual(
      [head.status, head.headers.get('upload-offset'), head.headers.get('upload-length')],
      [200, '300000', '300000'],
    )
    assert.equal(head.headers.get('cache-control'), 'no-store')
    assert.equal(head.headers.get('upload-metadata'), metadata)
    const [{ id = '', name, filename, contentType, length, owner, metadata: told } = {}] = finished
    assert.equal(finished.length, 1)
    assert.deepEqual(
      [name, filename, contentType, length, owner],
      [`uploads/${id}.png`, 'Wolke über Köln.PNG', 'image/png', 300_000, 'ada'],
    )
    assert.equal(address, `/upload/${id}/`)
    assert.equal(told?.get('empty'), '')
    assert.deepEqual(files.get(name as string), bytes)
    assert.ok(!left().some(path => path.endsWith('data')))
    await create(5)
  })

  it('brings its first bytes along, may be empty, and tells its length later', async t => {
    const { send, finished, files, offset } = await openTus(t)
    const type = { 'Content-Type': 'application/offset+octet-stream' }
    const whole = await send('POST', '', { 'Upload-Length': '5', ...type }, 'hello')
    assert.deepEqual([whole.status, whole.headers.get('upload-offset')], [201, '5'])
    assert.equal((await send('POST', '', { 'Upload-Length': '0' })).status, 201)
    assert.equal(finished.length, 2)
    const later = await send('POST', '', { 'Upload-Defer-Length': '1' })
    const address = later.headers.get('location') as string
    assert.equal((await send('PATCH', address, chunkAt(0), 'abc')).headers.get('upload-defer-length'), '1')
    assert.equal((await send('PATCH', address, chunkAt(3, { 'Upload-Length': '2' }), '')).status, 409)
    assert.equal((await send('PATCH', address, chunkAt(3, { 'Upload-Length': '6' }), 'de')).status, 204)
    assert.equal((await send('PATCH', address, chunkAt(5, { 'Upload-Length': '7' }), 'f')).status, 409)
    assert.equal((await send('PATCH', address, chunkAt(5), 'f')).status, 204)
    assert.equal(await offset(address), 6)
    assert.equal(files.get(finished[2]?.name ?? '')?.toString(), 'abcdef')
  })

  it('says what is spoken here', async t => {
    const { send, create } = await openTus(t, { maxBytes: 1000 })
    for (const place of ['', await create(1)]) {
      const { status, headers } = await send('OPTIONS', place, { 'Tus-Resumable': '' })
      assert.deepEqual([status, headers.get('tus-version'), headers.get('tus-max-size')], [204, '1.0.0', '1000'])
      assert.match(headers.get('tus-extension') ?? '', /creation,.*checksum,expiration,termination/)
      assert.equal(headers.get('tus-checksum-algorithm'), 'sha1,sha256,sha512')
    }
  })

  it('is refused in another version, or with fields that make no sense', async t => {
    const { send, create, offset, left } = await openTus(t, { maxBytes: 1000 })
    const address = await create(10)
    const refusals: readonly [number, string, string, Record<string, string>, string?][] = [
      [412, 'POST', '', { 'Tus-Resumable': '0.2.2', 'Upload-Length': '1' }],
      [412, 'HEAD', address, { 'Tus-Resumable': '' }],
      [400, 'POST', '', {}],
      [400, 'POST', '', { 'Upload-Length': '-1' }],
      [400, 'POST', '', { 'Upload-Length': '1.5' }],
      [400, 'POST', '', { 'Upload-Length': '99999999999999999999' }],
      [400, 'POST', '', { 'Upload-Length': '1', 'Upload-Defer-Length': '1' }],
      [400, 'POST', '', { 'Upload-Defer-Length': '0' }],
      [413, 'POST', '', { 'Upload-Length': '1001' }],
      [400, 'POST', '', { 'Upload-Length': '1', 'Upload-Metadata': 'name ä' }],
      [400, 'POST', '', { 'Upload-Length': '1', 'Upload-Metadata': 'name /w==' }],
      [400, 'POST', '', { 'Upload-Length': '1', 'Upload-Metadata': 'a YQ==,a YQ==' }],
      [400, 'POST', '', { 'Upload-Length': '1', 'Upload-Metadata': `a ${'A'.repeat(5000)}` }],
      [415, 'PATCH', address, { 'Upload-Offset': '0', 'Content-Type': 'application/octet-stream' }, 'x'],
      [415, 'PATCH', address, chunkAt(0, { 'Content-Encoding': 'gzip' }), 'x'],
      [415, 'POST', '', chunkAt(0, { 'Upload-Length': '1', 'Content-Encoding': 'br' }), 'x'],
      [400, 'PATCH', address, { 'Content-Type': 'application/offset+octet-stream' }, 'x'],
      [409, 'PATCH', address, chunkAt(1), 'x'],
      [413, 'PATCH', address, chunkAt(0), 'x'.repeat(11)],
      [400, 'PATCH', address, chunkAt(0, { 'Upload-Checksum': 'md4 AAAA' }), 'x'],
      [404, 'PATCH', `/upload/${'0'.repeat(32)}/`, chunkAt(0), 'x'],
      [404, 'HEAD', '/upload/..%2f..%2fetc/', {}],
      [404, 'HEAD', '/upload/constructor/', {}],
      [404, 'DELETE', `/upload/${'f'.repeat(32)}/`, {}],
      [405, 'GET', address, {}],
      [405, 'PUT', address, {}, 'x'],
      [405, 'POST', address, {}],
    ]
    for (const [status, method, place, headers, body] of refusals) {
      const answer = await send(method, place, headers, body)
      assert.equal(answer.status, status, `${method} ${place} ${JSON.stringify(headers)}`)
      // What is answered before a view is asked: another method, another address.
      if (!['GET', 'PUT'].includes(method) && !place.includes('..'))
        assert.equal(answer.headers.get('tus-resumable'), '1.0.0')
    }
    assert.equal(await offset(address), 0)
    assert.equal(left().filter(path => path.endsWith('data')).length, 1)
  })

  it('says its version in every answer, bugs included', async t => {
    const { send, create } = await openTus(t, {
      owner: request => {
        const owner = request.headers.get('x-owner')
        if (owner === null) throw new NotLoggedIn()
        return owner
      },
      onFinish: () => {
        throw new Error('A bug.')
      },
    })
    const ada = { 'X-Owner': 'ada' }
    const address = await create(3, ada)
    for (const [status, answer] of [
      [401, await send('HEAD', address)],
      [500, await send('PATCH', address, chunkAt(0, ada), 'abc')],
      [204, await send('OPTIONS', address)],
      [204, await send('DELETE', address, ada)],
    ] as const)
      assert.deepEqual([answer.status, answer.headers.get('tus-resumable')], [status, '1.0.0'])
  })

  it('takes its method from X-HTTP-Method-Override of a POST, never of a GET', async t => {
    const { send, create, offset } = await openTus(t)
    const address = await create(3)
    const override = { 'X-HTTP-Method-Override': 'PATCH' }
    assert.equal((await send('POST', address, { ...chunkAt(0), ...override }, 'ab')).status, 204)
    assert.equal(await offset(address), 2)
    assert.equal((await send('GET', address, { 'X-HTTP-Method-Override': 'DELETE' })).status, 405)
    assert.equal((await send('HEAD', address, { 'X-HTTP-Method-Override': 'DELETE' })).status, 200)
    assert.equal((await send('POST', address, { 'X-HTTP-Method-Override': 'DELETE' })).status, 204)
    assert.equal((await send('HEAD', address)).status, 404)
  })

  it('belongs to who has begun it', async t => {
    const { send, create } = await openTus(t)
    const address = await create(3)
    const eve = { 'X-Owner': 'eve' }
    assert.equal((await send('HEAD', address, eve)).status, 404)
    assert.equal((await send('PATCH', address, { ...chunkAt(0), ...eve }, 'abc')).status, 404)
    assert.equal((await send('DELETE', address, eve)).status, 404)
    assert.equal((await send('PATCH', address, chunkAt(0), 'abc')).status, 204)
    assert.equal((await send('HEAD', address, eve)).status, 404)
    assert.equal((await send('DELETE', address, eve)).status, 404)
    assert.equal((await send('DELETE', address)).status, 204)
  })

  it('asks for a login, and for the CSRF proof of a browser, unless told otherwise', async t => {
    const uploads = createTusUploads({ folder: temporaryFolder(t), storage: () => storageIn(new Map()) })
    const settings = defineSettings({
      SECRET_KEY: 'the key of the tests of resumable uploads',
      DATABASE_URL: 'sqlite::memory:',
      DEBUG: true,
      PASSWORD_HASHERS: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 1000 } }],
    })
    const app = createApp({ settings, urls: [path('upload/', include(uploads.urls))], logger: null })
    t.after(() => app.close())
    await app.migrate()
    const client = new Client(app)
    const headers = { 'Tus-Resumable': '1.0.0', 'Upload-Length': '5' }
    assert.equal((await client.post('/upload/', { headers })).status, 401)
    const password = 'quiet-rain-on-tin-roofs'
    for (const username of ['ada', 'eve']) await app.users.createUser({ username, password })
    await client.login({ username: 'ada', password })
    const made = await client.post('/upload/', { headers })
    assert.equal(made.status, 201)
    const address = made.headers.get('location') as string
    assert.equal((await client.get(address, { headers })).status, 405)
    for (const method of ['PATCH', 'DELETE', 'POST'] as const) {
      const foreign = new Request(new URL(address, 'http://localhost'), {
        method,
        headers: {
          ...headers,
          ...chunkAt(0),
          Cookie: `sessionid=${client.cookies.get('sessionid')}`,
          'Sec-Fetch-Site': 'cross-site',
        },
        body: 'abcde',
      })
      assert.equal((await app.fetch(foreign)).status, 403)
    }
    const other = new Client(app)
    await other.login({ username: 'eve', password })
    assert.equal((await other.request('HEAD', address, { headers })).status, 404)
    assert.equal((await client.request('HEAD', address, { headers })).status, 200)
  })

  it('keeps what arrived before the connection was cut', async t => {
    const { send, create, offset, files, finished } = await openTus(t)
    const address = await create(bytes.length)
    const { body, push, cut } = slowBody()
    const sent = send('PATCH', address, chunkAt(0), body)
    push(bytes.subarray(0, 70_000))
    await wait(50)
    cut()
    await sent
    assert.equal(await offset(address), 70_000)
    assert.equal((await send('PATCH', address, chunkAt(70_000), bytes.subarray(70_000))).status, 204)
    assert.deepEqual(files.get(finished[0]?.name ?? ''), bytes)
  })

  it('is left by who works on it when somebody else asks, and only one at a time writes', async t => {
    const { send, create, offset } = await openTus(t)
    const address = await create(10)
    const { body, push } = slowBody()
    const first = send('PATCH', address, chunkAt(0), body)
    push(Buffer.from('abc'))
    await wait(50)
    assert.equal(await offset(address), 3)
    assert.equal((await first).status, 423)
    const all = await Promise.all(Array.from({ length: 20 }, () => send('PATCH', address, chunkAt(3), 'defg')))
    const statuses = all.map(({ status }) => status).sort()
    assert.equal(statuses.filter(status => status === 204).length, 1)
    assert.ok(
      statuses.every(status => [204, 409, 423].includes(status)),
      String(statuses),
    )
    assert.equal(await offset(address), 7)
  })

  it('is given up for now when nothing arrives', async t => {
    const { send, create, offset } = await openTus(t, { idleSeconds: 0.1 })
    const address = await create(10)
    const { body, push } = slowBody()
    const answer = send('PATCH', address, chunkAt(0), body)
    push(Buffer.from('abc'))
    assert.equal((await answer).status, 408)
    assert.equal(await offset(address), 3)
  })

  it('holds no byte more than it said, whatever the client announces', async t => {
    const { send, create, offset, finished } = await openTus(t, { maxBytes: 8 })
    const address = await create(5)
    const { body, push, end } = slowBody()
    const answer = send('PATCH', address, chunkAt(0), body)
    push(Buffer.from('abcd'))
    push(Buffer.from('efgh'))
    end()
    assert.equal((await answer).status, 413)
    assert.equal(await offset(address), 0)
    const open = (await send('POST', '', { 'Upload-Defer-Length': '1' })).headers.get('location') as string
    assert.equal((await send('PATCH', open, chunkAt(0), '123456789')).status, 413)
    assert.equal((await send('PATCH', open, chunkAt(0, { 'Upload-Length': '9' }), '')).status, 413)
    assert.equal(finished.length, 0)
  })

  it('takes bytes with a checksum only as they were sent', async t => {
    const { send, create, offset } = await openTus(t)
    const address = await create(bytes.length)
    for (const [at, algorithm] of ['sha1', 'sha256', 'sha512'].entries()) {
      const piece = bytes.subarray(at * 1000, at * 1000 + 1000)
      const digest = createHash(algorithm).update(piece).digest('base64')
      const checksum = { 'Upload-Checksum': `${algorithm} ${digest}` }
      const wrong = await send('PATCH', address, chunkAt(at * 1000, checksum), bytes.subarray(5000, 9000))
      assert.equal(wrong.status, 460)
      assert.equal(await offset(address), at * 1000)
      assert.equal((await send('PATCH', address, chunkAt(at * 1000, checksum), piece)).status, 204)
    }
    const { body, push, cut } = slowBody()
    const sent = send('PATCH', address, chunkAt(3000, { 'Upload-Checksum': `sha1 ${'A'.repeat(27)}=` }), body)
    push(bytes.subarray(3000, 4000))
    await wait(30)
    cut()
    await sent
    assert.equal(await offset(address), 3000)
  })

  it('is of a type that is accepted, by content, as early as that shows', async t => {
    const { send, create, left, finished } = await openTus(t, { accept: ['image/png'] })
    const address = await create(5000, { 'Upload-Metadata': metadata })
    assert.equal((await send('PATCH', address, chunkAt(0), '<html>')).status, 204)
    assert.equal((await send('PATCH', address, chunkAt(6), 'x'.repeat(2000))).status, 415)
    assert.equal((await send('HEAD', address)).status, 404)
    const whole = { 'Upload-Length': '3', 'Content-Type': 'application/offset+octet-stream' }
    assert.equal((await send('POST', '', whole, 'GIF')).status, 415)
    const short = await create(3)
    assert.equal((await send('PATCH', short, chunkAt(0), 'GIF')).status, 415)
    const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(50)])
    assert.equal((await send('PATCH', await create(png.length), chunkAt(0), png)).status, 204)
    assert.equal(finished.length, 1)
    assert.equal(left().filter(path => path.endsWith('data')).length, 0)
  })

  it('expires a while after its last byte', async t => {
    let now = Date.now()
    const { send, create, offset, uploads, left, storage } = await openTus(t, {
      clock: () => now,
      expireSeconds: 100,
    })
    const [idle, busy, done] = [await create(9), await create(9), await create(3)]
    assert.equal((await send('PATCH', done, chunkAt(0), 'abc')).status, 204)
    now += 60_000
    assert.equal((await send('PATCH', busy, chunkAt(0), 'abc')).status, 204)
    assert.equal(await uploads.removeExpired(storage), 0)
    now += 60_000
    assert.equal((await send('HEAD', idle)).status, 404)
    assert.equal(await uploads.removeExpired(storage), 1)
    assert.equal(await offset(busy), 3)
    assert.equal((await send('HEAD', done)).status, 404)
    now += 200_000
    await create(1)
    assert.equal((await send('HEAD', busy)).status, 404)
    now += 200_000
    assert.equal(await uploads.removeExpired(storage), 1)
    assert.deepEqual(left(), [])
  })

  it('is finished though others of its owner have expired meanwhile', async t => {
    let now = Date.now()
    const { send, create, offset, uploads, storage } = await openTus(t, { clock: () => now, expireSeconds: 100 })
    await create(3)
    now += 60_000
    const address = await create(3)
    now += 60_000
    assert.equal(await uploads.removeExpired(storage), 1)
    assert.equal((await send('PATCH', address, chunkAt(0), 'abc')).status, 204)
    assert.equal(await offset(address), 3)
  })

  it('does not stand in the way of others when a power cut has torn it', async t => {
    let now = Date.now()
    const { send, create, uploads, left, storage } = await openTus(t, { clock: () => now, expireSeconds: 100 })
    const address = await create(3)
    const torn = left().find(path => path.endsWith('info.json')) as string
    writeFileSync(torn, '')
    assert.equal((await send('HEAD', address)).status, 404)
    assert.equal((await send('PATCH', address, chunkAt(0), 'abc')).status, 404)
    assert.equal((await send('DELETE', address)).status, 404)
    assert.equal(await uploads.removeExpired(storage), 0)
    now += 101_000
    assert.equal(await uploads.removeExpired(storage), 1)
    assert.deepEqual(left(), [])
  })

  it('expires though another one cannot be removed, which nobody else hears of', async t => {
    let now = Date.now()
    const files = new Map<string, Buffer>()
    const storage = {
      ...storageIn(files),
      delete: () => Promise.reject(new StorageUnavailable('DELETE: the storage is away')),
    }
    const { send, create, uploads } = await openTus(t, {
      clock: () => now,
      expireSeconds: 100,
      storage,
      onFinish: () => {
        throw new Error('The database is away.')
      },
    })
    for (const owner of ['ada', 'bob', 'eve']) {
      const who = { 'X-Owner': owner }
      await create(5, who)
      if (owner !== 'bob') await send('PATCH', await create(3, who), chunkAt(0, who), 'abc')
    }
    now += 101_000
    await assert.rejects(
      uploads.removeExpired(storage),
      error => error instanceof AggregateError && error.errors.length === 2,
    )
    await create(3)
    now += 101_000
    assert.equal(await uploads.removeExpired(storageIn(files)), 3)
    assert.deepEqual([...files], [])
  })

  it('is one of ten at most for each owner, however many begin at once', async t => {
    const { send } = await openTus(t)
    const begin = (owner: string): Promise<Response> => send('POST', '', { 'Upload-Length': '9', 'X-Owner': owner })
    const made = await Promise.all(Array.from({ length: 30 }, () => begin('ada')))
    const open = made.filter(({ status }) => status === 201)
    assert.ok(open.length <= 10)
    assert.ok(made.every(({ status }) => [201, 429].includes(status)))
    for (let count = open.length; count < 10; count += 1) assert.equal((await begin('ada')).status, 201)
    assert.equal((await begin('ada')).status, 429)
    assert.equal((await begin('eve')).status, 201)
    const address = open[0]?.headers.get('location') as string
    assert.equal((await send('DELETE', address)).status, 204)
    assert.equal((await begin('ada')).status, 201)
  })

  it('is refused by the application before it begins, or when it is complete', async t => {
    class Refused extends HttpError {
      readonly code = 'test/refused'
      readonly status = 403
    }
    const { send, create, files, left } = await openTus(t, {
      onCreate: (_, { length }) => {
        if (length === 7) throw new Refused('Not seven.')
      },
      onFinish: (_, { length }) => {
        if (length === 3) throw new Refused('Not three.')
      },
    })
    assert.equal((await send('POST', '', { 'Upload-Length': '7' })).status, 403)
    assert.deepEqual(left(), [])
    const address = await create(3)
    assert.equal((await send('PATCH', address, chunkAt(0), 'abc')).status, 403)
    assert.equal((await send('HEAD', address)).status, 404)
    const whole = { 'Upload-Length': '3', 'Content-Type': 'application/offset+octet-stream' }
    assert.equal((await send('POST', '', whole, 'abc')).status, 403)
    assert.deepEqual([...files], [])
    assert.deepEqual(
      left().filter(path => path.endsWith('data')),
      [],
    )
  })

  it('is finished by whoever asks when that failed before, under the same name', async t => {
    let failures = 2
    const seen: string[] = []
    const { send, create, files, offset } = await openTus(t, {
      onFinish: (_, { id, name }) => {
        seen.push(`${id} ${name}`)
        failures -= 1
        if (failures >= 0) throw new Error('The database is away.')
      },
    })
    const address = await create(3)
    assert.equal((await send('PATCH', address, chunkAt(0), 'abc')).status, 500)
    assert.equal((await send('PATCH', address, chunkAt(3), '')).status, 500)
    assert.equal(await offset(address), 3)
    assert.equal(await offset(address), 3)
    assert.equal(seen.length, 3)
    assert.equal(new Set(seen).size, 1)
    assert.equal(files.size, 1)
    assert.equal((await send('PATCH', address, chunkAt(3), '')).status, 204)
    assert.equal((await send('PATCH', address, chunkAt(0), 'abc')).status, 409)
  })

  it('passes through mutations of a client that breaks off at random', async t => {
    const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 1e9))
    t.diagnostic(`TEST_SEED=${seed}`)
    let state = seed
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    const { send, create, offset, files, finished } = await openTus(t)
    for (let round = 0; round < 20; round += 1) {
      const content = randomBytes(1 + random(200_000))
      const address = await create(content.length)
      for (let at = 0; at < content.length; at = await offset(address)) {
        const { body, push, cut, end } = slowBody()
        const sent = send('PATCH', address, chunkAt(at), body)
        const most = Math.min(content.length, at + 1 + random(100_000))
        for (let from = at; from < most; from += 16_384) push(content.subarray(from, Math.min(most, from + 16_384)))
        if (random(2) === 0) end()
        else setTimeout(cut, random(5))
        if (random(3) === 0) await offset(address)
        await sent
      }
      const last = finished.at(-1)
      assert.equal(finished.length, round + 1)
      assert.deepEqual(files.get(last?.name ?? ''), content)
    }
  })
})
