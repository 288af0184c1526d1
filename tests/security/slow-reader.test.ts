/** CWE-400: clients that ask for much and read nothing, so that answers wait in memory for as long as they like. */
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createApp, defineSettings, path } from 'nuages'
import { type HttpRequest, HttpResponse } from 'nuages/http'
import { type ServeOptions, serve } from 'nuages/node'

/** Instead of sixty, so that a test need not wait. */
const sendSeconds = 1
/** Longer than that. */
const longMs = 1500
const piece = Buffer.alloc(1_048_576, 'x')
const count = 64

/** The port of an app with `view` at every path. */
async function open(
  t: TestContext,
  view: (request: HttpRequest) => Promise<HttpResponse>,
  options: ServeOptions = {},
): Promise<number> {
  const app = createApp({
    logger: null,
    settings: defineSettings({ SECRET_KEY: 'the key of a test', DEBUG: true, DATABASE_URL: 'sqlite::memory:' }),
    urls: [path('<path:any>', view), path('', view)],
  })
  const server = await serve(app, { port: 0, signals: false, sendSeconds, ...options })
  t.after(() => server.close())
  return server.port
}

function ask(port: number, ...paths: readonly string[]): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  const last = paths.at(-1)
  for (const target of paths)
    socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n${target === last ? 'Connection: close\r\n' : ''}\r\n`)
  return socket
}

/** Resolves when the server has closed the connection that it takes next. (Node 24.15 takes a whole answer that was cut for one that was sent.) */
async function nextCut(): Promise<void> {
  const taken = Promise.withResolvers<Socket>()
  const onSocket = (message: unknown): void => taken.resolve((message as { socket: Socket }).socket)
  subscribe('net.server.socket', onSocket)
  const socket = await taken.promise
  unsubscribe('net.server.socket', onSocket)
  if (!socket.closed) await once(socket, 'close')
}

async function bytesOf(socket: Socket): Promise<number> {
  let bytes = 0
  for await (const chunk of socket) bytes += chunk.length
  return bytes
}

describe('a client that does not read', () => {
  for (const kind of ['whole', 'streamed'] as const)
    it(`is cut off from a ${kind} answer, and who waits for a slow view is not`, async t => {
      let isOver = false
      const pieces = async function* (): AsyncGenerator<Uint8Array> {
        try {
          for (let sent = 0; sent < count; sent += 1) yield piece
        } finally {
          isOver = true
        }
      }
      const port = await open(t, async request => {
        await wait(request.path === '/slow' ? longMs : 0)
        return new HttpResponse(kind === 'whole' ? Buffer.alloc(count * piece.byteLength, 'x') : pieces())
      })
      const cut = nextCut()
      const idle = ask(port, '/').pause()
      await cut
      while (kind === 'streamed' && !isOver) await wait(20)
      idle.destroy()
      assert.ok((await bytesOf(ask(port, '/slow'))) > count * piece.byteLength)
    })

  it('is cut off from the later one of two answers', async t => {
    const port = await open(t, async ({ path: target }) =>
      target === '/small' ? new HttpResponse('small') : new HttpResponse(Buffer.alloc(count * piece.byteLength, 'x')),
    )
    const cut = nextCut()
    const socket = ask(port, '/small', '/large').pause()
    await cut
    socket.destroy()
  })

  it('is another one than who has read, and asks for a slow view where idle connections stay for ever', async t => {
    const view = async (request: HttpRequest): Promise<HttpResponse> => {
      if (request.path === '/slow') await wait(longMs)
      return new HttpResponse(request.path === '/slow' ? 'slow' : Buffer.alloc(count * piece.byteLength, 'x'))
    }
    const port = await open(t, view, { keepAliveSeconds: 0 })
    let text = ''
    for await (const chunk of ask(port, '/', '/slow')) text = String(chunk).slice(-4)
    assert.equal(text, 'slow')
  })

  it('is another one than who still sends what the answer did not wait for', async t => {
    const port = await open(t, async () => new HttpResponse('no', { status: 413 }))
    const socket = connect(port, '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\nab')
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 413 /)
    await wait(longMs)
    socket.write('cdGET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n')
    const [next] = await once(socket, 'data')
    assert.match(String(next), /^HTTP\/1\.1 413 /)
    socket.destroy()
  })

  it('is another one than who waits for the next piece of a stream', async t => {
    const pieces = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(8 * piece.byteLength, 'x')
      await wait(longMs)
      yield piece
    }
    const port = await open(t, async () => new HttpResponse(pieces()))
    assert.ok((await bytesOf(ask(port, '/'))) > 9 * piece.byteLength)
  })
})
