/** Cookie tossing: a neighbouring subdomain sets a cookie of our name, and the browser sends both. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Client } from 'nuages/testing'
import { openStore } from '../store/open-store.ts'

const password = 'quiet-rain-on-tin-roofs'
const session = '/api/backend/session/'

describe('cookie tossing', () => {
  it('with an anonymous key gains nothing when the victim logs in', async t => {
    const app = await openStore(t)
    await app.users.createUser({ username: 'ada', password })
    const attacker = new Client(app)
    await attacker.post('/api/shop/cart/', { json: { sku: 'MUG-FOG', quantity: 1 } })
    const tossed = attacker.cookies.get('sessionid') as string
    for (const sent of [`sessionid=${tossed}; sessionid=own`, `sessionid=own; sessionid=${tossed}`]) {
      const victim = new Client(app)
      const headers = { Cookie: sent }
      const response = await victim.post(session, { json: { username: 'ada', password }, headers })
      assert.equal(response.status, 200)
      assert.notEqual(victim.cookies.get('sessionid'), tossed)
      assert.equal((await attacker.get(session)).status, 401)
    }
  })

  it('leaves one session to a request, never a mixture: of two cookies the last counts, as in Django', async t => {
    const app = await openStore(t)
    const [ada, mallory] = [new Client(app), new Client(app)]
    await ada.forceLogin(await app.users.createUser({ username: 'ada', password }))
    await mallory.forceLogin(await app.users.createUser({ username: 'mallory', password }))
    const [own, tossed] = [ada, mallory].map(client => `sessionid=${client.cookies.get('sessionid')}`)
    const nameOf = async (Cookie: string): Promise<string> =>
      ((await (await new Client(app).get(session, { headers: { Cookie } })).json()) as { data: { username: string } })
        .data.username
    assert.equal(await nameOf(`${tossed}; ${own}`), 'ada')
    assert.equal(await nameOf(`${own}; ${tossed}`), 'mallory')
  })

  it('is impossible with the prefix __Host-: no other spelling of the name counts', async t => {
    const app = await openStore(t, { SESSION_COOKIE_NAME: '__Host-sessionid', SESSION_COOKIE_SECURE: true })
    const [ada, mallory] = [new Client(app), new Client(app)]
    await ada.forceLogin(await app.users.createUser({ username: 'ada', password }))
    await mallory.forceLogin(await app.users.createUser({ username: 'mallory', password }))
    const own = ada.cookies.get('__Host-sessionid')
    const tossed = mallory.cookies.get('__Host-sessionid')
    for (const name of [
      '\u2000__Host-sessionid',
      '\u00a0__Host-sessionid',
      '__Host-sessionid\u3000',
      '__host-sessionid',
    ]) {
      const written = Buffer.from(`__Host-sessionid=${own}; ${name}=${tossed}`).toString('latin1')
      const response = await new Client(app).get(session, { headers: { Cookie: written } })
      assert.equal(((await response.json()) as { data: { username: string } }).data.username, 'ada', name)
    }
  })

  it('with a CSRF cookie does not let another site post: browsers say where a request comes from', async t => {
    const app = await openStore(t)
    const victim = new Client(app, { headers: {} })
    const secret = 'a'.repeat(32)
    for (const headers of [{ 'Sec-Fetch-Site': 'same-site' }, { Origin: 'http://evil.localhost' }]) {
      const response = await victim.post('/cart/add/', {
        form: { sku: 'MUG-FOG', quantity: '1', csrfmiddlewaretoken: secret },
        headers: { Cookie: `csrftoken=${secret}`, ...headers },
      })
      assert.equal(response.status, 403)
    }
  })
})
