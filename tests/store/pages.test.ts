import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Client } from 'nuages/testing'
import { jsonOf, openStore } from './open-store.ts'

const password = 'quiet-rain-on-tin-roofs'

async function register(client: Client, username = 'ada'): Promise<Response> {
  return client.post('/user/register/', { form: { username, password1: password, password2: password } })
}

describe('the pages', () => {
  it('register a visitor, log in at once and show who it is', async t => {
    const client = new Client(await openStore(t))
    const response = await register(client)
    assert.equal(response.status, 302)
    assert.equal(response.headers.get('location'), '/user/')
    const page = await (await client.get('/user/')).text()
    assert.match(page, /Welcome, ada\./)
    assert.match(page, /<h1>ada<\/h1>/)
    assert.doesNotMatch(await (await client.get('/user/')).text(), /Welcome, ada\./)
  })

  it('show a form with mistakes again: 422, values kept but never passwords, messages by field', async t => {
    const client = new Client(await openStore(t))
    const form = { username: 'a<b>', password1: 'short', password2: 'other' }
    const response = await client.post('/user/register/', { form })
    assert.equal(response.status, 422)
    const page = await response.text()
    assert.match(page, /value="a&lt;b&gt;"/)
    assert.match(page, /id="username-error"/)
    assert.match(page, /id="password1-error"/)
    assert.doesNotMatch(page, /value="short"/)
  })

  it('refuse a password that is common, all digits, or like the name', async t => {
    const client = new Client(await openStore(t))
    for (const bad of ['password', '83749274628', 'wolkenbruch1']) {
      const form = { username: 'wolkenbruch', password1: bad, password2: bad }
      assert.equal((await client.post('/user/register/', { form })).status, 422, bad)
    }
  })

  it('lead from the address of a refused form to the form, when it is opened anew', async t => {
    const app = await openStore(t)
    const client = new Client(app)
    await register(client)
    for (const address of ['/user/password/', '/user/avatar/']) {
      const response = await client.get(address)
      assert.deepEqual([response.status, response.headers.get('location')], [302, '/user/'])
    }
  })

  it('say that a name is taken', async t => {
    const app = await openStore(t)
    await register(new Client(app))
    const response = await register(new Client(app))
    assert.equal(response.status, 422)
    assert.match(await response.text(), /A user with that username already exists\./)
  })

  it('log in for the browser session, or for two weeks with the box ticked', async t => {
    const app = await openStore(t)
    await register(new Client(app))
    const client = new Client(app)
    await client.post('/user/login/', { form: { username: 'ada', password } })
    assert.doesNotMatch(client.cookies.setCookieOf('sessionid') ?? '', /Max-Age/)
    const kept = new Client(app)
    await kept.post('/user/login/', { form: { username: 'ada', password, remember: 'on' } })
    assert.match(kept.cookies.setCookieOf('sessionid') ?? '', /HttpOnly; Max-Age=1209600; Path=\/; SameSite=Lax/)
  })

  it('go on to next on this host only', async t => {
    const app = await openStore(t)
    await register(new Client(app))
    for (const [next, location] of [
      ['/cart/', '/cart/'],
      ['//evil.example/', '/user/'],
      ['https://evil.example/', '/user/'],
      ['javascript:alert(1)', '/user/'],
      ['/\\evil.example', '/user/'],
      ['http://localhost/cart/', 'http://localhost/cart/'],
    ] as const) {
      const response = await new Client(app).post('/user/login/', { form: { username: 'ada', password, next } })
      assert.equal(response.headers.get('location'), location, next)
    }
  })

  it('send a stranger from the profile to the login and back', async t => {
    const client = new Client(await openStore(t))
    const response = await client.get('/user/', { headers: { Accept: 'text/html' } })
    assert.equal(response.status, 302)
    assert.equal(response.headers.get('location'), '/user/login/?next=/user/')
  })

  it('log out: session gone, cookie deleted, old cookie worthless', async t => {
    const app = await openStore(t)
    const client = new Client(app)
    await register(client)
    const key = client.cookies.get('sessionid') as string
    const response = await client.post('/user/logout/')
    assert.equal(response.headers.get('location'), '/')
    assert.equal(client.cookies.get('sessionid'), undefined)
    client.cookies.set('sessionid', key)
    assert.equal((await client.get('/user/', { headers: { Accept: 'text/html' } })).status, 302)
  })

  it('change a password: this visitor stays, the others are out', async t => {
    const app = await openStore(t)
    const [here, there] = [new Client(app), new Client(app)]
    await register(here)
    await there.post('/user/login/', { form: { username: 'ada', password } })
    const form = { old_password: password, new_password1: 'another-quiet-one', new_password2: 'another-quiet-one' }
    assert.equal((await here.post('/user/password/', { form: { ...form, old_password: 'wrong' } })).status, 422)
    assert.equal((await here.post('/user/password/', { form })).status, 302)
    assert.equal((await here.get('/api/backend/session/')).status, 200)
    assert.equal((await there.get('/api/backend/session/')).status, 401)
  })

  it('keep the cart through the login', async t => {
    const app = await openStore(t)
    await register(new Client(app))
    const client = new Client(app)
    await client.post('/cart/add/', { form: { sku: 'MUG-FOG', quantity: '2' } })
    const before = client.cookies.get('sessionid')
    await client.post('/user/login/', { form: { username: 'ada', password } })
    assert.notEqual(client.cookies.get('sessionid'), before)
    assert.match(await (await client.get('/cart/')).text(), /2 pieces/)
  })

  it('answer every change of the cart with 302, and say there what made no sense', async t => {
    const client = new Client(await openStore(t))
    const post = (path: string, form: Record<string, string>): Promise<Response> => client.post(path, { form })
    for (const form of [
      { sku: 'NOTHING', quantity: '1' },
      { sku: 'MUG-FOG', quantity: '0' },
      { sku: 'MUG-FOG', quantity: 'x' },
      {},
    ] as const) {
      assert.equal((await post('/cart/add/', form as Record<string, string>)).headers.get('location'), '/cart/')
      assert.match(await (await client.get('/cart/')).text(), /do not sell|whole number/)
    }
    await post('/cart/add/', { sku: 'MUG-FOG', quantity: '3' })
    await post('/cart/update/', { sku: 'MUG-FOG', quantity: '7' })
    assert.match(await (await client.get('/cart/')).text(), /7 pieces/)
    await post('/cart/remove/', { sku: 'MUG-FOG' })
    assert.match(await (await client.get('/cart/')).text(), /Nothing in it yet/)
  })

  it('search, page, and find nothing politely', async t => {
    const client = new Client(await openStore(t))
    assert.match(await (await client.get('/?q=lamp')).text(), /Lamp/)
    assert.match(await (await client.get('/?q=%25_%27%3B--')).text(), /Nothing here is called that/)
    assert.match(await (await client.get('/?page=2')).text(), /page 2 of/)
    assert.equal((await client.get('/?page=99999')).status, 404)
  })

  it('remember ten products, newest first, without doubles', async t => {
    const client = new Client(await openStore(t))
    const { items } = (await jsonOf(await client.get('/api/shop/product/?page_size=12'))).data
    for (const { slug } of items) await client.get(`/product/${slug}/`)
    await client.get(`/product/${items[5]?.slug}/`)
    const history = (await jsonOf(await client.get('/api/shop/history/'))).data.items.map(item => item.slug)
    assert.equal(history.length, 10)
    assert.equal(history[0], items[5]?.slug)
    assert.equal(new Set(history).size, 10)
    assert.match(client.cookies.setCookieOf('history') ?? '', /Max-Age=2592000; Path=\//)
  })

  it('close the advertisement for a day', async t => {
    const client = new Client(await openStore(t))
    assert.match(await (await client.get('/')).text(), /action="\/ad\/close\/"/)
    assert.equal((await client.post('/ad/close/', { form: { next: '/cart/' } })).headers.get('location'), '/cart/')
    assert.match(client.cookies.setCookieOf('ad_closed') ?? '', /Max-Age=86400/)
    assert.doesNotMatch(await (await client.get('/')).text(), /action="\/ad\/close\/"/)
  })

  it('let no cache keep a page', async t => {
    const response = await new Client(await openStore(t)).get('/')
    assert.match(response.headers.get('cache-control') ?? '', /no-store/)
    assert.match(response.headers.get('vary') ?? '', /Cookie/)
  })
})
