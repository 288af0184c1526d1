/** Temporary files are gone when the exchange is over, whatever became of the answer. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import { nuagesPlugin, nuagesUploads } from 'nuages/fastify'
import { type NuagesEnv, nuagesMiddleware } from 'nuages/hono'
import { type HttpRequest, HttpResponse, type UploadedFile } from 'nuages/http'
import { doors, serveFetch } from './doors.ts'
import { formOf, type Opened, openApp } from './open-app.ts'

const large = 3_000_000
const headers = { 'sec-fetch-site': 'same-origin' }
const form = (): { body: FormData; headers: Record<string, string> } => ({ body: formOf(large), headers })

const fileOf = async (request: HttpRequest): Promise<UploadedFile> => (await request.FILES).get('file') as UploadedFile

async function assertGone(opened: Opened): Promise<void> {
  assert.deepEqual(await opened.leftFiles(), [])
  assert.deepEqual(opened.openFiles(), [])
}

/** Reads the form when its answer is being sent already. */
async function* lateChunks(request: HttpRequest): AsyncGenerator<Uint8Array> {
  yield Buffer.from('first ')
  yield* (await fileOf(request)).chunks()
}

for (const [name, open] of Object.entries(doors))
  describe(`temporary files of an upload through ${name}`, () => {
    it('are there for an answer that streams them, and gone when it is out', async t => {
      for (const read of [
        async (request: HttpRequest) => new HttpResponse(Buffer.concat([await (await fileOf(request)).bytes()])),
        async (request: HttpRequest) => new HttpResponse((await fileOf(request)).chunks()),
        async (request: HttpRequest) => new HttpResponse(Readable.from((await fileOf(request)).chunks())),
      ]) {
        const door = await open(t, read)
        assert.equal((await (await door.send(form())).arrayBuffer()).byteLength, large)
        await assertGone(door.opened)
      }
    })

    it('are gone when the form is read only while the answer is sent', async t => {
      const door = await open(t, async request => new HttpResponse(lateChunks(request)))
      assert.equal((await (await door.send(form())).arrayBuffer()).byteLength, large + 6)
      await assertGone(door.opened)
    })

    it('are gone when nobody takes such an answer', async t => {
      const door = await open(t, async request => new HttpResponse(lateChunks(request)))
      const reader = (await door.send(form())).body?.getReader()
      for (let size = 0; size < 10; ) size += (await reader?.read())?.value?.byteLength ?? 0
      await reader?.cancel()
      await assertGone(door.opened)
    })

    it('are gone when the stream of the answer is closed before it is sent', async t => {
      const door = await open(t, async request => {
        await fileOf(request)
        const closed = Readable.from(['x']).destroy()
        await once(closed, 'close')
        return new HttpResponse(closed)
      })
      // Some say so, others break off.
      t.mock.method(console, 'error', () => {})
      await door
        .send(form())
        .then(response => response.text())
        .catch(() => '')
      await assertGone(door.opened)
    })

    it('are gone when the answer waits for ever, and its client goes away', async t => {
      const door = await open(t, async request => {
        const file = await fileOf(request)
        return new HttpResponse(
          (async function* () {
            yield Buffer.from('first')
            await new Promise(() => {})
            yield* file.chunks()
          })(),
        )
      })
      const reader = (await door.send(form())).body?.getReader()
      assert.equal((await reader?.read())?.value?.byteLength, 5)
      assert.equal(readdirSync(door.opened.folder).length, 1)
      await reader?.cancel()
      await assertGone(door.opened)
    })
  })

describe('a view whose client goes away', () => {
  for (const name of ['fetch behind a server', 'node', 'hono'] as const)
    it(`has its files through ${name} until it is through`, async t => {
      const read = Promise.withResolvers<void>()
      const gate = Promise.withResolvers<void>()
      const sizes: number[] = []
      const door = await doors[name](t, async request => {
        const file = await fileOf(request)
        read.resolve()
        await gate.promise
        sizes.push((await file.bytes()).byteLength)
        return new HttpResponse(file.chunks())
      })
      const leaving = new AbortController()
      const sending = fetch(`http://127.0.0.1:${door.port}/upload/`, {
        method: 'POST',
        ...form(),
        signal: leaving.signal,
      })
      await read.promise
      leaving.abort()
      await assert.rejects(sending)
      await wait(100)
      gate.resolve()
      await assertGone(door.opened)
      assert.deepEqual(sizes, [large])
    })
})

describe('an upload in Hono', () => {
  type Build = (site: Hono<NuagesEnv>, app: Opened['app']) => void

  /** Through a socket, where a server tells the end of an exchange, and without one. */
  async function check(
    t: TestContext,
    build: Build,
    where: 'anywhere' | 'behind a server' = 'anywhere',
  ): Promise<void> {
    const opened = await openApp(t, () => new HttpResponse())
    const site = new Hono<NuagesEnv>()
    build(site, opened.app)
    const port = await serveFetch(t, site.fetch)
    const init = (): RequestInit => ({ method: 'POST', ...form() })
    const senders = [
      () => fetch(`http://127.0.0.1:${port}/upload/`, init()),
      ...(where === 'anywhere' ? [async () => site.request('/upload/', init())] : []),
    ]
    for (const send of senders) {
      await send()
        .then(response => response.text())
        .catch(() => '')
      await assertGone(opened)
    }
  }

  it('is gone when its handler throws what is no error', t =>
    check(t, (site, app) => {
      site.use(nuagesMiddleware(app))
      site.post('/upload/', async c => {
        await fileOf(c.var.nuages)
        throw 'thrown'
      })
    }))

  it('is gone when the error handler throws', t =>
    check(t, (site, app) => {
      site.use(nuagesMiddleware(app))
      site.onError(error => {
        throw error
      })
      site.post('/upload/', async c => {
        await fileOf(c.var.nuages)
        throw new Error('a bug')
      })
    }))

  it('is gone when an outer layer answers something else', t =>
    check(
      t,
      (site, app) => {
        site.use(async (c, next) => {
          await next()
          c.res = new Response('something else')
        })
        site.use(nuagesMiddleware(app))
        site.post('/upload/', async c => c.json((await fileOf(c.var.nuages)).size))
      },
      'behind a server',
    ))
})

it('an upload in Fastify over HTTP/2 whose client left before it was read is gone', async t => {
  const opened = await openApp(t, () => new HttpResponse(), { settings: { FILE_UPLOAD_MAX_MEMORY_SIZE: 0 } })
  const server = fastify({ http2: true, forceCloseConnections: true })
  t.after(() => server.close())
  await server.register(nuagesPlugin, { app: opened.app })
  await server.register(nuagesUploads)
  const gate = Promise.withResolvers<void>()
  const read = Promise.withResolvers<unknown>()
  server.post('/upload/', async request => {
    await gate.promise
    await fileOf(request.nuages).catch(read.resolve)
    return ''
  })
  await server.listen({ port: 0, host: '127.0.0.1' })
  const { port } = server.server.address() as AddressInfo
  const client = connectHttp2(`http://127.0.0.1:${port}`)
  t.after(() => client.close())
  const stream = client.request({
    ':path': '/upload/',
    ':method': 'POST',
    'content-type': 'multipart/form-data; boundary=cut',
    ...headers,
  })
  stream.on('error', () => {})
  stream.end('--cut\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc\r\n--cut--\r\n')
  await wait(100)
  stream.close(8)
  await wait(100)
  gate.resolve()
  assert.equal(((await read.promise) as { code: string }).code, 'http/client-disconnected')
  await assertGone(opened)
})
