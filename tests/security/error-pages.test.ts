/** CWE-209: what an error tells a stranger. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type App, createApp, HttpResponse, path } from 'nuages'
import { serve } from 'nuages/node'
import { defineSettings } from 'nuages/settings'
import type { ViewFunction } from 'nuages/views'
import { openStore } from '../store/open-store.ts'

const key = 'the key of the tests of error pages, which no page may ever show'
const inner = 'postgres://shop:inner-password@db.internal/shop'
const html = { Accept: 'text/html' }
const json = { Accept: 'application/json' }

/** Every way in which a view can end in a bug. */
const bugs: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error(`cannot reach ${inner}`)
  },
  rejects: async () => {
    throw new TypeError(`cannot reach ${inner}`, { cause: new Error(key) })
  },
  text: () => Promise.reject(inner),
  object: () => Promise.reject({ message: inner, status: 403, stack: inner, code: inner }),
  status: () => Promise.reject(Object.assign(new Error(inner), { status: 404, expose: true, statusCode: 404 })),
  nothing: () => undefined,
  number: () => 42,
  header: () => new HttpResponse('x', { headers: { 'X-Name': `${inner}\r\nX: 1` } }),
  code: () => new HttpResponse(inner, { status: 999 }),
}

async function open(t: TestContext, { DEBUG = false, ownPage = false } = {}): Promise<App> {
  const app = createApp({
    logger: null,
    settings: defineSettings({
      SECRET_KEY: key,
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['localhost', '127.0.0.1'],
      DEBUG,
    }),
    urls: Object.entries(bugs).map(([name, view]) => path(`${name}/`, view as ViewFunction)),
    ...(ownPage && {
      errorPage: () => {
        throw new Error(inner)
      },
    }),
  })
  t.after(() => app.close())
  return app
}

const leaks =
  /inner|password|postgres|\bat \S+ \(|file:\/\/|node_modules|\.ts\b|TypeError|RangeError|sqlite|SQL|x-powered-by|nuages/i

async function whole(response: Response): Promise<string> {
  return JSON.stringify([...response.headers]) + (await response.text())
}

describe('an error page', () => {
  it('of a bug says that there was one, and nothing else, to browsers and to programs', async t => {
    for (const ownPage of [false, true]) {
      const app = await open(t, { ownPage })
      for (const headers of [html, json, {}]) {
        const texts = new Set<string>()
        for (const name of Object.keys(bugs)) {
          const response = await app.fetch(new Request(`http://localhost/${name}/?token=inner-token`, { headers }))
          assert.equal(response.status, 500, name)
          const text = await whole(response)
          assert.doesNotMatch(text, leaks, name)
          assert.ok(!text.includes(key))
          texts.add(text)
        }
        assert.equal(texts.size, 1, 'one bug looks like another')
      }
    }
  })

  it('of a database that fails does not tell of tables, nor of where it is', async t => {
    const app = await openStore(t)
    await app.db.schema.dropTable('store_product').execute()
    for (const headers of [html, json]) {
      const response = await app.fetch(new Request('http://localhost/', { headers }))
      assert.equal(response.status, 500)
      assert.doesNotMatch(await response.text(), /store_product|SQL|no such table|file:\/\/|\.ts\b/i)
    }
  })

  it('of a mistake of the visitor repeats nothing of the server', async t => {
    const app = await open(t)
    for (const [target, init] of [
      ['/absent/', { headers: html }],
      ['/throws/x/', { headers: json }],
      ['/throws', { method: 'POST', headers: html }],
      ['/throws/', { headers: { ...html, Host: 'evil.example' } }],
      [`/${'x'.repeat(9000)}/`, { headers: html }],
    ] as const) {
      const response = await app.fetch(new Request(`http://localhost${target}`, init))
      assert.ok(response.status >= 400 && response.status < 500, target)
      assert.doesNotMatch(await whole(response), leaks, target)
    }
  })

  it('on a socket names no server and no version', async t => {
    const server = await serve(await open(t), { port: 0, signals: false })
    t.after(() => server.close())
    for (const target of ['/throws/', '/absent/']) {
      const response = await fetch(server.url + target, { headers: html })
      assert.equal(response.headers.get('server'), null)
      assert.equal(response.headers.get('x-powered-by'), null)
      assert.doesNotMatch(await whole(response), leaks)
    }
  })

  it('of development shows the bug, but no secret by the names of fields, of the form or of the settings', async t => {
    const app = await open(t, { DEBUG: true })
    const headers = {
      ...html,
      'Sec-Fetch-Site': 'same-origin',
      Cookie: 'sessionid=hidden-1; theme=hidden-2',
      Authorization: 'Bearer hidden-3',
      'Proxy-Authorization': 'Basic hidden-4',
      'X-Api-Key': 'hidden-5',
      'X-CSRFToken': 'hidden-6',
      'X-Auth': 'hidden-7',
      'X-Signature': 'hidden-8',
    }
    const query = '?token=hidden-9&reset_password=hidden-10&a%26pass=hidden-11&API_KEY=hidden-12&page=shown-1'
    const body = new URLSearchParams({ username: 'ada', password: 'hidden-13' })
    const request = new Request(`http://localhost/throws/${query}`, { method: 'POST', headers, body })
    const response = await app.fetch(request)
    assert.equal(response.status, 500)
    const text = await response.text()
    assert.match(text, /cannot reach/)
    assert.match(text, /shown-1/)
    assert.doesNotMatch(text, /hidden-/)
    assert.ok(!text.includes(key))
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  })

  it('of development runs nothing that stands in the error or the request', async t => {
    const app = await open(t, { DEBUG: true })
    const request = new Request('http://localhost/throws/?x=<script>1</script>', {
      headers: { ...html, 'X-Evil': '<script>2</script>', 'User-Agent': '"><img src=x onerror=3>' },
    })
    assert.doesNotMatch(await (await app.fetch(request)).text(), /<script>\d|<img/)
  })
})
