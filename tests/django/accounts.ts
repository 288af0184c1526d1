/**
 * One login for two programs: what one side does to accounts and sessions, the other sees, in both directions.
 */
import assert from 'node:assert/strict'
import { it as test } from 'node:test'
import type { Credentials } from '../../src/auth/index.ts'
import { serve } from '../../src/node/index.ts'
import { temporaryFolder, withDatabases } from '../real-parts.ts'
import { Browser, type Reply } from './browser.ts'
import { quickHashes } from './oracle.ts'
import { openApp, openSharedSite, type SharedSite, secretKey } from './site.ts'

const password = 'correct horse'
const nextPassword = 'new and better'

async function logIn(browser: Browser, port: number, credentials: Credentials): Promise<Reply> {
  const { json } = await browser.open(port, '/csrf/')
  return browser.open(port, '/login/', { form: { ...credentials, csrfmiddlewaretoken: json.token } })
}

async function logOut(browser: Browser, port: number): Promise<void> {
  const { json } = await browser.open(port, '/csrf/')
  assert.equal((await browser.open(port, '/logout/', { form: { csrfmiddlewaretoken: json.token } })).status, 200)
}

const isLoggedIn = async (browser: Browser, port: number): Promise<boolean> =>
  (await browser.open(port, '/whoami/')).json.authenticated

/** Creates an account, named like the side where that happens, and uses it at both; ends with a logout at the other side. */
async function liveOneLife(site: SharedSite, first: 'django' | 'nuages'): Promise<void> {
  const { oracle, app } = site
  const username = `ada-of-${first}`
  const [here, there] = first === 'django' ? [site.django, site.nuages] : [site.nuages, site.django]
  if (first === 'django') await oracle.ask('create-user', { username, password, email: 'Ada@EXAMPLE.com' })
  else await app.users.createUser({ username, password, email: 'Ada@EXAMPLE.com' })
  const asNuages = await app.users.getByUsername(username)
  const asDjango = await oracle.ask('user', { user: username })
  assert.deepEqual([asDjango.id, asDjango.email, asDjango.is_active], [asNuages?.id, asNuages?.email, true])
  assert.equal(asDjango.email, 'Ada@example.com')

  const browser = new Browser()
  assert.equal((await logIn(browser, there, { username, password: 'wrong' })).status, 401)
  await browser.open(here, '/session/', { json: { cart: ['before login'] } })
  const anonymous = browser.cookies.get('sessionid')
  assert.equal((await logIn(browser, here, { username, password })).status, 200)
  assert.notEqual(browser.cookies.get('sessionid'), anonymous)
  const key = browser.cookies.get('sessionid')
  for (const port of [here, there]) assert.equal((await browser.open(port, '/whoami/')).json.username, username)

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
  await logIn(other, there, { username, password })
  await changePassword(site, browser, { username, at: first })
  for (const port of [here, there]) assert.equal(await isLoggedIn(other, port), false)
  assert.equal((await logIn(other, here, { username, password })).status, 401)
  assert.equal((await logIn(other, there, { username, password: nextPassword })).status, 200)
  for (const port of [here, there]) assert.equal(await isLoggedIn(other, port), true)

  const ended = other.cookies.get('sessionid')
  await logOut(other, there)
  assert.equal(other.cookies.get('sessionid'), undefined)
  assert.equal((await oracle.ask('read-session', { key: ended })).error, 'no such session')
  assert.equal((await app.sessions.open(ended)).isEmpty, true)
}

