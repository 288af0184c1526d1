import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineSettings } from '../settings/index.ts'
import { Client } from '../testing/index.ts'
import { path } from '../urls/index.ts'
import { createApp } from './app.ts'
import { readyz } from './health.ts'

/** Nothing else runs in this process meanwhile. */
const block = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

describe('readyz', () => {
  it('says for a while that the event loop was blocked', async t => {
    const app = createApp({
      settings: defineSettings({ SECRET_KEY: 'secret', DATABASE_URL: 'sqlite::memory:', ALLOWED_HOSTS: ['localhost'] }),
      urls: [path('readyz', readyz)],
      logger: null,
    })
    t.after(() => app.close())
    const client = new Client(app)
    assert.equal((await client.get('/readyz')).status, 200)
    block(1200)
    const response = await client.get('/readyz')
    assert.equal(response.status, 503)
    assert.equal(response.headers.get('Retry-After'), '1')
    assert.match(await response.text(), /^the event loop was blocked for \d{4,} ms\n$/)
    let later = performance.now()
    t.mock.method(performance, 'now', () => later)
    const statuses: number[] = []
    for (let second = 0; second < 12; second += 1) {
      later += 1000
      statuses.push((await client.get('/readyz')).status)
    }
    assert.deepEqual(statuses, [...Array(9).fill(503), 200, 200, 200])
  })
})
