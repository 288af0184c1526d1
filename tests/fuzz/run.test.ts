/** The fuzzer itself: a check that cannot fail would find nothing. */
import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { numbersBy } from '../../bench/fuzz/random.ts'
import { FailedCase, type Report, run, type Target } from '../../bench/fuzz/run.ts'

const options = { seed: 5, cases: 1000 }

async function failure(target: Omit<Target, 'name'>): Promise<FailedCase> {
  const error = await run({ name: 'mine', ...target }, options).then(
    () => assert.fail('No case failed.'),
    reason => reason,
  )
  assert.ok(error instanceof FailedCase, String(error))
  return error
}

/** Cases of this code, in a process of their own; `cases` counts them. */
function runAlone(code: string): SpawnSyncReturns<string> {
  const program = `
    import { run } from '${import.meta.resolve('../../bench/fuzz/run.ts')}'
    let cases = 0
    const check = () => { cases += 1; ${code}; return 'well' }
    await run({ name: 'mine', check }, { seed: 5, cases: 10, maxCaseMs: 500 })`
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8', timeout: 60_000 })
}

describe('the fuzzer', () => {
  it('gives each case numbers of its own, the same ones for the same seed, and counts what came of them', async () => {
    const seen: number[] = []
    const check = (random: () => number): string => {
      seen.push(random())
      return seen.length % 4 === 0 ? 'seldom' : 'often'
    }
    const report: Report = await run({ name: 'mine', check }, { seed: 5, cases: 8, from: 2 })
    assert.deepEqual(
      seen,
      Array.from({ length: 8 }, (_, index) => numbersBy(7 + index)()),
    )
    assert.equal(new Set(seen).size, 8)
    assert.deepEqual(report.outcomes, { often: 6, seldom: 2 })
  })

  it('says how to repeat the case that failed, and closes the target', async () => {
    let closed = 0
    let cases = 0
    const check = async (): Promise<string> => {
      cases += 1
      if (cases === 8) throw new Error('a mistake')
      return 'well'
    }
    const close = async (): Promise<void> => {
      closed += 1
    }
    const { message, cause } = await failure({ check, close })
    assert.match(message, /npm run fuzz -- mine --seed 5 --from 7 --cases 1$/)
    assert.match(String(cause), /a mistake/)
    assert.equal(closed, 1)
  })

  it('fails for a rejection that nobody handles', () => {
    const { status, stderr } = runAlone("if (cases === 4) Promise.reject(new Error('a stray'))")
    assert.equal(status, 1)
    assert.match(stderr, /FailedCase: Case \d+ of mine failed\..*a stray/s)
  })

  it('fails for memory that is never let go, and says so when the cases are too few to tell', async () => {
    const kept: string[][] = []
    const check = (): string => {
      kept.push(Array<string>(2000).fill('x'))
      return 'well'
    }
    const { cause } = await failure({ check })
    assert.match(String(cause), /bytes more are alive/)
    const few = await run({ name: 'mine', check }, { seed: 5, cases: 999 })
    assert.equal(few.grownBytes, null)
  })

  it('ends the process for a case that hangs, and says which', () => {
    const { signal, stderr } = runAlone('while (cases === 4) {}')
    assert.equal(signal, 'SIGKILL')
    assert.match(stderr, /Case 3 hangs\. Again: npm run fuzz -- mine --seed 5 --from 3 --cases 1/)
  })
})
