import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import createFastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import {
  createWilfulStore,
  type EmbeddedOptions,
  holdWrites,
  openEmbedded,
  sameOrigin,
  Visitor,
} from '../../tests/embedded.ts'
import type { App } from '../app/index.ts'
import { authenticate, login, logout } from '../auth/index.ts'
import { BadRequest, HttpResponse, NotFound } from '../http/index.ts'
import {
  type NuagesPluginOptions,
  nuagesErrors,
  nuagesPlugin,
  nuagesSessions,
  nuagesUploads,
  requireLogin,
  sendAnswer,
} from './index.ts'

interface Site {
  readonly app: App
  readonly url: string
  readonly visitor: Visitor
}

async function listen(t: TestContext, server: FastifyInstance): Promise<string> {
  t.after(() => server.close())
  return server.listen({ port: 0, host: '127.0.0.1' })
}

function createServer(): FastifyInstance {
  const server = createFastify({ forceCloseConnections: true })
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, text, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(text)))),
  )
  return server
}

async function open(
  t: TestContext,
  build: (server: FastifyInstance) => void,
  { options, ...embedded }: EmbeddedOptions & { options?: Omit<NuagesPluginOptions, 'app'> } = {},
): Promise<Site> {
  const app = await openEmbedded(t, embedded)
  const server = createServer()
  server.register(nuagesPlugin, { app, ...options })
  server.setErrorHandler(nuagesErrors)
  server.register(async scope => build(scope))
  const url = await listen(t, server)
  return { app, url, visitor: new Visitor(url) }
}

function addCounter(server: FastifyInstance): void {
  server.get('/count', async request => {
    const session = await request.nuages.session
    return { visits: await session.update('visits', (visits = 0) => (visits as number) + 1) }
  })
}

const visitsOf = async (visitor: Visitor, path = '/count'): Promise<unknown> =>
  ((await (await visitor.get(path)).json()) as { visits: number }).visits

