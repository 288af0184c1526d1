/** CWE-1021, CWE-524: pages in somebody else's frame, and private pages in somebody else's cache. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Client } from 'nuages/testing'
import { openStore } from '../store/open-store.ts'

const password = 'quiet-rain-on-tin-roofs'
const html = { Accept: 'text/html' }

describe('clickjacking', () => {
  it('is impossible on every answer: pages, errors, redirects, files, the API', async t => {
    const client = new Client(await openStore(t))
    for (const [path, headers] of [
      ['/', html],
      ['/user/login/', html],
      ['/user/', html],
      ['/nothing/', html],
      ['/api/shop/product', {}],
      ['/api/shop/cart/', {}],
      ['/static/style.css', {}],
      ['/', { Host: 'evil.example' }],
    ] as const) {
      const response = await client.get(path, { headers })
      assert.equal(response.headers.get('x-frame-options'), 'DENY', path)
      assert.match(
        response.headers.get('content-security-policy') ?? '',
        /frame-ancestors 'none'|default-src 'none'/,
        path,
      )
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff', path)
      assert.equal(response.headers.get('cross-origin-opener-policy'), 'same-origin', path)
    }
  })
})

describe('a private page', () => {
  it('is in no shared cache, and a form with a token in none at all', async t => {
    const app = await openStore(t)
    const client = new Client(app)
    await client.forceLogin(await app.users.createUser({ username: 'ada', password }))
    for (const path of ['/', '/user/', '/cart/', '/user/login/', '/api/backend/session/', '/api/shop/cart/']) {
      const response = await client.get(path, { headers: html })
      assert.equal(response.status, 200, path)
      assert.match(response.headers.get('cache-control') ?? '', /private|no-store/, path)
      assert.match(response.headers.get('vary') ?? '', /Cookie/, path)
    }
    for (const path of ['/', '/user/', '/user/login/'])
      assert.match((await client.get(path)).headers.get('cache-control') ?? '', /no-store/, path)
  })

  it('is not what an error or a redirect to the login leaves in a cache', async t => {
    const client = new Client(await openStore(t))
    const redirected = await client.get('/user/', { headers: html })
    assert.equal(redirected.status, 302)
    assert.match(redirected.headers.get('cache-control') ?? '', /private|no-store/)
    for (const path of ['/nothing/', '/api/backend/session/'])
      assert.equal((await client.get(path)).headers.get('cache-control'), 'no-store', path)
  })

  it('no answer that sets a cookie of a visitor may be shared', async t => {
    const app = await openStore(t, { SESSION_SAVE_EVERY_REQUEST: true })
    const client = new Client(app)
    await client.post('/api/shop/cart/', { json: { sku: 'MUG-FOG', quantity: 1 } })
    for (const path of ['/', '/healthz', '/api/shop/product/', '/user/login/']) {
      const response = await client.get(path)
      assert(
        response.headers.getSetCookie().some(text => text.startsWith('sessionid=')),
        path,
      )
      assert.match(response.headers.get('cache-control') ?? '', /private|no-store/, path)
      assert.match(response.headers.get('vary') ?? '', /Cookie/, path)
    }
  })
})
