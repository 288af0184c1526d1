import assert from 'node:assert/strict'
import { request as rawRequest } from 'node:http'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { serve } from 'nuages/node'
import { Client } from 'nuages/testing'
import { jsonOf, openStore, testKey } from './open-store.ts'

const password = 'quiet-rain-on-tin-roofs'
const session = '/api/backend/session/'
const json = { 'Content-Type': 'application/json' }

/** The store on a real socket. */
async function listening(t: TestContext): Promise<{ port: number; url: string }> {
  const app = await openStore(t)
  const server = await serve(app, { port: 0, signals: false })
  t.after(() => server.close())
  return server
}

/** What a server sends back for these bytes, until it closes. */
function raw(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    let answer = ''
    socket.on('data', chunk => {
      answer += chunk.toString('latin1')
    })
    socket.on('end', () => resolve(answer))
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

describe('the store refuses', () => {
  it('a method that an address does not have: 405 with Allow', async t => {
    const client = new Client(await openStore(t))
    const response = await client.put(session, { json: {} })
    assert.equal(response.status, 405)
    assert.equal(response.headers.get('allow'), 'GET, POST, DELETE, HEAD, OPTIONS')
    assert.equal((await jsonOf(response)).code, 'method_not_allowed')
    const options = await client.request('OPTIONS', session)
    assert.equal(options.status, 204)
    assert.equal(options.headers.get('allow'), 'GET, POST, DELETE, HEAD, OPTIONS')
  })

  it('malformed JSON and invalid UTF-8: 400, without quoting the body', async t => {
    const client = new Client(await openStore(t))
    for (const body of [
      '{',
      '{"username": "a", "password": "geheim"',
      'undefined',
      '',
      Buffer.from([0x22, 0xff, 0x22]),
      Buffer.from('{"a":"\xc3"}', 'latin1'),
    ]) {
      const response = await client.post(session, { headers: json, body })
      assert.equal(response.status, 400)
      const text = await response.text()
      assert.match(text, /http\/malformed-body/)
      assert.doesNotMatch(text, /geheim/)
    }
  })

  it('right JSON of the wrong shape: 422', async t => {
    const client = new Client(await openStore(t))
    for (const body of [[], null, 7, 'text', {}, { username: {}, password: [] }])
      assert.equal((await client.post(session, { json: body })).status, 422)
  })

  it('a body that is neither JSON nor a form: 415', async t => {
    const client = new Client(await openStore(t))
    for (const type of ['text/plain', 'application/xml', 'image/png', 'application/jsonp'])
      assert.equal((await client.post(session, { headers: { 'Content-Type': type }, body: '{}' })).status, 415, type)
    const zipped = await client.post(session, { headers: { ...json, 'Content-Encoding': 'gzip' }, body: '{}' })
    assert.equal(zipped.status, 415)
  })

  it('a path without its final slash: 301 for GET and HEAD, 404 that explains for others', async t => {
    const client = new Client(await openStore(t))
    for (const method of ['GET', 'HEAD']) {
      const response = await client.request(method, '/api/shop/product?page=2')
      assert.equal(response.status, 301)
      assert.equal(response.headers.get('location'), '/api/shop/product/?page=2')
    }
    const response = await client.post('/api/shop/cart', { json: { sku: 'MUG-FOG', quantity: 1 } })
    assert.equal(response.status, 404)
    assert.match((await jsonOf(response)).detail, /\/api\/shop\/cart\//)
    assert.equal((await client.get('//evil.example')).headers.get('location'), null)
  })

  it('an unknown host before anything else: 400', async t => {
    const client = new Client(await openStore(t))
    for (const host of ['evil.example', 'localhost.evil.example', 'localhost:80:80', 'a b', ''])
      assert.equal((await client.put('/nothing', { headers: { Host: host } })).status, 400, host)
  })

  it('a body over the limit: 413, as soon as it is known, and the client gets to see it', async t => {
    const { port } = await listening(t)
    const announced = await raw(
      port,
      `POST ${session} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{"a`,
    )
    assert.match(announced, /^HTTP\/1\.1 413 /)
    const statusOf = (chunked: boolean): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const size = 8 * 1024 * 1024
        const headers = { ...json, ...(chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': size }) }
        const request = rawRequest({ port, host: '127.0.0.1', path: session, method: 'POST', headers }, response => {
          response.resume()
          resolve(response.statusCode)
        })
        request.on('error', reject)
        request.end(Buffer.alloc(size, 0x20))
      })
    assert.equal(await statusOf(false), 413)
    assert.equal(await statusOf(true), 413)
  })

  it('a request line over the limit: 414, and a head over the limit: 431', async t => {
    const { port } = await listening(t)
    const close = 'Host: 127.0.0.1\r\nConnection: close\r\n'
    assert.match(await raw(port, `GET /?q=${'a'.repeat(9000)} HTTP/1.1\r\n${close}\r\n`), /^HTTP\/1\.1 414 /)
    assert.match(await raw(port, `GET / HTTP/1.1\r\n${close}X: ${'a'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /)
  })

  it('what is no HTTP: 400', async t => {
    const { port } = await listening(t)
    for (const bytes of [
      'hello\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ])
      assert.match(await raw(port, bytes), /^HTTP\/1\.1 400 /)
  })

  it('more fields than it counts: 400', async t => {
    const client = new Client(await openStore(t))
    assert.equal((await client.get(`/?${'&'.repeat(1000)}`)).status, 400)
    const body = new URLSearchParams(Array.from({ length: 1001 }, (_, index) => [`f${index}`, '']))
    assert.equal((await client.post('/cart/add/', { body })).status, 400)
  })
})

describe('cross-site request forgery', () => {
  const login = { json: { username: 'ada', password } }

  it('is refused: another site, another subdomain, null, another scheme', async t => {
    const app = await openStore(t)
    await app.users.createUser({ username: 'ada', password })
    for (const headers of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://localhost' },
      { Origin: 'http://evil.example' },
      { Origin: 'null' },
      { Origin: 'https://localhost' },
      { Origin: 'http://localhost.evil.example' },
    ]) {
      const client = new Client(app, { headers: {} })
      const response = await client.post(session, { ...login, headers })
      assert.equal(response.status, 403, JSON.stringify(headers))
      assert.equal((await jsonOf(response)).code, 'csrf_failed')
    }
  })

  it('cannot be: same origin, a typed address, a program without cookies', async t => {
    const app = await openStore(t)
    await app.users.createUser({ username: 'ada', password })
    for (const headers of [
      { 'Sec-Fetch-Site': 'same-origin' },
      { 'Sec-Fetch-Site': 'none' },
      { Origin: 'http://localhost' },
      {},
    ])
      assert.equal((await new Client(app, { headers: {} }).post(session, { ...login, headers })).status, 200)
  })

  it('needs the token from a program with cookies that says nothing of its origin', async t => {
    const app = await openStore(t)
    const client = new Client(app, { headers: {} })
    const page = await (await client.get('/user/login/')).text()
    const token = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(page)?.[1] ?? ''
    const add = (form: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> =>
      client.post('/cart/add/', { form: { sku: 'MUG-FOG', quantity: '1', ...form }, headers })
    assert.equal((await add({})).status, 403)
    assert.equal((await add({ csrfmiddlewaretoken: 'x'.repeat(64) })).status, 403)
    assert.equal((await add({ csrfmiddlewaretoken: token })).status, 302)
    assert.equal((await add({}, { 'X-CSRFToken': token })).status, 302)
    assert.equal((await add({}, { 'X-CSRFToken': client.cookies.get('csrftoken') ?? '' })).status, 302)
  })

  it('comes after the method and before the login', async t => {
    const client = new Client(await openStore(t), { headers: { 'Sec-Fetch-Site': 'cross-site' } })
    assert.equal((await client.put(session, { json: {} })).status, 405)
    assert.equal((await client.patch('/api/backend/user/1/', { json: {} })).status, 403)
    assert.equal(
      (await client.post('/api/backend/user/', { headers: { 'Content-Type': 'text/plain' }, body: 'x' })).status,
      403,
    )
  })
})

describe('a session cookie that is not what it was', () => {
  it('tampered with is nobody’s', async t => {
    const app = await openStore(t)
    const client = new Client(app)
    await client.forceLogin(await app.users.createUser({ username: 'ada', password }))
    const key = client.cookies.get('sessionid') as string
    for (const tampered of [
      `${key.slice(0, -1)}!`,
      key.toUpperCase(),
      `${key}%00`,
      `"${key}`,
      "' OR 1=1 --",
      'é'.repeat(32),
    ]) {
      client.cookies.set('sessionid', tampered)
      assert.equal((await client.get(session)).status, 401, tampered)
    }
  })

  it('is nobody’s when its row was signed with another key', async t => {
    const app = await openStore(t, { SECRET_KEY: `${testKey} and more` })
    const client = new Client(app)
    await client.forceLogin(await app.users.createUser({ username: 'ada', password }))
    const stranger = await openStore(t, { DATABASE_URL: app.settings.DATABASE_URL })
    const there = new Client(stranger)
    there.cookies.set('sessionid', client.cookies.get('sessionid') ?? '')
    assert.equal((await there.get(session)).status, 401)
  })

  it('is nobody’s when it expired, and when its user is gone or inactive', async t => {
    const app = await openStore(t)
    const user = await app.users.createUser({ username: 'ada', password })
    const client = new Client(app)
    await client.forceLogin(user)
    await app.users.update(user.id, { isActive: false })
    assert.equal((await client.get(session)).status, 401)
    await app.users.update(user.id, { isActive: true })
    assert.equal((await client.get(session)).status, 200)
    await app.database
      .prepare('UPDATE django_session SET expire_date = ?')
      .run([app.database.toColumnTime(Date.now() - 1000)])
    assert.equal((await client.get(session)).status, 401)
    await client.forceLogin(user)
    await app.users.delete(user.id)
    assert.equal((await client.get(session)).status, 401)
  })
})

describe('errors', () => {
  it('are pages for browsers and problem details for programs', async t => {
    const client = new Client(await openStore(t))
    const page = await client.get('/nothing/', {
      headers: { Accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' },
    })
    assert.equal(page.status, 404)
    assert.match(page.headers.get('content-type') ?? '', /text\/html/)
    assert.match(await page.text(), /Back to the shop/)
    const problem = await client.get('/nothing/', { headers: { Accept: '*/*' } })
    assert.equal(problem.headers.get('content-type'), 'application/problem+json')
    assert.deepEqual(Object.keys(await jsonOf(problem)), ['status', 'title', 'code', 'detail'])
  })

  it('never show a stack without DEBUG', async t => {
    const app = await openStore(t)
    await app.db.schema.dropTable('store_product').execute()
    for (const accept of ['text/html', 'application/json']) {
      const response = await new Client(app).get('/', { headers: { Accept: accept } })
      assert.equal(response.status, 500)
      assert.doesNotMatch(await response.text(), /store_product|node_modules|\.ts:/)
    }
  })

  it('carry the security header fields', async t => {
    const response = await new Client(await openStore(t)).get('/nothing/')
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(response.headers.get('x-frame-options'), 'DENY')
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'self'/)
    assert.equal(response.headers.get('cache-control'), 'no-store')
  })
})