describe('a session in Fastify', () => {
  it('is remembered between requests', async t => {
    const { visitor } = await open(t, addCounter)
    assert.equal(await visitsOf(visitor), 1)
    assert.equal(await visitsOf(visitor), 2)
    const response = await visitor.get('/count')
    assert.equal(response.headers.get('vary'), 'Cookie')
    assert.equal(response.headers.get('cache-control'), 'private')
    assert.match(String(visitor.cookies.setCookieOf('sessionid')), /HttpOnly.*SameSite=Lax/)
  })

  it('costs a request that asks for nothing no query and no header field', async t => {
    const sessionStore = createWilfulStore()
    const { visitor } = await open(t, server => server.get('/', async () => 'hello'), { sessionStore })
    visitor.cookies.set('sessionid', 'abcdefghijklmnopqrstuvwxyz012345')
    const response = await visitor.get('/')
    assert.deepEqual([...response.headers.keys()].sort(), [
      'connection',
      'content-length',
      'content-type',
      'date',
      'keep-alive',
    ])
    assert.equal(sessionStore.calls, 0)
  })

  it('is not written by reading', async t => {
    const { visitor } = await open(t, server => {
      server.get('/', async request => ((await request.nuages.session).get('visits') === undefined ? 'none' : 'some'))
    })
    const response = await visitor.get('/')
    assert.deepEqual(response.headers.getSetCookie(), [])
    assert.equal(response.headers.get('vary'), 'Cookie')
  })

  it('keeps what 100 requests at once write', async t => {
    const { visitor } = await open(t, server => {
      addCounter(server)
      server.get('/set/:key', async request => {
        ;(await request.nuages.session).set((request.params as { key: string }).key, true)
        return 'ok'
      })
      server.get('/size', async request => String((await request.nuages.session).size))
    })
    await visitsOf(visitor)
    await Promise.all(Array.from({ length: 100 }, (_, index) => visitor.text(`/set/key${index}`)))
    await Promise.all(Array.from({ length: 100 }, () => visitsOf(visitor)))
    assert.equal(await visitor.text('/size'), '101')
    assert.equal(await visitsOf(visitor), 102)
  })

  it('is saved before any kind of answer goes out, beside the cookies of the handler', async t => {
    const { visitor } = await open(t, server => {
      server.addHook('preHandler', async request => void (await request.nuages.session).set('path', request.url))
      server.get('/json', async (_request, reply) => reply.header('set-cookie', 'own=1').send({}))
      server.get('/text', (_request, reply) => void reply.send('x'))
      server.get('/stream', (_request, reply) => reply.send(createReadStream(import.meta.filename)))
      server.get('/web', async () => new Response('x', { status: 201, headers: { Vary: 'Accept' } }))
      server.get('/redirect', (_request, reply) => reply.redirect('/text'))
      server.get('/nothing', (_request, reply) => reply.code(204).send())
      server.get('/missing', async () => {
        throw new NotFound()
      })
    })
    for (const path of ['/json', '/text', '/stream', '/web', '/redirect', '/nothing', '/missing']) {
      visitor.cookies.delete('sessionid')
      const response = await visitor.get(path)
      const names = response.headers.getSetCookie().map(text => text.split('=')[0])
      assert.deepEqual(names, path === '/json' ? ['own', 'sessionid'] : ['sessionid'], path)
      assert.match(String(response.headers.get('vary')), path === '/web' ? /^Accept, Cookie$/ : /Cookie/)
      await response.arrayBuffer()
    }
    assert.equal((await visitor.get('/web')).status, 201)
    const head = await visitor.get('/text', { method: 'HEAD' })
    assert.equal(head.headers.get('content-length'), '1')
  })

  it('is not saved by an answer of 500', async t => {
    const { visitor } = await open(t, server => {
      addCounter(server)
      server.get('/fail', async request => {
        ;(await request.nuages.session).set('visits', 1000)
        throw new Error('a bug')
      })
    })
    await visitsOf(visitor)
    assert.equal((await visitor.get('/fail')).status, 500)
    assert.equal(await visitsOf(visitor), 2)
  })

  it('streams 50 MB never far ahead of its reader, and events one by one', async t => {
    const chunk = Buffer.alloc(65_536, 'x')
    let made = 0
    function* chunks(): Generator<Buffer> {
      for (; made < 800; made += 1) yield chunk
    }
    const { visitor } = await open(t, server => {
      server.addHook('preHandler', async request => void (await request.nuages.session).set('path', request.url))
      server.get('/big', (_request, reply) => reply.send(Readable.from(chunks())))
      server.get('/events', (request, reply) => {
        const events = new Readable({ read() {} })
        events.push('data: 1\n\n')
        request.nuages.signal.addEventListener('abort', () => events.destroy())
        return reply.type('text/event-stream').send(events)
      })
    })
    const response = await visitor.get('/big')
    let size = 0
    let most = 0
    for await (const part of response.body as ReadableStream<Uint8Array>) {
      size += part.byteLength
      most = Math.max(most, made * chunk.length - size)
      await new Promise(resolve => setImmediate(resolve))
    }
    assert.equal(size, 800 * chunk.length)
    assert(most < 15_000_000, `${most} bytes ahead`)
    const end = new AbortController()
    const events = (await visitor.get('/events', { signal: end.signal })).body as ReadableStream<Uint8Array>
    assert.equal(Buffer.from((await events.getReader().read()).value ?? []).toString(), 'data: 1\n\n')
    end.abort()
  })

  it('is stored at once by update, also where the handler takes the socket for itself', async t => {
    const { visitor } = await open(t, server => {
      addCounter(server)
      server.get('/raw', async (request, reply) => {
        reply.hijack()
        await (await request.nuages.session).update('visits', (visits = 0) => (visits as number) + 10)
        reply.raw.end('raw')
      })
    })
    await visitsOf(visitor)
    assert.equal(await visitor.text('/raw'), 'raw')
    assert.equal(await visitsOf(visitor), 12)
  })
})

