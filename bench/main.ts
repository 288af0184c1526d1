/**
 * `npm run bench`: Nuages beside the floor, in one run, in turn, server on one core and load on the other.
 *
 * Prints requests a second (median of the rounds) and the ratio. Fails when an answer was wrong; missing a target is shown, not hidden.
 * `--rounds N --seconds N` for longer runs.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { scenarios } from './scenarios.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '2' } },
})
const rounds = Number(values.rounds)
const folder = mkdtempSync(join(tmpdir(), 'nuages-bench-'))
const servers = ['floor', 'nuages'] as const
type ServerName = (typeof servers)[number]

/** Linux can keep the server and the load on a core each; elsewhere they share. */
const pinned = process.platform === 'linux' && availableParallelism() > 1

function command(core: number, script: string, args: readonly string[]): [string, string[]] {
  const node = [process.execPath, '--conditions=nuages-source', join(import.meta.dirname, script), ...args]
  const [program, ...rest] = pinned ? ['taskset', '-c', String(core), ...node] : node
  return [program as string, rest]
}

async function start(name: ServerName): Promise<{ child: ChildProcess; port: number }> {
  const [program, args] = command(0, `${name}.ts`, [join(folder, `${name}.sqlite3`)])
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout?.once('data', chunk => resolve(Number(String(chunk))))
    child.once('exit', code => reject(new Error(`The server "${name}" ended with ${code} before it listened.`)))
  })
  return { child, port }
}

interface Measured {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly errors: number
}

async function load(port: number, scenario: string): Promise<Measured> {
  const [program, args] = command(1, 'load.ts', [String(port), scenario, values.seconds])
  const { stdout } = await promisify(execFile)(program, args)
  return JSON.parse(stdout) as Measured
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

const running = new Map<ServerName, { child: ChildProcess; port: number }>()
let wrong = 0
try {
  for (const name of servers) running.set(name, await start(name))
  process.stdout.write(
    `Node ${process.version}, ${rounds} rounds of ${values.seconds} s each, 64 connections, SQLite\n\n`,
  )
  process.stdout.write('scenario                 floor/s  nuages/s   ratio  target  p50 ms  p99 ms\n')
  for (const { name: scenario, target } of scenarios) {
    const results = new Map<ServerName, Measured[]>(servers.map(name => [name, []]))
    for (let round = 0; round < rounds; round += 1)
      for (const name of round % 2 === 0 ? servers : servers.toReversed())
        results.get(name)?.push(await load(running.get(name)?.port as number, scenario))
    const all = (name: ServerName, figure: keyof Measured): number[] =>
      (results.get(name) ?? []).map(one => one[figure])
    wrong += [...all('floor', 'errors'), ...all('nuages', 'errors')].reduce((sum, count) => sum + count, 0)
    const floor = median(all('floor', 'perSecond'))
    const ours = median(all('nuages', 'perSecond'))
    const ratio = median(
      all('nuages', 'perSecond').map((figure, round) => figure / (all('floor', 'perSecond')[round] as number)),
    )
    const columns = [
      scenario.padEnd(22),
      Math.round(floor).toString().padStart(9),
      Math.round(ours).toString().padStart(9),
      ratio.toFixed(2).padStart(7),
      target.toFixed(2).padStart(7),
      median(all('nuages', 'p50')).toFixed(2).padStart(7),
      median(all('nuages', 'p99')).toFixed(2).padStart(7),
      ratio < target ? '  missed' : '',
    ]
    process.stdout.write(`${columns.join(' ')}\n`)
  }
  if (wrong > 0) {
    process.stdout.write(`\n${wrong} answers were wrong.\n`)
    process.exitCode = 1
  }
} finally {
  for (const { child } of running.values()) child.kill()
  rmSync(folder, { recursive: true, force: true })
}
