import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Client } from 'nuages/testing'
import { withDatabases } from '../real-parts.ts'
import { jsonOf, openStore } from './open-store.ts'

describe('two registrations of one name at once', () => {
  withDatabases(it, 'make one account: one 201, the others 409', async (t, DATABASE_URL) => {
    const app = await openStore(t, { DATABASE_URL })
    const json = { username: 'ada', password: 'quiet-rain-on-tin-roofs' }
    const answers = await Promise.all(Array.from({ length: 5 }, () => new Client(app).post('/api/backend/user/', { json })))
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, 409, 409, 409, 409])
    const { total } = await app.db.selectFrom('auth_user').select(({ fn }) => fn.countAll().as('total')).executeTakeFirstOrThrow()
    assert.equal(Number(total), 1)
  })

  withDatabases(it, 'sell to them on every database', async (t, DATABASE_URL) => {
    const client = new Client(await openStore(t, { DATABASE_URL }))
    const form = { username: 'ada', password1: 'quiet-rain-on-tin-roofs', password2: 'quiet-rain-on-tin-roofs' }
    assert.equal((await client.post('/user/register/', { form })).status, 302)
    await Promise.all(Array.from({ length: 20 }, () => client.post('/api/shop/cart/', { json: { sku: 'MUG-FOG', quantity: 1 } })))
    assert.equal((await jsonOf(await client.get('/api/shop/cart/'))).data.count, 20)
    assert.equal((await client.get('/?q=LAMP')).status, 200)
    await client.post('/user/logout/')
    assert.equal((await client.get('/api/backend/session/')).status, 401)
  })
})