describe('a save that fails in Fastify', () => {
  it('replaces the answer, and lets go of its stream', async t => {
    const sessionStore = createWilfulStore()
    const sources: Readable[] = []
    const { visitor } = await open(
      t,
      server => {
        server.addHook('preHandler', async request => void (await request.nuages.session).set('path', request.url))
        server.get('/stream', (_request, reply) => {
          const source = createReadStream(import.meta.filename)
          sources.push(source)
          return reply.header('x-frame-options', 'DENY').header('content-length', '99999').type('text/css').send(source)
        })
        server.get('/web', async () => new Response('x'))
        server.get('/json', async () => ({ fine: true }))
      },
      { sessionStore },
    )
    sessionStore.beforeWrite = () => Promise.reject(new BadRequest('Not now.'))
    for (const path of ['/stream', '/web', '/json']) {
      const response = await visitor.get(path)
      assert.equal(response.status, 400)
      assert.equal(response.headers.get('content-type'), 'application/problem+json')
      assert.equal(((await response.json()) as { detail: string }).detail, 'Not now.')
      if (path === '/stream') assert.equal(response.headers.get('x-frame-options'), 'DENY')
    }
    for (const source of sources) while (!source.closed) await new Promise(resolve => setImmediate(resolve))
  })

  it('for a value that cannot be stored is a blank 500', async t => {
    const { visitor } = await open(t, server => {
      server.get('/', async request => {
        ;(await request.nuages.session).set('cart', { price: () => 1 })
        return 'fine'
      })
    })
    const response = await visitor.get('/')
    assert.equal(response.status, 500)
    assert.deepEqual(await response.json(), { status: 500, title: 'Internal Server Error', code: 'internal_error' })
  })

  it('or comes when the client has left, leaves nothing behind', async t => {
    const sessionStore = createWilfulStore()
    const { url, visitor } = await open(
      t,
      server => {
        server.get('/', async request => {
          ;(await request.nuages.session).set('a', 1)
          return Readable.from(['x'])
        })
      },
      { sessionStore },
    )
    const saving = holdWrites(sessionStore)
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    await saving.begun
    socket.destroy()
    await once(socket, 'close')
    saving.go()
    assert.equal(await visitor.text('/'), 'x')
  })
})

describe('a login in Fastify', () => {
  it('changes the key of the session and keeps its data; logout ends it', async t => {
    const { app, visitor } = await open(t, server => {
      addCounter(server)
      server.post('/login', async (request, reply) => {
        const user = await authenticate(request.nuages, request.body as { username: string; password: string })
        if (user === null) return reply.code(401).send()
        await login(request.nuages, user)
        return 'in'
      })
      server.post('/logout', async request => {
        await logout(request.nuages)
        return 'out'
      })
      server.get('/me', { preHandler: requireLogin }, async request => (await request.nuages.user)?.username)
    })
    await app.users.createUser({ username: 'anna', password: 'correct horse battery' })
    const browser = await visitor.get('/me?tab=1', { headers: { Accept: 'text/html' } })
    assert.equal(browser.status, 302)
    assert.equal(browser.headers.get('location'), '/login?next=/me%3Ftab%3D1')
    assert.equal(((await (await visitor.get('/me')).json()) as { code: string }).code, 'not_logged_in')
    await visitsOf(visitor)
    const before = visitor.cookies.get('sessionid')
    const credentials = { username: 'anna', password: 'correct horse battery' }
    assert.equal((await visitor.post('/login', { ...credentials, password: 'no' }, sameOrigin)).status, 401)
    assert.equal((await visitor.post('/login', credentials, sameOrigin)).status, 200)
    const after = String(visitor.cookies.get('sessionid'))
    assert.notEqual(after, before)
    assert.equal(await visitor.text('/me'), 'anna')
    assert.equal(await visitsOf(visitor), 2)
    await visitor.post('/logout', {}, sameOrigin)
    assert.equal(visitor.cookies.get('sessionid'), undefined)
    visitor.cookies.set('sessionid', after)
    assert.equal((await visitor.get('/me')).status, 401)
  })
})

describe('CSRF in Fastify', () => {
  const echo = (server: FastifyInstance): void => {
    server.get('/form', async request => request.nuages.csrf.token())
    server.post('/form', async request => request.body)
    server.post('/hook', async request => request.body)
  }
  const isForged = async (response: Response): Promise<boolean> =>
    response.status === 403 && ((await response.json()) as { code: string }).code === 'csrf_failed'

  it('refuses what another site made, before the body is parsed', async t => {
    const { visitor, url } = await open(t, echo)
    for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' }, { Origin: 'https://evil.example' }])
      assert(
        await isForged(await visitor.post('/form', 'not json', { ...headers, 'Content-Type': 'application/json' })),
      )
    assert.equal((await visitor.post('/form', {}, { Origin: url })).status, 200)
  })

  it('takes the token from a parsed form or a header where a client says nothing of its origin', async t => {
    const { visitor } = await open(t, echo)
    const token = await visitor.text('/form')
    assert(await isForged(await visitor.post('/form', 'a=1')))
    assert(await isForged(await visitor.post('/form', { a: 1 })))
    assert.equal((await visitor.post('/form', `csrfmiddlewaretoken=${token}`)).status, 200)
    assert.equal((await visitor.post('/form', { a: 1 }, { 'X-CSRFToken': token })).status, 200)
  })

  it('is not asked of requests that an option frees', async t => {
    const { visitor } = await open(t, echo, {
      options: { csrfExempt: request => request.routeOptions.url === '/hook' },
    })
    const headers = { Origin: 'https://evil.example' }
    assert.equal((await visitor.post('/hook', {}, headers)).status, 200)
    assert(await isForged(await visitor.post('/form', {}, headers)))
  })
})

