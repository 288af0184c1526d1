/**
 * `npm run soak`: an hour of mixed visits in minutes, and what memory is left in use.
 *
 * `--requests N` (180000, an hour of 50 a second), after `--warmup N` (40000) that do not count; `--samples N` (6); `--connections N` (32). Ends with 1
 * when memory at the end is more than a tenth above that after the warm-up, or an answer was not the expected one. `--write`: the table goes into docs/reliability.md.
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Running, repository } from '../../tests/cli/site.ts'
import { temporaryFolder } from '../../tests/real-parts.ts'
import { tableOf } from '../faults/report.ts'
import { migrate } from '../faults/running-site.ts'
import { publish } from '../publish.ts'
import { Cleanup } from '../race/engines.ts'
import { SoakVisitor, visits } from './visits.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '180000' },
    warmup: { type: 'string', default: '40000' },
    samples: { type: 'string', default: '6' },
    connections: { type: 'string', default: '32' },
    write: { type: 'boolean', default: false },
  },
})
const requests = Number(values.requests)
const samples = Number(values.samples)

/** Memory at the end, as a share of that after the warm-up. */
const mostGrowth = 1.1

/** What is still under way when the last answer is out: an aborted upload's file is being removed. */
const settleMs = 2000

interface Sample {
  readonly requests: number
  readonly heap: number
  readonly rss: number
  readonly descriptors: number
}

const counts = new Map<string, number>()
const unexpected: string[] = []

/** One visit, by chance. */
async function visit(visitor: SoakVisitor): Promise<void> {
  let chance = Math.random() * 100
  for (const [name, [share, act]] of Object.entries(visits)) {
    chance -= share
    if (chance >= 0) continue
    counts.set(name, (counts.get(name) ?? 0) + 1)
    await act(visitor).catch((error: unknown) => unexpected.push(`${name}: ${error}`))
    return
  }
}

/** So many visits, by all visitors together. */
async function work(visitors: readonly SoakVisitor[], count: number): Promise<void> {
  let left = count
  await Promise.all(
    visitors.map(async visitor => {
      while (left > 0) {
        left -= 1
        await visit(visitor)
      }
    }),
  )
}

async function serve(folder: string, cleanup: Cleanup): Promise<{ readonly running: Running; readonly port: number }> {
  const env = { DATABASE_URL: `sqlite:${join(folder, 'db.sqlite3')}`, MEDIA_ROOT: join(folder, 'media') }
  await migrate({ folder, env })
  const flags = ['--expose-gc', '--conditions=nuages-source']
  const preload = `--import=${pathToFileURL(join(import.meta.dirname, 'memory.ts')).href}`
  const app = join(import.meta.dirname, '../faults/site.ts')
  const command = [join(repository, 'src/cli/main.ts'), 'serve', '--app', app, '--port', '0']
  const child = spawn(process.execPath, [...flags, preload, ...command], {
    cwd: folder,
    env: { ...process.env, ...env },
  })
  const running = new Running(child, null)
  cleanup.context.after(() => running.stop('SIGTERM'))
  const [, port] = await running.waitFor(/^Serving at http:\/\/127\.0\.0\.1:(\d+)\//m)
  return { running, port: Number(port) }
}

async function measure(running: Running, done: number): Promise<Sample> {
  await sleep(settleMs)
  const { pid } = running.child
  running.child.kill('SIGUSR2')
  const [, line = ''] = await running.waitFor(/^memory (.*)$/m)
  return { requests: done, ...JSON.parse(line), descriptors: readdirSync(`/proc/${pid}/fd`).length }
}

const mebibytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1)

function reportOf(measured: readonly Sample[]): string {
  const first = measured[0] as Sample
  const share = (bytes: number, of: number): string => `${mebibytes(bytes)} (${(bytes / of).toFixed(2)})`
  const rows = measured.map(({ requests: done, heap, rss, descriptors }) => [
    String(done),
    share(heap, first.heap),
    share(rss, first.rss),
    String(descriptors),
  ])
  const kinds = Array.from(counts, ([name, count]) => `${count} ${name}`).join(', ')
  const table = tableOf([['requests after the warm-up', 'heap and buffers, MiB', 'RSS, MiB', 'descriptors'], ...rows])
  const day = new Date().toISOString().slice(0, 10)
  return `${table}\n\nNode ${process.version}, ${day}, ${values.connections} connections. With the warm-up of ${values.warmup}: ${kinds}. ${unexpected.length} answers were not the expected one.`
}

const cleanup = new Cleanup()
try {
  const { running, port } = await serve(temporaryFolder(cleanup.context), cleanup)
  const visitors = Array.from({ length: Number(values.connections) }, () => new SoakVisitor(port))
  cleanup.context.after(() => visitors.map(visitor => visitor.leave()))
  for (const visitor of visitors) await visitor.arrive()
  await work(visitors, Number(values.warmup))
  const measured = [await measure(running, 0)]
  for (let sample = 1; sample <= samples; sample += 1) {
    await work(visitors, Math.ceil(requests / samples))
    measured.push(await measure(running, sample * Math.ceil(requests / samples)))
    console.error(JSON.stringify(measured.at(-1)))
  }
  const report = reportOf(measured)
  console.log(report)
  for (const line of unexpected.slice(0, 10)) console.error(`    BROKEN ${line}`)
  const [first, last] = [measured[0] as Sample, measured.at(-1) as Sample]
  const grew = (['heap', 'rss', 'descriptors'] as const).filter(what => last[what] > first[what] * mostGrowth)
  for (const what of grew)
    console.error(`    BROKEN ${what}: ${last[what]} at the end, ${first[what]} after the warm-up`)
  if (values.write) publish(join(import.meta.dirname, '../../docs/reliability.md'), 'soak', report)
  if (grew.length > 0 || unexpected.length > 0) process.exitCode = 1
} finally {
  await cleanup.run()
}
