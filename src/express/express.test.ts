import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import express, { type Express } from 'express'
import { createWilfulStore, type EmbeddedOptions, openEmbedded, sameOrigin, Visitor } from '../../tests/embedded.ts'
import type { App } from '../app/index.ts'
import { authenticate, login, logout } from '../auth/index.ts'
import { HttpResponse, NotFound, ServiceUnavailable } from '../http/index.ts'
import {
  type NuagesOptions,
  nuagesErrors,
  nuagesMiddleware,
  nuagesSessions,
  requireLogin,
  sendAnswer,
} from './index.ts'

interface Site {
  readonly app: App
  readonly url: string
  readonly visitor: Visitor
}

/** A server with the routes that `build` gives it, on a socket. */
async function listen(t: TestContext, server: Express): Promise<string> {
  const running = server.listen(0, '127.0.0.1')
  t.after(() => {
    running.closeAllConnections()
    running.close()
  })
  await once(running, 'listening')
  return `http://127.0.0.1:${(running.address() as AddressInfo).port}`
}

async function open(
  t: TestContext,
  build: (server: Express, app: App) => void,
  { options, ...embedded }: EmbeddedOptions & { options?: NuagesOptions } = {},
): Promise<Site> {
  const app = await openEmbedded(t, embedded)
  const server = express()
  server.set('env', 'test')
  server.use(express.json(), express.urlencoded(), nuagesMiddleware(app, options))
  build(server, app)
  server.use(nuagesErrors)
  const url = await listen(t, server)
  return { app, url, visitor: new Visitor(url) }
}

/** Counts the visits of a visitor. */
function addCounter(server: Express): void {
  server.get('/count', async (req, res) => {
    const session = await req.nuages.session
    res.json(await session.update('visits', (visits = 0) => (visits as number) + 1))
  })
}

describe('a session in Express', () => {
  it('is remembered between requests', async t => {
    const { visitor } = await open(t, addCounter)
    assert.equal(await visitor.text('/count'), '1')
    assert.equal(await visitor.text('/count'), '2')
    const response = await visitor.get('/count')
    assert.match(String(response.headers.get('vary')), /Cookie/)
    assert.equal(response.headers.get('cache-control'), 'private')
    assert.match(String(visitor.cookies.setCookieOf('sessionid')), /HttpOnly.*SameSite=Lax/)
  })

  it('costs a request that asks for nothing no query and no header field', async t => {
    const sessionStore = createWilfulStore()
    const { visitor } = await open(t, server => server.get('/', (_req, res) => void res.send('hello')), {
      sessionStore,
    })
    visitor.cookies.set('sessionid', 'abcdefghijklmnopqrstuvwxyz012345')
    const response = await visitor.get('/')
    assert.deepEqual([...response.headers.keys()].sort(), [
      'connection',
      'content-length',
      'content-type',
      'date',
      'etag',
      'keep-alive',
      'x-powered-by',
    ])
    assert.equal(sessionStore.calls, 0)
  })

  it('is not written by reading', async t => {
    const { visitor } = await open(t, server => {
      addCounter(server)
      server.get('/read', async (req, res) => void res.json((await req.nuages.session).get('visits') ?? null))
    })
    const stranger = await visitor.get('/read')
    assert.deepEqual(stranger.headers.getSetCookie(), [])
    assert.equal(stranger.headers.get('vary'), 'Cookie')
    await visitor.get('/count')
    const response = await visitor.get('/read')
    assert.equal(await response.text(), '1')
    assert.deepEqual(response.headers.getSetCookie(), [])
  })

  it('keeps what 100 requests at once write', async t => {
    const { visitor } = await open(t, server => {
      addCounter(server)
      server.get('/set/:key', async (req, res) => {
        const session = await req.nuages.session
        session.set(req.params.key as string, true)
        res.send('ok')
      })
      server.get('/size', async (req, res) => void res.json((await req.nuages.session).size))
    })
    await visitor.get('/count')
    await Promise.all(Array.from({ length: 100 }, (_, index) => visitor.text(`/set/key${index}`)))
    await Promise.all(Array.from({ length: 100 }, () => visitor.text('/count')))
    assert.equal(await visitor.text('/size'), '101')
    assert.equal(await visitor.text('/count'), '102')
  })

  it('is saved before the client has the answer, whatever the handler does not wait for', async t => {
    const { visitor } = await open(t, server => {
      server.get('/set/:value', async (req, res) => {
        ;(await req.nuages.session).set('value', req.params.value)
        res.send('ok')
      })
      server.get('/value', async (req, res) => void res.json((await req.nuages.session).get('value')))
    })
    for (const value of ['1', '2', '3']) {
      await visitor.get(`/set/${value}`)
      assert.equal(await visitor.text('/value'), `"${value}"`)
    }
  })

  it('is not saved by an answer of 500', async t => {
    const { visitor } = await open(t, server => {
      addCounter(server)
      server.get('/fail', async req => {
        ;(await req.nuages.session).set('visits', 1000)
        throw new Error('a bug')
      })
    })
    await visitor.get('/count')
    assert.equal((await visitor.get('/fail')).status, 500)
    assert.equal(await visitor.text('/count'), '2')
  })

  it('is saved by every request with SESSION_SAVE_EVERY_REQUEST', async t => {
    const { visitor } = await open(
      t,
      server => {
        addCounter(server)
        server.get('/', (_req, res) => void res.send('hello'))
      },
      { settings: { SESSION_SAVE_EVERY_REQUEST: true } },
    )
    await visitor.get('/count')
    assert.equal((await visitor.get('/')).headers.getSetCookie().length, 1)
  })
})

