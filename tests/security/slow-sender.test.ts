/** CWE-400: clients that keep connections busy by sending next to nothing (slowloris, R.U.D.Y.). */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type HttpRequest, HttpResponse } from 'nuages/http'
import { doors } from '../uploads/doors.ts'
import { beginOfUpload, listen, openApp, startUpload } from '../uploads/open-app.ts'

/** A second instead of thirty, so that a test need not wait. */
const quick = { bodySeconds: 1, bodyBytesPerSecond: 1000 }

const readFiles = async (request: HttpRequest): Promise<unknown> => (await request.FILES).size

const readers: Record<string, (request: HttpRequest) => Promise<unknown>> = {
  files: readFiles,
  bytes: async request => (await request.bytes()).byteLength,
  body: async request => {
    let size = 0
    for await (const chunk of request.body ?? []) size += chunk.byteLength
    return size
  },
}

/** Sends a byte again and again until the server has had enough of it. Resolves the answer and how long it took, in milliseconds. */
async function dribble(socket: Socket, everyMs: number, byte: string = 'x'): Promise<[answer: string, ms: number]> {
  const start = performance.now()
  let answer = ''
  socket.on('data', chunk => {
    answer += chunk
  })
  const sending = setInterval(() => socket.write(byte), everyMs)
  try {
    while (!answer.includes('\r\n\r\n') && !socket.closed) await wait(20)
    return [answer, performance.now() - start]
  } finally {
    clearInterval(sending)
    socket.destroy()
  }
}

describe('a slow sender', { concurrency: true }, () => {
  it('is refused with 408, however the body is read, and leaves nothing', async t => {
    for (const [name, read] of Object.entries(readers)) {
      const opened = await openApp(t, async request => new HttpResponse(String(await read(request))), {
        settings: { FILE_UPLOAD_MAX_MEMORY_SIZE: 0 },
      })
      const port = await listen(t, opened.app, quick)
      const [answer, ms] = await dribble(startUpload(port, 2_000_000), 20)
      assert.match(answer, /^HTTP\/1\.1 408 .*Connection: close.*node\/body-too-slow/is, name)
      assert.ok(ms > 700, `${name}: ${ms} ms`)
      assert.deepEqual(await opened.leftFiles(), [])
      assert.deepEqual(opened.openFiles(), [])
    }
  })

  for (const name of ['express', 'fastify', 'hono', 'fetch behind a server'] as const)
    it(`is refused with 408 through ${name}, too, and leaves nothing`, async t => {
      const door = await doors[name](t, readFiles, {
        settings: { FILE_UPLOAD_MAX_MEMORY_SIZE: 0, DATA_UPLOAD_IDLE_SECONDS: 1 },
      })
      const [answer, ms] = await dribble(startUpload(door.port as number, 2_000_000), 100)
      assert.match(answer, /^HTTP\/1\.1 408 .*http\/upload-stalled/is)
      assert.ok(ms > 700, `${ms} ms`)
      assert.deepEqual(await door.opened.leftFiles(), [])
      assert.deepEqual(door.opened.openFiles(), [])
    })

  it('does not hold the connection through fastify once it is refused', async t => {
    const door = await doors.fastify(t, readFiles, {
      settings: { DATA_UPLOAD_IDLE_SECONDS: 1 },
    })
    const socket = startUpload(door.port as number, 2_000_000)
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 408 /)
    await once(socket, 'close')
  })

  it('may take as long as it likes through fastify when it goes on', async t => {
    const door = await doors.fastify(t, readFiles, {
      settings: { DATA_UPLOAD_IDLE_SECONDS: 1 },
    })
    const end = '\r\n--cut--\r\n'
    const socket = startUpload(door.port as number, beginOfUpload.length + 25 * 100 + end.length)
    for (let sent = 0; sent < 25; sent += 1) {
      socket.write(Buffer.alloc(100))
      await wait(120)
    }
    socket.write(end)
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 200 /)
    socket.destroy()
  })

  it('is refused when it says nothing at all', async t => {
    const opened = await openApp(t, async request => new HttpResponse(String((await request.bytes()).byteLength)))
    const port = await listen(t, opened.app, quick)
    const socket = startUpload(port, 1000)
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 408 /)
    socket.destroy()
  })

  it('may take as long as it likes when it goes on', async t => {
    const opened = await openApp(t, async request => new HttpResponse(String((await request.bytes()).byteLength)))
    const port = await listen(t, opened.app, quick)
    const socket = connect(port, '127.0.0.1')
    socket.write('POST /upload/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n\r\n')
    for (let sent = 0; sent < 10_000; sent += 400) {
      socket.write(Buffer.alloc(400))
      await wait(120)
    }
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 200 .*10000$/s)
    socket.destroy()
  })

  it('is not to blame for a view that takes its time', async t => {
    const opened = await openApp(t, async request => {
      let size = 0
      // Later than a client that sends would be given up; then in small steps.
      await wait(1500)
      for await (const chunk of request.body ?? []) {
        if (size === 0) await wait(1500)
        size += chunk.byteLength
      }
      return new HttpResponse(String(size))
    })
    const port = await listen(t, opened.app, quick)
    const socket = connect(port, '127.0.0.1')
    const size = 20_000_000
    socket.write(`POST /upload/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${size}\r\n\r\n`)
    socket.write(Buffer.alloc(size))
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 200 .*20000000$/s)
    socket.destroy()
  })

  it('of a head is cut off by time', async t => {
    const opened = await openApp(t, () => new HttpResponse())
    const port = await listen(t, opened.app, { headSeconds: 1 })
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
    const [answer] = await dribble(socket, 50)
    assert.match(answer, /^HTTP\/1\.1 408 /)
  })

  it('of what nobody reads is cut off after the answer', async t => {
    const opened = await openApp(t, () => new HttpResponse('no', { status: 403 }))
    const port = await listen(t, opened.app)
    const socket = startUpload(port, 1_000_000)
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 403 /)
    await once(socket, 'close')
  })
})
