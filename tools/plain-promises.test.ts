import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { temporaryFolder } from '../tests/real-parts.ts'

const strays = {
  'a promise that nobody waits for': `void Promise.reject(new Error('a stray'))`,
  'a timer that throws': `setTimeout(() => { throw new Error('a stray') }, 1)`,
  'an error after the tests': `setTimeout(() => { throw new Error('a stray') }, 60)`,
}

for (const [what, code] of Object.entries(strays)) {
  it(`${what} fails its file without the runner's hook on promises`, async t => {
    const file = join(temporaryFolder(t), 'stray.test.mjs')
    writeFileSync(
      file,
      `import { it } from 'node:test'\nit('waits', async () => { ${code}; await new Promise(r => setTimeout(r, 20)) })\n`,
    )
    const tool = (name: string): string => join(import.meta.dirname, name)
    const args = [
      `--import=${tool('plain-promises.ts')}`,
      '--test',
      `--test-reporter=${tool('test-reporter.ts')}`,
      '--test-reporter-destination=stdout',
      file,
    ]
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const { status, output } = await new Promise<{ status: unknown; output: string }>(resolve =>
      execFile(process.execPath, args, { env }, (error, output) => resolve({ status: error?.code, output })),
    )
    assert.equal(status, 1)
    assert.match(output, /Error: a stray/)
    assert.match(output, /^# fail 1$/m)
  })
}
