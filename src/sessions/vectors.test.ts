import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parseJson, serializeJson, splitJsonObject } from '../kit/index.ts'
import { defineSettings } from '../settings/index.ts'
import { createSessionCodec } from './codec.ts'
import { expiresAtBrowserClose, expiryAge, expiryDate, momentText } from './expiry.ts'
import { createMemorySessionStore } from './memory-store.ts'
import { createSessions } from './stored-sessions.ts'

interface Case {
  readonly id: string
  readonly op: string
  readonly in: Record<string, unknown>
  readonly out: Record<string, unknown>
}

const file = new URL('../../tests/vectors/sessions.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }
const of = (op: string): Case[] => cases.filter(vector => vector.op === op)

describe('session_data, as Django writes it,', () => {
  for (const vector of of('session_encode'))
    it(`${vector.id} is read`, () => {
      const codec = createSessionCodec({ key: vector.in.secret as string })
      const data = codec.decode(vector.out.session_data as string)
      const expected = splitJsonObject(vector.in.data_json as string)
      assert.deepEqual([...data], [...(expected as Map<string, string>)])
    })

  for (const vector of of('session_encode'))
    it(`${vector.id} is written so that it reads the same`, () => {
      const keys = { key: vector.in.secret as string }
      const data = splitJsonObject(vector.in.data_json as string) as Map<string, string>
      assert.deepEqual(createSessionCodec(keys).decode(createSessionCodec(keys).encode(data)), data)
    })

  for (const vector of of('session_decode'))
    it(`${vector.id} is read, or is an empty session`, () => {
      const { secret, fallbacks } = vector.in as { secret: string; fallbacks?: string[] }
      const codec = createSessionCodec({ key: secret, fallbackKeys: fallbacks ?? [] })
      const data = codec.decode(vector.in.session_data as string)
      const json = vector.out.data_json as string | undefined
      // JSON that is not an object has no keys: Django takes it as it is, and fails at the first use.
      const expected = json === undefined ? new Map() : (splitJsonObject(json) ?? new Map())
      const parse = (texts: ReadonlyMap<string, string>): string[][] =>
        [...texts].map(([key, text]) => [key, serializeJson(parseJson(text), text)])
      assert.deepEqual(parse(data), parse(expected))
    })
})

/** A text that is no moment, or has no zone with USE_TZ, is a TypeError or ValueError in Django: a 500 on every request. Here it counts as absent, or as UTC. */
const failsInDjango = (vector: Case): boolean => vector.out.error !== undefined

describe('session_expiry', () => {
  for (const vector of of('session_expiry').filter(vector => !failsInDjango(vector)))
    it(vector.id, () => {
      const now = (vector.in.now as number) * 1000
      const { USE_TZ: _, ...own } = vector.in.settings as Record<string, unknown>
      const settings = defineSettings({ SECRET_KEY: 'secret', ...own })
      const stored = vector.out.stored ?? undefined
      assert.equal(expiryAge(stored, now, settings), Number(vector.out.age))
      const date = expiryDate(stored, now, settings)
      const expected = vector.out.date as string
      assert.equal(Math.round(date), Math.round(Date.parse(/[+Z]/.test(expected) ? expected : `${expected}Z`)))
      assert.equal(expiresAtBrowserClose(stored, settings), vector.out.at_browser_close)
    })

  it('writes a moment as every Python reads it', () => {
    assert.equal(momentText(new Date('2026-01-01T00:05:00Z')), '2026-01-01T00:05:00+00:00')
    assert.equal(momentText(new Date('2026-01-02T00:00:00.5Z')), '2026-01-02T00:00:00.500000+00:00')
  })

  it('treats a text that is no moment as the default age', () => {
    const settings = defineSettings({ SECRET_KEY: 'secret', SESSION_COOKIE_AGE: 100 })
    for (const vector of of('session_expiry').filter(failsInDjango))
      assert.doesNotThrow(() => expiryDate(vector.out.stored, 0, settings))
    assert.equal(expiryAge('soon', 0, settings), 100)
  })
})

/** Keys that no engine makes are unknown here before the database is asked; Django asks, and finds nothing. */
const unmakeable = /[^a-z0-9]/

describe('session_key_valid', () => {
  for (const vector of of('session_key_valid'))
    it(vector.id, async () => {
      const key = vector.in.key as string | null
      const asked: string[] = []
      const store = createMemorySessionStore()
      const load = store.load.bind(store)
      const spy = {
        ...store,
        load(asking: string) {
          asked.push(asking)
          return load(asking)
        },
      }
      await createSessions({ store: spy, settings: defineSettings({ SECRET_KEY: 'secret' }) }).open(key)
      const known = vector.out.session_key !== null && !unmakeable.test(key ?? '')
      assert.deepEqual(asked, known ? [key] : [])
    })
})
