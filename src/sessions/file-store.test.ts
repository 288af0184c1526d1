import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { temporaryFolder } from '../../tests/real-parts.ts'
import { DatabaseUnavailable } from '../db/index.ts'
import { type Clock, ConfigError } from '../kit/index.ts'
import { defineSettings } from '../settings/index.ts'
import { sessionStoreContract } from '../testing/index.ts'
import { createSessionCodec } from './codec.ts'
import { createFileExpiry } from './file-expiry.ts'
import { createFileSessionStore } from './file-store.ts'
import type { SessionStore } from './store.ts'

const cookieAgeSeconds = 1_209_600
const noon = Date.parse('2026-01-01T12:00:00Z')
const soon = noon + 3_600_000
const key = 'abcdefghijklmnopqrstuvwxyz012345'
const room = new URL('./file-store.ts', import.meta.url).href

function open(t: TestContext, folder: string, clock: Clock = () => noon): SessionStore {
  const store = createFileSessionStore({ folder, cookieAgeSeconds, clock })
  t.after(() => store.close())
  return store
}

/** What lies in the folder, without the lock's. */
const filesOf = (folder: string): string[] => readdirSync(folder).filter(name => !name.startsWith('.'))

/** Runs a module with `store` and `folder` in another process. */
function inProcess(folder: string, body: string): string[] {
  const options = JSON.stringify({ folder, cookieAgeSeconds })
  const code = `
    import { createFileSessionStore } from ${JSON.stringify(room)}
    const store = createFileSessionStore({ ...${options}, clock: () => ${noon} })
    ${body}`
  return ['--conditions=nuages-source', '--input-type=module', '-e', code]
}

