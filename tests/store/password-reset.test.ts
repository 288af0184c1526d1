import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { App } from 'nuages'
import { Client } from 'nuages/testing'
import { openStore } from './open-store.ts'

const password = 'quiet-rain-on-tin-roofs'
const changed = 'louder-hail-on-glass'
const html = { Accept: 'text/html' }

async function open(t: TestContext): Promise<App> {
  const app = await openStore(t, { EMAIL_BACKEND: 'locmem' })
  await app.users.createUser({ username: 'ada', password, email: 'ada@example.com' })
  return app
}

async function logIn(app: App, secret = password, form: Record<string, string> = {}): Promise<Client> {
  const client = new Client(app)
  const response = await client.post('/user/login/', { form: { username: 'ada', password: secret, ...form } })
  assert.equal(response.status, 302)
  return client
}

async function isLoggedIn(client: Client): Promise<boolean> {
  return (await client.get('/api/backend/session/')).status === 200
}

async function lastLink(app: App): Promise<string> {
  await app.mail.idle()
  const { text = '' } = app.mail.outbox.at(-1) ?? {}
  return new URL(/^https?:\S+$/m.exec(text)?.[0] ?? '').pathname
}

function fieldsOf(secret: string, again = secret): { form: Record<string, string> } {
  return { form: { new_password1: secret, new_password2: again } }
}

describe('a forgotten password', () => {
  it('is replaced by way of the mailbox, from the page of the login', async t => {
    const app = await open(t)
    const other = await logIn(app)
    const client = new Client(app)
    assert.match(await (await client.get('/user/login/')).text(), /href="\/user\/password\/forgot\/"/)
    assert.match(await (await client.get('/user/password/forgot/')).text(), /type="email"/)
    const sent = await client.post('/user/password/forgot/', { form: { email: 'ada@example.com' }, follow: true })
    assert.match(await sent.text(), /<h1>Look into your mailbox<\/h1>/)
    const link = await lastLink(app)
    const page = await (await client.get(link, { follow: true })).text()
    assert.match(page, /<h1>Choose a new password<\/h1>[\s\S]*<strong>ada<\/strong>/)
    assert(!page.includes(link.split('/').at(-2) as string), 'the token is in the page')
    const form = link.replace(/[^/]+\/$/, 'set-password/')
    for (const [bad, message] of [
      [fieldsOf('password'), /too common/],
      [fieldsOf('short'), /at least 8/],
      [fieldsOf(changed, 'other'), /not the same/],
      [fieldsOf('ada@example.com'), /too similar/],
    ] as const) {
      const response = await client.post(form, bad)
      assert.equal(response.status, 422)
      const text = await response.text()
      assert.match(text, message)
      assert(!text.includes(`value="${bad.form.new_password1}"`))
    }
    const done = await client.post(form, { ...fieldsOf(changed), follow: true })
    assert.match(await done.text(), /Your password is changed\. Log in with the new one\.[\s\S]*<h1>Log in<\/h1>/)
    assert.equal(await isLoggedIn(other), false)
    assert.equal(await isLoggedIn(await logIn(app, changed)), true)
    assert.equal((await client.get(link)).status, 404)
    assert.match(await (await client.get(form)).text(), /This link is not good any more/)
  })

  it('is asked for with the same answer whether or not there is an account', async t => {
    const app = await open(t)
    for (const email of ['ada@example.com', 'nobody@example.com']) {
      const response = await new Client(app).post('/user/password/forgot/', { form: { email } })
      assert.deepEqual([response.status, response.headers.get('location')], [302, '/user/password/sent/'])
    }
    const wrong = await new Client(app).post('/user/password/forgot/', { form: { email: 'a"<b>' } })
    assert.equal(wrong.status, 422)
    assert.match(await wrong.text(), /value="a&quot;&lt;b&gt;"[\s\S]*Enter an e-mail address\./)
    await app.mail.idle()
    assert.equal(app.mail.outbox.length, 1)
  })

  it('can be asked for a few times an hour', async t => {
    const app = await open(t)
    const client = new Client(app)
    const form = { email: 'nobody@example.com' }
    for (let index = 0; index < 5; index += 1) await client.post('/user/password/forgot/', { form })
    const response = await client.post('/user/password/forgot/', { form })
    assert.equal(response.status, 429)
    assert(Number(response.headers.get('retry-after')) > 3500)
    assert.match(await response.text(), /Too many mails/)
  })

  it('cannot be replaced by another site’s form', async t => {
    const app = await open(t)
    const link = app.auth.passwordReset.makeLink((await app.users.getByUsername('ada')) ?? assert.fail())
    const headers = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }
    const client = new Client(app, { headers })
    assert.equal((await client.post('/user/password/forgot/', { form: { email: 'ada@example.com' } })).status, 403)
    const path = `/user/password/reset/${link.uid}/${link.token}/`
    assert.equal((await client.post(path, fieldsOf(changed))).status, 403)
    assert.equal(app.mail.outbox.length, 0)
  })
})

