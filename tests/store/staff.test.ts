import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { App } from 'nuages'
import { Client } from 'nuages/testing'
import { drawImage } from '../images.ts'
import { temporaryFolder, withDatabases } from '../real-parts.ts'
import { openStore } from './open-store.ts'

const password = 'quiet-rain-on-tin-roofs'
const page = '/staff/product/cumulus-lamp/'
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4" fill="#abc"/></svg>'
const lamp = { name: 'Nimbus Lamp', slug: 'cumulus-lamp', description: 'Darker.', price: '99,5', stock: '3' }

async function enter(app: App, username = 'grace', isStaff = true): Promise<Client> {
  await app.users.createUser({ username, password, isStaff })
  const client = new Client(app)
  await client.post('/user/login/', { form: { username, password } })
  return client
}

function form(fields: Readonly<Record<string, string>>, picture?: Blob): { body: FormData } {
  const body = new FormData()
  for (const [name, value] of Object.entries(fields)) body.set(name, value)
  if (picture !== undefined) body.set('picture', picture, 'picture')
  return { body }
}

async function versionIn(client: Client, path = page): Promise<string> {
  return /name="version" value="([^"]*)"/.exec(await (await client.get(path)).text())?.[1] ?? ''
}

const draw = async (format: 'png' | 'jpeg' | 'webp' | 'gif'): Promise<Blob> =>
  new Blob([new Uint8Array(await drawImage(format))])

