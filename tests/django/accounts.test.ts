/**
 * One login for two programs: what one side does to accounts and sessions, the other sees, in both directions.
 */
import assert from 'node:assert/strict'
import { withDatabases } from '../real-parts.ts'
import { Browser, type Reply } from './browser.ts'
import { openSharedSite, type SharedSite } from './site.ts'

const credentials = { username: 'ada', password: 'correct horse' }

async function logIn(browser: Browser, port: number, password = credentials.password): Promise<Reply> {
  const { json } = await browser.open(port, '/csrf/')
  const form = { ...credentials, password, csrfmiddlewaretoken: json.token }
  return browser.open(port, '/login/', { form })
}

async function logOut(browser: Browser, port: number): Promise<void> {
  const { json } = await browser.open(port, '/csrf/')
  assert.equal((await browser.open(port, '/logout/', { form: { csrfmiddlewaretoken: json.token } })).status, 200)
}

const isLoggedIn = async (browser: Browser, port: number): Promise<boolean> =>
  (await browser.open(port, '/whoami/')).json.authenticated

/** Creates the account at one side and uses it at both; ends with a logout at the other side. */
async function liveOneLife(site: SharedSite, first: 'django' | 'nuages'): Promise<void> {
  const { oracle, app } = site
  const [here, there] = first === 'django' ? [site.django, site.nuages] : [site.nuages, site.django]
  if (first === 'django') await oracle.ask('create-user', { ...credentials, email: 'Ada@EXAMPLE.com' })
  else await app.users.createUser({ ...credentials, email: 'Ada@EXAMPLE.com' })
  const asNuages = await app.users.getByUsername('ada')
  const asDjango = await oracle.ask('user', { user: 'ada' })
  assert.deepEqual([asDjango.id, asDjango.email, asDjango.is_active], [asNuages?.id, asNuages?.email, true])
  assert.equal(asDjango.email, 'Ada@example.com')

  const browser = new Browser()
  assert.equal((await logIn(browser, there, 'wrong')).status, 401)
  await browser.open(here, '/session/', { json: { cart: ['before login'] } })
  const anonymous = browser.cookies.get('sessionid')
  assert.equal((await logIn(browser, here)).status, 200)
  assert.notEqual(browser.cookies.get('sessionid'), anonymous)
  const key = browser.cookies.get('sessionid')
  for (const port of [here, there]) assert.equal((await browser.open(port, '/whoami/')).json.username, 'ada')

  await browser.open(here, '/session/', { json: { here: 1.5, both: 'é😀' } })
  await browser.open(there, '/session/', { json: { there: { deep: [null, true] }, both: 'ü' } })
  for (const port of [here, there]) {
    const { data } = (await browser.open(port, '/session/')).json
    assert.deepEqual(
      [data.cart, data.here, data.there, data.both],
      [['before login'], 1.5, { deep: [null, true] }, 'ü'],
    )
  }
  assert.equal(browser.cookies.get('sessionid'), key)

  const other = new Browser()
  await logIn(other, there)
  await changePassword(site, browser, first)
  for (const port of [here, there]) assert.equal(await isLoggedIn(other, port), false)
  assert.equal((await logIn(other, here)).status, 401)
  assert.equal((await logIn(other, there, 'new and better')).status, 200)
  for (const port of [here, there]) assert.equal(await isLoggedIn(other, port), true)

  const ended = other.cookies.get('sessionid')
  await logOut(other, there)
  assert.equal(other.cookies.get('sessionid'), undefined)
  assert.equal((await oracle.ask('read-session', { key: ended })).error, 'no such session')
  assert.equal((await app.sessions.open(ended)).isEmpty, true)
}

/** At Nuages the visitor's own session stays; Django's oracle changes it from outside, which ends it. */
async function changePassword({ oracle, app, nuages, django }: SharedSite, browser: Browser, side: string) {
  if (side === 'django') {
    await oracle.ask('set-password', { user: 'ada', password: 'new and better' })
    assert.equal(await isLoggedIn(browser, nuages), false)
  } else {
    const form = { password: 'new and better', csrfmiddlewaretoken: (await browser.open(nuages, '/csrf/')).json.token }
    assert.equal((await browser.open(nuages, '/password/', { form })).status, 200)
    for (const port of [nuages, django]) assert.equal(await isLoggedIn(browser, port), true)
  }
  const user = await app.users.getByUsername('ada')
  assert.equal(await app.users.checkPassword(user as never, 'new and better'), true)
  const checked = await oracle.ask('check-password', { user: 'ada', password: 'new and better' })
  assert.deepEqual([checked.ok, checked.upgraded], [true, false])
}

async function logInTenTimes({ oracle, app, django, nuages }: SharedSite): Promise<void> {
  const devices: Browser[] = []
  const hashes = new Set<string>()
  for (let turn = 0; turn < 10; turn += 1) {
    const device = new Browser()
    assert.equal((await logIn(device, turn % 2 === 0 ? django : nuages, 'new and better')).status, 200)
    devices.push(device)
    hashes.add((await oracle.ask('user', { user: 'ada' })).password)
  }
  assert.equal(hashes.size, 1)
  for (const device of devices) for (const port of [django, nuages]) assert.equal(await isLoggedIn(device, port), true)
  await app.users.update((await app.users.getByUsername('ada'))?.id as number, { isActive: false })
  for (const port of [django, nuages]) assert.equal(await isLoggedIn(devices[0] as Browser, port), false)
}

withDatabases('a site shared with Django', it => {
  for (const first of ['django', 'nuages'] as const) {
    it(`has one set of accounts and one login, begun by ${first}`, async ({ t, url }) => {
      const site = await openSharedSite(t, { url })
      if (site === null) return
      await liveOneLife(site, first)
      if (first === 'nuages') await logInTenTimes(site)
    })
  }
})
