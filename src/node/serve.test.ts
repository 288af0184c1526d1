import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import {
  ClientDisconnected,
  createRequestContext,
  HttpRequest,
  HttpResponse,
  type RequestSource,
} from '../http/index.ts'
import { defineSettings } from '../settings/index.ts'
import { type RunningServer, type ServeOptions, serve } from './serve.ts'

const context = createRequestContext(defineSettings({ SECRET_KEY: 'secret', ALLOWED_HOSTS: ['*'] }))

type Handler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>

async function open(t: TestContext, handler: Handler, options: ServeOptions = {}): Promise<RunningServer> {
  const handle = (source: RequestSource): HttpResponse | Promise<HttpResponse> =>
    handler(new HttpRequest(source, context))
  const server = await serve({ handle }, { port: 0, signals: false, ...options })
  t.after(() => server.close())
  return server
}

/** Sends bytes and resolves with all that comes back. */
async function exchange(port: number, bytes: string, more?: (soFar: string) => string | null): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  let answer = ''
  socket.on('data', chunk => {
    answer += chunk.toString('latin1')
    const next = more?.(answer)
    if (next) socket.write(next)
  })
  await once(socket, 'close')
  return answer
}

describe('a server', () => {
  it('serves pipelined requests in order on one connection', async t => {
    const { port } = await open(t, request => new HttpResponse(request.path))
    const answer = await exchange(
      port,
      'GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    )
    assert.match(answer, /\/a.*\/b/s)
  })

  it('answers HEAD with the length and nothing else', async t => {
    const { port } = await open(t, () => new HttpResponse('hello'))
    const answer = await exchange(port, 'HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    assert.match(answer, /Content-Length: 5/)
    assert.match(answer, /\r\n\r\n$/)
  })

  it('sends 100 Continue only when the body is asked for', async t => {
    const { port } = await open(t, async request =>
      request.path === '/read' ? new HttpResponse(await request.bytes()) : new HttpResponse('no', { status: 403 }),
    )
    const head = 'HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n'
    let sent = false
    const read = await exchange(port, `POST /read ${head}`, soFar => {
      if (sent || !soFar.includes('100 Continue')) return null
      sent = true
      return 'hi'
    })
    assert.match(read, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK.*hi$/s)
    const socket = connect(port, '127.0.0.1')
    socket.write(`POST /refuse ${head}`)
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 403/)
    socket.destroy()
  })

  it('streams with backpressure, and stops the source when the client goes away', async t => {
    let made = 0
    let stopped = false
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          made += 1
          yield new Uint8Array(65_536)
        }
      } finally {
        stopped = true
      }
    }
    const { port } = await open(t, () => new HttpResponse(endless()))
    const socket = connect(port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'readable')
    await new Promise(resolve => setTimeout(resolve, 200))
    assert(made < 2000, `${made} chunks for a client that reads nothing`)
    socket.destroy()
    while (!stopped) await new Promise(resolve => setTimeout(resolve, 10))
  })

  it('stops a source that waits for its next chunk when the client goes away', async t => {
    const told = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
    const ofNode = new Readable({ read() {} }).on('close', told[0].resolve)
    ofNode.push('first')
    const ofTheWeb = new ReadableStream<Uint8Array>({
      start: sink => sink.enqueue(Buffer.from('first')),
      cancel: () => told[1].resolve(),
    })
    const { port } = await open(t, ({ path }) => new HttpResponse(path === '/node' ? ofNode : ofTheWeb))
    for (const path of ['/node', '/web']) {
      const socket = connect(port, '127.0.0.1')
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
      for await (const chunk of socket) if (String(chunk).includes('first')) break
    }
    await Promise.all(told.map(({ promise }) => promise))
  })

  it('aborts the signal of a request whose client goes away', async t => {
    const aborted = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const { port } = await open(t, async request => {
      request.signal.addEventListener('abort', () => aborted.resolve())
      asked.resolve()
      await aborted.promise
      return new HttpResponse('late')
    })
    const socket = connect(port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await asked.promise
    socket.destroy()
    await aborted.promise
  })

  it('cuts the connection when a stream fails, so that no client takes half for the whole', async t => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half')
      throw new Error('disk on fire')
    }
    const { port } = await open(t, () => new HttpResponse(broken()))
    const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.doesNotMatch(answer, /\r\n0\r\n\r\n$/)
  })

  it('finishes what runs when it closes, on a connection that would stay open, and refuses new ones', async t => {
    const go = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const server = await open(t, async () => {
      asked.resolve()
      await go.promise
      return new HttpResponse('done')
    })
    const running = exchange(server.port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await asked.promise
    const closed = server.close()
    const refused = connect(server.port, '127.0.0.1')
    await assert.rejects(once(refused, 'connect'))
    go.resolve()
    assert.match(await running, /done$/)
    await closed
  })

  it('cuts off a head that takes too long', async t => {
    const { port } = await open(t, () => new HttpResponse('x'), { headSeconds: 1 })
    assert.match(await exchange(port, 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '), /^HTTP\/1\.1 408/)
  })

  it('does not read a body that the view left alone into the next request', async t => {
    const { port } = await open(t, request => new HttpResponse(request.method))
    const answer = await exchange(
      port,
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x',
    )
    assert.equal(answer.match(/HTTP\/1\.1 200/g)?.length, 1)
  })

  it('says once how long an answer is, whatever the view said', async t => {
    const headers = { 'Content-Length': '3' }
    const { port } = await open(t, request => new HttpResponse(request.method === 'HEAD' ? null : 'hello', { headers }))
    const ask = (method: string): Promise<string> =>
      exchange(port, `${method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    assert.deepEqual((await ask('GET')).match(/Content-Length: \d+/g), ['Content-Length: 5'])
    assert.deepEqual((await ask('HEAD')).match(/Content-Length: \d+/g), ['Content-Length: 3'])
  })

  it('outlives an answer that cannot be sent, and an app that fails', async t => {
    const { port } = await open(t, request => {
      if (request.path === '/status') return new HttpResponse('x', { status: 99_999 })
      if (request.path === '/later') return Promise.resolve(new HttpResponse('x', { status: 0 }))
      if (request.path === '/throws') throw new Error('a bug')
      return request.path === '/rejects' ? Promise.reject(new Error('a bug')) : new HttpResponse('alive')
    })
    for (const path of ['/status', '/later', '/throws', '/rejects'])
      await exchange(port, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
    assert.match(await exchange(port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /alive$/)
  })

  it('tells a reader of the body that its client went away', async t => {
    const failures: unknown[] = []
    const { port } = await open(t, async request => {
      const reading = request.path === '/form' ? request.POST : request.bytes()
      await reading.catch(error => failures.push(error))
      return new HttpResponse('x')
    })
    for (const [path, type] of [
      ['/form', 'multipart/form-data; boundary=b'],
      ['/bytes', 'text/plain'],
    ]) {
      const socket = connect(port, '127.0.0.1')
      socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 100\r\n\r\n--b\r\n`)
      await new Promise(resolve => setTimeout(resolve, 50))
      socket.destroy()
    }
    while (failures.length < 2) await new Promise(resolve => setTimeout(resolve, 10))
    for (const error of failures) assert(error instanceof ClientDisconnected, String(error))
  })
})
