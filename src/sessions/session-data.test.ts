import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import { z } from 'zod'
import { ConfigError } from '../kit/index.ts'
import { defineSettings } from '../settings/index.ts'
import { createMemorySessionStore } from './memory-store.ts'
import { defineSessionData, type SessionSchemas } from './session-data.ts'
import type { Sessions } from './sessions.ts'
import { createSessions } from './stored-sessions.ts'

const settings = defineSettings({ SECRET_KEY: 'the key of the tests of the data of sessions' })
const store = createMemorySessionStore()

interface Release {
  readonly sessions: Sessions
  readonly warnings: object[]
}

/** A release of an application, with the schemas that it has for its keys. */
function release(data: SessionSchemas): Release {
  const warnings: object[] = []
  return { sessions: createSessions({ store, settings, data, warn: fields => warnings.push(fields) }), warnings }
}

/** v1: a list of skus. v2: pieces by sku; knows what v1 left. */
const v1 = defineSessionData({ cart: z.array(z.string()) })
const v2 = defineSessionData({
  cart: {
    schema: v.record(v.string(), v.number()),
    migrate: old => Object.fromEntries((old as string[]).map(sku => [sku.toLowerCase(), 1])),
  },
})

async function newSession(data: Record<string, unknown>): Promise<string> {
  const session = await release({}).sessions.open(null)
  for (const [key, value] of Object.entries(data)) session.set(key, value)
  await session.save()
  return session.sessionKey as string
}

describe('declared keys of a session', () => {
  it('outlive the deployment of v1, v2 and v1 again over a live session', async () => {
    const key = await newSession({ cart: ['mug', 'tea'], other: { any: 'thing' } })
    const first = release(v1)
    assert.deepEqual((await first.sessions.open(key)).get('cart'), ['mug', 'tea'])

    const second = release(v2)
    const session = await second.sessions.open(key)
    const before = await store.load(key)
    assert.deepEqual(session.get('cart'), { mug: 1, tea: 1 })
    await session.save()
    assert.equal(await store.load(key), before, 'reading wrote')
    assert.deepEqual(await session.update('cart', cart => ({ ...(cart as object), mug: 2 })), { mug: 2, tea: 1 })

    const again = release(v1)
    const back = await again.sessions.open(key)
    assert.equal(back.get('cart'), undefined)
    assert.equal(back.has('cart'), false)
    assert.deepEqual([...back.keys()], ['other'])
    assert.deepEqual(again.warnings, [{ key: 'cart' }])
    await back.save()
    assert.deepEqual(
      (await second.sessions.open(key)).get('cart'),
      { mug: 2, tea: 1 },
      'what v1 could not read is gone',
    )
    back.set('cart', ['mug'])
    await back.save()
    const last = await release(v2).sessions.open(key)
    assert.deepEqual(Object.fromEntries(last), { cart: { mug: 1 }, other: { any: 'thing' } })
    assert.deepEqual(second.warnings, [])
  })

  it('keep a change made in place to what was migrated, and give it to update as it is now', async () => {
    const key = await newSession({ cart: ['mug'] })
    const { sessions } = release(v2)
    const [one, two] = await Promise.all([sessions.open(key), sessions.open(key)])
    ;(one.get('cart') as Record<string, number>).tea = 3
    await one.save()
    assert.deepEqual(await two.update('cart', cart => ({ ...(cart as object), pot: 1 })), { mug: 1, tea: 3, pot: 1 })
  })

  it('read as absent when neither schema nor migration takes what is there, whatever it is', async () => {
    for (const stored of [null, 7, 'text', [null], { a: 'b' }]) {
      const key = await newSession({ cart: stored })
      const { sessions, warnings } = release(v2)
      const session = await sessions.open(key)
      assert.equal(session.get('cart'), undefined, JSON.stringify(stored))
      assert.equal(warnings.length, 1)
      assert.deepEqual(await session.update('cart', (cart = {}) => ({ ...(cart as object), mug: 1 })), { mug: 1 })
    }
  })

  it('are removed by clear and delete, also when they read as absent', async () => {
    for (const remove of ['clear', 'delete'] as const) {
      const key = await newSession({ cart: 7, other: 1 })
      const session = await release(v2).sessions.open(key)
      session[remove]('cart')
      await session.save()
      assert.equal((await release({}).sessions.open(key)).has('cart'), false)
    }
  })

  it('may be of a type that JSON has not', async () => {
    const seen = z.iso.datetime().transform(text => new Date(text))
    const key = await newSession({ seen: '2026-01-02T03:04:05.000Z' })
    const { sessions } = release({ seen })
    const session = await sessions.open(key)
    const before = await store.load(key)
    assert.equal((session.get('seen') as Date).getTime(), Date.UTC(2026, 0, 2, 3, 4, 5))
    await session.save()
    assert.equal(await store.load(key), before)
    session.set('seen', new Date(0))
    await session.save()
    assert.equal(((await sessions.open(key)).get('seen') as Date).getTime(), 0)
  })

  it('cannot have a schema that makes requests wait', async () => {
    const slow = z.string().refine(async () => true)
    const key = await newSession({ slow: 'a' })
    const asynchronous = { '~standard': { ...slow['~standard'], validate: async () => ({ value: 'a' }) } }
    for (const schema of [slow, asynchronous]) {
      const { sessions, warnings } = release({ slow: schema })
      assert.equal((await sessions.open(key)).get('slow'), undefined)
      assert.deepEqual(warnings, [{ key: 'slow' }])
      await new Promise(resolve => setImmediate(resolve))
      const session = await sessions.open(key)
      assert.throws(() => session.get('slow'), ConfigError)
    }
  })

  it('read as absent when the code of their schema throws', async () => {
    const throwing = {
      zod: z.preprocess(value => (value as string).trim(), z.string()),
      valibot: v.pipe(
        v.unknown(),
        v.transform(value => (value as string).trim()),
      ),
    }
    const key = await newSession({ zod: 7, valibot: null })
    const { sessions, warnings } = release(throwing)
    const session = await sessions.open(key)
    for (const name of ['zod', 'valibot', 'zod']) assert.equal(session.get(name), undefined)
    // What is left of it is no unhandled rejection, which would end the process.
    await new Promise(resolve => setImmediate(resolve))
    assert.equal((await sessions.open(key)).get('zod'), undefined)
    assert.deepEqual(warnings, [{ key: 'zod' }, { key: 'valibot' }, { key: 'zod' }])
  })

  it('are named when their schema makes something of them that JSON cannot hold', async () => {
    const key = await newSession({ tags: ['a'] })
    const session = await release({ tags: z.array(z.string()).transform(tags => new Set(tags)) }).sessions.open(key)
    assert.throws(() => session.get('tags'), /\(at tags\)/)
  })
})
