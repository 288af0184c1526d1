import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { HTTPException } from 'hono/http-exception'
import { stream } from 'hono/streaming'
import { z } from 'zod'
import { openEmbedded } from '../../tests/embedded.ts'
import { spied, Visitor } from '../../tests/hono/site.ts'
import type { App } from '../app/index.ts'
import { authenticate, login, logout, requireUser } from '../auth/index.ts'
import { MethodNotAllowed, ServiceUnavailable } from '../http/index.ts'
import { createMemorySessionStore } from '../sessions/index.ts'
import { type NuagesEnv, nuagesErrors, nuagesMiddleware, requireLogin } from './index.ts'

describe('the session of a request', () => {
  it('is loaded when it is asked for, written when it changed, and not touched otherwise', async t => {
    const { store, calls } = spied()
    const app = new Hono()
      .use(nuagesMiddleware(await openEmbedded(t, { sessionStore: store })))
      .get('/nothing', c => c.text('nothing'))
      .get('/read', async c => c.text(String((await c.var.nuages.session).get('n'))))
      .post('/write', async c => {
        ;(await c.var.nuages.session).set('n', 1)
        return c.text('written')
      })
    const visitor = new Visitor(app)
    await visitor.send('POST', '/write')
    assert.deepEqual(calls.splice(0), ['create'])
    const untouched = await visitor.send('GET', '/nothing')
    assert.deepEqual(calls, [])
    for (const name of ['set-cookie', 'vary', 'cache-control']) assert.equal(untouched.headers.get(name), null)
    const read = await visitor.send('GET', '/read')
    assert.equal(await read.text(), '1')
    assert.deepEqual(calls, ['load'])
    assert.deepEqual([read.headers.get('vary'), read.headers.get('cache-control')], ['Cookie', 'private'])
    assert.deepEqual(read.headers.getSetCookie(), [])
  })

  it('keeps 100 updates of 100 requests at once', async t => {
    const app = new Hono().use(nuagesMiddleware(await openEmbedded(t))).post('/add', async c => {
      const session = await c.var.nuages.session
      return c.json(await session.update('n' as string, (n = 0) => (n as number) + 1))
    })
    const visitor = new Visitor(app)
    await visitor.send('POST', '/add')
    await Promise.all(Array.from({ length: 100 }, () => visitor.send('POST', '/add')))
    assert.equal(await (await visitor.send('POST', '/add')).json(), 102)
  })

  it('saves nothing when the answer is 500 or above, or when a handler returned nothing', async t => {
    const { store, calls } = spied()
    const app = new Hono<NuagesEnv>()
    app.use(nuagesMiddleware(await openEmbedded(t, { sessionStore: store })))
    app.onError((_error, c) => c.text('oops', 500))
    app.use('*', async (c, next) => {
      ;(await c.var.nuages.session).set('n', 1)
      return next()
    })
    app.get('/502', c => c.text('bad gateway', 502))
    app.get('/bug', () => {
      throw new Error('a bug')
    })
    app.get('/void', (() => undefined) as never)
    for (const [path, status] of [
      ['/502', 502],
      ['/bug', 500],
      ['/void', 500],
    ] as const)
      assert.equal((await new Visitor(app).send('GET', path)).status, status)
    assert.deepEqual(calls, [])
    assert.equal((await new Visitor(app).send('GET', '/404')).headers.getSetCookie().length, 1)
  })

  it('is one, where the middleware is mounted twice on the way', async t => {
    const nuages = await openEmbedded(t)
    const inner = new Hono<NuagesEnv>()
    inner.use(nuagesMiddleware(nuages)).get('/', async c => {
      ;(await c.var.nuages.session).set('inner', 1)
      return c.text('ok')
    })
    const app = new Hono<NuagesEnv>().use(nuagesMiddleware(nuages))
    app.use(async (c, next) => {
      ;(await c.var.nuages.session).set('outer', 1)
      await next()
    })
    app.route('/inner', inner)
    const visitor = new Visitor(app)
    assert.equal((await visitor.send('GET', '/inner')).headers.getSetCookie().length, 1)
    const session = await nuages.sessions.open(visitor.cookies.get('sessionid'))
    assert.deepEqual([session.get('outer'), session.get('inner')], [1, 1])
  })

  it('is that of each app, where two apps are in one server, or around one handler', async t => {
    const one = await openEmbedded(t)
    const two = await openEmbedded(t, { settings: { SESSION_COOKIE_NAME: 'second' } })
    const page = new Hono<NuagesEnv>().get('/', async c => {
      ;(await c.var.nuages.session).set('n', 1)
      return c.text(c.var.nuages.app === two ? 'two' : 'one')
    })
    const app = new Hono<NuagesEnv>()
    app.use('/one/*', nuagesMiddleware(one)).use('/two/*', nuagesMiddleware(two))
    app.use('/both/*', nuagesMiddleware(one), async (c, next) => {
      ;(await c.var.nuages.session).set('n', 1)
      await next()
      assert.equal(c.var.nuages.app, one)
    })
    app.use('/both/*', nuagesMiddleware(two))
    for (const path of ['/one', '/two', '/both']) app.route(path, page)
    const names = async (path: string): Promise<unknown> => {
      const response = await new Visitor(app).send('GET', path)
      const cookies = response.headers.getSetCookie().map(text => text.split('=')[0])
      return [await response.text(), ...cookies.sort()]
    }
    assert.deepEqual(await names('/one'), ['one', 'sessionid'])
    assert.deepEqual(await names('/two'), ['two', 'second'])
    assert.deepEqual(await names('/both'), ['two', 'second', 'sessionid'])
  })
})

