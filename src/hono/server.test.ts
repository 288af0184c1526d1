/** Over real sockets, on `@hono/node-server`. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, type Server } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { etag } from 'hono/etag'
import { streamSSE } from 'hono/streaming'
import { openEmbedded } from '../../tests/embedded.ts'
import { Visitor } from '../../tests/hono/site.ts'
import { type NuagesEnv, nuagesErrors, nuagesMiddleware } from './index.ts'

const megabyte = 1_048_576

/** A Hono app with an app of Nuages, to be given routes. */
async function newSite(t: TestContext, options: Parameters<typeof openEmbedded>[1] = {}): Promise<Hono<NuagesEnv>> {
  const nuages = await openEmbedded(t, {
    ...options,
    settings: { ALLOWED_HOSTS: ['127.0.0.1'], TRUSTED_PROXIES: ['127.0.0.1'], ...options.settings },
  })
  const site = new Hono<NuagesEnv>()
  site.use(nuagesMiddleware(nuages))
  site.onError(nuagesErrors(nuages))
  return site
}

/** Its address, once it listens; it closes with the test. */
async function listen(t: TestContext, site: Hono<NuagesEnv>): Promise<string> {
  const server = serve({ fetch: site.fetch, port: 0, hostname: '127.0.0.1' }) as Server & {
    closeAllConnections(): void
  }
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  if (!server.listening) await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A visitor who comes through the socket. */
function visitorOf(url: string, headers?: Readonly<Record<string, string>>): Visitor {
  return new Visitor({ request: (path, init) => fetch(`${url}${path}`, { redirect: 'manual', ...init }) }, headers)
}

/** What is answered to bytes as they are. */
async function exchange(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.end(text)
  let answer = ''
  for await (const chunk of socket.setEncoding('utf8')) answer += chunk
  return answer
}

describe('on a socket', () => {
  it('100 updates of 100 requests at once are kept', async t => {
    const site = await newSite(t)
    site.post('/add', async c => {
      const session = await c.var.nuages.session
      return c.json(await session.update('n' as string, (n = 0) => (n as number) + 1))
    })
    const visitor = visitorOf(await listen(t, site))
    await visitor.send('POST', '/add')
    await Promise.all(Array.from({ length: 100 }, () => visitor.send('POST', '/add')))
    assert.equal(await (await visitor.send('POST', '/add')).json(), 102)
  })

  it('scheme, host, address and header fields are those of the request', async t => {
    const site = await newSite(t, { settings: { SECURE_PROXY_SSL_HEADER: ['X-Forwarded-Proto', 'https'] } })
    site.get('/', c => {
      const { nuages } = c.var
      return c.json([nuages.buildAbsoluteUri('/x'), nuages.ip, nuages.port, nuages.GET.get('q')])
    })
    const url = await listen(t, site)
    const { port } = new URL(url)
    const seen = async (headers: Record<string, string>): Promise<unknown> =>
      (await visitorOf(url, headers).send('GET', '/?q=%C3%A9')).json()
    assert.deepEqual(await seen({}), [`${url}/x`, '127.0.0.1', port, 'é'])
    const forwarded = await seen({ 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '203.0.113.9' })
    assert.deepEqual(forwarded, [`https://127.0.0.1:${port}/x`, '203.0.113.9', port, 'é'])
  })

  it('a request for two hosts, or for another one, is refused', async t => {
    const site = await newSite(t)
    site.get('/', c => c.text(`welcome to ${new URL(c.req.url).host}`))
    const url = await listen(t, site)
    const get = (target: string, ...hosts: string[]): Promise<string> =>
      exchange(
        url,
        `GET ${target} HTTP/1.1\r\n${hosts.map(host => `Host: ${host}\r\n`).join('')}Connection: close\r\n\r\n`,
      )
    assert.match(await get('/', '127.0.0.1'), /welcome to 127\.0\.0\.1/)
    for (const answer of await Promise.all([
      get('/', '127.0.0.1', 'evil.example'),
      get('/', 'evil.example', '127.0.0.1'),
      get('/', 'evil.example'),
      get('http://evil.example/', '127.0.0.1'),
    ])) {
      assert.match(answer, /^HTTP\/1\.1 400 /)
      assert.doesNotMatch(answer, /welcome/)
    }
  })

  it('an event is sent when it is written, while the handler goes on', async t => {
    const site = await newSite(t)
    const seen = Promise.withResolvers<void>()
    site.get('/events', async c => {
      ;(await c.var.nuages.session).set('n', 1)
      return streamSSE(c, async out => {
        await out.writeSSE({ data: 'first' })
        await seen.promise
        await out.writeSSE({ data: 'second' })
      })
    })
    const response = await visitorOf(await listen(t, site)).send('GET', '/events')
    assert.match(response.headers.getSetCookie()[0] ?? '', /^sessionid=/)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    const next = async (): Promise<string> => Buffer.from((await reader.read()).value ?? []).toString()
    assert.equal(await next(), 'data: first\n\n')
    seen.resolve()
    assert.equal(await next(), 'data: second\n\n')
    assert.equal(await next(), '')
  })

  it('50 MB go out as they are pulled, not ahead of a slow reader', async t => {
    const site = await newSite(t)
    let pulled = 0
    site.get('/download', async c => {
      ;(await c.var.nuages.session).set('n', 1)
      const body = new ReadableStream({
        pull(controller) {
          pulled += 1
          if (pulled > 50) controller.close()
          else controller.enqueue(new Uint8Array(megabyte))
        },
      })
      return c.body(body)
    })
    const response = await visitorOf(await listen(t, site)).send('GET', '/download')
    assert.equal(response.headers.getSetCookie().length, 1)
    let size = 0
    for await (const chunk of response.body ?? []) {
      if (size === 0) assert(pulled < 40, `${pulled} MB were pulled before the first was read`)
      size += chunk.byteLength
    }
    assert.equal(size, 50 * megabyte)
  })

  it('50 MB come in as a stream; a body that is read whole stops at its limit', async t => {
    const site = await newSite(t)
    site.post('/upload', async c => {
      let size = 0
      for await (const chunk of c.var.nuages.body ?? []) size += chunk.byteLength
      return c.json(size)
    })
    site.post('/whole', async c => c.json((await c.var.nuages.bytes()).byteLength))
    const url = await listen(t, site)
    const upload = (path: string): Promise<Response> => {
      let sent = 0
      const body = new ReadableStream({
        pull(controller) {
          sent += 1
          if (sent > 50) controller.close()
          else controller.enqueue(new Uint8Array(megabyte))
        },
      })
      return fetch(`${url}${path}`, { method: 'POST', body, duplex: 'half' } as RequestInit)
    }
    assert.equal(await (await upload('/upload')).json(), 50 * megabyte)
    const whole = { method: 'POST', body: new Uint8Array(3 * megabyte) }
    assert.equal((await fetch(`${url}/whole`, whole)).status, 413)
    assert.equal(await (await fetch(`${url}/whole`, { ...whole, body: 'four' })).json(), 4)
  })

  it('a client that goes away in the middle of its body is no bug', async t => {
    const logged: unknown[] = []
    const logger = { info() {}, warn() {}, error: (fields: object) => void logged.push(fields) }
    const site = await newSite(t, { logger })
    const outcome = Promise.withResolvers<unknown>()
    site.post('/', async c => {
      await c.var.nuages.bytes().catch(outcome.resolve)
      throw await outcome.promise
    })
    const socket = connect(Number(new URL(await listen(t, site)).port), '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nfour', () => socket.destroy())
    assert.equal(((await outcome.promise) as { code: string }).code, 'http/client-disconnected')
    assert.deepEqual(logged, [])
  })

  it('the token of a form is found, and the form is there for the handler', async t => {
    const site = await newSite(t)
    site.get('/form', async c => c.text(await c.var.nuages.csrf.token()))
    site.post('/form', async c => c.json(await c.req.parseBody()))
    site.post('/raw', async c => c.text(await c.req.raw.text()))
    const visitor = visitorOf(await listen(t, site), { 'Sec-Fetch-Mode': 'navigate' })
    const csrfmiddlewaretoken = await visitor.text('/form')
    const form = { sku: 'mug', csrfmiddlewaretoken }
    assert.deepEqual(await (await visitor.send('POST', '/form', { form })).json(), form)
    assert.equal(await (await visitor.send('POST', '/raw', { form })).text(), new URLSearchParams(form).toString())
    assert.equal((await visitor.send('POST', '/form', { form: { sku: 'mug' } })).status, 403)
  })

  it('HEAD, 304, a redirect, a compressed and a fetched answer have their cookie', async t => {
    const site = await newSite(t)
    site.use(async (c, next) => {
      ;(await c.var.nuages.session).set('n', 1)
      await next()
    })
    site.get('/etag', etag(), c => c.text('tagged'))
    site.get('/redirect', c => c.redirect('/etag'))
    site.get('/compressed', compress(), c => c.text('a'.repeat(5000)))
    const url = await listen(t, site)
    site.get('/origin', c => c.text('from the origin'))
    site.get('/fetched', () => fetch(`${url}/origin`))
    const look = async (method: string, path: string, headers?: Record<string, string>): Promise<unknown> => {
      const response = await visitorOf(url, headers).send(method, path)
      const own = response.headers.getSetCookie().filter(cookie => cookie.startsWith('sessionid='))
      assert.equal(new Set(own).size, own.length)
      return [response.status, (await response.text()).length, own.length]
    }
    assert.deepEqual(await look('HEAD', '/etag'), [200, 0, 1])
    const tag = (await visitorOf(url).send('GET', '/etag')).headers.get('etag') as string
    assert.deepEqual(await look('GET', '/etag', { 'If-None-Match': tag }), [304, 0, 1])
    assert.deepEqual(await look('GET', '/redirect'), [302, 0, 1])
    assert.deepEqual(await look('GET', '/compressed'), [200, 5000, 1])
    assert.deepEqual(await look('GET', '/fetched'), [200, 15, 2])
  })
})
