/**
 * `npm run bench:uploads`: what uploads cost, in memory and in time, beside a server written by hand and those of others.
 *
 * Prints one table, and ends with 1 when a promise of Nuages is broken. The short form says little of memory: `--full` sends
 * 5 GiB at once, and 100 times 100 MiB; it takes half an hour and 12 GB of the disk. `--large 1g`, `--many 20 --each 10m`,
 * `--speed 500m --rounds 5` set each size, `--servers node,busboy` picks servers, `--write` puts the table into docs/performance.md.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { publish } from '../publish.ts'
import { peakOverIdle, speedsOf } from './measure.ts'
import { racers, yardstick } from './racers.ts'
import { type Measured, missed, type Plan, reportOf } from './report.ts'
import { mebibyte, parseSize } from './sizes.ts'

const { values: asked } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    large: { type: 'string' },
    many: { type: 'string' },
    each: { type: 'string' },
    speed: { type: 'string' },
    rounds: { type: 'string' },
    servers: { type: 'string', default: '' },
    folder: { type: 'string', default: tmpdir() },
    write: { type: 'boolean', default: false },
  },
})

const sizes = asked.full
  ? { large: '5g', many: '100', each: '100m', speed: '1g', rounds: '7' }
  : { large: '512m', many: '20', each: '10m', speed: '256m', rounds: '5' }
const plan: Plan = {
  large: { count: 1, bytes: parseSize(asked.large ?? sizes.large) },
  many: { count: Number(asked.many ?? sizes.many), bytes: parseSize(asked.each ?? sizes.each) },
  speed: { bytes: parseSize(asked.speed ?? sizes.speed), rounds: Number(asked.rounds ?? sizes.rounds) },
}

if (process.platform !== 'linux') {
  console.error('Memory is read from /proc, which only Linux has.')
  process.exit(1)
}
const install = [join(import.meta.dirname, '../../tools/install.mjs'), 'bench/uploads/others']
if (spawnSync(process.execPath, install, { stdio: ['ignore', 2, 2] }).status !== 0) process.exit(1)

const parts = asked.servers.split(',')
const wanted = racers.filter(({ name }) => name === yardstick || parts.some(part => name.includes(part)))
const folder = mkdtempSync(join(asked.folder, 'nuages-bench-uploads-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

const peaks = new Map<string, Pick<Measured, 'largePeak' | 'manyPeak'>>()
for (const racer of wanted) {
  const largePeak = await peakOverIdle(racer, folder, plan.large)
  const manyPeak = await peakOverIdle(racer, folder, plan.many)
  peaks.set(racer.name, { largePeak, manyPeak })
  console.error(`${racer.name}: ${[largePeak, manyPeak].map(peak => (peak / mebibyte).toFixed(1)).join(' and ')} MiB`)
}
const speeds = await speedsOf(wanted, folder, plan.speed)
const measured: readonly Measured[] = wanted.map(racer => ({
  racer,
  speeds: speeds.get(racer) as readonly number[],
  ...(peaks.get(racer.name) as Pick<Measured, 'largePeak' | 'manyPeak'>),
}))
const report = reportOf(measured, plan)
console.log(report)
if (asked.write) publish(join(import.meta.dirname, '../../docs/performance.md'), 'uploads', report)
process.exit(missed(measured, plan).length > 0 ? 1 : 0)
