/** The fuzz test of multipart forms in short: `FUZZ` says how many cases, `SEED` which. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { it } from 'node:test'
import { promisify } from 'node:util'
import type { Report } from '../../bench/fuzz/run.ts'

/** In a process of its own: the test runner watches every promise, which makes a case five times as slow. */
const program = join(import.meta.dirname, '../../bench/fuzz/main.ts')
const seed = process.env.SEED ?? String(Date.now() % 2 ** 31)
const cases = Number(process.env.FUZZ ?? (process.env.CI ? 100_000 : 30_000))

it(`${cases} mutated forms are read the same however they are cut, in time, and leave nothing (SEED=${seed})`, async t => {
  const options = ['multipart', '--json', '--cases', String(cases), '--seed', seed]
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=nuages-source', program, ...options])
  t.diagnostic(stdout)
  const { outcomes, grownBytes } = JSON.parse(stdout) as Report
  assert.ok(grownBytes !== null, 'Too few cases to judge memory.')
  const { taken = 0, ...refused } = outcomes
  // Forms that are all taken, or all refused at the first byte, would prove nothing.
  assert.ok(taken > cases / 4, stdout)
  assert.ok(Object.keys(refused).length >= 6, stdout)
})
