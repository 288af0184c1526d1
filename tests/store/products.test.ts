/** `api/shop/product/`: everybody reads products, staff writes them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { App } from 'nuages'
import { Client } from 'nuages/testing'
import { withDatabases } from '../real-parts.ts'
import { jsonOf, openStore } from './open-store.ts'

const list = '/api/shop/product/'
const mug = `${list}morning-fog-mug/`

async function clientOf(app: App, account: { readonly isStaff: boolean }): Promise<Client> {
  const client = new Client(app)
  const username = account.isStaff ? 'staff' : 'visitor'
  await client.forceLogin(await app.users.createUser({ username, ...account }))
  return client
}

/** A product that does not exist yet, with the picture of one that does. */
async function newProduct(client: Client): Promise<Record<string, unknown>> {
  const { data } = await jsonOf(await client.get(mug))
  return { ...data, sku: 'MUG-NEW', slug: 'new-mug', name: 'New Mug' }
}

withDatabases('products by the API', it => {
  it('are added, changed and taken away by staff, each state once', async ({ t, url }) => {
    const app = await openStore(t, { DATABASE_URL: url })
    const staff = await clientOf(app, { isStaff: true })
    const json = await newProduct(staff)
    const made = await staff.post(list, { json })
    assert.equal(made.status, 201)
    assert.equal(made.headers.get('location'), `${list}new-mug/`)
    const path = made.headers.get('location') as string
    assert.deepEqual((await jsonOf(made)).data, json)
    assert.equal((await staff.post(list, { json })).status, 409)
    assert.equal((await staff.post(list, { json: { ...json, sku: 'MUG-TWO' } })).status, 409)

    const read = await new Client(app).get(path)
    const etag = read.headers.get('etag') ?? ''
    assert.equal((await staff.get(path, { headers: { 'If-None-Match': etag } })).status, 304)
    const headers = { 'If-Match': etag }
    const writes = [
      staff.put(path, { json: { ...json, price: 1 }, headers }),
      staff.put(path, { json: { ...json, price: 2 }, headers }),
      staff.patch(path, { json: { price: 3 }, headers }),
      staff.patch(path, { json: { stock: 0 }, headers }),
    ]
    const statuses = (await Promise.all(writes)).map(response => response.status)
    assert.deepEqual(statuses.sort(), [200, 412, 412, 412])
    assert.equal((await staff.delete(path, { headers })).status, 412)
    assert.equal((await staff.delete(path)).status, 200)
    assert.equal((await staff.get(path)).status, 404)
  })
})