describe('the answer', () => {
  it('gets its cookie whatever kind of answer it is', async t => {
    const app = new Hono<NuagesEnv>()
    app.use(nuagesMiddleware(await openEmbedded(t)), async (c, next) => {
      ;(await c.var.nuages.session).set('n', 1)
      await next()
    })
    app.get('/redirect', c => c.redirect('/elsewhere'))
    app.get('/frozen', () => Response.redirect('http://localhost/elsewhere', 303))
    app.get('/fetched', () => fetch('data:text/plain,fetched'))
    app.get('/304', c => c.body(null, 304, { ETag: '"1"', Vary: 'Accept' }))
    app.get('/own', c => c.text('own', 200, { 'Cache-Control': 'no-store', 'Set-Cookie': 'a=b' }))
    app.get('/stream', c => stream(c, async out => void (await out.write('streamed'))))
    app.notFound(c => c.text('nothing here', 404))
    const look = async (method: string, path: string): Promise<unknown> => {
      const response = await new Visitor(app).send(method, path)
      const { status, headers } = response
      assert.equal(headers.getSetCookie().filter(text => text.startsWith('sessionid=')).length, 1, path)
      return [
        status,
        headers.get('location') ?? (await response.text()),
        headers.get('vary'),
        headers.get('cache-control'),
      ]
    }
    assert.deepEqual(await look('GET', '/redirect'), [302, '/elsewhere', 'Cookie', 'private'])
    assert.deepEqual(await look('GET', '/frozen'), [303, 'http://localhost/elsewhere', 'Cookie', 'private'])
    assert.deepEqual(await look('GET', '/fetched'), [200, 'fetched', 'Cookie', 'private'])
    assert.deepEqual(await look('GET', '/304'), [304, '', 'Accept, Cookie', 'private'])
    assert.deepEqual(await look('GET', '/own'), [200, 'own', 'Cookie', 'no-store'])
    assert.deepEqual(await look('GET', '/stream'), [200, 'streamed', 'Cookie', 'private'])
    assert.deepEqual(await look('HEAD', '/stream'), [200, '', 'Cookie', 'private'])
    assert.deepEqual(await look('GET', '/none'), [404, 'nothing here', 'Cookie', 'private'])
    const own = await new Visitor(app).send('GET', '/own')
    assert.equal(own.headers.getSetCookie()[0], 'a=b')
  })

  it('that is one and the same for all visitors gives none the cookie of another', async t => {
    const done = new Response(null, { status: 204 })
    const app = new Hono().use(nuagesMiddleware(await openEmbedded(t))).get('/', async c => {
      ;(await c.var.nuages.session).set('n', 1)
      return done
    })
    const answers = await Promise.all([1, 2].map(() => new Visitor(app).send('GET', '/')))
    const cookies = answers.map(({ headers }) => headers.getSetCookie())
    assert.deepEqual(
      cookies.map(({ length }) => length),
      [1, 1],
    )
    assert.notEqual(cookies[0]?.[0], cookies[1]?.[0])
    assert.deepEqual([...done.headers], [])
  })

  it('is replaced when the session cannot be saved, its body let go, and fields of other layers kept', async t => {
    const store = createMemorySessionStore()
    store.create = async () => {
      throw new ServiceUnavailable(7)
    }
    let cancelled = false
    const app = new Hono<NuagesEnv>()
    app.use(cors({ origin: 'https://app.example' }), nuagesMiddleware(await openEmbedded(t, { sessionStore: store })))
    app.get('/', async c => {
      ;(await c.var.nuages.session).set('n', 1)
      const body = new ReadableStream({
        cancel() {
          cancelled = true
        },
      })
      return c.body(body, 200, { 'Content-Type': 'text/csv', ETag: '"1"', 'Set-Cookie': 'a=b' })
    })
    const response = await new Visitor(app).send('GET', '/', { headers: { Origin: 'https://app.example' } })
    assert.equal(response.status, 503)
    assert(cancelled)
    const names = ['content-type', 'retry-after', 'etag', 'set-cookie', 'access-control-allow-origin', 'vary']
    const expected = ['application/problem+json', '7', null, null, 'https://app.example', 'Accept, Cookie, Origin']
    assert.deepEqual(
      names.map(name => response.headers.get(name)),
      expected,
    )
    assert.equal(((await response.json()) as { code: string }).code, 'service_unavailable')
  })
})