describe('a request in Fastify', () => {
  it('for a host that is not ours is answered with 400', async t => {
    const { visitor } = await open(t, addCounter, { settings: { ALLOWED_HOSTS: ['shop.example'] } })
    const response = await visitor.get('/count')
    assert.equal(response.status, 400)
    assert.equal(((await response.json()) as { code: string }).code, 'http/disallowed-host')
  })

  it('belongs to the app of its scope, where there are two', async t => {
    const outer = await openEmbedded(t)
    const inner = await openEmbedded(t, { settings: { SESSION_COOKIE_NAME: 'inner' } })
    const server = createServer()
    server.register(nuagesPlugin, { app: outer })
    server.addHook('preHandler', async request => void (await request.nuages.session).set('path', request.url))
    const area: FastifyPluginAsync = async scope => {
      scope.register(nuagesPlugin, { app: inner })
      addCounter(scope)
    }
    server.register(area, { prefix: '/inner' })
    server.register(async scope => addCounter(scope))
    const visitor = new Visitor(await listen(t, server))
    assert.equal(await visitsOf(visitor), 1)
    assert.equal(await visitsOf(visitor, '/inner/count'), 1)
    assert.equal(await visitsOf(visitor, '/inner/count'), 2)
    assert.equal(await visitsOf(visitor), 2)
    assert.notEqual(visitor.cookies.get('sessionid'), visitor.cookies.get('inner'))
  })

  it('validates a body that Fastify has parsed', async t => {
    const { visitor } = await open(t, server => {
      server.post('/', async request => request.nuages.validate(anything))
    })
    assert.deepEqual(await (await visitor.post('/', { a: [1, null] }, sameOrigin)).json(), { a: [1, null] })
    const form = await visitor.post('/', 'a=1&csrfmiddlewaretoken=x', sameOrigin)
    assert.deepEqual(await form.json(), { a: '1' })
  })

  it('over HTTP/2 is known by its authority', async t => {
    const app = await openEmbedded(t)
    const server = createFastify({ http2: true, forceCloseConnections: true })
    server.register(nuagesPlugin, { app })
    server.get('/', async request => {
      await (await request.nuages.session).update('n', () => 1)
      return `${request.nuages.host} ${request.nuages.ip}`
    })
    server.post('/', async request => request.body)
    await server.listen({ port: 0, host: '127.0.0.1' })
    t.after(() => server.close())
    const { port } = server.server.address() as AddressInfo
    const client = connectHttp2(`http://127.0.0.1:${port}`)
    t.after(() => client.close())
    const ask = async (fields: Record<string, string>, body?: string): Promise<[Record<string, unknown>, string]> => {
      const stream = client.request(fields, { endStream: body === undefined })
      if (body !== undefined) stream.end(body)
      const [head] = (await once(stream, 'response')) as [Record<string, unknown>]
      let text = ''
      for await (const part of stream) text += part
      return [head, text]
    }
    const [head, text] = await ask({ ':path': '/' })
    assert.equal(text, `127.0.0.1:${port} 127.0.0.1`)
    assert.match(String(head['set-cookie']), /^sessionid=/)
    assert.equal((await ask({ ':path': '/', ':authority': 'evil.example' }))[0][':status'], 400)
    assert.equal((await ask({ ':path': '/', host: 'evil.example' }))[0][':status'], 400)
    const json = { ':path': '/', ':method': 'POST', 'content-type': 'application/json' }
    assert.equal((await ask({ ...json, origin: 'https://evil.example' }, '{}'))[0][':status'], 403)
    assert.equal((await ask({ ...json, origin: `http://127.0.0.1:${port}` }, '{}'))[0][':status'], 200)
  })

  it('that is injected is a request like any other', async t => {
    const server = createServer()
    server.register(nuagesPlugin, { app: await openEmbedded(t) })
    addCounter(server)
    const response = await server.inject({ url: '/count', headers: { host: 'localhost' } })
    assert.deepEqual(response.json(), { visits: 1 })
    await server.close()
  })
})

