/** CWE-915: fields that a visitor sends and no form asks for. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Client } from 'nuages/testing'
import { openStore } from '../store/open-store.ts'

const password = 'quiet-rain-on-tin-roofs'
const wanted = {
  id: 999,
  is_staff: true,
  isStaff: true,
  is_superuser: true,
  isSuperuser: true,
  is_active: false,
  isActive: false,
  date_joined: '2000-01-01',
  last_login: '2000-01-01',
}

describe('mass assignment', () => {
  it('at registration makes an ordinary account, by the API and by the page', async t => {
    const app = await openStore(t)
    await new Client(app).post('/api/backend/user/', { json: { username: 'ada', password, ...wanted } })
    const form = Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, String(value)]))
    await new Client(app).post('/user/register/', {
      form: { username: 'bob', password1: password, password2: password, ...form },
    })
    for (const name of ['ada', 'bob']) {
      const user = await app.users.getByUsername(name)
      assert.notEqual(user?.id, 999)
      assert.deepEqual([user?.isStaff, user?.isSuperuser, user?.isActive], [false, false, true])
      assert.notEqual(user?.dateJoined.getUTCFullYear(), 2000)
    }
  })

  it('on one’s own profile changes what may be changed, and nothing else', async t => {
    const app = await openStore(t)
    const ada = await app.users.createUser({ username: 'ada', password })
    const client = new Client(app)
    await client.forceLogin(ada)
    const path = `/api/backend/user/${ada.id}/`
    const profile = { username: 'ada', email: '', first_name: 'Ada', last_name: 'L.' }
    for (const response of [
      await client.patch(path, { json: { first_name: 'Ada', ...wanted } }),
      await client.put(path, { json: { ...profile, ...wanted, password: 'another-quiet-rain' } }),
    ])
      assert.equal(response.status, 200)
    const after = await app.users.get(ada.id)
    assert.deepEqual(
      [after?.isStaff, after?.isSuperuser, after?.isActive, after?.firstName],
      [false, false, true, 'Ada'],
    )
    assert.notEqual(await app.users.verify('ada', password), null)
  })

  it('of a password needs the current one, of somebody else is refused', async t => {
    const app = await openStore(t)
    const ada = await app.users.createUser({ username: 'ada', password })
    const bob = await app.users.createUser({ username: 'bob', password })
    const client = new Client(app)
    await client.forceLogin(ada)
    const json = { password: 'another-quiet-rain', first_name: 'Eve' }
    assert.equal((await client.patch(`/api/backend/user/${ada.id}/`, { json })).status, 422)
    assert.equal((await client.patch(`/api/backend/user/${bob.id}/`, { json })).status, 403)
    for (const name of ['ada', 'bob']) {
      const user = await app.users.verify(name, password)
      assert.equal(user?.firstName, '')
    }
  })

  it('of a price or a total in the cart is nothing that the cart looks at', async t => {
    const client = new Client(await openStore(t))
    const honest = await (await client.post('/api/shop/cart/', { json: { sku: 'MUG-FOG', quantity: 1 } })).text()
    const other = new Client(client.app)
    const json = { sku: 'MUG-FOG', quantity: 1, price: 0, total: 0, name: 'Free mug' }
    assert.equal(await (await other.post('/api/shop/cart/', { json })).text(), honest)
  })
})
