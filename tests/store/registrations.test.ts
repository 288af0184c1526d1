import assert from 'node:assert/strict'
import { Client } from 'nuages/testing'
import { withDatabases } from '../real-parts.ts'
import { jsonOf, openStore } from './open-store.ts'

const password = 'quiet-rain-on-tin-roofs'

withDatabases('the store', it => {
  it('makes one account of five registrations of one name at once: one 201, the others 409', async ({ t, url }) => {
    const app = await openStore(t, { DATABASE_URL: url })
    const json = { username: 'ada', password }
    const register = (): Promise<Response> => new Client(app).post('/api/backend/user/', { json })
    const answers = await Promise.all(Array.from({ length: 5 }, register))
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, 409, 409, 409, 409])
    const count = app.db.selectFrom('auth_user').select(({ fn }) => fn.countAll().as('total'))
    assert.equal(Number((await count.executeTakeFirstOrThrow()).total), 1)
    await app.close()
  })

  it('sells: register, fill the cart from twenty tabs, search, log out', async ({ t, url }) => {
    const app = await openStore(t, { DATABASE_URL: url })
    const client = new Client(app)
    const form = { username: 'ada', password1: password, password2: password }
    assert.equal((await client.post('/user/register/', { form })).status, 302)
    const add = (): Promise<Response> => client.post('/api/shop/cart/', { json: { sku: 'MUG-FOG', quantity: 1 } })
    await Promise.all(Array.from({ length: 20 }, add))
    assert.equal((await jsonOf(await client.get('/api/shop/cart/'))).data.count, 20)
    assert.match(await (await client.get('/?q=LAMP')).text(), /Lamp/)
    await client.post('/user/logout/')
    assert.equal((await client.get('/api/backend/session/')).status, 401)
    await app.close()
  })
})
