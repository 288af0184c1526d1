import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

/** What the reporter prints about one test file. */
function report(t: TestContext, body: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'nuages-reporter-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'a.test.mjs'), `import { before, describe, test } from 'node:test'\n${body}`)
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const reporter = join(import.meta.dirname, 'test-reporter.ts')
  const args = ['--test', `--test-reporter=${reporter}`, '--test-reporter-destination=stdout', 'a.test.mjs']
  return new Promise(resolve => execFile(process.execPath, args, { cwd: folder, env }, (_, stdout) => resolve(stdout)))
}

test('what passes is not mentioned, save for its notes', async t => {
  const output = await report(t, "console.log('chatter')\ntest('one', t => t.diagnostic('note: 3 kB'))\n")
  assert.match(output, /^note: 3 kB\n# tests 1\n# suites 0\n# pass 1\n# fail 0\n/)
})

test('a failure is shown once, with its place, its cause and what the file wrote', async t => {
  const output = await report(
    t,
    "describe('s', () => test('one', () => { console.log('hint'); throw Error('why') }))\n",
  )
  assert.match(output, /^\n✖ one \(a\.test\.mjs:2\)\nError: why\n {4}at [\s\S]*\nThe file wrote:\nhint\n# tests 1\n/)
  assert.equal(output.match(/✖/g)?.length, 1)
})

test('a hook that fails for several tests is explained once', async t => {
  const output = await report(t, "before(() => { throw Error('why') })\ntest('one', () => {})\ntest('two', () => {})\n")
  assert.equal(output.match(/Error: why/g)?.length, 1)
  assert.match(output, /✖ two .*\nAs above\.\n/)
})

test('skipped and postponed tests are named with their reasons', async t => {
  const output = await report(
    t,
    "test('one', t => t.skip('install it'))\ntest('two', { todo: 'later' }, () => { throw 1 })\n",
  )
  assert.match(output, /^skipped: one: install it\ntodo: two: later\n# tests 2\n/)
  assert.match(output, /# skipped 1\n# todo 1\n/)
})
