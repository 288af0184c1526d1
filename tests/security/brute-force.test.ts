/** CWE-307: guessing passwords, from one address, from many, for one account, for all. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { App } from 'nuages'
import { Client } from 'nuages/testing'
import { openStore } from '../store/open-store.ts'

const password = 'quiet-rain-on-tin-roofs'

async function open(t: TestContext): Promise<App> {
  const app = await openStore(t, { PASSWORD_HASHERS: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 2 } }] as never })
  for (const username of ['ada', 'bob']) await app.users.createUser({ username, password })
  return app
}

interface Guess {
  readonly username?: string
  readonly password?: string
  readonly ip?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The status of one login, by another browser each time. */
async function login(
  app: App,
  { username = 'ada', ip = '198.51.100.7', headers = {}, ...rest }: Guess,
): Promise<number> {
  const json = { username, password: rest.password ?? 'wrong-wrong' }
  return (await new Client(app, { ip }).post('/api/backend/session/', { json, headers })).status
}

async function statuses(count: number, guess: (at: number) => Promise<number>): Promise<Record<number, number>> {
  const seen: Record<number, number> = {}
  for (let at = 0; at < count; at += 1) {
    const status = await guess(at)
    seen[status] = (seen[status] ?? 0) + 1
  }
  return seen
}

describe('guessing passwords', () => {
  it('of one account from one address ends after ten, and the right one does not help then', async t => {
    const app = await open(t)
    assert.deepEqual(await statuses(15, () => login(app, {})), { 401: 10, 429: 5 })
    assert.equal(await login(app, { password }), 429)
    const refused = await new Client(app, { ip: '198.51.100.7' }).post('/api/backend/session/', {
      json: { username: 'ada', password },
    })
    assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
  })

  it('is one count for all doors, spellings and invented addresses', async t => {
    const app = await open(t)
    const names = [
      'ada',
      'ADA',
      'Ada',
      '\uff41\uff44\uff41',
      'ada ',
      ' ada',
      'a\u0301da',
      'ada\u200b',
      'ada\u00ad',
      'ada\u0000',
    ]
    const seen = await statuses(30, async at => {
      const username = names[at % names.length] as string
      const headers = {
        'X-Forwarded-For': `203.0.113.${at}`,
        'X-Real-IP': `203.0.113.${at}`,
        Forwarded: `for=203.0.113.${at}`,
      }
      return login(app, { username, headers })
    })
    assert.deepEqual(seen, { 401: 10, 429: 20 })
    const page = await new Client(app, { ip: '198.51.100.7' }).post('/user/login/', {
      form: { username: 'ada', password },
    })
    assert.equal(page.status, 429)
  })

  it('of many accounts from one address ends after a hundred', async t => {
    const app = await open(t)
    assert.deepEqual(await statuses(105, at => login(app, { username: `user-${at}` })), { 401: 100, 429: 5 })
    assert.equal(await login(app, { username: 'bob', password }), 429)
    assert.equal(await login(app, { username: 'bob', password, ip: '198.51.100.8' }), 200)
  })

  it('from many addresses gives each its ten, and never locks the owner out', async t => {
    const app = await open(t)
    for (let at = 1; at <= 8; at += 1)
      assert.deepEqual(await statuses(12, () => login(app, { ip: `203.0.113.${at}` })), { 401: 10, 429: 2 })
    assert.equal(await login(app, { password, ip: '192.0.2.1' }), 200)
  })

  it('costs no hash once it is refused', async t => {
    const app = await open(t)
    await statuses(10, () => login(app, {}))
    const spy = t.mock.method(Worker.prototype, 'postMessage')
    assert.deepEqual(await statuses(20, () => login(app, {})), { 429: 20 })
    assert.equal(spy.mock.callCount(), 0)
    await login(app, { ip: '192.0.2.1' })
    assert.equal(spy.mock.callCount(), 1)
  })
})
