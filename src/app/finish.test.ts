import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type HttpRequest, HttpResponse, type ResponseBody } from '../http/index.ts'
import type { Middleware } from '../middleware/index.ts'
import { defineSettings, type Settings } from '../settings/index.ts'
import { Client } from '../testing/index.ts'
import { path } from '../urls/index.ts'
import type { ViewFunction } from '../views/index.ts'
import { type App, type AppOptions, createApp } from './app.ts'

type Views = Readonly<Record<string, (request: HttpRequest) => Promise<HttpResponse>>>

/** An app on a database in memory, with a view at `/<name>/` for each function. */
async function open(
  t: TestContext,
  views: Views,
  { settings = {}, ...options }: { settings?: Partial<Settings> } & Partial<Omit<AppOptions, 'settings'>> = {},
): Promise<App> {
  const app = createApp({
    logger: null,
    ...options,
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of the app room',
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['localhost'],
      PASSWORD_HASHERS: ['pbkdf2_sha256'],
      ...settings,
    }),
    urls: Object.entries(views).map(([name, view]) => path(`${name}/`, view as ViewFunction)),
  })
  t.after(() => app.close())
  await app.migrate()
  return app
}

const ok = (): HttpResponse => new HttpResponse('ok')

/** Puts `{ basket: 1 }` into the visitor's session. */
async function withBasket(app: App): Promise<Client> {
  const client = new Client(app)
  await client.changeSession(session => session.set('basket', 1))
  return client
}

/** What the visitor's cookie leads to. */
async function basketOf(client: Client): Promise<unknown> {
  return (await client.session()).get('basket')
}

describe('the cookie of a session', () => {
  it('has the key under which the session is stored, when the view fails after a new key was asked for', async t => {
    const app = await open(t, {
      async fail(request) {
        const session = await request.session
        await session.update('n', () => 1)
        session.cycleKey()
        throw new Error('a bug')
      },
    })
    const client = await withBasket(app)
    assert.equal((await client.post('/fail/')).status, 500)
    assert.equal(await basketOf(client), 1)
  })

  it('has the new key when the key changed and the rest could not be saved', async t => {
    const app = await open(t, {
      async fail(request) {
        const session = await request.session
        session.cycleKey()
        await session.update('n', () => 1)
        session.set('broken', () => 1)
        return ok()
      },
    })
    const client = await withBasket(app)
    assert.equal((await client.post('/fail/')).status, 500)
    assert.equal(await basketOf(client), 1)
  })

  it('is deleted when the view fails after it ended the session', async t => {
    const app = await open(t, {
      async fail(request) {
        const session = await request.session
        await session.update('n', () => 1)
        await session.flush()
        session.set('n', 2)
        return new HttpResponse('failed', { status: 500 })
      },
    })
    const client = await withBasket(app)
    const response = await client.post('/fail/')
    assert.equal(await response.text(), 'failed')
    assert.equal(client.cookies.get('sessionid'), undefined)
  })

  it('is set when a middleware fails after the view has stored a session', async t => {
    const failing: Middleware = async (request, next) => {
      await next(request)
      throw new Error('a bug')
    }
    const app = await open(
      t,
      {
        async add(request) {
          await (await request.session).update('basket', () => 1)
          return ok()
        },
      },
      { middleware: [failing] },
    )
    const client = new Client(app)
    assert.equal((await client.post('/add/')).status, 500)
    assert.equal(await basketOf(client), 1)
  })

  it('survives an answer of before the login that the browser reads after it', async t => {
    let loggedIn = (): void => {}
    const afterLogin = new Promise<void>(resolve => {
      loggedIn = resolve
    })
    const late: Middleware = async (request, next) => {
      const response = await next(request)
      if (request.path === '/add/') await (await request.session).save().then(() => afterLogin)
      return response
    }
    const app = await open(
      t,
      {
        async add(request) {
          ;(await request.session).set('basket', 2)
          return ok()
        },
        async login(request) {
          const session = await request.session
          session.cycleKey({ orNew: true })
          await session.update('user', () => 'ada')
          return ok()
        },
        async user(request) {
          return new HttpResponse(String((await request.session).get('user')))
        },
      },
      { middleware: [late] },
    )
    const client = await withBasket(app)
    const oldKey = client.cookies.get('sessionid')
    const slow = client.post('/add/')
    while ((await basketOf(client)) !== 2) await sleep(1)
    const login = await client.post('/login/')
    const newKey = client.cookies.get('sessionid')
    assert.notEqual(newKey, oldKey)
    const moved = login.headers.getSetCookie().find(text => text.startsWith('sessionid_moved=')) ?? ''
    assert.match(moved, /; HttpOnly; Max-Age=10; Path=\/; SameSite=Lax/)
    loggedIn()
    await slow
    assert.equal(client.cookies.get('sessionid'), oldKey, 'the answer of before the login came last')
    const page = await client.get('/user/')
    assert.equal(await page.text(), 'ada')
    assert.equal(page.headers.get('vary'), 'Cookie')
    assert.equal(client.cookies.get('sessionid'), newKey)
    client.cookies.set('sessionid', oldKey as string)
    client.cookies.delete('sessionid_moved')
    assert.equal(await (await client.get('/user/')).text(), 'undefined')
  })

  it('never goes into a shared cache, also when the view did not look into the session', async t => {
    const app = await open(t, { page: async () => ok() }, { settings: { SESSION_SAVE_EVERY_REQUEST: true } })
    const client = await withBasket(app)
    const response = await client.get('/page/')
    assert.equal(response.headers.getSetCookie().length, 1)
    assert.equal(response.headers.get('cache-control'), 'private')
    assert.equal(response.headers.get('vary'), 'Cookie')
    assert.equal((await new Client(app).get('/page/')).headers.get('vary'), null)
    client.cookies.set('sessionid', 'a'.repeat(32))
    const unknown = await client.get('/page/')
    assert.deepEqual(unknown.headers.getSetCookie(), [])
    assert.equal(unknown.headers.get('vary'), null)
  })
})

