import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { ActiveSession, App } from 'nuages'
import { Client } from 'nuages/testing'
import { requirePostgres, temporaryFolder } from '../real-parts.ts'
import { openStore } from './open-store.ts'
import { startStore } from './processes.ts'

const password = 'quiet-rain-on-tin-roofs'
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0'
const session = '/api/backend/session/'
const device = '/api/backend/device/'

async function openWithAccounts(t: TestContext): Promise<App> {
  const app = await openStore(t)
  for (const username of ['ada', 'bob']) await app.users.createUser({ username, password })
  return app
}

async function visitor(app: App, username = 'ada', userAgent = firefox): Promise<Client> {
  const client = new Client(app, { headers: { 'Sec-Fetch-Site': 'same-origin', 'User-Agent': userAgent } })
  assert.equal((await client.post(session, { json: { username, password } })).status, 200)
  return client
}

async function listOf(client: Client): Promise<readonly ActiveSession[]> {
  const { data } = (await (await client.get(device)).json()) as { data: { items: ActiveSession[] } }
  return data.items
}

async function otherOf(client: Client): Promise<string> {
  return (await listOf(client)).find(({ isCurrent }) => !isCurrent)?.id ?? ''
}

async function isLoggedIn(client: Client): Promise<boolean> {
  return (await client.get(session)).status === 200
}

