/**
 * Session engines and settings that mean the same at both programs.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import type { SettingsInput } from '../../src/settings/index.ts'
import { temporaryFolder, withDatabases } from '../real-parts.ts'
import { Browser, type Reply } from './browser.ts'
import { openSharedSite, type SharedSite } from './site.ts'

type Ways = readonly (readonly [from: number, to: number])[]

const waysOf = ({ django, nuages }: SharedSite): Ways => [
  [django, nuages],
  [nuages, django],
]

const write = (browser: Browser, port: number, json: object): Promise<Reply> =>
  browser.open(port, '/session/', { json })

const dataOf = async (browser: Browser, port: number): Promise<Record<string, unknown>> =>
  (await browser.open(port, '/session/')).json.data

/** Both write to one session in turn, log in and out. */
async function shareSession([from, to]: Ways[number], isServerSide: boolean): Promise<void> {
  const browser = new Browser()
  await write(browser, from, { from: [1, 'é😀'], long: 'x'.repeat(1500) })
  await write(browser, to, { to: { deep: null }, from: 'changed' })
  for (const port of [from, to]) {
    const { long, ...data } = await dataOf(browser, port)
    assert.deepEqual([long, data], ['x'.repeat(1500), { to: { deep: null }, from: 'changed' }])
  }
  const before = browser.copy()
  const form = { username: 'ada', password: 'secret' }
  const { token } = (await browser.open(to, '/csrf/')).json
  assert.equal((await browser.open(to, '/login/', { form: { ...form, csrfmiddlewaretoken: token } })).status, 200)
  for (const port of [from, to]) assert.equal((await browser.open(port, '/whoami/')).json.username, 'ada')
  if (isServerSide) for (const port of [from, to]) assert.deepEqual(await dataOf(before, port), {})
  const copy = browser.copy()
  const { token: next } = (await browser.open(from, '/csrf/')).json
  await browser.open(from, '/logout/', { form: { csrfmiddlewaretoken: next } })
  assert.equal(browser.cookies.get('sessionid'), undefined)
  if (isServerSide)
    for (const port of [from, to]) assert.equal((await copy.open(port, '/whoami/')).json.authenticated, false)
}

/** A site whose programs keep sessions in an engine; `null` when the test was skipped. */
async function openEngine(
  t: TestContext,
  engine: string,
  { variables = {}, settings = {} }: { variables?: Record<string, string>; settings?: SettingsInput } = {},
): Promise<SharedSite | null> {
  const site = await openSharedSite(t, {
    url: `sqlite:${temporaryFolder(t)}/db.sqlite3`,
    variables: { SESSION_ENGINE: engine, ...variables },
    nuages: { SESSION_ENGINE: `django.contrib.sessions.backends.${engine}`, ...settings },
  })
  await site?.oracle.ask('create-user', { username: 'ada', password: 'secret' })
  return site
}

it('sessions in files are shared', async t => {
  const folder = temporaryFolder(t)
  const site = await openEngine(t, 'file', {
    variables: { SESSION_FILE_PATH: folder },
    settings: { SESSION_FILE_PATH: folder },
  })
  if (site === null) return
  for (const way of waysOf(site)) await shareSession(way, true)
  for (const [from, to] of waysOf(site)) {
    const browser = new Browser()
    await write(browser, from, { a: 1 })
    const file = join(folder, `sessionid${browser.cookies.get('sessionid')}`)
    const text = readFileSync(file, 'latin1')
    await dataOf(browser, to)
    assert.equal(readFileSync(file, 'latin1'), text)
  }
  assert.ok(readdirSync(folder).some(name => /^sessionid[a-z0-9]{32}$/.test(name)))
})

it('sessions in signed cookies are shared', async t => {
  const site = await openEngine(t, 'signed_cookies')
  if (site === null) return
  for (const way of waysOf(site)) await shareSession(way, false)
  for (const [from, to] of waysOf(site)) {
    const browser = new Browser()
    await write(browser, from, { admin: false })
    const cookie = browser.cookies.get('sessionid') ?? ''
    browser.cookies.set('sessionid', cookie.replace(/^./, 'x'))
    assert.deepEqual(await dataOf(browser, to), {})
  }
})

