/** CWE-384: a session key that the attacker knows before the victim logs in. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { App } from 'nuages'
import { Client } from 'nuages/testing'
import { openStore } from '../store/open-store.ts'

const password = 'quiet-rain-on-tin-roofs'
const session = '/api/backend/session/'
const cart = '/api/shop/cart/'

async function openWithAccounts(t: TestContext): Promise<App> {
  const app = await openStore(t)
  for (const username of ['ada', 'mallory']) await app.users.createUser({ username, password })
  return app
}

async function login(client: Client, username: string): Promise<void> {
  assert.equal((await client.post(session, { json: { username, password } })).status, 200)
}

/** The victim's browser holds the attacker's session. */
function plant(attacker: Client): Client {
  const victim = new Client(attacker.app)
  victim.cookies.set('sessionid', attacker.cookies.get('sessionid') as string)
  return victim
}

describe('session fixation', () => {
  it('by a key of an anonymous session ends at the login: the key changes, the old one leads nowhere', async t => {
    const attacker = new Client(await openWithAccounts(t))
    await attacker.post(cart, { json: { sku: 'MUG-FOG', quantity: 1 } })
    const victim = plant(attacker)
    await login(victim, 'ada')
    assert.notEqual(victim.cookies.get('sessionid'), attacker.cookies.get('sessionid'))
    assert.equal((await victim.get(session)).status, 200)
    assert.equal((await attacker.get(session)).status, 401)
    assert.equal((await attacker.session()).size, 0)
  })

  it('by the page ends as well, and by registering', async t => {
    const app = await openWithAccounts(t)
    for (const [path, form] of [
      ['/user/login/', { username: 'ada', password }],
      ['/user/register/', { username: 'new-ada', password1: password, password2: password }],
    ] as const) {
      const attacker = new Client(app)
      await attacker.post(cart, { json: { sku: 'MUG-FOG', quantity: 1 } })
      const victim = plant(attacker)
      assert.equal((await victim.post(path, { form })).status, 302)
      assert.equal((await victim.get(session)).status, 200)
      assert.equal((await attacker.get(session)).status, 401, path)
    }
  })

  it('by a key of one’s own logged-in session ends, and nothing of that session is taken along', async t => {
    const attacker = new Client(await openWithAccounts(t))
    await login(attacker, 'mallory')
    await attacker.post(cart, { json: { sku: 'MUG-FOG', quantity: 1 } })
    const victim = plant(attacker)
    await login(victim, 'ada')
    assert.equal((await victim.session()).get('cart'), undefined)
    assert.equal((await attacker.get(session)).status, 401)
  })

  it('by a stolen key ends when the victim logs in again', async t => {
    const victim = new Client(await openWithAccounts(t))
    await login(victim, 'ada')
    const thief = plant(victim)
    assert.equal((await thief.get(session)).status, 200)
    await login(victim, 'ada')
    assert.equal((await thief.get(session)).status, 401)
    assert.equal((await victim.get(session)).status, 200)
  })

  it('by a key of the attacker’s choice never begins: an unknown key is not adopted', async t => {
    const app = await openWithAccounts(t)
    const chosen = 'attacker0attacker0attacker0attac'
    for (const form of [chosen, chosen.toUpperCase(), '../../etc/passwd', `${chosen}\0`, '']) {
      const victim = new Client(app)
      victim.cookies.set('sessionid', encodeURIComponent(form))
      await login(victim, 'ada')
      assert.notEqual(victim.cookies.get('sessionid'), form)
      assert.match(victim.cookies.get('sessionid') as string, /^[a-z0-9]{32}$/)
    }
    assert.equal((await app.sessions.open(chosen)).size, 0)
  })

  it('by a key from before a logout never works again, whoever still uses it', async t => {
    const victim = new Client(await openWithAccounts(t))
    await login(victim, 'ada')
    const thief = plant(victim)
    const slow = await victim.session()
    assert.equal((await victim.delete(session)).status, 200)
    slow.set('theme', 'dark')
    await assert.rejects(slow.save(), { code: 'sessions/interrupted' })
    assert.equal((await thief.post(cart, { json: { sku: 'MUG-FOG', quantity: 1 } })).status, 200)
    assert.equal((await thief.get(session)).status, 401)
  })

  it('by the CSRF secret ends with the login, too', async t => {
    const victim = new Client(await openWithAccounts(t))
    await victim.get('/user/login/')
    const before = victim.cookies.get('csrftoken')
    await login(victim, 'ada')
    assert.match(victim.cookies.get('csrftoken') as string, /^[a-zA-Z0-9]{32}$/)
    assert.notEqual(victim.cookies.get('csrftoken'), before)
  })
})
