import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { validator } from 'hono/validator'
import { z } from 'zod'
import { openEmbedded } from '../../tests/embedded.ts'
import { Visitor } from '../../tests/hono/site.ts'
import type { Settings } from '../settings/index.ts'
import { type NuagesEnv, nuagesMiddleware } from './index.ts'

const Name = z.object({ name: z.string() })

/** A site with a form and an exempted hook; `seen` is what came through. */
async function openSite(t: TestContext, settings: Partial<Settings> = {}) {
  const seen: string[] = []
  const app = new Hono()
    .use(nuagesMiddleware(await openEmbedded(t, { settings }), { csrfExempt: c => c.req.path.startsWith('/hook') }))
    .get('/form', async c => c.text(await c.var.nuages.csrf.token()))
    .on(['POST', 'DELETE'], ['/buy', '/hook'], async c => {
      seen.push(c.req.path)
      return c.json(await c.req.parseBody())
    })
  return { app, seen }
}

describe('the body of a request', () => {
  it('is read by Nuages and by Hono, in any order', async t => {
    const app = new Hono()
      .use(nuagesMiddleware(await openEmbedded(t)))
      .post('/nuages-first', async c => {
        const { name } = await c.var.nuages.validate(Name)
        return c.json([name, await c.req.json(), await c.req.text()])
      })
      .post('/hono-first', async c => {
        const { name } = await c.req.json<{ name: string }>()
        return c.json([name, await c.var.nuages.validate(Name), await c.req.text()])
      })
      .post('/nuages-then-raw', async c => {
        const { name } = await c.var.nuages.validate(Name)
        return c.json([name, await c.req.raw.clone().json(), await c.req.raw.text()])
      })
      .post('/limited', bodyLimit({ maxSize: 100 }), async c => {
        const { name } = await c.var.nuages.validate(Name)
        return c.json([name, await c.req.json(), await c.req.text()])
      })
      .post(
        '/validator',
        validator('json', value => value as object),
        async c => {
          const { name } = await c.var.nuages.validate(Name)
          return c.json([name, c.req.valid('json'), await c.req.text()])
        },
      )
    const visitor = new Visitor(app)
    for (const path of ['/nuages-first', '/hono-first', '/nuages-then-raw', '/limited', '/validator']) {
      const [a, b, text] = (await (await visitor.send('POST', path, { json: { name: 'mug' } })).json()) as unknown[]
      assert.deepEqual(
        [a, b, text].map(value => (typeof value === 'object' ? value : String(value).replace(/.*(mug).*/, '$1'))),
        ['mug', { name: 'mug' }, 'mug'],
        path,
      )
    }
  })

  it('is read as a form by both, with its files', async t => {
    const app = new Hono()
      .use(nuagesMiddleware(await openEmbedded(t)))
      .post('/nuages-first', async c => {
        const files = await c.var.nuages.FILES
        const { name, file } = await c.req.parseBody<{ name: string; file: File }>()
        return c.json([name, files.get('file')?.size, file.size, (await c.req.formData()).get('name')])
      })
      .post('/hono-first', async c => {
        const { name, file } = await c.req.parseBody<{ name: string; file: File }>()
        const files = await c.var.nuages.FILES
        return c.json([name, files.get('file')?.size, file.size, (await c.var.nuages.POST).get('name')])
      })
    for (const path of ['/nuages-first', '/hono-first']) {
      const form = new FormData()
      form.set('name', 'mug')
      form.set('file', new File(['12345'], 'five.txt'))
      const response = await new Visitor(app).send('POST', path, { form })
      assert.deepEqual(await response.json(), ['mug', 5, 5, 'mug'], path)
    }
  })

  it('that is wrong gets the answer of Nuages', async t => {
    t.mock.method(console, 'error', () => {})
    const app = new Hono()
    app.use(nuagesMiddleware(await openEmbedded(t, { settings: { DATA_UPLOAD_MAX_MEMORY_SIZE: 100 } })))
    app.post('/', async c => c.json(await (c.var as NuagesEnv['Variables']).nuages.validate(Name)))
    const visitor = new Visitor(app)
    const status = async (...sent: Parameters<Visitor['send']>): Promise<number> => (await visitor.send(...sent)).status
    assert.equal(await status('POST', '/', { json: {} }), 422)
    assert.equal(await status('POST', '/', { json: { name: 'x'.repeat(200) } }), 413)
    assert.equal(await status('POST', '/', { body: 'text' }), 415)
    assert.equal(await status('POST', '/', { body: '{', headers: { 'Content-Type': 'application/json' } }), 400)
  })

  it('that cannot be read any more says so', async t => {
    const app = new Hono<NuagesEnv>()
    app.use(nuagesMiddleware(await openEmbedded(t)))
    app.onError((error, c) => c.text(error.message, 500))
    app.post('/raw', async c => c.text((await c.req.raw.text()) + (await c.var.nuages.bytes())))
    app.post('/form', async c => c.text(`${await c.req.formData()}${await c.var.nuages.POST}`))
    const visitor = new Visitor(app)
    assert.match(await (await visitor.send('POST', '/raw', { json: 1 })).text(), /read from c\.req\.raw already/)
    assert.match(await (await visitor.send('POST', '/form', { form: { a: 'b' } })).text(), /parseBody/)
  })

  it('passes as a stream, without being kept, when it is larger than what is kept', async t => {
    const app = new Hono<NuagesEnv>()
    app.use(nuagesMiddleware(await openEmbedded(t, { settings: { DATA_UPLOAD_MAX_MEMORY_SIZE: 10 } })))
    app.post('/', async c => {
      let size = 0
      for await (const chunk of c.var.nuages.body ?? []) size += chunk.byteLength
      return c.text(`${size} ${c.req.raw.bodyUsed}`)
    })
    assert.equal(await (await new Visitor(app).send('POST', '/', { body: 'x'.repeat(100) })).text(), '100 true')
    assert.equal(await (await new Visitor(app).send('POST', '/', { body: 'x' })).text(), '1 false')
    assert.equal(await (await new Visitor(app).send('POST', '/')).text(), '0 false')
  })
})

