/**
 * What visitors feel while `nuages clearsessions` deletes a million rows in another process.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { longest, quantile } from './figures.ts'
import type { Operation, SizedTable } from './speed.ts'

export const clearedRows = 1_000_000

export interface Waits {
  readonly p99: number
  readonly longest: number
}

export interface Clearing {
  readonly rows: number
  readonly seconds: number
  readonly reads: Waits
  readonly saves: Waits
  /** The same for a while before, with nothing cleared: what the machine itself does. */
  readonly quietReads: Waits
  readonly quietSaves: Waits
}

/** One read at most each millisecond, and one save each ten. */
const everyMs: Readonly<Record<'look-up' | 'save', number>> = { 'look-up': 1, save: 10 }
const quietMs = 5000

/** The expired rows must be there. What is not cleared after `limitSeconds` stays. */
export async function measureClearing(table: SizedTable, limitSeconds: number): Promise<Clearing> {
  const quiet = await visit(table, sleep(quietMs))
  const clearing = clear(table.bench.url, limitSeconds)
  const busy = await visit(table, clearing)
  return {
    ...(await clearing),
    reads: busy.reads,
    saves: busy.saves,
    quietReads: quiet.reads,
    quietSaves: quiet.saves,
  }
}

async function clear(url: string, limitSeconds: number): Promise<{ readonly rows: number; readonly seconds: number }> {
  const args = ['--conditions=nuages-source', join(import.meta.dirname, 'clear.ts'), url, String(limitSeconds)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout)
}

/** Reads and saves until `end`. Ends with its error, if it has one. */
async function visit(
  table: SizedTable,
  end: Promise<unknown>,
): Promise<{ readonly reads: Waits; readonly saves: Waits }> {
  const state = { over: false }
  const [reads, saves] = await Promise.all([
    repeat(table, 'look-up', state),
    repeat(table, 'save', state),
    end.finally(() => {
      state.over = true
    }),
  ])
  return { reads: waitsOf(reads), saves: waitsOf(saves) }
}

/** Waits count from the moment at which the operation was due: a stopped event loop is a wait, too. */
async function repeat(
  table: SizedTable,
  operation: Operation & keyof typeof everyMs,
  state: { readonly over: boolean },
): Promise<readonly number[]> {
  const samples: number[] = []
  while (!state.over) {
    const run = table.prepare(operation)
    const dueAt = performance.now() + everyMs[operation]
    await sleep(everyMs[operation])
    await run()
    samples.push(performance.now() - dueAt)
  }
  return samples
}

function waitsOf(samples: readonly number[]): Waits {
  return { p99: quantile(samples, 0.99), longest: longest(samples) }
}
