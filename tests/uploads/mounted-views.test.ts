/** Views of Nuages behind the routes of other servers. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import express from 'express'
import { type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { Hono } from 'hono'
import { type App, serveMedia } from 'nuages'
import {
  nuagesErrors as errorsForExpress,
  nuagesMiddleware as forExpress,
  sendAnswer as sendByExpress,
} from 'nuages/express'
import {
  nuagesErrors as errorsForFastify,
  nuagesPlugin,
  nuagesUploads,
  sendAnswer as sendByFastify,
} from 'nuages/fastify'
import { nuagesErrors as errorsForHono, nuagesMiddleware as forHono } from 'nuages/hono'
import { type HttpRequest, HttpResponse, toResponse } from 'nuages/http'
import { createTusUploads, type TusView } from 'nuages/tus'
import { temporaryFolder } from '../real-parts.ts'
import { listenExpress, serveFetch } from './doors.ts'
import { openApp, openFilesIn } from './open-app.ts'

/** A view, and what of the path comes after that of its mount. */
type MountedView = (request: HttpRequest, rest: string) => Promise<HttpResponse>

const servers: Readonly<Record<string, (t: TestContext, app: App, view: MountedView) => Promise<number>>> = {
  async express(t, app, view) {
    const server = express()
    server.use(forExpress(app))
    server.all('/mount{/*rest}', async (req, res) =>
      sendByExpress(res, await view(req.nuages, req.path.slice('/mount/'.length))),
    )
    server.use(errorsForExpress)
    return listenExpress(t, server)
  },

  async fastify(t, app, view) {
    const server = fastify({ forceCloseConnections: true })
    t.after(() => server.close())
    await server.register(nuagesPlugin, { app })
    await server.register(nuagesUploads)
    server.setErrorHandler(errorsForFastify)
    const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
      sendByFastify(reply, await view(request.nuages, (request.params as { '*': string })['*']))
    server.get('/mount/*', handler)
    server.route({ method: ['POST', 'PATCH', 'DELETE', 'OPTIONS'], url: '/mount/*', handler })
    return Number(new URL(await server.listen({ port: 0, host: '127.0.0.1' })).port)
  },

  hono(t, app, view) {
    const site = new Hono()
      .use(forHono(app))
      .all('/mount/:rest{.*}', async c => toResponse(await view(c.var.nuages, c.req.param('rest')), c.req.method))
    site.onError(errorsForHono(app))
    return serveFetch(t, site.fetch)
  },
}

/** Answers with the file of a name; opens the session, so that there is a cookie to keep. */
const giveFile: MountedView = async (request, name) => {
  ;(await request.session).set('seen' as string, name)
  return serveMedia(request, { name })
}

const size = 20_000_000

for (const [name, open] of Object.entries(servers))
  describe(`views mounted in ${name}`, () => {
    const site = async (t: TestContext): Promise<{ url: string; port: number; openFiles: () => readonly string[] }> => {
      const root = temporaryFolder(t)
      const { app } = await openApp(t, () => new HttpResponse(), { settings: { MEDIA_ROOT: root } })
      await app.storage.save('a.txt', '0123456789')
      await app.storage.save('folder/large.bin', Buffer.alloc(size, 'x'))
      const port = await open(t, app, giveFile)
      return { port, url: `http://127.0.0.1:${port}/mount/`, openFiles: () => openFilesIn(root) }
    }

    it('give files whole, in ranges, and not twice', async t => {
      const { url, openFiles } = await site(t)
      const whole = await fetch(`${url}a.txt`)
      assert.deepEqual([whole.status, await whole.text()], [200, '0123456789'])
      assert.equal(whole.headers.get('content-type'), 'text/plain; charset=utf-8')
      assert.equal(whole.headers.get('x-content-type-options'), 'nosniff')
      assert.match(whole.headers.getSetCookie().join(), /^sessionid=/)
      const piece = await fetch(`${url}a.txt`, { headers: { range: 'bytes=2-4' } })
      assert.deepEqual(
        [piece.status, piece.headers.get('content-range'), await piece.text()],
        [206, 'bytes 2-4/10', '234'],
      )
      const again = await fetch(`${url}a.txt`, { headers: { 'if-none-match': whole.headers.get('etag') as string } })
      assert.deepEqual([again.status, await again.text()], [304, ''])
      const head = await fetch(`${url}a.txt`, { method: 'HEAD' })
      assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, '10', ''])
      const missing = await fetch(`${url}folder/none.txt`)
      assert.deepEqual([missing.status, ((await missing.json()) as { code: string }).code], [404, 'files/not-found'])
      const large = await fetch(`${url}folder/large.bin`)
      assert.equal((await large.arrayBuffer()).byteLength, size)
      assert.deepEqual(openFiles(), [])
    })

    it('wait for a slow client without a warning, and close the file when it goes away', async t => {
      const { port, openFiles } = await site(t)
      const warnings: Error[] = []
      const warn = (warning: Error): void => void warnings.push(warning)
      process.on('warning', warn)
      t.after(() => process.off('warning', warn))
      const [response] = await once(httpRequest({ port, path: '/mount/folder/large.bin' }).end(), 'response')
      let taken = 0
      for await (const chunk of response) {
        taken += chunk.length
        if (taken < 1_000_000) await wait(20)
      }
      assert.equal(taken, size)
      const socket = connect(port, '127.0.0.1')
      socket.write('GET /mount/folder/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n')
      await once(socket, 'readable')
      assert.equal(openFiles().length, process.platform === 'linux' ? 1 : 0)
      socket.destroy()
      for (let waited = 0; waited < 5000 && openFiles().length > 0; waited += 10) await wait(10)
      assert.deepEqual(openFiles(), [])
      assert.deepEqual(warnings.map(String), [])
    })

    it('take uploads that go on where they were cut off', async t => {
      const root = temporaryFolder(t)
      const { app } = await openApp(t, () => new HttpResponse(), { settings: { MEDIA_ROOT: root } })
      const finished: string[] = []
      const { urls } = createTusUploads({
        folder: temporaryFolder(t),
        storage: request => request.app.storage,
        owner: () => 'ada',
        onFinish: (_request, { name }) => void finished.push(name),
      })
      const [collection, item] = urls.map(({ target }) => target as TusView) as [TusView, TusView]
      const port = await open(t, app, (request, rest) =>
        rest === '' ? collection(request, {}) : item(request, { id: rest.replace('/', '') } as object),
      )
      const send = (path: string, method: string, headers: Record<string, string>, body?: string): Promise<Response> =>
        fetch(`http://127.0.0.1:${port}${path}`, {
          method,
          headers: { 'tus-resumable': '1.0.0', 'sec-fetch-site': 'same-origin', ...headers },
          ...(body !== undefined && { body }),
        })
      const made = await send('/mount/', 'POST', { 'upload-length': '6' })
      assert.equal(made.status, 201)
      const address = made.headers.get('location') as string
      const type = { 'content-type': 'application/offset+octet-stream' }
      assert.equal((await send(address, 'PATCH', { ...type, 'upload-offset': '0' }, 'abc')).status, 204)
      const asked = await send(address, 'HEAD', {})
      assert.deepEqual([asked.status, asked.headers.get('upload-offset')], [200, '3'])
      assert.equal((await send(address, 'PATCH', { ...type, 'upload-offset': '3' }, 'def')).status, 204)
      assert.equal(readFileSync(join(root, finished[0] as string), 'utf8'), 'abcdef')
    })
  })
