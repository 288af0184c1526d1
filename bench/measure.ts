/**
 * A line of the table: every server in turn, round by round, so that a slow moment of the machine meets them all.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Contender, whyNot } from './contenders.ts'
import type { LoadOptions, Measured } from './load.ts'
import type { Row, Scenario } from './scenarios.ts'
import { onCore, type Server } from './server.ts'
import type { StoreName } from './stores.ts'

/** A server while it runs. */
export interface Running {
  readonly contender: Contender
  readonly server: Server
  /** File of its visitors. */
  readonly visitors: string
  /** By scenario, whose turn it is. */
  readonly next: Map<string, number>
}

/** What was measured of one server: a list of rounds for each of the row's scenarios, or the reason that there is none. */
export type Cell = { readonly rounds: readonly (readonly Measured[])[] } | { readonly reason: string }

export interface MeasuredRow {
  readonly row: Row
  readonly store: StoreName
  /** By names of contenders. */
  readonly cells: ReadonlyMap<string, Cell>
}

interface Work {
  readonly row: Row
  readonly store: StoreName
  readonly running: readonly Running[]
  /** `warmUp`: seconds that nobody measures, in which each server compiles what the row runs. */
  readonly plan: { readonly rounds: number; readonly seconds: number; readonly warmUp: number }
}

/** Fewer where each answer takes long: it should come within the round. */
const connectionsOf = ({ name }: Scenario): number => (name === 'login' ? 8 : 64)
const loadProgram = [process.execPath, '--conditions=nuages-source', join(import.meta.dirname, 'load.ts')]

async function load(running: Running, scenario: Scenario, store: StoreName, seconds: number): Promise<Measured> {
  const options: LoadOptions = {
    pid: running.server.pid,
    seconds,
    connections: connectionsOf(scenario),
    visitors: running.visitors,
    headers: running.contender.headers ?? '',
    from: running.next.get(scenario.name) ?? 0,
    mayStayAwake: store === 'sqlite' && scenario.name !== 'login',
  }
  const args = [...loadProgram, String(running.server.port), scenario.name, JSON.stringify(options)]
  const { stdout } = await promisify(execFile)(...onCore(1, args), { maxBuffer: 2 ** 26 })
  const measured = JSON.parse(stdout) as Measured
  running.next.set(scenario.name, measured.next)
  return measured
}

export async function measureRow({ row, store, running, plan }: Work): Promise<MeasuredRow> {
  const scenarios: readonly Scenario[] = row.scenarios
  const cells = new Map<string, Cell>()
  const able: { readonly server: Running; readonly rounds: Measured[][] }[] = []
  for (const server of running) {
    const reason = scenarios.map(({ name }) => whyNot(server.contender, name, store)).find(why => why !== null)
    const rounds: Measured[][] = scenarios.map(() => [])
    if (reason === undefined) able.push({ server, rounds })
    cells.set(server.contender.name, reason === undefined ? { rounds } : { reason })
  }
  for (const { server } of plan.warmUp > 0 ? able : [])
    for (const scenario of scenarios) await load(server, scenario, store, plan.warmUp)
  for (let round = 0; round < plan.rounds; round += 1) {
    // Each is first as often as last: what comes first finds a cooler machine.
    for (const { server, rounds } of round % 2 === 0 ? able : able.toReversed())
      for (const [index, scenario] of scenarios.entries())
        rounds[index]?.push(await load(server, scenario, store, plan.seconds))
  }
  return { row, store, cells }
}
