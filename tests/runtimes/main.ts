/**
 * `npm run test:runtimes`: Nuages on Node 24 and 26, Bun and Deno. See docs/runtimes.md.
 *
 * `--runtime deno` (again for more) and `--stage site` (`units`, `rooms`) do a part of it; `--only TEXT` only the checks of the site, or files
 * of the rooms, whose name holds the text.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { installSite } from './install-site.ts'
import { type RoomsReport, runRooms, runUnits } from './own-tests.ts'
import { installRuntimes, runtimes } from './runtimes.ts'
import { checkSite, type SiteReport } from './site-checks.ts'

const { values: asked } = parseArgs({
  options: {
    runtime: { type: 'string', multiple: true, default: runtimes.map(({ name }) => name) },
    stage: { type: 'string', multiple: true, default: ['site', 'units', 'rooms'] },
    only: { type: 'string', default: '' },
  },
})

installRuntimes()
const taking = runtimes.filter(({ name }) => asked.runtime.includes(name))
let failures = 0

if (asked.stage.includes('site')) {
  const folder = mkdtempSync(join(tmpdir(), 'nuages-runtimes-'))
  try {
    const site = await installSite(folder)
    const reports: SiteReport[] = []
    for (const runtime of taking) {
      const report = await checkSite(runtime, site, asked.only)
      reports.push(report)
      failures += tell(report)
    }
    console.log(tableOf(reports))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

for (const runtime of taking) {
  if (asked.stage.includes('units') && runtime.nodeFolder !== null && runtime.name !== 'node-26') {
    console.log(`The unit tests on ${runtime.name}:`)
    failures += (await runUnits(runtime)) ? 0 : 1
  }
  if (asked.stage.includes('rooms') && runtime.nodeFolder === null)
    failures += tellRooms(runtime.name, await runRooms(runtime, asked.only))
}

process.exitCode = failures === 0 ? 0 : 1

/** Prints what failed; answers how much that is. */
function tell({ title, outcomes, noise }: SiteReport): number {
  const count = (result: string): number => outcomes.filter(outcome => outcome.result === result).length
  console.log(`${title}: ${count('ok')} checks passed, ${count('failed')} failed, ${count('missing')} not possible`)
  for (const { part, name, result, reason } of outcomes)
    if (result !== 'ok') console.log(`  ${result}: ${part}: ${name}\n    ${reason?.replaceAll('\n', '\n    ')}`)
  if (noise !== '') console.log(noise)
  return count('failed') + (outcomes.length === 0 ? 1 : 0)
}

function tellRooms(name: string, { files, passed, expected, surprises }: RoomsReport): number {
  console.log(`The tests of the rooms on ${name}: ${passed} passed in ${files} files.`)
  for (const [why, tests] of expected) console.log(`  ${tests.length} differ: ${why}\n    ${tests.join('\n    ')}`)
  for (const { file, test, output } of surprises) console.log(`  failed: ${file}: ${test}\n${output.slice(-2000)}`)
  return surprises.length
}

/** Parts by runtimes, as Markdown. */
function tableOf(reports: readonly SiteReport[]): string {
  const parts = [...new Set(reports.flatMap(({ outcomes }) => outcomes.map(({ part }) => part)))]
  const cell = (part: string, { outcomes }: SiteReport): string => {
    const own = outcomes.filter(outcome => outcome.part === part)
    const of = (result: string): number => own.filter(outcome => outcome.result === result).length
    const [ok, failed] = [of('ok'), of('failed')]
    return failed > 0 ? `${failed} of ${ok + failed} failed` : ok === 0 ? 'no' : String(ok)
  }
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    row(['', ...reports.map(({ title }) => title)]),
    row(['---', ...reports.map(() => '---')]),
    ...parts.map(part => row([part, ...reports.map(report => cell(part, report))])),
  ].join('\n')
}