describe('an error of Nuages in a handler', () => {
  const raise = (app: Hono<NuagesEnv>): Hono<NuagesEnv> =>
    app
      .get('/user', async c => c.text((await requireUser(c.var.nuages)).username))
      .get('/405', () => {
        throw new MethodNotAllowed(['PUT'])
      })
      .get('/teapot', () => {
        throw new HTTPException(418, { message: 'short and stout' })
      })
      .get('/bug', () => {
        throw new Error('a secret')
      })

  it('becomes its problem details where no onError is set; others stay those of Hono', async t => {
    t.mock.method(console, 'error', () => {})
    const app = raise(new Hono<NuagesEnv>().use(nuagesMiddleware(await openEmbedded(t))))
    const visitor = new Visitor(app)
    const refused = await visitor.send('GET', '/user')
    assert.equal(refused.status, 401)
    assert.equal(((await refused.json()) as { code: string }).code, 'not_logged_in')
    assert.equal((await visitor.send('GET', '/405')).headers.get('allow'), 'PUT')
    assert.equal((await visitor.send('HEAD', '/405')).status, 405)
    assert.equal(await visitor.text('/teapot'), 'short and stout')
    assert.equal(await visitor.text('/bug'), 'Internal Server Error')
  })

  it('is left to an onError that answers it', async t => {
    const app = raise(new Hono<NuagesEnv>().use(nuagesMiddleware(await openEmbedded(t))))
    app.onError((error, c) => c.text(error.name, 400))
    const response = await new Visitor(app).send('GET', '/405')
    assert.deepEqual([response.status, await response.text()], [400, 'Error'])
  })

  it('is answered by nuagesErrors, which logs bugs and shows nothing of them', async t => {
    const logged: unknown[] = []
    const logger = { info() {}, warn() {}, error: (fields: object) => void logged.push((fields as { err: Error }).err) }
    const nuages = await openEmbedded(t, { logger })
    const app = raise(new Hono<NuagesEnv>().use('/user', nuagesMiddleware(nuages)))
    app.onError(nuagesErrors(nuages))
    const visitor = new Visitor(app)
    assert.equal((await visitor.send('GET', '/user')).status, 401)
    assert.equal((await visitor.send('GET', '/405')).headers.get('allow'), 'PUT')
    assert.equal(await visitor.text('/teapot'), 'short and stout')
    assert.deepEqual(logged, [])
    const bug = await visitor.send('GET', '/bug')
    assert.equal(bug.status, 500)
    assert.doesNotMatch(await bug.text(), /secret/)
    assert.equal(logged.length, 1)
    app.onError(nuagesErrors(nuages, (_error, c) => c.text('mine', 500)))
    assert.equal(await visitor.text('/bug'), 'mine')
    assert.equal((await visitor.send('GET', '/405')).status, 405)
  })
})

