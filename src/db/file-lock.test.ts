import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryFolder } from '../../tests/real-parts.ts'
import { DatabaseUnavailable } from './errors.ts'
import { openFileLock } from './file-lock.ts'

const room = new URL('./index.ts', import.meta.url).href

/** Another process, which holds the lock until it dies. */
async function holder(t: TestContext, path: string): Promise<ChildProcess> {
  const code = `
    import { openFileLock } from ${JSON.stringify(room)}
    import { writeSync } from 'node:fs'
    await openFileLock(${JSON.stringify(path)}).run(() => {
      writeSync(1, 'held')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })`
  const args = ['--conditions=nuages-source', '--input-type=module', '-e', code]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  await new Promise(resolve => child.stdout?.once('data', resolve))
  return child
}

it('lets one in at a time, also within a process, and passes on what came of it', async t => {
  const path = join(temporaryFolder(t), 'lock')
  const [one, other] = [openFileLock(path), openFileLock(path)]
  t.after(() => one.close())
  t.after(() => other.close())
  let entered = false
  const second = await one.run(() => {
    const waiting = other.run(() => {
      entered = true
      return 2
    })
    assert.equal(entered, false)
    return { waiting }
  })
  assert.equal(await second.waiting, 2)
  await assert.rejects(
    one.run(() => {
      throw new RangeError('mine')
    }),
    /mine/,
  )
  assert.equal(await other.run(() => 'free again'), 'free again')
})

it('is free again at once when its holder is killed', async t => {
  const path = join(temporaryFolder(t), 'lock')
  const child = await holder(t, path)
  const lock = openFileLock(path)
  t.after(() => lock.close())
  let entered = false
  const waiting = lock.run(() => {
    entered = true
  })
  await sleep(30)
  assert.equal(entered, false)
  child.kill('SIGKILL')
  await waiting
  assert.equal(entered, true)
})

it('gives up in the end, and runs nothing', async t => {
  const path = join(temporaryFolder(t), 'lock')
  await holder(t, path)
  const lock = openFileLock(path, { busyMs: 20 })
  t.after(() => lock.close())
  await assert.rejects(
    lock.run(() => assert.fail('it ran')),
    (error: unknown) => error instanceof DatabaseUnavailable && error.reason === 'locked' && error.status === 503,
  )
})

it('locks the file that has the name now, whoever removed the old one', async t => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'lock')
  const old = openFileLock(path)
  t.after(() => old.close())
  await old.run(() => {})
  for (const vanish of [() => rmSync(path), () => renameSync(path, join(folder, 'away'))]) {
    vanish()
    const fresh = openFileLock(path)
    t.after(() => fresh.close())
    await fresh.run(() => {})
    let entered = false
    const { waiting } = await old.run(() => {
      const waiting = fresh.run(() => {
        entered = true
      })
      assert.equal(entered, false)
      return { waiting }
    })
    await waiting
    assert.equal(entered, true)
  }
})

it('says what is wrong with its place', async t => {
  const lock = openFileLock(join(temporaryFolder(t), 'no', 'lock'))
  await assert.rejects(
    lock.run(() => {}),
    (error: unknown) => error instanceof DatabaseUnavailable && error.reason === 'missing',
  )
  lock.close()
  await assert.rejects(
    lock.run(() => {}),
    /closed/,
  )
})