describe('an answer that another one replaces', () => {
  it('lets go of its body', async t => {
    const stream = createReadStream(import.meta.filename)
    const app = await open(t, {
      async file(request) {
        ;(await request.session).set('broken', () => 1)
        return new HttpResponse(stream)
      },
    })
    assert.equal((await new Client(app).get('/file/')).status, 500)
    if (!stream.closed) await once(stream, 'close')
  })

  it('lets go of its body for HEAD', async t => {
    const stream = createReadStream(import.meta.filename)
    const app = await open(t, { file: async () => new HttpResponse(stream) })
    assert.equal((await new Client(app).head('/file/')).status, 200)
    if (!stream.closed) await once(stream, 'close')
  })
})

describe('a streamed answer', () => {
  const halves = async function* (second: () => Uint8Array): AsyncGenerator<Uint8Array> {
    yield Buffer.from('first ')
    yield second()
  }
  const fails = (): never => {
    throw new Error('the source is gone')
  }

  function cutShort(): Readable {
    const stream = new Readable({ read() {} })
    stream.push('first ')
    setImmediate(() => stream.destroy())
    return stream
  }
  function locked(): ReadableStream<Uint8Array> {
    const stream = new ReadableStream<Uint8Array>()
    stream.getReader()
    return stream
  }

  async function openLogged(
    t: TestContext,
    body: (request: HttpRequest) => ResponseBody,
  ): Promise<{ app: App; client: Client; told: string[] }> {
    const told: string[] = []
    const note = (fields: object, message: string): void => {
      const { path: where, err } = fields as { path: string; err?: Error }
      told.push([message, where, err?.message].join(', '))
    }
    const app = await open(
      t,
      { page: async request => new HttpResponse(body(request)) },
      {
        logger: { info() {}, warn: note, error: note },
      },
    )
    return { app, client: new Client(app), told }
  }

  for (const [kind, body] of [
    ['an iterable', () => halves(fails)],
    ['a stream of Node', () => Readable.from(halves(fails))],
    ['a web stream', () => new Response(ReadableStream.from(halves(fails))).body as ReadableStream<Uint8Array>],
  ] as const)
    it(`whose source, ${kind}, fails, is told in the log, and is cut off`, async t => {
      const { client, told } = await openLogged(t, body)
      await assert.rejects((await client.get('/page/')).text())
      assert.deepEqual(told, ['a streamed answer broke off, /page/, the source is gone'])
    })

  for (const [kind, body, problem] of [
    ['is destroyed', () => cutShort(), /Premature close/],
    ['gives what cannot be sent', () => Readable.from([{ a: 1 }]), /something else than bytes/],
    ['is read by somebody else', () => locked(), /locked/],
  ] as const)
    it(`whose source ${kind} is told in the log, and is cut off`, async t => {
      const { client, told } = await openLogged(t, body)
      await assert.rejects((await client.get('/page/')).text())
      assert.equal(told.length, 1)
      assert.match(told[0] as string, problem)
    })

  it('may be text', async t => {
    const { client } = await openLogged(t, () => Readable.from(['one ', 'zwei ü']))
    assert.equal(await (await client.get('/page/')).text(), 'one zwei ü')
  })

  it('whose file is not wanted to its end is no failure, and closes it', async t => {
    const file = createReadStream(import.meta.filename, { highWaterMark: 64 })
    const { client, told } = await openLogged(t, () => file)
    const reader = (await client.get('/page/')).body?.getReader()
    await reader?.read()
    await reader?.cancel()
    if (!file.closed) await once(file, 'close')
    assert.deepEqual(told, [])
  })

  it('whose source ends because the visitor has left is no failure', async t => {
    const { app, told } = await openLogged(t, async function* ({ signal }): AsyncGenerator<Uint8Array> {
      yield Buffer.from('first ')
      if (!signal.aborted) await once(signal, 'abort')
      throw signal.reason
    })
    const visitor = new AbortController()
    const response = await app.fetch(new Request('http://localhost/page/', { signal: visitor.signal }))
    const reader = response.body?.getReader()
    await reader?.read()
    const next = reader?.read()
    visitor.abort()
    await assert.rejects(next as Promise<unknown>)
    assert.deepEqual(told, [])
  })

  it('that the visitor does not want any more is no failure', async t => {
    let isOver = false
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from('more ')
      } finally {
        isOver = true
      }
    }
    const { client, told } = await openLogged(t, endless)
    const reader = (await client.get('/page/')).body?.getReader()
    await reader?.read()
    await reader?.cancel()
    assert.equal(isOver, true)
    assert.deepEqual(told, [])
  })
})

