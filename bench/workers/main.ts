/**
 * `npm run bench:workers`: requests a second of `nuages serve` with 1 and with 2 workers on PostgreSQL, and what a request costs.
 *
 * The load and PostgreSQL are on the same machine and take their share of its cores: on two cores two workers cannot be twice as fast. The computing
 * time of a request is the figure to carry to another machine. `--workers 1,2,4`, `--rounds N`, `--seconds N`, `--port N`; `--write` puts the table
 * into docs/scaling.md.
 */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { createApp, defineSettings } from 'nuages'
import { freePort } from '../../tests/outage/free-port.ts'
import { temporaryFolder } from '../../tests/real-parts.ts'
import type { LoadOptions, Measured } from '../load.ts'
import { processorMicroseconds } from '../processor-time.ts'
import { publish } from '../publish.ts'
import { Cleanup } from '../race/engines.ts'
import { makePlace } from '../stores.ts'
import { enter, type Site, serveSite } from './site.ts'

const { values: asked } = parseArgs({
  options: {
    workers: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    write: { type: 'boolean', default: false },
  },
})
const seconds = Number(asked.seconds)
const visitors = 50
const requests = [
  ['ping', 'JSON ping'],
  ['read-warm', 'read session and user'],
  ['cart-warm', 'add to the cart'],
] as const

interface Round {
  readonly perSecond: number
  /** Computing time of a request, in microseconds. */
  readonly workers: number
  readonly postgresql: number
}

const computed = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + processorMicroseconds(pid), 0)

/** The load takes a second to be at full speed. */
const warmUpMs = 1000

async function measure(site: Site, scenario: string, file: string): Promise<Round> {
  const program = ['--conditions=nuages-source', join(import.meta.dirname, '../load.ts'), String(site.port), scenario]
  const options: LoadOptions = {
    pid: site.pid,
    seconds: seconds + warmUpMs / 1000,
    connections: 64,
    visitors: file,
    headers: '',
    from: 0,
    mayStayAwake: false,
  }
  const loading = promisify(execFile)(process.execPath, [...program, JSON.stringify(options)])
  await sleep(warmUpMs)
  const backends = await site.backends()
  const [before, began] = [computed(backends), performance.now()]
  await sleep((seconds - 0.2) * 1000)
  const postgresqlShare = (computed(backends) - before) / (performance.now() - began)
  const { perSecond, processor, errors, wrong } = JSON.parse((await loading).stdout) as Measured
  if (errors > 0) throw new Error(`${scenario}: ${errors} wrong answers, the first: ${wrong}`)
  return { perSecond, workers: processor, postgresql: (postgresqlShare * 1000) / perSecond }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

async function prepare(database: string): Promise<void> {
  const settings = defineSettings({ SECRET_KEY: 'to migrate', DATABASE_URL: database })
  const app = createApp({ settings, urls: [], logger: null })
  await app.migrate()
  await app.users.createUser({ username: 'ada', password: 'quiet-rain-on-roofs' })
  await app.close()
}

/** The sites in turn, first one and then the other in front, for each kind of request. */
async function compare(sites: readonly Site[], file: string): Promise<readonly string[]> {
  const lines: string[] = []
  for (const [scenario, title] of requests) {
    const rounds = sites.map((): Round[] => [])
    for (let round = 0; round < Number(asked.rounds); round += 1) {
      const order = round % 2 === 0 ? [...sites.keys()] : [...sites.keys()].reverse()
      for (const index of order) rounds[index]?.push(await measure(sites[index] as Site, scenario, file))
    }
    const of = (index: number, figure: keyof Round): number => median((rounds[index] ?? []).map(one => one[figure]))
    for (const [index, { workers }] of sites.entries()) {
      const ratio = (of(index, 'perSecond') / of(0, 'perSecond')).toFixed(2)
      const figures = [of(index, 'perSecond').toLocaleString('en', { maximumFractionDigits: 0 }), ratio]
      const costs = (['workers', 'postgresql'] as const).map(figure => Math.round(of(index, figure)))
      lines.push(`| ${[title, workers, ...figures, ...costs].join(' | ')} |`)
      console.log(lines.at(-1))
    }
  }
  return lines
}

const cleanup = new Cleanup()
try {
  const place = await makePlace('postgresql', cleanup)
  if (place === null) throw new Error(cleanup.missing ?? 'There is no PostgreSQL.')
  const { database } = place
  await prepare(database)
  const sites: Site[] = []
  for (const workers of asked.workers.split(',').map(Number)) {
    const site = await serveSite(workers, await freePort(), database)
    cleanup.context.after(() => site.stop())
    sites.push(site)
  }
  const file = join(temporaryFolder(cleanup.context), 'visitors.txt')
  const lines = await Promise.all(Array.from({ length: visitors }, (_, index) => enter(sites[0] as Site, index)))
  writeFileSync(file, lines.map(line => JSON.stringify(line)).join('\n'))
  const head = [
    `Node ${process.version}, ${availableParallelism()} cores for workers, PostgreSQL and load together, ${asked.rounds} rounds of ${seconds} s:`,
    '',
    '| request | workers | requests/s | to the first | µs of workers | µs of PostgreSQL |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
  ]
  console.log(head.join('\n'))
  const table = [...head, ...(await compare(sites, file))].join('\n')
  if (asked.write) publish(join(import.meta.dirname, '../../docs/scaling.md'), 'workers', table)
} finally {
  await cleanup.run()
}
