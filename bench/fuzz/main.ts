/**
 * Hostile input by chance: `npm run fuzz -- [target…] --cases 1e6`, all targets without a name.
 *
 * `--seed` gives the same cases again, `--from N --cases 1` one of them; `--json` prints one line for each target. Ends with 1 at the
 * first case that fails, and says how to repeat it.
 */
import { parseArgs } from 'node:util'
import { FailedCase, run } from './run.ts'
import { openTarget, targetNames } from './targets.ts'

const { values: asked, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cases: { type: 'string', default: '1e5' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    json: { type: 'boolean', default: false },
  },
})

for (const name of positionals.length > 0 ? positionals : targetNames) {
  try {
    const options = { seed: Number(asked.seed), cases: Number(asked.cases), from: Number(asked.from) }
    const report = await run(await openTarget(name), options)
    console.log(asked.json ? JSON.stringify(report) : report)
  } catch (error) {
    if (!(error instanceof FailedCase)) throw error
    console.error(error.message)
    console.error(error.cause)
    process.exit(1)
  }
}
