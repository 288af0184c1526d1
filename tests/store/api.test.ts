import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { App } from 'nuages'
import { Client } from 'nuages/testing'
import { type JsonBody, jsonOf, openStore } from './open-store.ts'

const password = 'quiet-rain-on-tin-roofs'

/** A store with a user that is logged in. */
async function loggedIn(
  t: TestContext,
  flags: { isStaff?: boolean } = {},
): Promise<{ app: App; client: Client; id: number }> {
  const app = await openStore(t)
  const user = await app.users.createUser({ username: 'ada', password, ...flags })
  const client = new Client(app)
  await client.forceLogin(user)
  return { app, client, id: user.id }
}

describe('api/backend/user/', () => {
  it('registers: 201, then 409, and 422 with messages by field', async t => {
    const client = new Client(await openStore(t))
    const created = await client.post('/api/backend/user/', { json: { username: 'ada', password } })
    assert.equal(created.status, 201)
    assert.deepEqual(await created.json(), { code: 0, message: 'success', data: { id: 1, username: 'ada' } })
    const again = await client.post('/api/backend/user/', { json: { username: 'ada', password } })
    assert.equal(again.status, 409)
    assert.equal(again.headers.get('content-type'), 'application/problem+json')
    assert.equal((await jsonOf(again)).code, 'user_exists')
    for (const [json, field] of [
      [{ username: '', password }, 'username'],
      [{ username: 'a b', password }, 'username'],
      [{ username: 'x'.repeat(151), password }, 'username'],
      [{ username: 'bob', password: '1234567' }, 'password'],
      [{ username: 'bob', password: '1234567890' }, 'password'],
      [{ username: 'bob', password: 'p'.repeat(129) }, 'password'],
      [{ username: 'bob' }, 'password'],
      [{ username: ['bob'], password }, 'username'],
    ] as const) {
      const response = await client.post('/api/backend/user/', { json })
      assert.equal(response.status, 422, JSON.stringify(json))
      assert(((await jsonOf(response)).errors[field]?.length ?? 0) > 0)
    }
  })

  it('lists users for staff only, searched and ordered by what is allowed', async t => {
    const { app, client } = await loggedIn(t, { isStaff: true })
    await app.users.createUser({ username: 'bob' })
    const list = await jsonOf(await client.get('/api/backend/user/?ordering=-username&page_size=1'))
    assert.deepEqual(list.data, {
      items: [{ id: 2, username: 'bob', email: '', first_name: '', last_name: '' }],
      total: 2,
      page: 1,
      pageSize: 1,
    })
    assert.equal((await jsonOf(await client.get('/api/backend/user/?search=AD'))).data.total, 1)
    assert.equal((await client.get('/api/backend/user/?ordering=password')).status, 422)
    assert.equal((await new Client(app).get('/api/backend/user/')).status, 401)
    const bob = new Client(app)
    await bob.forceLogin((await app.users.getByUsername('bob')) as never)
    assert.equal((await bob.get('/api/backend/user/')).status, 403)
  })

  it('shows and changes oneself; never more than the named fields', async t => {
    const { app, client, id } = await loggedIn(t)
    const path = `/api/backend/user/${id}/`
    const whole = { username: 'ada', email: 'ada@Example.COM', first_name: 'Ada', last_name: 'L' }
    assert.deepEqual((await jsonOf(await client.put(path, { json: whole }))).data, {
      id,
      ...whole,
      email: 'ada@example.com',
    })
    assert.equal((await client.put(path, { json: { username: 'ada' } })).status, 422)
    assert.equal(
      (await client.patch(path, { json: { is_staff: true, isStaff: true, is_superuser: true, id: 7 } })).status,
      200,
    )
    const user = await app.users.get(id)
    assert.equal(user?.isStaff || user?.isSuperuser, false)
    assert.equal((await client.get('/api/backend/user/99/')).status, 403)
    assert.equal((await new Client(app).get(path)).status, 401)
  })

  it('changes one’s own password with the current one only', async t => {
    const { app, client, id } = await loggedIn(t)
    const path = `/api/backend/user/${id}/`
    assert.equal((await client.patch(path, { json: { password: 'a-new-quiet-one' } })).status, 422)
    assert.equal(
      (await client.patch(path, { json: { password: 'a-new-quiet-one', current_password: 'no' } })).status,
      422,
    )
    assert.equal(
      (await client.patch(path, { json: { password: 'a-new-quiet-one', current_password: password } })).status,
      200,
    )
    assert.equal((await client.get('/api/backend/session/')).status, 200)
    assert.equal(await new Client(app).login({ username: 'ada', password }), false)
  })

  it('deletes an account, whose session is nobody’s then', async t => {
    const { app, client, id } = await loggedIn(t)
    const other = new Client(app)
    await other.forceLogin((await app.users.get(id)) as never)
    assert.equal((await client.delete(`/api/backend/user/${id}/`)).status, 200)
    assert.equal((await other.get('/api/backend/session/')).status, 401)
  })
})