describe('products by the API', () => {
  it('are written by staff only: 401, 403, before anything is looked at', async t => {
    const app = await openStore(t)
    const visitor = await clientOf(app, { isStaff: false })
    const bad = { body: '<', headers: { 'Content-Type': 'text/plain', 'If-Match': '"stale"' } }
    for (const [client, status] of [
      [new Client(app), 401],
      [visitor, 403],
    ] as const) {
      assert.equal((await client.post(list, bad)).status, status)
      assert.equal((await client.put(mug, bad)).status, status)
      assert.equal((await client.patch(`${list}nothing/`, bad)).status, status)
      assert.equal((await client.delete(mug, { headers: bad.headers })).status, status)
      assert.equal((await client.get(mug)).status, 200)
    }
  })

  it('refuse what no product can be, by field', async t => {
    const app = await openStore(t)
    const staff = await clientOf(app, { isStaff: true })
    const json = await newProduct(staff)
    for (const [field, value] of [
      ['sku', 'mug'],
      ['sku', 'A'.repeat(33)],
      ['sku', '../MUG'],
      ['slug', 'New Mug'],
      ['slug', 'a'.repeat(101)],
      ['name', '  '],
      ['name', 'a\0b'],
      ['price', -1],
      ['price', 1.5],
      ['price', '100'],
      ['price', 2 ** 31],
      ['currency', 'USD'],
      ['stock', -1],
      ['picture', 'f'.repeat(32)],
      ['picture', 'https://evil.example/x.png'],
      ['picture', `javascript:${'f'.repeat(32)}`],
    ] as const) {
      const response = await staff.post(list, { json: { ...json, [field]: value } })
      assert.equal(response.status, 422, `${field} ${value}`)
      assert.deepEqual(Object.keys((await jsonOf(response)).errors), [field], `${field} ${value}`)
    }
    for (const field of Object.keys(json)) {
      const { [field]: _, ...rest } = json
      assert.equal((await staff.put(mug, { json: rest })).status, 422, field)
    }
    const moved = await staff.patch(mug, { json: { sku: 'MUG-OTHER' } })
    assert.deepEqual(Object.keys((await jsonOf(moved)).errors), ['sku'])
    assert.equal((await staff.patch(mug, { json: { picture: 'f'.repeat(32) } })).status, 422)
    assert.equal((await staff.patch(mug, { json: { price: 2000, is_staff: true } })).status, 200)
  })

  it('can be put back as they were read, picture and all', async t => {
    const staff = await clientOf(await openStore(t), { isStaff: true })
    const { data } = await jsonOf(await staff.get(mug))
    const put = await staff.put(mug, { json: data })
    assert.equal(put.status, 200)
    assert.deepEqual((await jsonOf(put)).data, data)
    assert.equal((await staff.get(data.picture)).status, 200)
  })

  it('are found by price, in parts, with some of their fields', async t => {
    const client = new Client(await openStore(t))
    const cheap = await jsonOf(await client.get(`${list}?price__lte=1000&ordering=price&fields=slug,price`))
    assert(cheap.data.total > 0)
    for (const item of cheap.data.items as unknown as { price: number }[]) {
      assert(item.price <= 1000)
      assert.deepEqual(Object.keys(item).sort(), ['price', 'slug'])
    }
    const slugs: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { data } = await jsonOf(await client.get(`${list}?cursor=${cursor}&page_size=5`))
      slugs.push(...data.items.map(item => item.slug))
      cursor = (data as unknown as { next: string | null }).next
    }
    const { data } = await jsonOf(await client.get(`${list}?page_size=100`))
    assert.deepEqual(
      slugs,
      data.items.map(item => item.slug),
    )
    assert.equal(slugs.length, data.total)
  })

  it('may go while they lie in carts and stand in histories', async t => {
    const app = await openStore(t)
    const staff = await clientOf(app, { isStaff: true })
    const visitor = new Client(app)
    await visitor.get('/product/morning-fog-mug/')
    await visitor.get('/product/five-clouds-mobile/')
    for (const sku of ['MUG-FOG', 'MBL-FIV']) await visitor.post('/api/shop/cart/', { json: { sku, quantity: 2 } })
    assert.equal((await staff.delete(mug)).status, 200)
    for (const path of ['/', '/cart/', '/product/five-clouds-mobile/', '/user/login/']) {
      const page = await visitor.get(path, { headers: { Accept: 'text/html' } })
      assert.equal(page.status, 200, path)
      assert.doesNotMatch(await page.text(), /morning-fog-mug/, path)
    }
    assert.equal((await visitor.get('/product/morning-fog-mug/')).status, 404)
    const cart = (await jsonOf(await visitor.get('/api/shop/cart/'))).data
    assert.deepEqual([cart.items.map(item => item.sku), cart.count], [['MBL-FIV'], 2])
    const history = (await jsonOf(await visitor.get('/api/shop/history/'))).data
    assert.deepEqual(
      history.items.map(item => item.slug),
      ['five-clouds-mobile'],
    )
    assert.equal((await visitor.patch('/api/shop/cart/MUG-FOG/', { json: { quantity: 3 } })).status, 200)
    assert.equal((await visitor.delete('/api/shop/cart/MUG-FOG/')).status, 200)
    assert.equal((await visitor.post('/api/shop/cart/', { json: { sku: 'MUG-FOG', quantity: 1 } })).status, 422)
  })
})
