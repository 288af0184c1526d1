/** Session payloads, stored and in cookies: the data that was signed or none, and hostile JSON under a genuine signature harms nobody. */
import assert from 'node:assert/strict'
import { joinJsonObject, parseJson, splitJsonObject } from '../../src/kit/index.ts'
import { createSessionCodec, type SessionTexts } from '../../src/sessions/codec.ts'
import { createCookieSessions } from '../../src/sessions/index.ts'
import { defineSettings } from '../../src/settings/index.ts'
import { DataSigner } from '../../src/signing/index.ts'
import { anyJson, anyObject, sentJson } from './json-texts.ts'
import { mutate, pick, type Random, several } from './random.ts'
import type { Target } from './run.ts'

const key = 'the key of the fuzz test'
const clock = (): number => 1.7e12
const settings = defineSettings({ SECRET_KEY: key })
const stored = new DataSigner({ key, salt: 'django.contrib.sessions.SessionStore', clock })
const carried = new DataSigner({ key, salt: 'django.contrib.sessions.backends.signed_cookies', clock })
const sessions = createCookieSessions({ settings, clock })

/** Every value can be parsed, and the whole is an object of just these. */
function checkTexts(texts: SessionTexts): void {
  const whole = parseJson(joinJsonObject(texts)) as Record<string, unknown>
  assert.deepEqual(Object.keys(whole).sort(), [...texts.keys()].sort())
  for (const [name, text] of texts) assert.deepEqual(parseJson(text), whole[name])
}

const valuesOf = (texts: SessionTexts): Map<string, unknown> =>
  new Map([...texts].map(([name, text]) => [name, parseJson(text)]))

/** Another codec each time: one remembers what it has read. */
const decode = (text: string): SessionTexts => createSessionCodec({ key }).decode(text)

function checkStored(texts: SessionTexts, random: Random): string {
  const text = createSessionCodec({ key }).encode(texts)
  assert.deepEqual(valuesOf(decode(text)), valuesOf(texts))
  const changed = mutate(text, random)
  if (changed === text) return 'unchanged'
  assert.equal(decode(changed).size, 0, `${changed} was taken for ${text}`)
  return 'refused'
}

/** What stands in a session after it was opened, by key. */
async function opened(cookie: string): Promise<Map<string, unknown>> {
  const session = await sessions.open(cookie)
  const read = session as unknown as { keys(): Iterable<string>; get(key: string): unknown }
  return new Map([...read.keys()].map(name => [name, read.get(name)]))
}

async function checkCarried(texts: SessionTexts, random: Random): Promise<string> {
  const cookie = carried.dumpsText(joinJsonObject(texts), { compress: true })
  const data = await opened(cookie)
  for (const [name, value] of data) assert.deepEqual(value, parseJson(texts.get(name) ?? 'null'))
  const changed = mutate(cookie, random)
  if (changed === cookie) return 'unchanged'
  assert.equal((await opened(changed)).size, 0, `${changed} was taken for ${cookie}`)
  return data.size === 0 ? 'refused, expired' : 'refused'
}

/** A program that shares the key wrote it, and not well. */
async function checkForeign(random: Random): Promise<string> {
  // As bytes: what is beyond them would be escaped on its way, and behind a backslash mean something else.
  const json = Buffer.from(sentJson(random)).toString('latin1')
  const isObject = splitJsonObject(json) !== null
  const texts = decode(stored.dumpsText(json, { compress: random() < 0.5 }))
  checkTexts(texts)
  if (!isObject) assert.equal(texts.size, 0)
  await opened(carried.dumpsText(json))
  return isObject ? 'foreign data' : 'foreign text'
}

export function openSessions(): Target {
  return {
    name: 'sessions',
    check(random) {
      const kind = random()
      if (kind < 0.3) return checkForeign(random)
      const texts = splitJsonObject(
        anyObject(
          several(6, random, () => anyJson(random, 2)),
          random,
        ),
      )
      assert.ok(texts !== null)
      return pick([checkStored, checkCarried], random)(texts, random)
    },
  }
}