withDatabases('the expiry of a session', it => {
  it('is kept by both', async ({ t, url }) => {
    const site = await openSharedSite(t, { url })
    if (site === null) return
    for (const [from, to] of waysOf(site)) {
      const browser = new Browser()
      await write(browser, from, { a: 1, __expiry__: 300 })
      const written = (await write(browser, to, { b: 2 })).json
      assert.deepEqual([written.expiry_age, written.expire_at_browser_close], [300, false])
      await write(browser, from, { __expiry__: 0 })
      const changed = await write(browser, to, { b: 3 })
      assert.deepEqual([changed.json.expiry_age, changed.json.expire_at_browser_close], [1_209_600, true])
      assert.doesNotMatch(changed.setCookies.join(), /max-age|expires/i)
      await write(browser, from, { __expiry__: -5 })
      const { json } = await browser.open(to, '/session/')
      assert.deepEqual(json.data, {})
    }
    await checkClearing(site)
    // Django 4.1 and later can set a moment, too.
    if (/^(3|4\.0)/.test(site.version)) return
    const moment = new Date(Date.now() + 3_600_000)
    const expiry = moment.toISOString().replace('Z', '+00:00')
    const made = await site.oracle.ask('make-session', { data: { a: 1 }, expiry })
    const session = await site.app.sessions.open(made.session_key)
    assert.equal(session.getExpiryDate().getTime(), moment.getTime())
    session.setExpiry(new Date(moment.getTime() + 60_000))
    await session.save()
    const { expiry_age: age } = await site.oracle.ask('read-session', { key: made.session_key })
    assert.ok(age > 3600 && age <= 3660, String(age))
  })
})

/** Each makes a session that has expired and one that has not. */
async function makeExpired({ oracle, app }: SharedSite): Promise<void> {
  for (const expiry of [-5, 50]) {
    await oracle.ask('make-session', { data: { a: 1 }, expiry })
    const session = await app.sessions.open(null)
    session.setExpiry(expiry)
    await session.save()
  }
}

async function checkClearing(site: SharedSite): Promise<void> {
  const count = site.app.database.prepare<{ count: number | string }>('SELECT COUNT(*) AS count FROM django_session')
  const left = async (): Promise<number> => Number((await count.get([]))?.count)
  await site.oracle.ask('clear-sessions')
  const before = await left()
  await makeExpired(site)
  assert.equal(await site.app.sessions.clearExpired(100), 2)
  await makeExpired(site)
  await site.oracle.ask('clear-sessions')
  assert.equal(await left(), before + 4)
}

/** The attributes of a cookie without what differs from answer to answer. */
function attributesOf(reply: Reply): readonly string[] {
  const [cookie = ''] = reply.setCookies.filter(text => text.startsWith('sid='))
  const [, ...attributes] = cookie.split('; ')
  return attributes.map(text => text.toLowerCase().replace(/^(expires=)(?!.*1970).*/, '$1')).sort()
}

it('columns in local time mean the same moments', async t => {
  const url = `sqlite:${temporaryFolder(t)}/db.sqlite3`
  const variables = { USE_TZ: '0', TIME_ZONE: 'Pacific/Kiritimati' }
  const site = await openSharedSite(t, { url, variables, nuages: { USE_TZ: false, TIME_ZONE: variables.TIME_ZONE } })
  if (site === null) return
  for (const [from, to] of waysOf(site)) {
    const browser = new Browser()
    await write(browser, from, { a: 1, __expiry__: 300 })
    assert.deepEqual((await dataOf(browser, to)).a, 1)
    await write(browser, from, { __expiry__: -5 })
    assert.deepEqual(await dataOf(browser, to), {})
  }
  await checkClearing(site)
})

it('the settings of the cookie mean the same at both', async t => {
  const settings = {
    SESSION_COOKIE_NAME: 'sid',
    SESSION_COOKIE_AGE: 100,
    SESSION_COOKIE_DOMAIN: 'site.test',
    SESSION_COOKIE_PATH: '/session/',
    SESSION_COOKIE_HTTPONLY: false,
    SESSION_COOKIE_SAMESITE: 'Strict',
    SESSION_SAVE_EVERY_REQUEST: true,
  } as const
  const url = `sqlite:${temporaryFolder(t)}/db.sqlite3`
  const site = await openSharedSite(t, { url, settings, nuages: settings })
  if (site === null) return
  const ports = [site.django, site.nuages] as const
  const [django, nuages] = await Promise.all(ports.map(port => write(new Browser(), port, { a: 1 })))
  assert.deepEqual(attributesOf(nuages as Reply), attributesOf(django as Reply))
  assert.deepEqual(attributesOf(nuages as Reply), [
    'domain=site.test',
    'expires=',
    'max-age=100',
    'path=/session/',
    'samesite=strict',
  ])
  for (const [from, to] of waysOf(site)) {
    const browser = new Browser()
    await write(browser, from, { a: 1 })
    const read = await browser.open(to, '/session/')
    assert.deepEqual(read.json.data, { a: 1 })
    assert.equal(attributesOf(read).includes('max-age=100'), true)
  }
})
