/**
 * `npm run faults [name…]`: faults while visitors are at work on a site under `nuages serve`.
 *
 * Prints a table; ends with 1 when a promise did not hold, or a part was missing. `--seconds N` (5): each part of a fault; `--visitors N` (16);
 * `--write`: the table goes into docs/reliability.md.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { temporaryFolder } from '../../tests/real-parts.ts'
import { publish } from '../publish.ts'
import { Cleanup } from '../race/engines.ts'
import type { Fault, Finding } from './fault.ts'
import { machineFaults } from './machine-faults.ts'
import { processFaults } from './process-faults.ts'
import { tableOf } from './report.ts'
import { serverFaults } from './server-faults.ts'

const { values: asked, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '5' },
    visitors: { type: 'string', default: '16' },
    write: { type: 'boolean', default: false },
  },
})

const faults = [...serverFaults, ...processFaults, ...machineFaults]

function faultsAskedFor(): readonly Fault[] {
  const unknown = names.filter(name => !faults.some(fault => fault.name === name))
  if (unknown.length === 0) return names.length === 0 ? faults : faults.filter(({ name }) => names.includes(name))
  console.error(`There is no fault ${unknown.join(', ')}. There are: ${faults.map(({ name }) => name).join(', ')}.`)
  return process.exit(1)
}

/** `null`: a part is missing. */
async function suffer(fault: Fault): Promise<Finding | null> {
  const cleanup = new Cleanup()
  try {
    const finding = await fault.run({
      t: cleanup.context,
      folder: temporaryFolder(cleanup.context),
      visitors: Number(asked.visitors),
      wait: () => new Promise(resolve => setTimeout(resolve, Number(asked.seconds) * 1000)),
    })
    if (finding === null) console.error(`${fault.name}: left out. ${cleanup.missing ?? ''}`)
    return finding
  } finally {
    await cleanup.run()
  }
}

/** Of each fault so many lines of what went wrong are shown. */
const mostLines = 10

const rows: (readonly string[])[] = []
for (const fault of faultsAskedFor()) {
  const finding = await suffer(fault)
  if (finding === null) {
    process.exitCode = 1
    continue
  }
  const { load, counted, broken } = finding
  const missing = broken.filter(line => line.startsWith('missing')).length
  rows.push([fault.what, fault.promised, `${load.count('ok')}`, `${load.writes}`, `${missing}`, counted])
  console.error(`${fault.name}: ${load.count('ok')} answered, ${load.writes} writes, ${missing} missing; ${counted}`)
  for (const line of broken.slice(0, mostLines)) console.error(`    BROKEN ${line}`)
  if (broken.length > mostLines) console.error(`    and ${broken.length - mostLines} more`)
  if (broken.length > 0) process.exitCode = 1
}
const titles = ['fault', 'promised', 'answered', 'writes acknowledged', 'of them missing', 'counted']
const table = tableOf([titles, ...rows])
const run = `Node ${process.version}, ${new Date().toISOString().slice(0, 10)}: ${asked.visitors} visitors, ${asked.seconds} seconds for each part of a fault.`
console.log(`${table}\n\n${run}`)
if (asked.write && rows.length === faults.length)
  publish(join(import.meta.dirname, '../../docs/reliability.md'), 'faults', `${table}\n\n${run}`)
else if (asked.write) console.error('Not written: only a run of all faults is.')
