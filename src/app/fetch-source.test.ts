import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { type HttpBindings, type ServerType, serve } from '@hono/node-server'
import { jsonResponse } from '../http/index.ts'
import { defineSettings } from '../settings/index.ts'
import { path } from '../urls/index.ts'
import { csrfExempt } from '../views/index.ts'
import { type App, createApp } from './app.ts'

interface Seen {
  readonly text: string
  readonly ip: string | null
}

/** Tells what a request holds. */
function openApp(t: TestContext): App {
  const app = createApp({
    logger: null,
    settings: defineSettings({
      SECRET_KEY: 'x'.repeat(50),
      ALLOWED_HOSTS: ['*'],
      DATABASE_URL: 'sqlite::memory:',
      PASSWORD_HASHERS: ['pbkdf2_sha256'],
    }),
    urls: [
      path(
        '',
        csrfExempt(async request => {
          const text = Buffer.from(await request.bytes()).toString()
          return jsonResponse({ text, ip: request.ip } satisfies Seen)
        }),
      ),
      path(
        'upload',
        csrfExempt(async request => jsonResponse((await request.FILES).get('file')?.size ?? null)),
      ),
    ],
  })
  t.after(() => app.close())
  return app
}

type Fetch = (request: Request, env: HttpBindings) => Promise<Response>

async function listen(t: TestContext, fetch: Fetch): Promise<string> {
  const server: ServerType = serve({
    fetch: fetch as (request: Request) => Promise<Response>,
    port: 0,
    hostname: '127.0.0.1',
  })
  t.after(() => server.close())
  if (!server.listening) await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/`
}

async function post(url: string, body: string): Promise<Seen> {
  return (await (await fetch(url, { method: 'POST', body })).json()) as Seen
}

describe('a web request that a server on Node made', () => {
  it('is read from the stream of Node, and has the address of its socket', async t => {
    const app = openApp(t)
    let isTouched: boolean | null = null
    const url = await listen(t, async (request, env) => {
      const answer = await app.fetch(request, env)
      isTouched = request.bodyUsed
      return answer
    })
    assert.deepEqual(await post(url, 'a body'), { text: 'a body', ip: '127.0.0.1' })
    assert.equal(isTouched, false, 'the web stream')
    assert.deepEqual(await (await fetch(url)).json(), { text: '', ip: '127.0.0.1' })
  })

  it('has the address that is given, also none', async t => {
    const app = openApp(t)
    const url = await listen(t, (request, env) => app.fetch(request, { ...env, ip: '192.0.2.1' }))
    assert.deepEqual(await post(url, 'x'), { text: 'x', ip: '192.0.2.1' })
    const hidden = await listen(t, (request, env) => app.fetch(request, { ...env, ip: null }))
    assert.deepEqual(await post(hidden, 'x'), { text: 'x', ip: null })
  })

  it('keeps the body that somebody gave to a new request', async t => {
    const app = openApp(t)
    const url = await listen(t, (request, env) =>
      app.fetch(new Request(request.url, { method: 'POST', body: 'another' }), env),
    )
    assert.equal((await post(url, 'the first')).text, 'another')
  })

  it('is read from the web stream when that was looked at before', async t => {
    const app = openApp(t)
    const cloned = await listen(t, async (request, env) => {
      const copy = request.clone()
      const answer = await app.fetch(request, env)
      return Response.json({ ...((await answer.json()) as Seen), copy: await copy.text() })
    })
    assert.deepEqual(await post(cloned, 'twice'), { text: 'twice', ip: '127.0.0.1', copy: 'twice' })
    const anew = await listen(t, (request, env) => app.fetch(new Request(request), env))
    assert.equal((await post(anew, 'passed on')).text, 'passed on')
  })

  it('is not given to others a second time', async t => {
    const app = openApp(t)
    const url = await listen(t, async (request, env) => {
      const answer = await app.fetch(request, env)
      await assert.rejects(request.text(), /unusable/)
      return answer
    })
    assert.equal((await post(url, 'once')).text, 'once')
  })

  it('keeps the chunks of an upload when another listens', async t => {
    const app = openApp(t)
    const heard: Uint8Array[] = []
    const url = await listen(t, (request, env) => {
      const answer = app.fetch(request, env)
      env.incoming.on('data', chunk => heard.push(chunk))
      return answer
    })
    const form = new FormData()
    form.set('file', new File(['x'.repeat(5_000_000)], 'a.txt'))
    assert.equal((await (await fetch(`${url}upload`, { method: 'POST', body: form })).json()) as unknown, 5_000_000)
    assert.equal(
      Buffer.concat(heard)
        .toString()
        .match(/x{5000000}/)?.length,
      1,
    )
  })
})