describe('a login in Express', () => {
  function addAccounts(server: Express): void {
    addCounter(server)
    server.post('/login', async (req, res) => {
      const user = await authenticate(req.nuages, req.body)
      if (user === null) return void res.sendStatus(401)
      await login(req.nuages, user)
      res.redirect('/me')
    })
    server.post('/logout', async (req, res) => {
      await logout(req.nuages)
      res.send('bye')
    })
    server.get('/me', requireLogin, async (req, res) => void res.send((await req.nuages.user)?.username))
  }

  it('changes the key of the session and keeps its data; logout ends it', async t => {
    const { app, visitor } = await open(t, addAccounts)
    await app.users.createUser({ username: 'anna', password: 'correct horse battery' })
    await visitor.get('/count')
    const before = visitor.cookies.get('sessionid')
    const credentials = { username: 'anna', password: 'correct horse battery' }
    assert.equal((await visitor.post('/login', { ...credentials, password: 'wrong' }, sameOrigin)).status, 401)
    assert.equal((await visitor.post('/login', credentials, sameOrigin)).status, 302)
    const after = visitor.cookies.get('sessionid')
    assert.notEqual(after, before)
    assert.equal(await visitor.text('/me'), 'anna')
    assert.equal(await visitor.text('/count'), '2')
    await visitor.post('/logout', {}, sameOrigin)
    assert.equal(visitor.cookies.get('sessionid'), undefined)
    visitor.cookies.set('sessionid', String(after))
    assert.equal((await visitor.get('/me')).status, 401)
  })

  it('is asked of browsers by a redirect, of programs by problem details', async t => {
    const { visitor } = await open(t, server => {
      const router = express.Router()
      router.get('/me', requireLogin, (_req, res) => void res.send('you'))
      server.use('/area', router)
    })
    const browser = await visitor.get('/area/me?tab=1', { headers: { Accept: 'text/html' } })
    assert.equal(browser.status, 302)
    assert.equal(browser.headers.get('location'), '/login?next=/area/me%3Ftab%3D1')
    const program = await visitor.get('/area/me')
    assert.equal(program.status, 401)
    assert.equal(program.headers.get('content-type'), 'application/problem+json')
    assert.equal(((await program.json()) as { code: string }).code, 'not_logged_in')
  })
})

