import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it, type TestContext } from 'node:test'
import { createGzip } from 'node:zlib'
import express, { type Express, type Response as ExpressResponse, type RequestHandler } from 'express'
import { createWilfulStore, holdWrites, openEmbedded, Visitor, type WilfulStore } from '../../tests/embedded.ts'
import { BadRequest } from '../http/index.ts'
import type { Logger } from '../middleware/index.ts'
import { nuagesMiddleware } from './index.ts'

interface Site {
  readonly port: number
  readonly visitor: Visitor
  readonly store: WilfulStore
  readonly logged: object[]
}

/** A server whose every request has changed its session when its route begins. */
async function open(t: TestContext, build: (server: Express) => void, ...outer: RequestHandler[]): Promise<Site> {
  const store = createWilfulStore()
  const logged: object[] = []
  const log = (fields: object): void => void logged.push(fields)
  const logger: Logger = { info: log, warn: log, error: log }
  const app = await openEmbedded(t, { sessionStore: store, logger })
  const server = express().set('env', 'test')
  for (const layer of outer) server.use(layer)
  server.use(nuagesMiddleware(app))
  server.use(async (req, _res, next) => {
    ;(await req.nuages.session).set('path', req.path)
    next()
  })
  build(server)
  const running = server.listen(0, '127.0.0.1')
  t.after(() => {
    running.closeAllConnections()
    running.close()
  })
  await once(running, 'listening')
  const { port } = running.address() as AddressInfo
  return { port, visitor: new Visitor(`http://127.0.0.1:${port}`), store, logged }
}

/** Compresses as the package `compression` does: its own stream between `write` and the socket, chosen when the head goes out. */
const compressing: RequestHandler = (_req, res, next) => {
  const { write, end, on, writeHead } = res
  const waiting: [string, () => void][] = []
  let gzip: ReturnType<typeof createGzip> | null = null
  let isDecided = false
  res.writeHead = function (this: ExpressResponse, ...args: Parameters<typeof writeHead>) {
    if (!isDecided) {
      isDecided = true
      gzip = createGzip()
      for (const [event, listener] of waiting) gzip.on(event, listener)
      res.setHeader('Content-Encoding', 'gzip')
      res.removeHeader('Content-Length')
      gzip.on('data', chunk => void (write.call(res, chunk, 'utf8') || gzip?.pause()))
      gzip.on('end', () => void end.call(res, undefined, 'utf8'))
      on.call(res, 'drain', () => gzip?.resume())
    }
    return writeHead.apply(this, args)
  } as typeof writeHead
  res.on = ((event: string, listener: () => void) => {
    if (event !== 'drain') return on.call(res, event, listener)
    if (gzip === null) waiting.push([event, listener])
    else gzip.on(event, listener)
    return res
  }) as typeof on
  res.write = ((chunk: string) => {
    if (!res.headersSent) res.writeHead(res.statusCode)
    return gzip?.write(chunk)
  }) as typeof write
  res.end = ((chunk?: string) => {
    if (!res.headersSent) res.writeHead(res.statusCode)
    gzip?.end(chunk)
    return res
  }) as typeof end
  next()
}

const chunk = Buffer.alloc(65_536, 'x')
const big = (count: number): Readable => Readable.from(Array.from({ length: count }, () => chunk))
/** All bytes of a response whatever fetch undoes. */
const lengthOf = async (response: Response): Promise<number> => (await response.arrayBuffer()).byteLength

function send(port: number, path: string, method = 'GET'): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)
  return socket
}

async function rawAnswer(port: number, path: string, method = 'GET'): Promise<string> {
  let text = ''
  for await (const part of send(port, path, method)) text += part.toString('latin1')
  return text
}

