/**
 * `npm run race`: what sessions keep when requests overlap, over real sockets and in two server processes.
 *
 * Prints one table, Nuages and the session packages of others side by side; ends with 1 when a promise of Nuages is broken.
 * `--url NAME=URL`, as often as one likes: sites with the views of ./views.ts that run already, in place of servers of its own.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { publish } from '../publish.ts'
import { type Cost, compareCosts } from './cost.ts'
import { Cleanup, type Racer, racers } from './engines.ts'
import { add, type Race, scenarios, type Tally } from './scenarios.ts'
import { type Server, startServer } from './server.ts'
import { closeVisitors } from './visitor.ts'

const { values: asked } = parseArgs({
  options: {
    url: { type: 'string', multiple: true, default: [] as string[] },
    engines: { type: 'string', default: '' },
    parallel: { type: 'string', default: '100' },
    repeats: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    ours: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})

interface Result {
  readonly racer: Pick<Racer, 'name' | 'isOurs' | 'promisesNothing'>
  readonly total: Tally
  /** By scenario, what is not as it should be. */
  readonly broken: readonly string[]
  readonly cost: Cost | null
  /** Of the median cost to that of last-write-wins. */
  readonly ratio: number | null
}

/** Promised: comparing before writing makes a write that collides with none so many times as dear, at most. */
const mostCost = 1.1

/** Numbers from 0 to below 1 by a seed (mulberry32): the same delays in each run. */
function randomBy(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

async function runScenarios(race: Race): Promise<{ readonly total: Tally; readonly broken: string[] }> {
  const total: Tally = { kept: 0, lost: 0, revived: 0, conflicts: 0 }
  const broken: string[] = []
  for (const [name, { run, mayRefuse = () => 0 }] of Object.entries(scenarios)) {
    const tally = await run(race)
    add(total, tally)
    const refused = tally.conflicts - mayRefuse(race)
    if (tally.lost > 0) broken.push(`${name}: ${tally.lost} lost`)
    if (tally.revived > 0) broken.push(`${name}: ${tally.revived} revived`)
    if (refused > 0) broken.push(`${name}: ${refused} refused without need`)
  }
  return { total, broken }
}

function raceOver(origins: readonly string[]): Race {
  const { seed, parallel, repeats } = asked
  return { origins, random: randomBy(Number(seed)), parallel: Number(parallel), repeats: Number(repeats) }
}

/** A site that runs already: what stands behind its address is its own affair. */
async function measureSite(text: string): Promise<Result> {
  const [, name = text, url = text] = /^(\w+)=(.+)$/.exec(text) ?? []
  const { origin } = new URL(url)
  const found = { racer: { name, isOurs: true }, ...(await runScenarios(raceOver([origin]))) }
  const rounds = Number(asked.rounds)
  if (rounds === 0) return { ...found, cost: null, ratio: null }
  const { costs } = await compareCosts([origin], { rounds, seconds: Number(asked.seconds) })
  return { ...found, cost: costs[0] as Cost, ratio: null }
}

async function measure(racer: Racer, cleanup: Cleanup): Promise<Result | null> {
  const prepared = await racer.prepare(cleanup)
  if (prepared === null) return null
  const { program, args } = prepared
  const servers: Server[] = []
  const start = async (...more: string[]): Promise<string> => {
    const server = await startServer(program, [...args, ...more])
    servers.push(server)
    return server.origin
  }
  try {
    const { total, broken } = await runScenarios(raceOver([await start(), await start()]))
    const rounds = Number(asked.rounds)
    if (rounds === 0) return { racer, total, broken, cost: null, ratio: null }
    for (const server of servers.splice(0)) server.stop()
    const hasPlain = racer.isOurs && racer.promisesNothing !== true
    // Both new: what a server has done before is no part of its cost.
    const compared = [await start(), ...(hasPlain ? [await start('plain')] : [])]
    const { costs, ratio } = await compareCosts(compared, { rounds, seconds: Number(asked.seconds) })
    if (hasPlain && ratio > mostCost) broken.push(`a write costs ${ratio.toFixed(2)} of last-write-wins`)
    return { racer, total, broken, cost: costs[0] as Cost, ratio: hasPlain ? ratio : null }
  } finally {
    for (const server of servers) server.stop()
  }
}

const titles = [
  'sessions by',
  'kept',
  'lost',
  'revived',
  'conflicts',
  'p50 ms',
  'p99 ms',
  'p50 to last-write-wins',
] as const

function rowOf({ racer, total, cost, ratio }: Result): readonly string[] {
  const { kept, lost, revived, conflicts } = total
  const ms = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(2))
  const name = racer.isOurs ? `nuages: ${racer.name}` : racer.name
  const counts = [kept, lost, revived, conflicts].map(String)
  return [name, ...counts, ms(cost?.p50), ms(cost?.p99), ratio === null ? '' : ratio.toFixed(2)]
}

function tableOf(results: readonly Result[]): string {
  const rows = [titles as readonly string[], ...results.map(rowOf)]
  const widths = titles.map((_, column) => Math.max(...rows.map(row => (row[column] as string).length)))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number))).join(' | ')} |`
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(rows[0] as readonly string[]), line(rule), ...rows.slice(1).map(line)].join('\n')
}

/** Those asked for; the packages of others are installed first. */
function racersAskedFor(): readonly Racer[] {
  const parts = asked.engines.split(',')
  const wanted = racers.filter(({ name, isOurs }) => (isOurs || !asked.ours) && parts.some(part => name.includes(part)))
  if (wanted.every(({ isOurs }) => isOurs)) return wanted
  const install = [join(import.meta.dirname, '../../tools/install.mjs'), 'bench/race/others']
  if (spawnSync(process.execPath, install, { stdio: ['ignore', 2, 2] }).status !== 0) process.exit(1)
  return wanted
}

const results: Result[] = []
function note(result: Result): void {
  results.push(result)
  console.error(rowOf(result).join('  '))
  for (const fault of result.broken) console.error(`    ${fault}`)
}

const where = asked.url.length === 0 ? 'in two processes' : 'on sites that run already'
console.error(`seed ${asked.seed}; ${asked.parallel} requests at once, ${where}`)
for (const site of asked.url) note(await measureSite(site))
for (const racer of asked.url.length === 0 ? racersAskedFor() : []) {
  const cleanup = new Cleanup()
  try {
    const result = await measure(racer, cleanup)
    if (result === null) console.error(`${racer.name}: left out. ${cleanup.missing ?? ''}`)
    else note(result)
  } finally {
    await cleanup.run()
  }
}
closeVisitors()
const table = tableOf(results)
console.log(asked.json ? JSON.stringify(results.map(({ racer, ...rest }) => ({ name: racer.name, ...rest }))) : table)
if (asked.write) publish(join(import.meta.dirname, '../../docs/sessions.md'), 'race', table)
const isBroken = results.some(
  ({ racer, broken }) => racer.isOurs && racer.promisesNothing !== true && broken.length > 0,
)
process.exit(isBroken ? 1 : 0)
