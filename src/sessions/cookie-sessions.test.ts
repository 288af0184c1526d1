import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineSettings, type Settings } from '../settings/index.ts'
import { DataSigner } from '../signing/index.ts'
import { createCookieSessions } from './cookie-sessions.ts'
import type { Sessions } from './sessions.ts'

const SECRET_KEY = 'the key of the tests of sessions in cookies'
const salt = 'django.contrib.sessions.backends.signed_cookies'
let now = Date.parse('2026-01-01T00:00:00Z')
const clock = (): number => now

function open(settings: Partial<Settings> = {}): { sessions: Sessions; warnings: object[] } {
  const warnings: object[] = []
  const all = { settings: defineSettings({ SECRET_KEY, ...settings }), clock }
  return { sessions: createCookieSessions({ ...all, warn: fields => warnings.push(fields) }), warnings }
}

describe('sessions in signed cookies', () => {
  it('are read by Django’s signing, and read what it signed', async () => {
    const { sessions } = open()
    const signer = new DataSigner({ key: SECRET_KEY, salt, clock })
    const session = await sessions.open(signer.dumps({ cart: { a: 1 }, n: 1 }))
    assert.deepEqual(session.get('cart'), { a: 1 })
    await session.update('n', n => (n as number) + 1)
    assert.deepEqual(signer.loads(session.storedKey as string), { cart: { a: 1 }, n: 2 })
  })

  it('are empty when the cookie is forged, of another key, or no cookie of ours at all', async () => {
    const { sessions } = open()
    const other = new DataSigner({ key: 'another key of the tests of sessions', salt, clock })
    const session = await sessions.open(null)
    session.set('user', 1)
    await session.save()
    const cookie = session.storedKey as string
    for (const bad of [
      `x${cookie}`,
      cookie.slice(0, -1),
      other.dumps({ user: 1 }),
      '',
      'a'.repeat(32),
      '\u0000',
      ':::',
    ])
      assert.equal((await sessions.open(bad)).isEmpty, true, bad)
  })

  it('end with their age, or the expiry that they were given', async () => {
    const { sessions } = open({ SESSION_COOKIE_AGE: 60 })
    for (const [expiry, seconds] of [
      [null, 60],
      [0, 60],
      [10, 10],
      [600, 600],
      [new Date(now + 20_000), 19],
    ] as const) {
      const start = now
      const session = await sessions.open(null)
      session.set('n', 1)
      session.setExpiry(expiry)
      await session.save()
      now += seconds * 1000
      assert.equal((await sessions.open(session.storedKey)).get('n'), 1, String(expiry))
      now += 1001
      assert.equal((await sessions.open(session.storedKey)).isEmpty, true, String(expiry))
      now = start
    }
  })

  it('warn when browsers will drop the cookie', async () => {
    const { sessions, warnings } = open()
    const session = await sessions.open(null)
    session.set('small', 'a'.repeat(5000)) // compressed to little
    await session.save()
    assert.deepEqual(warnings, [])
    session.set(
      'large',
      Array.from({ length: 3000 }, (_, n) => (n * 7919) % 100_003),
    )
    await session.save()
    assert.equal(warnings.length, 1)
  })

  it('are gone from this browser after flush', async () => {
    const { sessions } = open()
    const session = await sessions.open(null)
    session.set('n', 1)
    await session.save()
    await session.flush()
    assert.equal(session.storedKey, null)
    assert.equal(session.flushed, true)
  })
})
