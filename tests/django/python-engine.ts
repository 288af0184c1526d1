/**
 * python/nuages_sessions.py: with it a Django loses nothing that Nuages stores, and the reverse; without it, what the docs say is lost.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { App } from '../../src/app/index.ts'
import { SessionConflictError, SessionInterrupted } from '../../src/sessions/index.ts'
import { type PartUser, requireDjangoCommand, withDatabases } from '../real-parts.ts'
import { askProgram, type Oracle, openOracle, withFolders } from './oracle.ts'
import { openApp, secretKey } from './site.ts'

const engineFolder = join(import.meta.dirname, '../../python')

interface Sides {
  readonly oracle: Oracle
  readonly app: App
  /** Requests at Django, by ./session_writers.py. */
  readonly django: Oracle
}

/** Requests at a Django with this engine; `null` when the test was skipped. */
function openWriters(t: PartUser, url: string, engine: string): Oracle | null {
  const command = requireDjangoCommand(t, { url, secretKey, settings: { SESSION_ENGINE: engine } })
  if (command === null) return null
  const program = join(import.meta.dirname, 'session_writers.py')
  return askProgram(t, [program], withFolders(command, engineFolder, dirname(command.oracle)))
}

/** A Django with the engine and a Nuages on one database; `null` when the test was skipped. */
async function openSides(t: PartUser, url: string): Promise<Sides | null> {
  const oracle = openOracle(t, { url, secretKey })
  const django = openWriters(t, url, 'nuages_sessions')
  if (oracle === null || django === null) return null
  const { django: version } = await oracle.ask('info')
  const app = openApp(t, url, version)
  await app.migrate()
  return { oracle, app, django }
}

async function newSession(app: App, data: Readonly<Record<string, unknown>>): Promise<string> {
  const session = await app.sessions.open(null)
  for (const [key, value] of Object.entries(data)) session.set(key as string, value)
  await session.save()
  return session.sessionKey as string
}

const dataOf = async (app: App, key: string): Promise<Record<string, unknown>> =>
  Object.fromEntries(await app.sessions.open(key))

const threads = 3
const writes = 8

/** Half the writers in Django, half in Nuages; each writes keys of its own, and all count in one. */
async function race({ app, django }: Sides, options: object = {}): Promise<void> {
  const key = await newSession(app, { kept: 1 })
  const write = async (thread: number): Promise<void> => {
    for (let n = 0; n < writes; n += 1) {
      const session = await app.sessions.open(key)
      session.set(`nuages-${thread}-${n}` as string, n)
      await session.update('n' as string, value => ((value as number | undefined) ?? 0) + 1)
    }
  }
  const ours = Array.from({ length: threads }, (_, thread) => write(thread))
  const [{ failures }] = await Promise.all([django.ask('race', { key, threads, writes, ...options }), ...ours])
  assert.deepEqual(failures, [])
  const { n, kept, ...marks } = await dataOf(app, key)
  assert.deepEqual([n, kept, Object.keys(marks).length], [2 * threads * writes, 1, 2 * threads * writes])
}

/** One request at Django and one at Nuages have the session open at the same time, and both save. */
async function overlap({ app, django }: Sides): Promise<Record<string, unknown>> {
  const key = await newSession(app, { kept: 1 })
  await django.ask('open', { name: 'slow', key })
  const session = await app.sessions.open(key)
  session.set('nuages' as string, 1)
  await session.save()
  await django.ask('set', { name: 'slow', key: 'django', value: 1 })
  assert.equal((await django.ask('save', { name: 'slow' })).error, undefined)
  return dataOf(app, key)
}

async function checkConflicts({ app, django }: Sides): Promise<void> {
  const key = await newSession(app, { n: 1 })
  await django.ask('open', { name: 'a', key })
  const before = await app.sessions.open(key)
  const { value } = await django.ask('get', { name: 'a', key: 'n' })
  const other = await app.sessions.open(key)
  await other.update('n' as string, n => (n as number) + 10)
  await django.ask('set', { name: 'a', key: 'n', value: value + 1 })
  assert.equal((await django.ask('save', { name: 'a' })).error, 'SessionConflict')
  before.set('n' as string, (before.get('n') as number) + 100)
  await assert.rejects(before.save(), SessionConflictError)
  await django.ask('open', { name: 'b', key })
  await django.ask('increase', { name: 'b', key: 'n' })
  await other.update('n' as string, n => (n as number) + 10)
  assert.deepEqual((await django.ask('save', { name: 'b' })).data, { n: 22 })
  assert.deepEqual(await dataOf(app, key), { n: 22 })
}

async function checkEnds({ app, django, oracle }: Sides): Promise<void> {
  await oracle.ask('create-user', { username: 'ada' })
  const key = await newSession(app, { cart: 1.5 })
  // A login at Django takes along what Nuages stored meanwhile, and ends the old key for all.
  await django.ask('open', { name: 'login', key })
  const slow = await app.sessions.open(key)
  const quick = await app.sessions.open(key)
  await quick.update('more' as string, () => 1)
  const { session_key: next } = await django.ask('login', { name: 'login', user: 'ada' })
  slow.set('late' as string, 1)
  await assert.rejects(slow.save(), SessionInterrupted)
  assert.deepEqual(await dataOf(app, key), {})
  const { cart, more, late } = await dataOf(app, next)
  assert.deepEqual([cart, more, late], [1.5, 1, undefined])
  assert.equal((await app.auth.userOf(await app.sessions.open(next)))?.username, 'ada')
  // A logout at Nuages is not undone by a slow request at Django.
  await django.ask('open', { name: 'slow', key: next })
  await (await app.sessions.open(next)).flush()
  await django.ask('set', { name: 'slow', key: 'late', value: 1 })
  assert.equal((await django.ask('save', { name: 'slow' })).error, 'UpdateError')
  assert.deepEqual(await dataOf(app, next), {})
}

test("the engine's own tests pass", async t => {
  const command = requireDjangoCommand(t, { url: 'sqlite::memory:' })
  if (command === null) return
  const { env } = withFolders(command, engineFolder)
  await promisify(execFile)(command.python, ['-m', 'unittest'], { cwd: engineFolder, env })
})

withDatabases('a Django with the engine of python/', it => {
  it('loses nothing and revives nothing; one without it erases what Nuages stored', async ({ t, url }) => {
    const sides = await openSides(t, url)
    const stock = openWriters(t, url, 'django.contrib.sessions.backends.db')
    if (sides === null || stock === null) return
    assert.deepEqual(await overlap(sides), { kept: 1, nuages: 1, django: 1 })
    assert.deepEqual(await overlap({ ...sides, django: stock }), { kept: 1, django: 1 })
    await checkConflicts(sides)
    await checkEnds(sides)
    await race(sides)
    if (sides.app.database.dialect !== 'sqlite') await race(sides, { atomic: true })
  })
})
