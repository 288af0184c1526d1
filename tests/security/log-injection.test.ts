/** CWE-117, CWE-532: what a visitor sends must not forge lines of the log, and secrets must not stand in it. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { App } from 'nuages'
import { consoleLogger } from 'nuages/middleware'
import { defineSettings } from 'nuages/settings'
import { Client } from 'nuages/testing'
import { createStore } from '../../examples/store/store.ts'
import { openStore } from '../store/open-store.ts'

const password = 'quiet-rain-on-tin-roofs'

/** The store, and the lines of its log. */
async function openLogged(t: TestContext): Promise<{ app: App; lines: string[] }> {
  const { settings } = await openStore(t)
  const lines: string[] = []
  const app = createStore(
    defineSettings(settings),
    consoleLogger(line => lines.push(line)),
  )
  t.after(() => app.close())
  return { app, lines }
}

describe('log injection', () => {
  it('through path, host, address or method makes no line and steers no terminal', async t => {
    const { app, lines } = await openLogged(t)
    const client = new Client(app)
    const forged = '{"level":30,"msg":"forged"}'
    await client.get(`/${encodeURIComponent(`\r\n${forged}\n\u001b[2J\u009b2J\u202e\u2028`)}/`)
    await client.get('/', { headers: { Host: `evil.example"\u00a0${forged}` } })
    await client.post('/cart/add/', { headers: { 'Sec-Fetch-Site': `evil ${forged}` }, form: {} })
    await client.get('/', { headers: { 'X-Forwarded-For': `1.2.3.4 ${forged}`, 'X-Request-Id': forged } })
    assert(lines.length >= 4)
    for (const line of lines) {
      assert.doesNotMatch(line.slice(0, -1), /[\p{Cc}\p{Cf}\u2028\u2029]/u)
      assert.notEqual((JSON.parse(line) as { msg: string }).msg, 'forged')
    }
  })

  it('finds no password, session key, token or query in the log', async t => {
    const { app, lines } = await openLogged(t)
    await app.users.createUser({ username: 'ada', password })
    const client = new Client(app)
    const wrong = 'not-the-quiet-rain'
    await client.post('/api/backend/session/', { json: { username: 'ada', password: wrong } })
    await client.post('/api/backend/session/', { json: { username: 'ada', password } })
    await client.post('/api/backend/session/', {
      headers: { 'Content-Type': 'application/json' },
      body: `{"p":"${password}`,
    })
    await client.post('/user/login/', { form: { username: 'ada', password } })
    await client.get(`/user/?token=${wrong}`)
    await client.put(`/nothing/?token=${wrong}`)
    await client.post('/cart/add/', { headers: { 'Sec-Fetch-Site': 'cross-site' }, form: { token: wrong } })
    await app.db.schema.dropTable('store_product').execute()
    await client.get(`/?q=${wrong}`)
    const log = lines.join('')
    assert.match(log, /csrf_failed/)
    assert.match(log, /"level":50/)
    const secrets = [
      password,
      wrong,
      client.cookies.get('sessionid') as string,
      client.cookies.get('csrftoken') as string,
    ]
    for (const secret of secrets) assert(secret.length > 10 && !log.includes(secret), secret)
  })
})