describe('the head of an answer', () => {
  it('has the cookie of the session however it is written', async t => {
    const { visitor } = await open(t, server => {
      server.get('/send', (_req, res) => void res.send('x'))
      server.get('/json', (_req, res) => void res.json({}))
      server.get('/file', (_req, res) => res.sendFile(import.meta.filename))
      server.get('/end', (_req, res) => void res.end('x'))
      server.get('/pipe', (_req, res) => void Readable.from(['x']).pipe(res))
      server.get('/flush', (_req, res) => {
        res.flushHeaders()
        setTimeout(() => res.end('x'), 5)
      })
      server.get(
        '/head',
        (_req, res) => void res.writeHead(201, 'Made', { 'X-A': 'b', 'Set-Cookie': 'own=1' }).end('x'),
      )
      server.get('/flat', (_req, res) => {
        res.writeHead(201, ['X-A', 'b', 'X-A', 'c', 'set-cookie', 'own=1']).end('x')
      })
      server.get('/redirect', (_req, res) => res.redirect('/send'))
      server.get('/nothing', (_req, res) => void res.sendStatus(204))
    })
    for (const path of ['send', 'json', 'file', 'end', 'pipe', 'flush', 'head', 'flat', 'redirect', 'nothing']) {
      visitor.cookies.delete('sessionid')
      const response = await visitor.get(`/${path}`)
      const cookies = response.headers.getSetCookie().map(text => text.split('=')[0])
      assert.deepEqual(cookies, /head|flat/.test(path) ? ['own', 'sessionid'] : ['sessionid'], path)
      assert.equal(response.headers.get('vary')?.includes('Cookie'), true, path)
      await response.arrayBuffer()
    }
    const flat = await visitor.get('/flat')
    assert.equal(flat.headers.get('x-a'), 'b, c')
    assert.equal((await visitor.get('/head')).statusText, 'Made')
  })

  it('has it for HEAD and 304 as well, without a body', async t => {
    const { port, visitor } = await open(t, server => server.get('/', (_req, res) => void res.send('hello')))
    const head = await rawAnswer(port, '/', 'HEAD')
    assert.match(head, /Set-Cookie: sessionid=.*\r\n\r\n$/is)
    assert.match(head, /Content-Length: 5/)
    const etag = String((await visitor.get('/')).headers.get('etag'))
    const fresh = await rawAnswer(port, `/ HTTP/1.1\r\nIf-None-Match: ${etag}\r\nX-Rest:`)
    assert.match(fresh, /^HTTP\/1\.1 304 .*Vary: Cookie.*\r\n\r\n$/s)
  })

  it('follows interim answers, and trailers follow the body', async t => {
    const { port } = await open(t, server => {
      server.get('/', (_req, res) => {
        res.writeEarlyHints({ link: '</style.css>; rel=preload' })
        res.writeHead(200, { Trailer: 'X-Sum' })
        res.write('body')
        res.addTrailers({ 'X-Sum': '7' })
        res.end()
      })
    })
    const answer = await rawAnswer(port, '/')
    assert.match(answer, /^HTTP\/1\.1 103 .*HTTP\/1\.1 200 .*Set-Cookie: sessionid=.*body\r\n0\r\nX-Sum: 7\r\n\r\n$/s)
  })

  it('is out for everybody who asks, from the moment that it is on its way', async t => {
    const { visitor } = await open(t, server => {
      server.get('/', (_req, res) => {
        const before = [res.headersSent, res.writableEnded]
        res.json({ before })
        assert.deepEqual([res.headersSent, res.writableEnded], [true, true])
        assert.throws(() => res.setHeader('X-Late', '1'), { code: 'ERR_HTTP_HEADERS_SENT' })
        res.statusCode = 500
      })
    })
    const response = await visitor.get('/')
    assert.equal(response.status, 200)
    assert.deepEqual(await response.json(), { before: [false, false] })
  })

  it('refuses at once what Node refuses at once', async t => {
    const { visitor } = await open(t, server => {
      server.get('/', (_req, res) => {
        assert.throws(() => res.writeHead(99_999), { code: 'ERR_HTTP_INVALID_STATUS_CODE' })
        assert.throws(() => res.writeHead(200, { 'X-A': 'a\nb' }), { code: 'ERR_INVALID_CHAR' })
        assert.throws(() => res.write(7 as never), { code: 'ERR_INVALID_ARG_TYPE' })
        res.end('fine')
      })
    })
    assert.equal(await visitor.text('/'), 'fine')
  })
})