describe('a request that another site may have made', () => {
  it('is refused before any handler runs', async t => {
    const { app, seen } = await openSite(t)
    const evil = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }
    for (const method of ['POST', 'DELETE']) {
      const response = await new Visitor(app, evil).send(method, '/buy')
      assert.equal(response.status, 403)
      assert.equal(((await response.json()) as { code: string }).code, 'csrf_failed')
    }
    assert.equal((await new Visitor(app, evil).send('GET', '/form')).status, 200)
    assert.deepEqual(seen, [])
    assert.equal((await new Visitor(app, evil).send('POST', '/hook')).status, 200)
    assert.equal((await new Visitor(app).send('POST', '/buy')).status, 200)
  })

  for (const CSRF_USE_SESSIONS of [false, true]) {
    it(`passes with the token of the ${CSRF_USE_SESSIONS ? 'session' : 'cookie'}, in the form or the header`, async t => {
      const { app } = await openSite(t, { CSRF_USE_SESSIONS })
      const visitor = new Visitor(app, {})
      const csrfmiddlewaretoken = await visitor.text('/form')
      assert.equal((await visitor.send('POST', '/buy', { form: { sku: 'mug' } })).status, 403)
      const multipart = new FormData()
      for (const [name, value] of Object.entries({ sku: 'mug', csrfmiddlewaretoken })) multipart.set(name, value)
      for (const form of [{ sku: 'mug', csrfmiddlewaretoken }, multipart]) {
        const response = await visitor.send('POST', '/buy', { form })
        assert.deepEqual(await response.json(), { sku: 'mug', csrfmiddlewaretoken })
      }
      const headers = { 'X-CSRFToken': csrfmiddlewaretoken }
      assert.deepEqual(await (await visitor.send('POST', '/buy', { headers, form: { a: 'b' } })).json(), { a: 'b' })
      assert.equal((await new Visitor(app, { ...headers, Cookie: 'a=b' }).send('POST', '/buy')).status, 403)
    })
  }
})

describe('a request for a host', () => {
  it('that is not ours is refused, unless that is left to others', async t => {
    const { app } = await openSite(t)
    for (const method of ['GET', 'POST']) {
      const response = await app.request('http://evil.example/form', { method })
      assert.equal(response.status, 400)
      assert.equal(((await response.json()) as { code: string }).code, 'http/disallowed-host')
    }
    const { app: open } = await openSite(t, { ALLOWED_HOSTS: ['*'] })
    assert.equal((await open.request('http://evil.example/form')).status, 200)
  })
})

describe('the address of a visitor', () => {
  it('is that of the socket, or what an option says; null where nobody knows', async t => {
    const nuages = await openEmbedded(t, { settings: { TRUSTED_PROXIES: ['10.0.0.0/8'] } })
    const app = (options = {}): Visitor =>
      new Visitor(new Hono().use(nuagesMiddleware(nuages, options)).get('/', c => c.json(c.var.nuages.ip)))
    const headers = { 'X-Forwarded-For': '192.0.2.7' }
    const ip = async (visitor: Visitor, env: object = {}): Promise<unknown> =>
      (await visitor.send('GET', '/', { headers, env })).json()
    assert.equal(await ip(app()), null)
    assert.equal(await ip(app(), { incoming: { socket: { remoteAddress: '198.51.100.1' } } }), '198.51.100.1')
    assert.equal(await ip(app(), { server: { incoming: { socket: { remoteAddress: '10.1.2.3' } } } }), '192.0.2.7')
    assert.equal(await ip(app({ ip: () => '203.0.113.5' })), '203.0.113.5')
  })
})