describe('a body that Fastify does not parse', () => {
  const form = '--cut\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--cut--\r\n'
  const bodies: readonly (readonly [type: string, body: string])[] = [
    ['multipart/form-data; boundary=cut', form],
    ['application/x-www-form-urlencoded', 'a=1'],
  ]

  /** Tells what Nuages reads, and what a parser has made of the body before. */
  const tell = (scope: FastifyInstance, path: string): void => {
    scope.post(path, async ({ nuages, body }) =>
      body === undefined ? { read: (await nuages.POST).get('a') } : { parsed: body },
    )
  }
  const answersOf = async (server: FastifyInstance, path: string): Promise<readonly unknown[]> =>
    Promise.all(
      bodies.map(async ([type, payload]) => {
        const headers = { host: 'localhost', ...sameOrigin, 'content-type': type }
        return (await server.inject({ method: 'POST', url: path, headers, payload })).json()
      }),
    )
  const newServer = async (t: TestContext): Promise<FastifyInstance> => {
    const server = createFastify()
    t.after(() => server.close())
    await server.register(nuagesPlugin, { app: await openEmbedded(t) })
    return server
  }

  it('is read by Nuages where the scope leaves it', async t => {
    const server = await newServer(t)
    server.register(async scope => {
      scope.register(nuagesUploads)
      tell(scope, '/inside')
      scope.register(async inner => tell(inner, '/deeper'))
    })
    tell(server, '/outside')
    const read = [{ read: '1' }, { read: '1' }]
    for (const path of ['/inside', '/deeper']) assert.deepEqual(await answersOf(server, path), read)
    const refused = (await answersOf(server, '/outside')) as readonly { statusCode: number }[]
    assert.deepEqual(
      refused.map(({ statusCode }) => statusCode),
      [415, 415],
    )
  })

  it('keeps a parser that it has', async t => {
    const server = await newServer(t)
    server.addContentTypeParser('multipart/form-data', (_request, payload, done) => {
      payload.resume()
      done(null, 'by a parser')
    })
    server.register(nuagesUploads)
    server.register(async scope => tell(scope, '/'))
    assert.deepEqual(await answersOf(server, '/'), [{ parsed: 'by a parser' }, { read: '1' }])
  })
})

describe('a streamed answer in Fastify', () => {
  it('lets go of a web stream that waits for its next chunk when the client leaves', async t => {
    const cancelled = Promise.withResolvers<void>()
    const { url } = await open(t, server => {
      server.get('/stream', async (_request, reply) => {
        const start = (sink: ReadableStreamDefaultController): void => sink.enqueue(Buffer.from('first'))
        return sendAnswer(reply, new HttpResponse(new ReadableStream({ start, cancel: () => cancelled.resolve() })))
      })
    })
    const leaving = new AbortController()
    const response = await fetch(`${url}/stream`, { signal: leaving.signal })
    await response.body?.getReader().read()
    leaving.abort()
    await cancelled.promise
  })
})

describe('an error in Fastify', () => {
  it('of Nuages has its status and problem details', async t => {
    const { visitor } = await open(t, server => {
      server.get('/', async () => {
        throw new NotFound('No such book.')
      })
    })
    const response = await visitor.get('/')
    assert.equal(response.status, 404)
    const problem = { status: 404, title: 'Not Found', code: 'not_found', detail: 'No such book.' }
    assert.deepEqual(await response.json(), problem)
  })

  it('of Nuages has its status without the error handler, too', async t => {
    const server = createServer().register(nuagesPlugin, { app: await openEmbedded(t) })
    server.get('/', async () => {
      throw new NotFound()
    })
    assert.equal((await new Visitor(await listen(t, server as unknown as FastifyInstance)).get('/')).status, 404)
  })

  it('of anybody else goes on to the handler around', async t => {
    const { visitor } = await open(t, server => {
      server.get('/', async () => {
        throw Object.assign(new Error('theirs'), { statusCode: 418 })
      })
    })
    const response = await visitor.get('/')
    assert.equal(response.status, 418)
    assert.equal(((await response.json()) as { message: string }).message, 'theirs')
  })
})

it('sessions from settings alone bring the app along, and close it with the server', async t => {
  const { settings } = await openEmbedded(t)
  const sessions = nuagesSessions(settings, { logger: null })
  await sessions.app.migrate()
  const server = createServer()
  server.register(sessions)
  addCounter(server)
  const response = await server.inject({ url: '/count', headers: { host: 'localhost' } })
  assert.deepEqual(response.json(), { visits: 1 })
  await server.close()
  await assert.rejects(sessions.app.users.get(1))
})

/** A schema that takes everything. */
const anything = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
} as const