describe('a stream', () => {
  it('waits during the save, holding one chunk, and goes on afterwards', async t => {
    let made = 0
    async function* chunks(): AsyncGenerator<Buffer> {
      for (; made < 100; made += 1) yield chunk
    }
    const { visitor, store } = await open(t, server => {
      server.get('/pipe', (_req, res) => void Readable.from(chunks(), { highWaterMark: 1 }).pipe(res))
      server.get('/pipeline', (_req, res) => void pipeline(chunks, res))
    })
    for (const path of ['/pipe', '/pipeline']) {
      made = 0
      visitor.cookies.delete('sessionid')
      const saving = holdWrites(store)
      const response = visitor.get(path)
      await saving.begun
      for (let turn = 0; turn < 20; turn += 1) await new Promise(resolve => setImmediate(resolve))
      assert(made <= 3, `${made} chunks during the save`)
      saving.go()
      assert.equal(await lengthOf(await response), 100 * chunk.length)
    }
  })

  it('of 50 MB is never far ahead of its reader', async t => {
    let made = 0
    function* chunks(): Generator<Buffer> {
      for (; made < 800; made += 1) yield chunk
    }
    const { visitor } = await open(t, server => {
      server.get('/', (_req, res) => void Readable.from(chunks()).pipe(res))
    })
    const response = await visitor.get('/')
    let size = 0
    let most = 0
    for await (const part of response.body as ReadableStream<Uint8Array>) {
      size += part.byteLength
      most = Math.max(most, made * chunk.length - size)
      await new Promise(resolve => setImmediate(resolve))
    }
    assert.equal(size, 800 * chunk.length)
    assert(most < 15_000_000, `${most} bytes ahead`)
  })

  it('of events is there event by event', async t => {
    const { visitor } = await open(t, server => {
      server.get('/', (req, res) => {
        res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
        res.write('data: 1\n\n')
        req.nuages.signal.addEventListener('abort', () => res.end())
      })
    })
    const end = new AbortController()
    const response = await visitor.get('/', { signal: end.signal })
    assert.equal(response.headers.getSetCookie().length, 1)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), 'data: 1\n\n')
    end.abort()
  })

  it('calls back when a chunk is written, in order', async t => {
    const called: string[] = []
    const { visitor } = await open(t, server => {
      server.get('/', (_req, res) => {
        res.write('a', () => called.push('write'))
        res.write('62', 'hex', () => called.push('hex'))
        res.end('c', () => called.push('end'))
      })
    })
    assert.equal(await visitor.text('/'), 'abc')
    assert.deepEqual(called, ['write', 'hex', 'end'])
  })

  it('is compressed by a layer before Nuages, and by one after', async t => {
    const routes = (server: Express): void => {
      server.get('/pipe', (_req, res) => void big(40).pipe(res))
      server.get('/pipeline', (_req, res) => void pipeline(big(40), res))
      server.get('/small', (_req, res) => void res.send('small'))
      server.get('/flushed', (_req, res) => {
        res.flushHeaders()
        res.end('small')
      })
    }
    const inner = await open(t, routes, compressing)
    const outer = await open(t, server => {
      server.use(compressing)
      routes(server)
    })
    for (const { visitor, port } of [inner, outer]) {
      for (const path of ['/pipe', '/pipeline']) {
        const response = await visitor.get(path)
        assert.equal(response.headers.get('content-encoding'), 'gzip')
        assert.equal(await lengthOf(response), 40 * chunk.length)
      }
      for (const path of ['/small', '/flushed']) assert.equal(await visitor.text(path), 'small')
      assert.match(await rawAnswer(port, '/small'), /Set-Cookie: sessionid/)
    }
  })
})

