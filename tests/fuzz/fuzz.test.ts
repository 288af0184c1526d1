/**
 * The fuzzer in short, a few seconds of it: `SEED` repeats, `npm run fuzz` goes on for longer.
 *
 * Cases that once failed stand beside the code that was mended.
 */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { run } from '../../bench/fuzz/run.ts'
import { openTarget } from '../../bench/fuzz/targets.ts'

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)

interface Plan {
  readonly cases: number
  /** What must have come of some of the cases: all refused, or all taken, would prove nothing. */
  readonly outcomes: readonly string[]
}

const plans: Readonly<Record<string, Plan>> = {
  urls: { cases: 2000, outcomes: ['0 of 4 found', '2 of 4 found', '4 of 4 found'] },
  query: { cases: 4000, outcomes: ['utf-8', 'latin-1', 'empty'] },
  cookies: { cases: 5000, outcomes: ['cookies read, one written', 'cookies read, one refused'] },
  signed: { cases: 4000, outcomes: ['refused', 'content taken', 'content refused', 'keys', 'age', 'base62'] },
  sessions: { cases: 2000, outcomes: ['refused', 'foreign text', 'foreign data'] },
  pickles: { cases: 4000, outcomes: ['read', 'damaged', 'refused'] },
  json: { cases: 2500, outcomes: ['taken', 'refused', "taken as Python's"] },
  http: { cases: 1000, outcomes: ['closed, 200', 'wrong, 400', 'ended', 'given up'] },
}

for (const [name, { cases, outcomes }] of Object.entries(plans)) {
  it(`${cases} hostile cases break no promise of ${name} (SEED=${seed})`, async t => {
    const report = await run(await openTarget(name), { seed, cases })
    t.diagnostic(JSON.stringify(report))
    assert.ok(report.grownBytes !== null, 'Too few cases to judge memory.')
    for (const outcome of outcomes)
      assert.ok((report.outcomes[outcome] ?? 0) >= cases / 100, `${outcome}: ${JSON.stringify(report)}`)
  })
}
