import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { App } from '../../src/app/index.ts'
import type { User } from '../../src/auth/index.ts'
import { Client } from '../../src/testing/index.ts'
import { withDatabases } from '../real-parts.ts'
import { lastLink, openSite, password } from './account-site.ts'

interface Place {
  readonly app: App
  readonly ada: User
  /** Logged in as ada. */
  readonly client: Client
}

async function visit(app: App): Promise<Place> {
  const ada = (await app.users.getByUsername('ada')) as User
  const client = new Client(app)
  await client.forceLogin(ada)
  return { app, ada, client }
}

async function linkFor({ app, client }: Place): Promise<string> {
  assert.equal(await (await client.post('/verify/')).text(), 'sent')
  return lastLink(app)
}

async function isVerified({ client }: Place): Promise<string> {
  return (await client.get('/verified/')).text()
}

withDatabases('a link to verify an address', it => {
  it('says once that the address is the account’s, as long as it has it', async ({ t, url }) => {
    const app = await openSite(t, { url })
    const place = await visit(app)
    assert.equal(await isVerified(place), 'false')
    const link = await linkFor(place)
    assert.match(app.mail.outbox[0]?.text ?? '', /"ada"/)
    assert.equal(await (await new Client(app).post(link)).text(), 'verified ada@example.com')
    assert.equal(await isVerified(place), 'true')
    assert.equal((await new Client(app).post(link)).status, 410)
    await app.users.update(place.ada.id, { email: 'ada@example.org' })
    assert.equal(await isVerified(place), 'false')
    await new Client(app).post(await linkFor(place))
    assert.equal(await isVerified(place), 'true')
    await app.users.update(place.ada.id, { email: 'ada@example.com' })
    assert.equal(await isVerified(place), 'false')
  })

  it('is noted once by many at once, and goes with the account', async ({ t, url }) => {
    const app = await openSite(t, { url })
    const place = await visit(app)
    const link = await linkFor(place)
    const answers = await Promise.all(Array.from({ length: 6 }, () => new Client(app).post(link)))
    assert(answers.every(({ status }) => status === 200 || status === 410))
    assert.equal(await isVerified(place), 'true')
    await app.users.delete(place.ada.id)
    assert.deepEqual(await app.db.selectFrom('nuages_verified_email').selectAll().execute(), [])
  })
})

describe('a link to verify an address', () => {
  it('dies with another address or password and with age, not with a login', async t => {
    let now = Date.parse('2026-01-01T12:00:00Z')
    const app = await openSite(t, { clock: () => now })
    const place = await visit(app)
    const link = await linkFor(place)
    await app.users.update(place.ada.id, { email: 'eve@example.com' })
    assert.equal((await new Client(app).post(link)).status, 410)
    await app.users.update(place.ada.id, { email: 'ada@example.com' })
    await new Client(app).forceLogin(place.ada)
    await app.users.setPassword(place.ada.id, 'another-one')
    assert.equal((await new Client(app).post(link)).status, 410)
    const { client } = await visit(app)
    const other = await linkFor({ ...place, client })
    now += 259_201_000
    assert.equal((await new Client(app).post(other)).status, 410)
    const fresh = await linkFor(await visit(app))
    await new Client(app).forceLogin((await app.users.getByUsername('ada')) as User)
    assert.equal((await new Client(app).post(fresh)).status, 200)
  })

  it('sets no password, and one that sets a password verifies nothing', async t => {
    const app = await openSite(t)
    const place = await visit(app)
    const link = await linkFor(place)
    assert.equal(
      (await new Client(app).post(link.replace('/verify/', '/reset/'), { form: { password: 'x' } })).status,
      410,
    )
    const { uid, token } = app.auth.passwordReset.makeLink((await app.users.getByUsername('ada')) as User)
    assert.equal((await new Client(app).post(`/verify/${uid}/${token}/`)).status, 410)
  })

  it('of one account is none of another that has the same address', async t => {
    const app = await openSite(t)
    const place = await visit(app)
    for (let index = 0; index < 12; index += 1)
      await app.users.createUser({ username: `eve${index}`, password, email: 'ada@example.com' })
    const link = await linkFor(place)
    const eve = (await app.users.getByUsername('eve10')) as User
    const uid = Buffer.from(String(eve.id)).toString('base64url')
    assert.equal((await new Client(app).post(link.replace(/^\/verify\/[^/]+/, `/verify/${uid}`))).status, 410)
  })

  it('is mailed five times an hour, and not at all where there is nothing to verify', async t => {
    const app = await openSite(t)
    const place = await visit(app)
    for (const status of [200, 200, 200, 200, 200, 429])
      assert.equal((await place.client.post('/verify/')).status, status)
    await app.mail.idle()
    assert.equal(app.mail.outbox.length, 5)
    await new Client(app).post(await lastLink(app))
    for (let index = 0; index < 9; index += 1) assert.equal((await place.client.post('/verify/')).status, 200)
    const bob = await app.users.createUser({ username: 'bob', password })
    const client = new Client(app)
    await client.forceLogin(bob)
    assert.equal((await client.post('/verify/')).status, 200)
    await app.mail.idle()
    assert.equal(app.mail.outbox.length, 5)
  })

  it('does not keep the owner from resetting the password', async t => {
    const app = await openSite(t)
    const place = await visit(app)
    for (let index = 0; index < 6; index += 1) await place.client.post('/verify/')
    assert.equal((await new Client(app).post('/forgot/', { form: { email: 'ada@example.com' } })).status, 200)
  })

  it('needs its setting', async t => {
    const app = await openSite(t, { settings: { EMAIL_VERIFICATION: false } })
    assert.throws(() => app.auth.emailVerification, { name: 'ConfigError', setting: 'EMAIL_VERIFICATION' })
    const { url } = { url: 'sqlite::memory:' }
    const fresh = await openSite(t, { url })
    assert.deepEqual(await fresh.pendingMigrations(), [])
  })
})
