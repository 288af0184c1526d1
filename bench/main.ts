/**
 * `npm run bench`: Nuages beside a floor written by hand and what others offer, in one run, in turn, server on one core and load on the other.
 *
 * Prints one table; `--write` puts it into docs/performance.md. Ends with 1 when an answer was wrong; a missed target is shown, not hidden.
 * All of it takes about forty minutes on a quiet machine. `--only nuages,fastify` (the floor is always there), `--scenarios ping,read`, `--stores sqlite,postgresql,redis`,
 * `--rounds N` (5), `--seconds N` (1), `--warm-up N` (2) seconds before the rounds, `--cold N` (100000) visitors for the cold scenarios, `--no-install` leaves out what an installed package is measured by.
 */
import { spawnSync } from 'node:child_process'
import { pbkdf2Sync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Contender, contenders, floorName, versionsOf, whyMissing, whyNot } from './contenders.ts'
import { type InstalledFigures, measureInstalled } from './installed.ts'
import { type MeasuredRow, measureRow, type Running } from './measure.ts'
import { proveHonest } from './proof.ts'
import { publish } from './publish.ts'
import { Cleanup } from './race/engines.ts'
import { hasWrongAnswers, rawOf, reportOf, rowText } from './report.ts'
import { hashIterations, manyRoutes, password, rows, username, warmVisitors } from './scenarios.ts'
import { startServer } from './server.ts'
import { makePlace, type StoreName, storeNames, storeVersion } from './stores.ts'
import { enterMany } from './visitors.ts'

const { values: asked } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    scenarios: { type: 'string', default: '' },
    stores: { type: 'string', default: storeNames.join() },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    'warm-up': { type: 'string', default: '2' },
    cold: { type: 'string', default: '100000' },
    write: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    'no-install': { type: 'boolean', default: false },
  },
})

const plan = {
  rounds: Number(asked.rounds),
  seconds: Number(asked.seconds),
  warmUp: Number(asked['warm-up']),
  cold: Number(asked.cold),
}
const stores = storeNames.filter(name => asked.stores.split(',').includes(name))
const wantedRows = rows.filter(({ scenarios }) =>
  asked.scenarios.split(',').some(part => scenarios.some(({ name }) => name.startsWith(part))),
)
if (
  stores.length === 0 ||
  wantedRows.length === 0 ||
  !(plan.rounds >= 1) ||
  !(plan.seconds > 0) ||
  !(plan.warmUp >= 0) ||
  !(plan.cold >= 1)
)
  throw new Error(`Give --stores of ${storeNames.join()}, --scenarios that exist, --rounds and --cold of 1 at least.`)

/** Why somebody or something is not in the table. */
const notes: string[] = []

function takePart(): readonly Contender[] {
  const parts = asked.only.split(',')
  const unknown = parts.find(part => !contenders.some(({ name }) => name.startsWith(part)))
  if (unknown !== undefined)
    throw new Error(`Nobody is called ${unknown}: there are ${contenders.map(({ name }) => name).join()}.`)
  return contenders.filter(contender => {
    if (contender.name !== floorName && !parts.some(part => contender.name.startsWith(part))) return false
    const missing = whyMissing(contender)
    if (missing !== null) notes.push(`${contender.title} is not there: ${missing}.`)
    return missing === null
  })
}

const taking = takePart()
if (taking.some(({ shown }) => shown.length > 0)) {
  const install = [join(import.meta.dirname, '../tools/install.mjs'), 'bench/others']
  if (spawnSync(process.execPath, install, { stdio: ['ignore', 2, 2] }).status !== 0) process.exit(1)
}

const salt = 'saltOfTheBenchmark1234'
const key = pbkdf2Sync(password, salt, hashIterations, 32, 'sha256').toString('base64')
const account = {
  username,
  password,
  iterations: hashIterations,
  hash: `pbkdf2_sha256$${hashIterations}$${salt}$${key}`,
}

/** Starts a contender on a place of its own, proves that it does the work, lets its visitors in. */
async function prepare(contender: Contender, store: StoreName, parts: { cleanup: Cleanup; folder: string }) {
  const place = await makePlace(store, parts.cleanup)
  if (place === null) return null
  const server = await startServer(contender, { ...place, account, manyRoutes })
  parts.cleanup.context.after(() => server.stop())
  const can = (scenario: string): boolean => whyNot(contender, scenario, store) === null
  await proveHonest({ contender, place, port: server.port, can })
  const visitors = join(parts.folder, `${contender.name}-${store}.txt`)
  const needsMany = wantedRows.some(({ scenarios: [{ visitors }] }) => visitors === 'cold')
  await enterMany(
    server.port,
    visitors,
    needsMany ? Math.max(plan.cold, warmVisitors) : warmVisitors,
    contender.headers,
  )
  return { place, running: { contender, server, visitors, next: new Map() } satisfies Running }
}

async function measureStore(store: StoreName, versions: string[], folder: string): Promise<readonly MeasuredRow[]> {
  const cleanup = new Cleanup()
  cleanups.add(cleanup)
  try {
    const running: Running[] = []
    for (const contender of taking) {
      const prepared = await prepare(contender, store, { cleanup, folder })
      if (prepared === null) {
        notes.push(`${store} is left out. ${cleanup.missing}`)
        return []
      }
      if (running.length === 0) versions.push(await storeVersion(prepared.place))
      running.push(prepared.running)
      console.error(`${contender.title} on ${store} is ready.`)
    }
    const measured: MeasuredRow[] = []
    for (const row of wantedRows) {
      if (row.isOnce && store !== stores[0]) continue
      measured.push(await measureRow({ row, store, running, plan }))
      console.error(rowText(measured.at(-1) as MeasuredRow))
    }
    return measured
  } finally {
    await cleanup.run()
    cleanups.delete(cleanup)
  }
}

const cleanups = new Set<Cleanup>()
const folder = mkdtempSync(join(tmpdir(), 'nuages-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => Promise.all([...cleanups].map(one => one.run())).finally(() => process.exit(130)))

const began = performance.now()
const versions = taking.map(versionsOf)
const measured: MeasuredRow[] = []
for (const store of stores) measured.push(...(await measureStore(store, versions, folder)))
const hasOurs = taking.some(({ name }) => name === 'nuages')
const installed: InstalledFigures | null =
  hasOurs && !asked['no-install'] ? await measureInstalled(folder, plan.rounds) : null
const minutes = (performance.now() - began) / 60_000
const report = reportOf({ taking, measured, installed, notes, versions, plan, minutes })
console.log(asked.json ? JSON.stringify({ rows: rawOf(measured), installed }) : report)
if (asked.write) publish(join(import.meta.dirname, '../docs/performance.md'), 'bench', report)
process.exit(hasWrongAnswers(measured) ? 1 : 0)