describe('the engine file', () => {
  it('keeps the contract', async t => {
    const folder = temporaryFolder(t)
    const tests: Promise<void>[] = []
    sessionStoreContract(
      (name, body) => tests.push(t.test(name, body)),
      clock => createFileSessionStore({ folder, cookieAgeSeconds, clock }),
    )
    await Promise.all(tests)
    assert.deepEqual(filesOf(folder), [], 'something is left behind')
  })

  it('writes what Django reads: the text, by cookie name and key, for the owner alone, dated by the expiry', async t => {
    const folder = temporaryFolder(t)
    const store = createFileSessionStore({ folder, cookieAgeSeconds, clock: () => noon, prefix: 'sid' })
    t.after(() => store.close())
    await store.create(key, 'a:b:c', soon + 123)
    assert.deepEqual(filesOf(folder), [`sid${key}`])
    const stat = statSync(join(folder, `sid${key}`))
    assert.equal(readFileSync(join(folder, `sid${key}`), 'ascii'), 'a:b:c')
    assert.equal(stat.mode & 0o777, 0o600)
    assert.equal(Math.round(stat.mtimeMs), soon + 123 - cookieAgeSeconds * 1000)
  })

  it('reads what Django wrote: it lives for the age of the cookie from its last change', async t => {
    const folder = temporaryFolder(t)
    const path = join(folder, `sessionid${key}`)
    writeFileSync(path, 'a:b:c')
    utimesSync(path, noon / 1000, noon / 1000)
    assert.equal(await open(t, folder, () => noon + cookieAgeSeconds * 1000 - 1).load(key), 'a:b:c')
    const later = open(t, folder, () => noon + cookieAgeSeconds * 1000)
    assert.equal(await later.load(key), null)
    assert.equal(await later.replace(key, 'a:b:c', 'd:e:f', noon + 2 * cookieAgeSeconds * 1000), false)
    assert.equal(await later.countExpired(), 1)
    assert.equal(await later.clearExpired(10), 1)
    assert.equal(existsSync(path), false)
  })

  it('beside a Django keeps a session as long as its data says, when that is longer', async t => {
    const folder = temporaryFolder(t)
    const settings = defineSettings({ SECRET_KEY: 'secret', DJANGO_VERSION: '5.2' })
    const codec = createSessionCodec({ key: 'secret' })
    const dayMs = 86_400_000
    let days = 0
    const clock: Clock = () => Date.now() + days * dayMs
    const options = { folder, cookieAgeSeconds, clock }
    const store = createFileSessionStore({ ...options, expiryOf: createFileExpiry(settings) })
    t.after(() => store.close())
    const until = new Date(Date.now() + 30 * dayMs).toISOString().replace('Z', '000+00:00')
    const expiries: Readonly<Record<string, string | null>> = {
      monthlong: String(30 * 86_400),
      untilthen: JSON.stringify(until),
      ashortone: '300',
      withbrowser: '0',
      bydefault: null,
      ofnobody: '"rubbish"',
    }
    for (const [name, json] of Object.entries(expiries)) {
      const text = codec.encode(new Map(json === null ? [['a', '1']] : [['_session_expiry', json]]))
      writeFileSync(join(folder, `sessionid${name}`), text)
    }
    writeFileSync(join(folder, 'sessioniddamagedone'), 'rubbish')
    const living = async (): Promise<readonly string[]> => {
      const names = [...Object.keys(expiries), 'damagedone']
      const texts = await Promise.all(names.map(name => store.load(name)))
      return names.filter((_, index) => texts[index] !== null)
    }
    assert.equal((await living()).length, 7)
    days = 20
    assert.deepEqual(await living(), ['monthlong', 'untilthen'])
    assert.equal(await store.countExpired(), 5)
    assert.equal(await store.clearExpired(100), 5)
    assert.deepEqual(filesOf(folder).sort(), ['sessionidmonthlong', 'sessioniduntilthen'])
    days = 31
    assert.deepEqual(await living(), [])
    assert.equal(await store.clearExpired(100), 2)
  })

  it('takes the empty file that Django makes first for a key that is taken, and no session', async t => {
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, `sessionid${key}`), '')
    const store = open(t, folder, Date.now)
    assert.equal(await store.load(key), null)
    assert.equal(await store.create(key, 'a:b:c', Date.now() + 1000), false)
  })

  it('leaves the folder for no key', async t => {
    const folder = temporaryFolder(t)
    mkdirSync(join(folder, 'inner'))
    writeFileSync(join(folder, 'secret'), 'text')
    const store = open(t, join(folder, 'inner'), Date.now)
    for (const bad of ['/../../secret', '../secret', '..', '', 'a\0bcdefgh', 'ABCDEFGH', 'a'.repeat(41), 'a/bcdefgh']) {
      assert.equal(await store.load(bad), null)
      assert.equal(await store.replace(bad, 'text', 'x', soon), false)
      assert.equal(await store.delete(bad), false)
      await assert.rejects(store.create(bad, 'x', soon), TypeError)
    }
    assert.equal(readFileSync(join(folder, 'secret'), 'utf8'), 'text')
  })

  it('neither follows links nor waits for pipes', { skip: process.platform === 'win32' }, async t => {
    const folder = temporaryFolder(t)
    const store = open(t, folder, Date.now)
    const path = join(folder, `sessionid${key}`)
    writeFileSync(join(folder, 'secret'), 'text')
    const makers = [
      () => symlinkSync(join(folder, 'secret'), path),
      () => symlinkSync(join(folder, 'nowhere'), path),
      () => mkdirSync(path),
      () => promisify(execFile)('mkfifo', [path]),
    ]
    for (const make of makers) {
      await make()
      assert.equal(await store.load(key), null)
      assert.equal(await store.create(key, 'x', Date.now() + 1000), false)
      assert.equal(await store.replace(key, 'text', 'x', Date.now() + 1000), false)
      assert.equal(await store.delete(key), false)
      rmSync(path, { recursive: true })
    }
    assert.deepEqual(filesOf(folder), ['secret'])
    assert.equal(readFileSync(join(folder, 'secret'), 'utf8'), 'text')
  })

  it('goes on where it stopped clearing, and removes what a killed process left, once it is old', async t => {
    const folder = temporaryFolder(t)
    let now = noon
    const store = open(t, folder, () => now)
    const names = Array.from({ length: 200 }, (_, n) => `expired0${n}`)
    for (const name of names) await store.create(name, 'x', noon + 1000)
    await store.create(key, 'x', soon + 86_400_000)
    const left = join(folder, `sessionid${key}_out_k1ll3d`)
    writeFileSync(left, 'half of a te')
    now = noon + 2000
    assert.equal(await store.countExpired(), 200)
    const removed = [await store.clearExpired(90), await store.clearExpired(90)]
    assert.deepEqual(removed, [90, 90])
    await store.create('expired00000', 'x', noon)
    assert.equal(await store.clearExpired(90), 21)
    const written = statSync(left).ctimeMs
    now = written + 3_590_000
    await store.clearExpired(1000)
    assert.equal(existsSync(left), true)
    now = written + 3_610_000
    await store.clearExpired(1000)
    assert.equal(existsSync(left), false)
  })
})