describe('CSRF in Express', () => {
  const echo = (server: Express): void => {
    server.get('/form', async (req, res) => void res.send(await req.nuages.csrf.token()))
    server.post(['/form', '/hook'], (req, res) => void res.json(req.body))
    server.put('/form', (_req, res) => void res.send('put'))
  }
  const isForged = async (response: Response): Promise<boolean> =>
    response.status === 403 && ((await response.json()) as { code: string }).code === 'csrf_failed'

  it('refuses what another site made, before any handler', async t => {
    const { visitor, url } = await open(t, echo)
    for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' }, { Origin: 'https://evil.example' }])
      assert(await isForged(await visitor.post('/form', {}, headers as Record<string, string>)))
    assert(await isForged(await visitor.get('/form', { method: 'PUT', headers: { 'Sec-Fetch-Site': 'same-site' } })))
    assert.equal((await visitor.post('/form', {}, { Origin: url })).status, 200)
    assert.equal((await visitor.post('/form', {}, sameOrigin)).status, 200)
  })

  it('takes the token from a parsed form or a header where a client says nothing of its origin', async t => {
    const { visitor } = await open(t, echo)
    const token = await visitor.text('/form')
    assert(await isForged(await visitor.post('/form', 'a=1')))
    assert(await isForged(await visitor.post('/form', `csrfmiddlewaretoken=${'x'.repeat(64)}`)))
    assert.equal((await visitor.post('/form', `csrfmiddlewaretoken=${token}`)).status, 200)
    assert.equal((await visitor.post('/form', { a: 1 }, { 'X-CSRFToken': token })).status, 200)
  })

  it('leaves the body to a parser that comes later', async t => {
    const app = await openEmbedded(t)
    const server = express().use(nuagesMiddleware(app), express.json(), express.urlencoded())
    echo(server)
    const visitor = new Visitor(await listen(t, server))
    const token = await visitor.text('/form')
    const response = await visitor.post('/form', 'a=1&b=2', { 'X-CSRFToken': token })
    assert.deepEqual(await response.json(), { a: '1', b: '2' })
    assert(await isForged(await visitor.post('/form', `csrfmiddlewaretoken=${token}`)))
  })

  it('is not asked of requests that an option frees', async t => {
    const options: NuagesOptions = { csrfExempt: req => req.path === '/hook' }
    const { visitor } = await open(t, echo, { options })
    const headers = { Origin: 'https://evil.example' }
    assert.equal((await visitor.post('/hook', {}, headers)).status, 200)
    assert(await isForged(await visitor.post('/form', {}, headers)))
  })
})

describe('a request in Express', () => {
  it('for a host that is not ours is answered with 400', async t => {
    const { visitor } = await open(t, addCounter, { settings: { ALLOWED_HOSTS: ['shop.example'] } })
    const response = await visitor.get('/count')
    assert.equal(response.status, 400)
    assert.equal(((await response.json()) as { code: string }).code, 'http/disallowed-host')
  })

  it('is known by its whole path, below routers and mounted servers', async t => {
    const { visitor } = await open(t, (server, app) => {
      const inner = express()
      inner.use(nuagesMiddleware(app)) // a second time changes nothing
      inner.get('/where', async (req, res) => {
        ;(await req.nuages.session).set('seen', true)
        res.send(`${req.url} ${req.nuages.path} ${req.nuages.GET.get('a')}`)
      })
      server.use('/shop', express.Router().use('/inner', inner))
    })
    const response = await visitor.get('/shop/inner/where?a=1')
    assert.equal(await response.text(), '/where?a=1 /shop/inner/where 1')
    assert.equal(response.headers.getSetCookie().length, 1)
  })

  it('belongs to the app of its router, where there are two', async t => {
    const first = await openEmbedded(t)
    const second = await openEmbedded(t, { settings: { SESSION_COOKIE_NAME: 'second' } })
    const server = express().use(nuagesMiddleware(first))
    server.use(async (req, _res, next) => {
      await (await req.nuages.session).update('outer', (n = 0) => (n as number) + 1)
      next()
    })
    server.use('/second', nuagesMiddleware(second))
    addCounter(server)
    server.get('/second/count', async (req, res) => {
      const session = await req.nuages.session
      res.json([req.nuages.app === second, await session.update('visits', (n = 0) => (n as number) + 1)])
    })
    const visitor = new Visitor(await listen(t, server))
    assert.equal(await visitor.text('/count'), '1')
    assert.equal(await visitor.text('/second/count'), '[true,1]')
    assert.equal(await visitor.text('/second/count'), '[true,2]')
    assert.notEqual(visitor.cookies.get('sessionid'), visitor.cookies.get('second'))
    assert.equal(await visitor.text('/count'), '2')
  })

  it('validates a body that Express has parsed, and one that it has not', async t => {
    const { visitor } = await open(t, server => {
      server.post('/validate', async (req, res) => void res.json(await req.nuages.validate(anything)))
    })
    const bare = express().use(nuagesMiddleware(await openEmbedded(t)))
    bare.post('/validate', async (req, res) => void res.json(await req.nuages.validate(anything)))
    for (const someone of [visitor, new Visitor(await listen(t, bare))]) {
      const json = await someone.post('/validate', { a: [1, null] }, sameOrigin)
      assert.deepEqual(await json.json(), { a: [1, null] })
      const form = await someone.post('/validate', 'a=1&a=2&b=%C3%A9&csrfmiddlewaretoken=x', sameOrigin)
      assert.deepEqual(await form.json(), { a: ['1', '2'], b: 'é' })
    }
  })

  it('has its address and scheme by the settings of Nuages, not by trust proxy', async t => {
    const { visitor } = await open(t, server => {
      server.set('trust proxy', true)
      server.get('/', (req, res) => void res.send(`${req.ip} ${req.nuages.ip} ${req.nuages.scheme}`))
    })
    const headers = { 'X-Forwarded-For': '192.0.2.7', 'X-Forwarded-Proto': 'https' }
    assert.equal(await (await visitor.get('/', { headers })).text(), '192.0.2.7 127.0.0.1 http')
  })
})

