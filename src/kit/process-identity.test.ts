import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { isProcessAlive, type ProcessIdentity, thisProcess } from './process-identity.ts'

const program = `import(${JSON.stringify(import.meta.resolve('./process-identity.ts'))})
  .then(({ thisProcess }) => { process.stdout.write(JSON.stringify(thisProcess)); setInterval(() => {}, 1000) })`

describe('the identity of a process', () => {
  it('is alive in itself, and dead in one that had the same id before', () => {
    assert.equal(isProcessAlive(thisProcess), true)
    if (thisProcess.start !== '0') assert.equal(isProcessAlive({ ...thisProcess, start: '1' }), false)
  })

  it('is alive in another process until that is killed', async () => {
    const child = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [text] = await once(child.stdout, 'data')
    const identity = JSON.parse(String(text)) as ProcessIdentity
    assert.equal(identity.pid, child.pid)
    assert.equal(isProcessAlive(identity), true)
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal(isProcessAlive(identity), false)
  })

  it('says nothing of other machines', () => {
    assert.equal(isProcessAlive({ ...thisProcess, place: 'f'.repeat(16) }), null)
  })
})