describe('the folder of session files', () => {
  it('must exist, be a folder, and have a name for its files', t => {
    const folder = temporaryFolder(t)
    const at = (path: string, prefix = 'sessionid') =>
      createFileSessionStore({ folder: path, cookieAgeSeconds, clock: () => noon, prefix })
    assert.throws(() => at(join(folder, 'no')), /no, does not exist\. Set SESSION_FILE_PATH to/)
    writeFileSync(join(folder, 'file'), '')
    assert.throws(() => at(join(folder, 'file')), /file is no folder/)
    for (const prefix of ['../', 'a/b', '', 'a b']) assert.throws(() => at(folder, prefix), ConfigError)
  })

  it('is reported with 503 when it goes away, and used when it is back', async t => {
    const folder = join(temporaryFolder(t), 'sessions')
    mkdirSync(folder)
    const store = open(t, folder)
    await store.create(key, 'x', soon)
    rmSync(folder, { recursive: true })
    const steps = [
      () => store.load(key),
      () => store.replace(key, 'x', 'y', soon),
      () => store.create('another00', 'x', soon),
      () => store.clearExpired(10),
      () => store.countExpired(),
      () => store.ping(),
    ]
    for (const step of steps) {
      await assert.rejects(
        step,
        (error: unknown) => error instanceof DatabaseUnavailable && error.reason === 'missing' && error.status === 503,
      )
    }
    mkdirSync(folder)
    assert.equal(await store.create(key, 'x', soon), true)
    assert.equal(await store.load(key), 'x')
  })

  it('has no half of a text when the disk takes no more', { skip: process.platform === 'win32' }, async t => {
    const folder = temporaryFolder(t)
    const args = inProcess(
      folder,
      `await store.create('${key}', 'before', ${soon})
       const long = 'x'.repeat(1_000_000)
       for (const step of [() => store.replace('${key}', 'before', long, ${soon}), () => store.create('another00', long, ${soon})]) {
         console.log(await step().catch(error => error.reason + ' ' + error.detail))
       }`,
    )
    const limited = ['-c', 'ulimit -f 64; exec "$0" "$@"', process.execPath, ...args]
    const { stdout } = await promisify(execFile)('bash', limited)
    assert.match(stdout, /^(failing .*EFBIG.*\n){2}$/)
    assert.deepEqual(filesOf(folder), [`sessionid${key}`])
    assert.equal(await open(t, folder).load(key), 'before')
  })

  it('does not let its lock stand open to others', { skip: process.platform === 'win32' }, async t => {
    const folder = temporaryFolder(t)
    await open(t, folder).ping()
    const [lock = ''] = readdirSync(folder)
    assert.equal(statSync(join(folder, lock)).mode & 0o777, 0o700)
    chmodSync(join(folder, lock), 0o755)
    assert.throws(() => open(t, folder), /is open to other users\. Remove it\./)
    rmSync(join(folder, lock), { recursive: true })
    symlinkSync(temporaryFolder(t), join(folder, lock))
    assert.throws(() => open(t, folder), ConfigError)
  })

  it('may be everybody’s: what others put there is no session', { skip: process.geteuid?.() !== 0 }, async t => {
    const folder = temporaryFolder(t)
    chmodSync(folder, 0o1777)
    const store = open(t, folder, Date.now)
    const path = join(folder, `sessionid${key}`)
    writeFileSync(path, 'planted')
    assert.equal(await store.load(key), 'planted')
    chownSync(path, 65_534, 65_534)
    assert.equal(await store.load(key), null)
    assert.equal(await store.replace(key, 'planted', 'x', Date.now() + 1000), false)
    assert.equal(await store.delete(key), false)
    assert.equal(await store.create(key, 'x', Date.now() + 1000), false)
    assert.equal(readFileSync(path, 'utf8'), 'planted')
  })

  it('must be writable', { skip: process.geteuid?.() !== 0 }, async t => {
    const folder = temporaryFolder(t)
    chmodSync(folder, 0o755)
    const probe = `process.seteuid(65_534)
      const { createFileSessionStore } = await import(${JSON.stringify(room)})
      try { createFileSessionStore({ folder: ${JSON.stringify(folder)}, cookieAgeSeconds: 1, clock: Date.now }) } catch (error) { console.log(error.message) }`
    const args = [
      '--conditions=nuages-source',
      '--input-type=module',
      '-e',
      `await import(${JSON.stringify(room)});${probe}`,
    ]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    assert.match(stdout, /cannot be used \(EACCES.*Set SESSION_FILE_PATH/)
  })
})

describe('the engine file in several processes', () => {
  it('loses no increment, on one key and on many', async t => {
    const folder = temporaryFolder(t)
    const store = open(t, folder)
    const times = 150
    for (const name of ['shared00', 'own000000', 'own000001']) await store.create(name, '0', soon)
    const body = (own: string): string => `
      const increment = async key => {
        for (;;) {
          const seen = await store.load(key)
          if (await store.replace(key, seen, String(Number(seen) + 1), ${soon})) return
        }
      }
      for (let n = 0; n < ${times}; n += 1) await Promise.all([increment('shared00'), increment('${own}')])`
    const run = (own: string): Promise<unknown> => promisify(execFile)(process.execPath, inProcess(folder, body(own)))
    await Promise.all([run('own000000'), run('own000001')])
    assert.equal(await store.load('shared00'), String(2 * times))
    assert.equal(await store.load('own000000'), String(times))
    assert.equal(await store.load('own000001'), String(times))
    assert.equal(filesOf(folder).length, 3)
  })

  it('shows whole texts only while a writer is killed again and again', async t => {
    const folder = temporaryFolder(t)
    const store = open(t, folder)
    const text = (letter: string): string => letter.repeat(100_000)
    await store.create(key, text('a'), soon)
    const body = `
      const next = { a: 'b', b: 'a' }
      process.stdout.write('on')
      for (;;) {
        const seen = await store.load('${key}')
        await store.replace('${key}', seen, next[seen[0]].repeat(100_000), ${soon})
      }`
    for (let round = 0; round < 5; round += 1) {
      const child = spawn(process.execPath, inProcess(folder, body), { stdio: ['ignore', 'pipe', 'inherit'] })
      const ended = new Promise(resolve => child.once('exit', resolve))
      t.after(() => child.kill('SIGKILL'))
      await new Promise(resolve => child.stdout?.once('data', resolve))
      for (let look = 0; look < 20 + 7 * round; look += 1) {
        const seen = await store.load(key)
        assert.ok(seen === text('a') || seen === text('b'), 'half of a text')
        await new Promise(resolve => setImmediate(resolve))
      }
      child.kill('SIGKILL')
      await ended
      const seen = await store.load(key)
      assert.ok(seen !== null)
      assert.equal(await store.replace(key, seen, text('a'), soon), true, 'the lock is free at once')
    }
  })
})