describe('the page of an error', () => {
  it('is the plain one when the application’s own is none', async t => {
    const errorPage = (() => new Response('mine')) as unknown as NonNullable<AppOptions['errorPage']>
    const app = await open(t, {}, { errorPage })
    const response = await new Client(app).get('/nothing/', { headers: { Accept: 'text/html' } })
    assert.equal(response.status, 404)
    assert.match(await response.text(), /There is nothing at this address/)
  })

  it('carries the cookie of the CSRF token that it shows, also when saving failed', async t => {
    const app = await open(
      t,
      {
        async fail(request) {
          ;(await request.session).set('broken', () => 1)
          return ok()
        },
      },
      { errorPage: async request => new HttpResponse(await request.csrf.token()) },
    )
    const client = new Client(app)
    const response = await client.get('/fail/', { headers: { Accept: 'text/html' } })
    assert.equal(response.status, 500)
    assert.match(client.cookies.get('csrftoken') ?? '', /^[a-zA-Z0-9]{32}$/)
  })
})

describe('CSRF secrets in sessions', () => {
  it('do not make two first pages of a visitor disagree, and end with the session', async t => {
    const app = await open(
      t,
      {
        form: async request => new HttpResponse(await request.csrf.token()),
        async leave(request) {
          await request.csrf.token()
          await (await request.session).flush()
          return new HttpResponse(await request.csrf.token())
        },
        post: async () => ok(),
      },
      { settings: { CSRF_USE_SESSIONS: true } },
    )
    const client = await withBasket(app)
    const pages = await Promise.all([client.get('/form/'), client.get('/form/'), client.get('/form/')])
    assert.deepEqual(
      pages.map(({ status }) => status),
      [200, 200, 200],
    )
    pages.push(await client.get('/leave/'))
    const program = new Client(app, { headers: {} })
    for (const [index, page] of pages.entries()) {
      const token = await page.text()
      program.cookies.set('sessionid', client.cookies.get('sessionid') as string)
      const response = await program.post('/post/', { headers: { 'X-CSRFToken': token } })
      assert.equal(response.status, index === 3 ? 200 : 403, `page ${index}`)
    }
  })

  it('on a page keep it from shared caches', async t => {
    const app = await open(t, { form: async request => new HttpResponse(await request.csrf.token()) })
    const response = await new Client(app).get('/form/')
    assert.equal(response.headers.get('cache-control'), 'private')
    assert.equal(response.headers.get('vary'), 'Cookie')
  })
})

describe('an answer with a status that HTTP does not know', () => {
  it('is a bug: a blank 500', async t => {
    const views = {
      zero: async () => Response.error(),
      early: async () => new HttpResponse('x', { status: 101 }),
      late: async () => new HttpResponse('x', { status: 1000 }),
      half: async () => new HttpResponse('x', { status: 200.5 }),
    } as unknown as Views
    const app = await open(t, views)
    for (const name of Object.keys(views)) assert.equal((await new Client(app).get(`/${name}/`)).status, 500, name)
  })
})