describe('a visitor', () => {
  const site = (nuages: App) =>
    new Hono()
      .use(nuagesMiddleware(nuages))
      .use('/account/*', requireLogin())
      .get('/account/', async c => c.text((await c.var.nuages.user)?.username ?? 'nobody'))
      .post('/login', async c => {
        const credentials = await c.var.nuages.validate(z.object({ username: z.string(), password: z.string() }))
        const user = await authenticate(c.var.nuages, credentials)
        if (user === null) return c.text('wrong', 401)
        await login(c.var.nuages, user)
        return c.text(String(await c.var.nuages.csrf.token()))
      })
      .post('/logout', async c => {
        await logout(c.var.nuages)
        return c.text('bye')
      })
      .get('/visit', async c => {
        ;(await c.var.nuages.session).set('language', 'fr')
        return c.text('ok')
      })

  it('logs in under a new key with the same data, is known, and logs out for good', async t => {
    const nuages = await openEmbedded(t)
    await nuages.users.createUser({ username: 'ada', password: 'correct horse battery' })
    const visitor = new Visitor(site(nuages))
    await visitor.text('/visit')
    const before = visitor.cookies.get('sessionid')
    const attempt = (password: string): Promise<Response> =>
      visitor.send('POST', '/login', { json: { username: 'ada', password } })
    assert.equal((await attempt('wrong')).status, 401)
    assert.equal((await attempt('correct horse battery')).status, 200)
    const after = visitor.cookies.get('sessionid')
    assert.notEqual(after, before)
    assert(visitor.cookies.get('csrftoken'))
    assert.equal((await nuages.sessions.open(after)).get('language' as string), 'fr')
    assert.equal(await visitor.text('/account/'), 'ada')
    await visitor.send('POST', '/logout')
    assert.equal(visitor.cookies.get('sessionid'), undefined)
    visitor.cookies.set('sessionid', after as string)
    assert.equal((await visitor.send('GET', '/account/')).status, 401)
  })

  it('who is a stranger is sent to the login page as a browser, and gets 401 as a program', async t => {
    const visitor = new Visitor(site(await openEmbedded(t, { settings: { LOGIN_URL: '/login' } })))
    const refused = await visitor.send('GET', '/account/')
    assert.deepEqual([refused.status, ((await refused.json()) as { code: string }).code], [401, 'not_logged_in'])
    const sent = await visitor.send('GET', '/account/?a=1', { headers: { Accept: 'text/html' } })
    assert.deepEqual([sent.status, sent.headers.get('location')], [302, '/login?next=/account/%3Fa%3D1'])
    assert.equal(sent.headers.get('vary'), 'Cookie')
  })

  it('is told when requireLogin stands before the middleware', async t => {
    const app = new Hono<NuagesEnv>()
    app.onError((error, c) => c.text(error.message, 500))
    app.use(requireLogin(), nuagesMiddleware(await openEmbedded(t)))
    assert.match(await new Visitor(app).text('/'), /stands before nuagesMiddleware/)
  })
})
