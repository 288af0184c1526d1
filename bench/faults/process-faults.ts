/**
 * Something happens to the processes of the site.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../tests/outage/free-port.ts'
import { ask, NoAnswer } from './ask.ts'
import { type Bench, type Fault, type Finding, openBench, settle, unkept } from './fault.ts'
import { Site } from './running-site.ts'

const sqlite = ({ folder }: Bench): Readonly<Record<string, string>> => ({
  DATABASE_URL: `sqlite:${join(folder, 'db.sqlite3')}`,
})

const kills = 3

/** Resolves when a process answers that is none of these. The one that is being killed may cut a question. */
async function untilOther(port: number, pids: readonly number[]): Promise<void> {
  for (;;) {
    const answer = await ask({ port, path: '/pid/' }).catch(() => null)
    if (answer !== null && !pids.includes(JSON.parse(answer.text).pid)) return
    await sleep(10)
  }
}

async function killWorkers(bench: Bench): Promise<Finding> {
  const env = sqlite(bench)
  const both = await openBench(bench, { env })
  const { load, site } = both
  const backMs: number[] = []
  const first = performance.now()
  for (let round = 0; round < kills; round += 1) {
    const before = site.workers
    process.kill(before[round % before.length] as number, 'SIGKILL')
    const killed = performance.now()
    await untilOther(site.port, before)
    backMs.push(Math.round(performance.now() - killed))
    await bench.wait()
  }
  const { length: workers } = site.workers
  const cut = load.count('cut')
  const answered = load.count('ok', first)
  const broken = await settle(bench, both, env)
  return {
    load,
    counted: `${cut} requests cut by ${kills} kills, ${answered} answered from the first kill on; a new process answers after ${Math.max(...backMs)} ms at most`,
    broken: [
      ...broken,
      ...unkept({
        'only requests that were running are cut': cut <= kills * bench.visitors,
        'the other worker takes over': load.count('away') === 0 && answered > 0,
        'nobody is refused': load.count('refused') === 0,
        'it is started again': workers === 2,
      }),
    ],
  }
}

/** Ended and started again on the same port, under load. */
async function terminate(bench: Bench): Promise<Finding> {
  const acceptLog = join(bench.folder, 'accepted')
  const env = { ...sqlite(bench), ACCEPT_LOG: acceptLog }
  const port = await freePort()
  const { load, site } = await openBench(bench, { env, port })
  const asked = performance.now()
  const code = await site.stop()
  const endedMs = Math.round(performance.now() - asked)
  const again = await Site.serve({ folder: bench.folder, env, port })
  bench.t.after(() => again.stop())
  await bench.wait()
  const broken = await settle(bench, { site: again, load }, env)
  const accepted = new Set(readFileSync(acceptLog, 'utf8').split('\n').map(Number))
  const ports = load.visitors.flatMap(({ cutPorts }) => cutPorts)
  const cut = ports.filter(port => accepted.has(port)).length
  return {
    load,
    counted: `${cut} of those accepted failed; ${ports.length - cut} connections ended before a process took them, ${load.count('away')} were refused until the next start; ended in ${endedMs} ms with code ${code}`,
    broken: [
      ...broken,
      ...unkept({ 'no request that was accepted is lost': cut === 0, 'it ends with code 0': code === 0 }),
    ],
  }
}

const blockMs = 3000
const probeMs = 200

/** A probe that waits as long as Kubernetes does: a second. */
async function probe(port: number): Promise<number | 'none'> {
  try {
    return (await ask({ port, path: '/readyz', patienceMs: 1000 })).status
  } catch (error) {
    if (error instanceof NoAnswer) return 'none'
    throw error
  }
}

async function block(bench: Bench): Promise<Finding> {
  const env = sqlite(bench)
  const both = await openBench(bench, { env, workers: 1 })
  const { load, site } = both
  const { port } = site
  const seen = [await probe(port)]
  const blocked = ask({ port, path: `/block/?ms=${blockMs}`, json: {} })
  const began = performance.now()
  while (seen.at(-1) !== 200 || seen.length < 3) {
    await sleep(probeMs)
    seen.push(await probe(port))
    if (performance.now() - began > 30_000) break
  }
  const tookMs = Math.round(performance.now() - began)
  await blocked
  await bench.wait()
  const broken = await settle(bench, both, env)
  const times = (answer: 200 | 503 | 'none'): number => seen.filter(one => one === answer).length
  return {
    load,
    counted: `/readyz: ${times('none')} times no answer within a second, then ${times(503)} times 503, 200 again ${tookMs} ms after the block began; slowest request ${load.slowestMs} ms`,
    broken: [
      ...broken,
      ...unkept({
        '/readyz does not answer, then says 503, then 200': times('none') > 0 && times(503) > 0 && seen.at(-1) === 200,
        'nobody is refused or cut off': load.count('refused') + load.count('cut') + load.count('away') === 0,
      }),
    ],
  }
}

export const processFaults: readonly Fault[] = [
  {
    name: 'kill',
    what: `\`kill -9\` of a worker of two, ${kills} times (SQLite)`,
    promised: 'only what the worker had in hand fails; the other takes over, `serve` starts a new one',
    run: killWorkers,
  },
  {
    name: 'sigterm',
    what: 'SIGTERM to `serve` with two workers, then started again (SQLite)',
    promised: 'no request that was accepted is lost; exit code 0',
    run: terminate,
  },
  {
    name: 'blocked',
    what: `a view computes for ${blockMs / 1000} seconds, in the only process`,
    promised: '`/readyz` does not answer meanwhile and says 503 afterwards; all requests are answered in the end',
    run: block,
  },
]