describe('the e-mail address', () => {
  it('is given with the password, confirmed by mail, and shown on a page of its own', async t => {
    const app = await open(t)
    const client = await logIn(app)
    assert.match(await (await client.get('/user/')).text(), /href="\/user\/email\/"/)
    const page = '/user/email/'
    const wrong = await client.post(page, { form: { email: 'new@example.com', password: 'wrong' } })
    assert.equal(wrong.status, 422)
    assert.match(await wrong.text(), /value="new@example\.com"[\s\S]*entered incorrectly/)
    const right = await client.post(page, { form: { email: 'new@example.com', password }, follow: true })
    assert.match(await right.text(), /on its way to new@example\.com[\s\S]*is not confirmed yet/)
    const link = await lastLink(app)
    const reader = new Client(app)
    assert.match(
      await (await reader.get(link)).text(),
      /new@example\.com[\s\S]*<strong>ada<\/strong>[\s\S]*Yes, it is mine/,
    )
    assert.match(await (await client.get(page)).text(), /is not confirmed yet/, 'opened, not confirmed')
    assert.equal((await reader.post(link)).headers.get('location'), '/')
    assert.match(await (await client.get(page)).text(), /is yours: you have confirmed it/)
    assert.equal((await reader.post(link)).status, 404)
    assert.equal((await reader.get(link)).status, 404)
  })

  it('is confirmed by a link that can be mailed again', async t => {
    const app = await open(t)
    const client = await logIn(app)
    await client.post('/user/email/verify/')
    const confirmed = await client.post(await lastLink(app), { follow: true })
    assert.match(await confirmed.text(), /Thank you: ada@example\.com is confirmed\./)
    await client.post('/user/email/verify/')
    await app.mail.idle()
    assert.equal(app.mail.outbox.length, 1)
  })

  it('is for who is logged in', async t => {
    const client = new Client(await open(t))
    for (const path of ['/user/email/', '/user/email/verify/']) {
      const response = await client.request(path.endsWith('verify/') ? 'POST' : 'GET', path, { headers: html })
      assert.match(response.headers.get('location') ?? '', /^\/user\/login\/\?next=/)
    }
  })
})

describe('a login', () => {
  it('is kept as long as the box says, through a change of password too', async t => {
    const app = await open(t)
    const cookieOf = (client: Client): string => client.cookies.setCookieOf('sessionid') ?? ''
    const kept = await logIn(app, password, { remember: 'on' })
    assert.match(cookieOf(kept), /Max-Age=1209600/)
    const brief = await logIn(app)
    assert.doesNotMatch(cookieOf(brief), /Max-Age|Expires/i)
    const form = { old_password: password, new_password1: changed, new_password2: changed }
    assert.equal((await kept.post('/user/password/', { form })).status, 302)
    assert.match(cookieOf(kept), /Max-Age=1209600/)
    assert.deepEqual([await isLoggedIn(kept), await isLoggedIn(brief)], [true, false])
    const again = await logIn(app, changed)
    const back = { old_password: changed, new_password1: password, new_password2: password }
    assert.equal((await again.post('/user/password/', { form: back })).status, 302)
    assert.doesNotMatch(cookieOf(again), /Max-Age|Expires/i)
  })

  it('through the API is kept only for who asks for it', async t => {
    const app = await open(t)
    for (const [remember, isKept] of [
      [true, true],
      [false, false],
      [undefined, false],
    ] as const) {
      const client = new Client(app)
      await client.post('/api/backend/session/', { json: { username: 'ada', password, remember } })
      assert.equal(/Max-Age=1209600/.test(client.cookies.setCookieOf('sessionid') ?? ''), isKept, String(remember))
    }
  })

  it('of who logs in again without the box ends with the browser, though the one before was kept', async t => {
    const app = await open(t)
    const client = await logIn(app, password, { remember: 'on' })
    await client.post('/user/login/', { form: { username: 'ada', password } })
    assert.doesNotMatch(client.cookies.setCookieOf('sessionid') ?? '', /Max-Age|Expires/i)
    await client.post('/user/login/', { form: { username: 'ada', password, remember: 'on' } })
    assert.match(client.cookies.setCookieOf('sessionid') ?? '', /Max-Age=1209600/)
  })

  it('goes on to where the visitor wanted to go, through a mistyped password, with its query', async t => {
    const app = await open(t)
    const client = new Client(app)
    const sent = await client.get('/user/devices/?a=1&b=%2F', { headers: html })
    const login = sent.headers.get('location') ?? ''
    const nextIn = (page: string): string =>
      /name="next" value="([^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const next = nextIn(await (await client.get(login)).text())
    assert.equal(next, '/user/devices/?a=1&b=%2F')
    const failed = await client.post('/user/login/', { form: { username: 'ada', password: 'wrong', next } })
    assert.equal(nextIn(await failed.text()), next)
    const response = await client.post('/user/login/', { form: { username: 'ada', password, next } })
    assert.equal(response.headers.get('location'), next)
  })

  it('ends everywhere at a click, on this device too', async t => {
    const app = await open(t)
    const [here, phone] = [await logIn(app), await logIn(app, password, { remember: 'on' })]
    assert.match(await (await here.get('/user/devices/')).text(), /Log out everywhere, here too/)
    const response = await here.post('/user/devices/log-out-everywhere/', { follow: true })
    assert.match(await response.text(), /You are logged out everywhere, here too\./)
    assert.deepEqual([await isLoggedIn(here), await isLoggedIn(phone)], [false, false])
  })
})