describe('a streamed answer in Express', () => {
  for (const moment of ['before it is sent', 'while it waits for its next chunk'] as const)
    it(`lets go of its source when the client leaves ${moment}`, async t => {
      const source = new Readable({ read() {} })
      source.push('first')
      const ready = Promise.withResolvers<void>()
      const answered = Promise.withResolvers<void>()
      const { url } = await open(t, server => {
        server.get('/stream', async (_req, res) => {
          if (moment === 'before it is sent') {
            ready.resolve()
            await once(res, 'close')
          }
          await sendAnswer(res, new HttpResponse(source))
          answered.resolve()
        })
      })
      const leaving = new AbortController()
      const gone = fetch(`${url}/stream`, { signal: leaving.signal }).then(async response => {
        const reader = response.body?.getReader()
        for (;;) {
          await reader?.read()
          ready.resolve()
        }
      })
      await ready.promise
      leaving.abort()
      await assert.rejects(gone)
      await answered.promise
      assert.equal(source.destroyed, true)
    })
})

describe('an error in Express', () => {
  it('of Nuages has its status and problem details, thrown or passed to next', async t => {
    const { visitor } = await open(t, server => {
      server.get('/thrown', async () => {
        throw new NotFound('No such book.')
      })
      server.get('/passed', (_req, _res, next) => next(new ServiceUnavailable(7)))
    })
    const thrown = await visitor.get('/thrown')
    assert.equal(thrown.status, 404)
    const problem = { status: 404, title: 'Not Found', code: 'not_found', detail: 'No such book.' }
    assert.deepEqual(await thrown.json(), problem)
    const passed = await visitor.get('/passed')
    assert.equal(passed.status, 503)
    assert.equal(passed.headers.get('retry-after'), '7')
    const page = await visitor.get('/thrown', { headers: { Accept: 'text/html' } })
    assert.match(await page.text(), /No such book\./)
  })

  it('of Nuages has its status without the error handler, too', async t => {
    const server = express()
      .set('env', 'test')
      .use(nuagesMiddleware(await openEmbedded(t)))
    server.get('/', () => {
      throw new NotFound()
    })
    assert.equal((await new Visitor(await listen(t, server)).get('/')).status, 404)
  })

  it('of anybody else goes on to the next handler', async t => {
    const server = express().use(nuagesMiddleware(await openEmbedded(t)))
    server.get('/', () => {
      throw new TypeError('theirs')
    })
    server.use(nuagesErrors)
    server.use(((error, _req, res, _next) => res.status(418).send(error.message)) as express.ErrorRequestHandler)
    const response = await new Visitor(await listen(t, server)).get('/')
    assert.equal(response.status, 418)
    assert.equal(await response.text(), 'theirs')
  })
})

it('sessions from settings alone bring the app along', async t => {
  const sessions = nuagesSessions((await openEmbedded(t)).settings, { logger: null })
  t.after(() => sessions.app.close())
  await sessions.app.migrate()
  const server = express().use(sessions)
  addCounter(server)
  assert.equal(await new Visitor(await listen(t, server)).text('/count'), '1')
})

/** A schema that takes everything. */
const anything = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
} as const
