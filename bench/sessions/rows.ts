/**
 * The rows of the measured tables: a row's key and text follow from its number, so that nobody has to keep ten million keys.
 */
import { createHash } from 'node:crypto'
import { createMemorySessionStore, createSessions } from '../../src/sessions/index.ts'
import { defineSettings } from '../../src/settings/index.ts'

export const settings = defineSettings({ SECRET_KEY: 'a key for the benchmark of sessions only' })

/** 32 characters of a-z0-9 that sort as random ones do. SQL for the same: `keySql`. */
export function keyOf(row: number): string {
  const digest = createHash('sha256').update(`session ${row}`).digest('base64')
  return digest.slice(0, keyLength).toLowerCase().replaceAll('+', '0').replaceAll('/', '7')
}

export const keyLength = 32

/** PostgreSQL's expression for `keyOf` of a number. */
export const keySql = (row: string): string =>
  `translate(lower(left(encode(sha256(convert_to('session ' || ${row}, 'UTF8')), 'base64'), ${keyLength})), '+/', '07')`

/** What all texts begin with; a row's key is the rest, in place of most of the signature. */
export const textStart: string = (await signedText()).slice(0, -keyLength)

export const textOf = (row: number, key = keyOf(row)): string => textStart + key

/** What Nuages stores for a visitor who is logged in and has put things into the basket: about 300 bytes. */
async function signedText(): Promise<string> {
  const store = createMemorySessionStore()
  const session = await createSessions({ store, settings }).open(null)
  session.set('_auth_user_id', '48213')
  session.set('_auth_user_backend', 'django.contrib.auth.backends.ModelBackend')
  session.set('_auth_user_hash', 'f'.repeat(64))
  session.set('basket', { 4711: 2, 815: 1 })
  await session.save()
  const text = session.sessionKey === null ? null : await store.load(session.sessionKey)
  if (text === null) throw new Error('The session was not stored.')
  return text
}

const dayMs = 86_400_000
/** Django's SESSION_COOKIE_AGE. The order of the ends has nothing to do with that of the rows: visitors come back when they like. */
const ageMs = 14 * dayMs
/** Nothing changes sides while the benchmark runs. */
const marginMs = dayMs

export const livingEnd = (): number => Date.now() + marginMs + Math.random() * ageMs
export const expiredEnd = (): number => Date.now() - marginMs - Math.random() * ageMs

/** The same in PostgreSQL. */
export const endSql = (expired: boolean): string =>
  `now() ${expired ? '-' : '+'} interval '${marginMs} ms' ${expired ? '-' : '+'} random() * interval '${ageMs} ms'`
