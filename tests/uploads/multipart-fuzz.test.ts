/** The fuzz test of multipart forms in short: `FUZZ` says how many cases, `SEED` which. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { it } from 'node:test'
import { promisify } from 'node:util'

const program = join(import.meta.dirname, '../../bench/fuzz/multipart.ts')
const seed = process.env.SEED ?? String(Date.now() % 2 ** 31)
const cases = Number(process.env.FUZZ ?? (process.env.CI ? 100_000 : 30_000))

interface Report {
  readonly cases: number
  readonly outcomes: Readonly<Record<string, number>>
}

it(`${cases} mutated forms are read the same however they are cut, in time, and leave nothing (SEED=${seed})`, async t => {
  const options = ['--conditions=nuages-source', '--expose-gc', program]
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...options,
    ...['--cases', String(cases), '--seed', seed, '--json'],
  ])
  const report = JSON.parse(stdout) as Report
  t.diagnostic(stdout)
  const { taken = 0, ...refused } = report.outcomes
  // Forms that are all taken, or all refused at the first byte, would prove nothing.
  assert.ok(taken > cases / 4, stdout)
  assert.ok(Object.keys(refused).length >= 6, stdout)
})