describe('the staff’s pages', () => {
  it('let nobody else in, and show the way to nobody else', async t => {
    const app = await openStore(t)
    const visitor = await enter(app, 'ada', false)
    for (const path of ['/staff/products/', '/staff/add-product/', page]) {
      assert.equal(
        (await new Client(app).get(path, { headers: { Accept: 'text/html' } })).headers.get('location'),
        `/user/login/?next=${path}`,
      )
      assert.equal((await visitor.get(path)).status, 403)
    }
    for (const path of ['/staff/add-product/', page, `${page}delete/`])
      assert.equal((await visitor.post(path, form({ ...lamp, version: '' }))).status, 403)
    assert.doesNotMatch(await (await visitor.get('/')).text(), /\/staff\//)
    assert.match(await (await (await enter(app)).get('/')).text(), /href="\/staff\/products\/"/)
  })

  it('change a product: money without rounding, other fields as they are', async t => {
    const app = await openStore(t)
    const client = await enter(app)
    const shown = await (await client.get(page)).text()
    assert.match(shown, /name="price"[^>]* value="129\.00"/)
    const response = await client.post(page, form({ ...lamp, version: await versionIn(client) }))
    assert.equal(response.status, 302)
    const row = await app.db
      .selectFrom('store_product')
      .selectAll()
      .where('slug', '=', 'cumulus-lamp')
      .executeTakeFirstOrThrow()
    assert.partialDeepStrictEqual(row, { sku: 'LMP-CUM', name: 'Nimbus Lamp', price: 9950, stock: 3, currency: 'EUR' })
    assert.match(row.picture, /^[0-9a-f]{32}$/)
  })

  it('say by field what is wrong, and keep what was written', async t => {
    const client = await enter(await openStore(t))
    const wrong = { ...lamp, price: '1.234', stock: '-1', slug: 'No Slug', version: await versionIn(client) }
    const response = await client.post(page, form(wrong))
    const text = await response.text()
    assert.equal(response.status, 422)
    for (const name of ['price', 'stock', 'slug']) assert.match(text, new RegExp(`id="${name}-error"`))
    assert.match(text, /name="stock"[^>]* value="-1"/)
    assert.match(text, /Nimbus Lamp/)
  })

  it('add a product with a picture of its own, of each type; the same picture is kept once', async t => {
    const app = await openStore(t, { MEDIA_ROOT: temporaryFolder(t) })
    const client = await enter(app)
    const pictures = [await draw('png'), await draw('jpeg'), await draw('webp'), new Blob([svg]), new Blob([svg])]
    for (const [index, picture] of pictures.entries()) {
      const fields = { ...lamp, sku: `NEW-${index}`, slug: `new-${index}`, version: '' }
      assert.equal((await client.post('/staff/add-product/', form(fields, picture))).status, 302)
      const shown = await (await new Client(app).get(`/product/new-${index}/`)).text()
      const address = /<img src="(\/api\/shop\/picture\/[0-9a-f]{32}\/)"/.exec(shown)?.[1] ?? ''
      const answer = await new Client(app).get(address)
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('content-type'), index < 3 ? 'image/webp' : 'image/svg+xml')
      assert.match(answer.headers.get('content-security-policy') ?? '', /sandbox/)
      assert.match(answer.headers.get('cache-control') ?? '', /immutable/)
      const etag = answer.headers.get('etag') ?? ''
      assert.equal((await new Client(app).get(address, { headers: { 'If-None-Match': etag } })).status, 304)
    }
    assert.equal((await client.get('/')).status, 200)
  })

  it('refuse a picture that is none, a drawing that does more than draw, a number or address that is taken, and no picture', async t => {
    const app = await openStore(t, { MEDIA_ROOT: temporaryFolder(t) })
    const client = await enter(app)
    const good = { ...lamp, sku: 'NEW', slug: 'new', version: '' }
    const cases: readonly [Record<string, string>, Blob | undefined, string][] = [
      [good, undefined, 'picture'],
      [good, new Blob(['<p>hello']), 'picture'],
      [good, await draw('gif'), 'picture'],
      [good, new Blob([svg.replace('<circle', '<script/><circle')]), 'picture'],
      [good, new Blob([svg, ' '.repeat(50_000)]), 'picture'],
      [{ ...good, sku: 'LMP-CUM' }, new Blob([svg]), 'sku'],
      [{ ...good, slug: 'cumulus-lamp' }, new Blob([svg]), 'slug'],
    ]
    for (const [fields, picture, field] of cases) {
      const response = await client.post('/staff/add-product/', form(fields, picture))
      assert.equal(response.status, 422)
      assert.match(await response.text(), new RegExp(`id="${field}-error"`))
    }
    assert.equal((await new Client(app).get('/product/new/')).status, 404)
  })

  it('say that somebody else was first: with both texts, and a second save counts', async t => {
    const app = await openStore(t)
    const [first, second] = [await enter(app), await enter(app, 'hopper')]
    const version = await versionIn(first)
    await second.post(page, form({ ...lamp, name: 'Stratus Lamp', version }))
    for (const name of ['Nimbus Lamp', '']) {
      const refused = await first.post(page, form({ ...lamp, name, version }))
      assert.equal(refused.status, 409, 'a mistake in the form hides no conflict')
    }
    const refused = await first.post(page, form({ ...lamp, version }))
    const text = await refused.text()
    assert.equal(refused.status, 409)
    assert.match(text, /Somebody else changed/)
    assert.match(text, /id="name-error">Now: Stratus Lamp</)
    assert.match(text, /name="name"[^>]* value="Nimbus Lamp"/)
    const now = /name="version" value="([^"]*)"/.exec(text)?.[1] ?? ''
    assert.equal((await first.post(page, form({ ...lamp, version: now }))).status, 302)
  })

  it('remove a product, unless it was changed since it was looked at', async t => {
    const app = await openStore(t)
    const client = await enter(app)
    const version = await versionIn(client)
    await client.post(page, form({ ...lamp, version }))
    assert.equal((await client.post(`${page}delete/`, { form: { version } })).status, 409)
    assert.equal((await client.post(`${page}delete/`, { form: { version: await versionIn(client) } })).status, 302)
    assert.equal((await client.get(page)).status, 404)
    assert.equal((await client.post(page, form({ ...lamp, version }))).status, 404)
  })
})

withDatabases('the staff’s pages on a database', it => {
  it('write one of several edits made from the same page at the same time', async ({ t, url }) => {
    const app = await openStore(t, { DATABASE_URL: url })
    const client = await enter(app)
    const version = await versionIn(client)
    const edit = (stock: number) => client.post(page, form({ ...lamp, stock: String(stock), version }))
    const answers = await Promise.all([1, 2, 3, 4].map(edit))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [302, 409, 409, 409])
  })
})