/** At Nuages the visitor's own session stays; Django's oracle changes it from outside, which ends it. */
async function changePassword(
  { oracle, app, nuages, django }: SharedSite,
  browser: Browser,
  { username, at }: { username: string; at: 'django' | 'nuages' },
): Promise<void> {
  if (at === 'django') {
    await oracle.ask('set-password', { user: username, password: nextPassword })
    assert.equal(await isLoggedIn(browser, nuages), false)
  } else {
    const form = { password: nextPassword, csrfmiddlewaretoken: (await browser.open(nuages, '/csrf/')).json.token }
    assert.equal((await browser.open(nuages, '/password/', { form })).status, 200)
    for (const port of [nuages, django]) assert.equal(await isLoggedIn(browser, port), true)
  }
  assert.notEqual(await app.users.verify(username, nextPassword), null)
  const checked = await oracle.ask('check-password', { user: username, password: nextPassword })
  assert.deepEqual([checked.ok, checked.upgraded], [true, false])
}

async function logInTenTimes({ oracle, app, django, nuages }: SharedSite): Promise<void> {
  const devices: Browser[] = []
  const hashes = new Set<string>()
  const username = 'ada-of-nuages'
  const credentials = { username, password: nextPassword }
  for (let turn = 0; turn < 10; turn += 1) {
    const device = new Browser()
    assert.equal((await logIn(device, turn % 2 === 0 ? django : nuages, credentials)).status, 200)
    devices.push(device)
    hashes.add((await oracle.ask('user', { user: username })).password)
  }
  assert.equal(hashes.size, 1)
  for (const device of devices) for (const port of [django, nuages]) assert.equal(await isLoggedIn(device, port), true)
  await app.users.update((await app.users.getByUsername(username))?.id as number, { isActive: false })
  for (const port of [django, nuages]) assert.equal(await isLoggedIn(devices[0] as Browser, port), false)
}

withDatabases('a site shared with Django', it => {
  it('has one set of accounts and one login', async ({ t, url, dialect }) => {
    // Hashes as this Django makes them take most of the time, and no database treats them otherwise than another.
    const hashes = dialect === 'sqlite' ? 'own' : 'quick'
    const site = await openSharedSite(t, { url, tables: 'django', hashes })
    if (site === null) return
    await liveOneLife(site, 'django')
    await liveOneLife(site, 'nuages')
    await logInTenTimes(site)
  })
})

test('what Django signed with the key before is still good', async t => {
  const url = `sqlite:${temporaryFolder(t)}/db.sqlite3`
  const site = await openSharedSite(t, { url })
  if (site === null) return
  await site.oracle.ask('create-user', { username: 'ada', password })
  const rotated = openApp(t, url, site.version, {
    ...quickHashes.nuages,
    SECRET_KEY: 'the next key',
    SECRET_KEY_FALLBACKS: [secretKey],
  })
  const server = await serve(rotated, { port: 0, signals: false })
  t.after(() => server.close())
  const browser = new Browser()
  await logIn(browser, site.django, { username: 'ada', password })
  await browser.open(site.django, '/session/', { json: { cart: [1] } })
  const { token, uid } = await site.oracle.ask('reset-token', { user: 'ada' })
  assert.notEqual(await rotated.auth.passwordReset.check({ uid, token }), null)
  await browser.open(site.django, '/signed-cookie/', { json: { name: 'prefs', value: 'dark', salt: '' } })
  assert.equal((await browser.open(server.port, '/signed-cookie/?name=prefs')).json.value, 'dark')
  assert.equal((await browser.open(server.port, '/whoami/')).json.username, 'ada')
  // What is written now has the new key, also for the login: a Django that knows only the old one takes it for nobody's.
  await browser.open(server.port, '/session/', { json: { more: 1 } })
  assert.deepEqual((await browser.open(server.port, '/session/')).json.data.cart, [1])
  assert.equal(await isLoggedIn(browser, server.port), true)
  assert.equal(await isLoggedIn(browser, site.django), false)
  const stranger = openApp(t, url, site.version, { SECRET_KEY: 'the next key' })
  assert.equal((await stranger.sessions.open(browser.cookies.get('sessionid'))).has('cart'), true)
  assert.equal(await stranger.auth.passwordReset.check({ uid, token }), null)
})
