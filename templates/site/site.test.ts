/** Drives the site without a network, on a database in memory: `npm test`. */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { createApp } from 'nuages'
import { Client } from 'nuages/testing'
import { settings } from './settings.ts'
import { urls } from './urls.ts'

const password = 'quiet-rain-on-tin-roofs'

async function openSite(t: TestContext): Promise<Client> {
  const app = createApp({ settings: { ...settings, DATABASE_URL: 'sqlite::memory:' }, urls, logger: null })
  t.after(() => app.close())
  await app.migrate()
  return new Client(app)
}

it('registers, logs out and logs in', async t => {
  const client = await openSite(t)
  const form = { username: 'ada', password, again: password }
  assert.match(await (await client.post('/register/', { form, follow: true })).text(), /logged in as <strong>ada/)
  assert.match(await (await client.post('/logout/', { follow: true })).text(), /not logged in/)
  const response = await client.post('/login/?next=/', { form: { username: 'ada', password }, follow: true })
  assert.match(await response.text(), /logged in as <strong>ada/)
})

it('shows a form with mistakes again, without the password', async t => {
  const client = await openSite(t)
  const response = await client.post('/register/', { form: { username: 'ada', password: 'short', again: 'short' } })
  assert.equal(response.status, 422)
  const page = await response.text()
  assert.match(page, /value="ada"/)
  assert.match(page, /id="password-error"/)
  assert.doesNotMatch(page, /value="short"/)
})

it('leads nowhere else after logging in', async t => {
  const client = await openSite(t)
  await client.app.users.createUser({ username: 'ada', password })
  for (const next of ['https://evil.example/', '//evil.example/', '']) {
    const response = await client.post('/login/', { form: { username: 'ada', password, next } })
    assert.equal(response.headers.get('location'), '/')
  }
})

it('counts the visits of a session', async t => {
  const client = await openSite(t)
  await client.get('/')
  assert.match(await (await client.get('/')).text(), /<output>2<\/output>/)
})