describe('api/backend/session/', () => {
  it('logs in under a new key, tells who it is, logs out', async t => {
    const app = await openStore(t)
    await app.users.createUser({ username: 'ada', password })
    const client = new Client(app)
    await client.post('/api/shop/cart/', { json: { sku: 'MUG-FOG', quantity: 1 } })
    const anonymous = client.cookies.get('sessionid')
    const response = await client.post('/api/backend/session/', { json: { username: 'ada', password } })
    assert.deepEqual(await response.json(), { code: 0, message: 'success', data: { id: 1, username: 'ada' } })
    const key = client.cookies.get('sessionid')
    assert.notEqual(key, anonymous)
    assert.equal((await jsonOf(await client.get('/api/shop/cart/'))).data.count, 1)
    assert.equal((await client.delete('/api/backend/session/')).status, 200)
    assert.equal((await app.sessions.open(key)).sessionKey, null)
    const late = await client.get('/api/backend/session/')
    assert.equal(late.status, 401)
    assert.equal((await jsonOf(late)).code, 'not_logged_in')
  })

  it('answers 401 for a wrong password, an unknown name and an inactive account alike', async t => {
    const app = await openStore(t)
    await app.users.createUser({ username: 'ada', password })
    await app.users.createUser({ username: 'gone', password, isActive: false })
    const client = new Client(app)
    const bodies = new Set<string>()
    for (const json of [
      { username: 'ada', password: 'wrong-password' },
      { username: 'nobody', password },
      { username: 'gone', password },
    ]) {
      const response = await client.post('/api/backend/session/', { json })
      assert.equal(response.status, 401)
      bodies.add(await response.text())
    }
    assert.equal(bodies.size, 1)
  })

  it('counts only failed logins, and stops at ten for an account from an address', async t => {
    const app = await openStore(t)
    await app.users.createUser({ username: 'ada', password })
    const log = (username: string, secret: string, ip = '127.0.0.1'): Promise<Response> =>
      new Client(app, { ip }).post('/api/backend/session/', { json: { username, password: secret } })
    const good = await Promise.all(Array.from({ length: 12 }, () => log('ada', password)))
    assert.deepEqual([...new Set(good.map(response => response.status))], [200])
    const bad = await Promise.all(Array.from({ length: 14 }, () => log('ada', 'wrong-password')))
    assert.equal(bad.filter(response => response.status === 401).length, 10)
    const refused = await log('ada', password)
    assert.equal(refused.status, 429)
    assert.equal((await jsonOf(refused)).code, 'too_many_attempts')
    assert(Number(refused.headers.get('retry-after')) > 0)
    assert.equal((await log('ada', password, '10.1.2.3')).status, 200)
  })
})

describe('api/shop/', () => {
  it('adds to the cart, changes and removes lines', async t => {
    const client = new Client(await openStore(t))
    const cart = async (response: Response): Promise<JsonBody['data']> => (await jsonOf(response)).data
    const first = await cart(await client.post('/api/shop/cart/', { json: { sku: 'MUG-FOG', quantity: 2 } }))
    assert.deepEqual(first, {
      items: [{ sku: 'MUG-FOG', name: 'Morning Fog Mug', quantity: 2, price: 1890, total: 3780 }],
      count: 2,
      total: 3780,
    })
    assert.equal((await cart(await client.patch('/api/shop/cart/MUG-FOG/', { json: { quantity: 5 } }))).count, 5)
    assert.equal((await client.patch('/api/shop/cart/LMP-CUM/', { json: { quantity: 5 } })).status, 404)
    assert.equal((await cart(await client.delete('/api/shop/cart/MUG-FOG/'))).count, 0)
    await client.post('/api/shop/cart/', { json: { sku: 'MUG-FOG', quantity: 1 } })
    assert.equal((await cart(await client.delete('/api/shop/cart/'))).count, 0)
  })

  it('refuses what a cart cannot hold: 422', async t => {
    const client = new Client(await openStore(t))
    for (const json of [
      { sku: 'NOTHING', quantity: 1 },
      { sku: 'MUG-FOG', quantity: 0 },
      { sku: 'MUG-FOG', quantity: 100 },
      { sku: 'MUG-FOG', quantity: 1.5 },
      { sku: 'MUG-FOG', quantity: '1' },
      { sku: 'MUG-FOG' },
      { sku: '__proto__', quantity: 1 },
      [],
      null,
    ])
      assert.equal((await client.post('/api/shop/cart/', { json })).status, 422, JSON.stringify(json))
    for (let piece = 0; piece < 10; piece += 1)
      await client.post('/api/shop/cart/', { json: { sku: 'MUG-FOG', quantity: 99 } })
    assert.equal((await client.post('/api/shop/cart/', { json: { sku: 'MUG-FOG', quantity: 10 } })).status, 422)
    assert.equal((await client.post('/api/shop/cart/', { json: { sku: 'MUG-FOG', quantity: 9 } })).status, 200)
  })

  it('shows products and their pictures, which may be kept for ever', async t => {
    const client = new Client(await openStore(t))
    const { data } = await jsonOf(await client.get('/api/shop/product/?ordering=-price&search=lamp'))
    assert(data.total >= 1)
    const { data: product } = await jsonOf(await client.get('/api/shop/product/morning-fog-mug/'))
    assert.deepEqual(Object.keys(product).sort(), [
      'currency',
      'description',
      'name',
      'picture',
      'price',
      'sku',
      'slug',
      'stock',
    ])
    const picture = await client.get(product.picture)
    assert.equal(picture.headers.get('content-type'), 'image/svg+xml')
    assert.match(picture.headers.get('cache-control') ?? '', /immutable/)
    assert.equal(
      (await client.get(product.picture, { headers: { 'If-None-Match': picture.headers.get('etag') ?? '' } })).status,
      304,
    )
    assert.equal((await client.get('/api/shop/product/nothing/')).status, 404)
    assert.equal((await client.get('/api/shop/product/?ordering=sku;drop')).status, 422)
    assert.equal((await client.get('/api/shop/product/?page=0')).status, 422)
  })

  it('makes no session for a visitor who only looks', async t => {
    const client = new Client(await openStore(t))
    for (const path of ['/', '/cart/', '/api/shop/cart/', '/product/morning-fog-mug/', '/api/shop/history/'])
      await client.get(path)
    assert.equal(client.cookies.get('sessionid'), undefined)
  })
})