describe('the page of devices', () => {
  it('is found from the profile, for who is logged in', async t => {
    const app = await openWithAccounts(t)
    const stranger = await new Client(app).get('/user/devices/', { headers: { Accept: 'text/html' } })
    assert.equal(stranger.headers.get('location'), '/user/login/?next=/user/devices/')
    const ada = await visitor(app)
    assert.match(await (await ada.get('/user/')).text(), /href="\/user\/devices\/"/)
  })

  it('shows each device, with markup of a hostile User-Agent nowhere, and logs one out', async t => {
    const app = await openWithAccounts(t)
    const ada = await visitor(app)
    const hostile = await visitor(app, 'ada', '<script>alert(1)</script>/1.0 (x)')
    const page = await (await ada.get('/user/devices/')).text()
    assert.match(page, /<h2>Firefox on Linux<\/h2>[\s\S]*127\.0\.0\.1[\s\S]*<time datetime="/)
    assert.match(page, /Unknown device/)
    assert.doesNotMatch(page, /alert\(1\)/)
    for (const client of [ada, hostile]) assert(!page.includes(client.cookies.get('sessionid') ?? '-'))
    const action = /action="(\/user\/devices\/[0-9a-f]+\/revoke\/)"/.exec(page)?.[1] ?? ''
    assert.equal((await ada.post(action)).headers.get('location'), '/user/devices/')
    assert.match(await (await ada.get('/user/devices/')).text(), /That device is logged out\.[\s\S]*nowhere else/)
    assert.deepEqual([await isLoggedIn(ada), await isLoggedIn(hostile)], [true, false])
    await ada.post(action)
    assert.match(await (await ada.get('/user/devices/')).text(), /logged out already/)
  })

  it('logs out all others', async t => {
    const app = await openWithAccounts(t)
    const [ada, phone, laptop, bob] = [
      await visitor(app),
      await visitor(app),
      await visitor(app),
      await visitor(app, 'bob'),
    ]
    assert.equal((await ada.post('/user/devices/revoke-others/')).headers.get('location'), '/user/devices/')
    const answers = await Promise.all([ada, phone, laptop, bob].map(isLoggedIn))
    assert.deepEqual(answers, [true, false, false, true])
  })

  it('refuses other sites, wrong methods and strangers', async t => {
    const app = await openWithAccounts(t)
    const [ada, phone] = [await visitor(app), await visitor(app)]
    const path = `/user/devices/${await otherOf(ada)}/revoke/`
    const elsewhere = { headers: { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' } }
    assert.equal((await ada.post(path, elsewhere)).status, 403)
    assert.equal((await ada.post('/user/devices/revoke-others/', elsewhere)).status, 403)
    assert.equal((await ada.get(path)).status, 405)
    assert.equal((await new Client(app).post(path)).status, 401)
    assert.equal(await isLoggedIn(phone), true)
  })
})

describe('the API of devices', () => {
  it('lists, logs out one and logs out the others', async t => {
    const app = await openWithAccounts(t)
    const [ada, phone] = [await visitor(app), await visitor(app, 'ada', 'curl/8.5.0')]
    await visitor(app)
    const items = await listOf(ada)
    assert.equal(items.length, 3)
    assert.deepEqual(Object.keys(items[0] ?? {}).sort(), [
      'address',
      'created',
      'device',
      'id',
      'isCurrent',
      'lastSeen',
    ])
    const curl = items.find(one => one.device === 'curl')
    assert.equal((await ada.delete(`${device}${curl?.id}/`)).status, 200)
    assert.equal((await ada.delete(`${device}${curl?.id}/`)).status, 404)
    assert.equal(await isLoggedIn(phone), false)
    const rest = await ada.post(`${device}revoke-others/`)
    assert.deepEqual(await rest.json(), { code: 0, message: 'success', data: { count: 1 } })
    assert.deepEqual(
      (await listOf(ada)).map(({ isCurrent }) => isCurrent),
      [true],
    )
  })

  it('tells nobody whether an id of another account exists', async t => {
    const app = await openWithAccounts(t)
    const [ada, bob] = [await visitor(app), await visitor(app, 'bob')]
    await visitor(app)
    const [real, made] = await Promise.all(
      [await otherOf(ada), 'f'.repeat(32)].map(id => bob.delete(`${device}${id}/`)),
    )
    assert.deepEqual([real?.status, made?.status], [404, 404])
    assert.equal(await real?.text(), await made?.text())
    assert.equal((await listOf(ada)).length, 2)
  })

  it('logs this device out, too', async t => {
    const app = await openWithAccounts(t)
    const [ada, phone] = [await visitor(app), await visitor(app)]
    const own = (await listOf(ada)).find(({ isCurrent }) => isCurrent)?.id
    const answer = await ada.delete(`${device}${own}/`)
    assert.equal(answer.status, 200)
    assert.match(answer.headers.getSetCookie().join(), /sessionid=""?;.*Max-Age=0/i)
    assert.deepEqual([await isLoggedIn(ada), await isLoggedIn(phone)], [false, true])
  })

  it('is for who is logged in', async t => {
    const client = new Client(await openWithAccounts(t))
    const requests = [
      client.get(device),
      client.delete(`${device}${'f'.repeat(32)}/`),
      client.post(`${device}revoke-others/`),
    ]
    for (const answer of await Promise.all(requests)) assert.equal(answer.status, 401)
  })
})

describe('a password change', () => {
  it('logs out the others at once', async t => {
    const app = await openWithAccounts(t)
    const [ada, phone] = [await visitor(app), await visitor(app)]
    const form = { old_password: password, new_password1: 'rain-again-tomorrow', new_password2: 'rain-again-tomorrow' }
    assert.equal((await ada.post('/user/password/', { form })).status, 302)
    assert.equal((await app.sessions.open(phone.cookies.get('sessionid'))).size, 0)
    assert.deepEqual(
      (await listOf(ada)).map(({ isCurrent }) => isCurrent),
      [true],
    )
  })
})

describe('devices in two processes', () => {
  for (const kind of ['SQLite', 'PostgreSQL'] as const) {
    it(`are one list, and who is logged out in one is nobody in the other (${kind})`, async t => {
      const sqlite = `sqlite:${join(temporaryFolder(t), 'store.sqlite3')}`
      const DATABASE_URL = kind === 'SQLite' ? sqlite : await requirePostgres(t)
      if (DATABASE_URL === null) return
      const first = await startStore(t, { DATABASE_URL })
      const urls = [first.url, (await startStore(t, { DATABASE_URL })).url]
      const at = (index: number): string => urls[index % 2] as string
      await send(first.url, '/api/backend/user/', { body: { username: 'ada', password } })
      const logIn = async (index: number): Promise<string> =>
        cookieOf(await send(at(index), session, { body: { username: 'ada', password } }))
      const own = await logIn(0)
      const cookies = await Promise.all(Array.from({ length: 6 }, (_, index) => logIn(index)))
      const list = await send(at(1), device, { cookie: own })
      assert.equal(((await list.json()) as { data: { items: unknown[] } }).data.items.length, 7)
      // Three of them log in again, and so get another key, while the first ends them all.
      const again = cookies
        .slice(0, 3)
        .map((cookie, index) =>
          send(at(index + 1), session, { cookie, body: { username: 'ada', password } }).then(answer =>
            cookieOf(answer),
          ),
        )
      const answer = await send(at(0), `${device}revoke-others/`, { cookie: own, method: 'POST' })
      assert.equal(answer.status, 200)
      await Promise.all(again)
      const statuses = await Promise.all(
        [...cookies, own].map(async (cookie, index) => (await send(at(index), session, { cookie })).status),
      )
      assert.deepEqual(statuses, [401, 401, 401, 401, 401, 401, 200])
    })
  }
})

interface Sent {
  readonly cookie?: string
  readonly body?: object
  readonly method?: string
}

function send(
  url: string,
  path: string,
  { cookie = '', body, method = body ? 'POST' : 'GET' }: Sent,
): Promise<Response> {
  const headers = { Cookie: cookie, Origin: url, 'Content-Type': 'application/json' }
  return fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
}

function cookieOf(answer: Response): string {
  const text = answer.headers.getSetCookie().find(one => one.startsWith('sessionid='))
  return (text ?? '').split(';')[0] as string
}