describe('a save that fails', () => {
  const failing = (store: WilfulStore, error: Error): void => {
    store.beforeWrite = () => Promise.reject(error)
  }

  it('replaces the answer, and lets go of the stream that was piped', async t => {
    const sources: Readable[] = []
    const errors: unknown[] = []
    const { visitor, store } = await open(t, server => {
      server.get('/pipe', (_req, res) => {
        res.setHeader('X-Frame-Options', 'DENY')
        const source = createReadStream(import.meta.filename, { highWaterMark: 100 })
        sources.push(source)
        res.type('text').set('Content-Length', '99999')
        source.pipe(res)
      })
      server.get('/pipeline', (_req, res) => {
        const source = createReadStream(import.meta.filename, { highWaterMark: 100 })
        sources.push(source)
        pipeline(source, res).catch(error => errors.push(error))
      })
      server.get('/json', (_req, res) => void res.json({ fine: true }))
    })
    failing(store, new BadRequest('Not now.'))
    for (const path of ['/pipe', '/pipeline', '/json']) {
      const response = await visitor.get(path)
      assert.equal(response.status, 400)
      assert.equal(response.headers.get('content-type'), 'application/problem+json')
      assert.equal(((await response.json()) as { detail: string }).detail, 'Not now.')
      if (path === '/pipe') assert.equal(response.headers.get('x-frame-options'), 'DENY')
    }
    for (const source of sources) while (!source.closed) await new Promise(resolve => setImmediate(resolve))
    assert.equal(errors.length, 1, 'pipeline tells its caller')
  })

  it('replaces it behind a layer that compresses, on either side', async t => {
    const route = (server: Express): void => void server.get('/', (_req, res) => void big(3).pipe(res))
    const inner = await open(t, route, compressing)
    const outer = await open(t, server => route(server.use(compressing)))
    for (const { visitor, store } of [inner, outer]) {
      failing(store, new BadRequest('Not now.'))
      const response = await visitor.get('/')
      assert.equal(response.status, 400)
      assert.equal(((await response.json()) as { detail: string }).detail, 'Not now.')
    }
  })

  it('ends in a blank 500 and a line in the log for a value that cannot be stored', async t => {
    const { visitor, logged } = await open(t, server => {
      server.get('/', async (req, res) => {
        ;(await req.nuages.session).set('cart', { price: () => 1 })
        res.json({ fine: true })
      })
    })
    const response = await visitor.get('/')
    assert.equal(response.status, 500)
    assert.deepEqual(await response.json(), { status: 500, title: 'Internal Server Error', code: 'internal_error' })
    assert.match(String((logged[0] as { err: Error }).err), /cart\.price/)
  })

  it('ignores what the handler writes afterwards', async t => {
    const later = Promise.withResolvers<unknown>()
    const { visitor, store } = await open(t, server => {
      server.get('/', (_req, res) => {
        res.write('one')
        res.once('close', () => {
          res.write('two', later.resolve)
          res.end()
        })
      })
    })
    failing(store, new BadRequest('Not now.'))
    assert.match(await visitor.text('/'), /Not now\./)
    assert((await later.promise) instanceof Error)
  })
})

it('a client that leaves during the save leaves nothing behind, and the session is saved', async t => {
  const { port, store, visitor, logged } = await open(t, server => {
    server.get('/send', (_req, res) => void res.send('x'))
    server.get('/pipe', (_req, res) => void pipeline(big(10), res).catch(() => {}))
  })
  for (const path of ['/send', '/pipe']) {
    const saving = holdWrites(store)
    const socket = send(port, path)
    await saving.begun
    socket.destroy()
    await once(socket, 'close')
    saving.go()
  }
  store.beforeWrite = async () => {}
  assert.equal(await visitor.text('/send'), 'x')
  assert.deepEqual(logged, [])
})
