/**
 * Runs the cases of one target: counts, times, and watches what a single case cannot show.
 *
 * Owns hanging cases, rejections that nobody handles, and memory. Leaves what a case is, and what must hold for it, to the target.
 */
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { numbersBy, type Random } from './random.ts'

/** Something that takes hostile input. */
export interface Target {
  readonly name: string
  /** What takes as long hangs, in milliseconds. Default: 2000. */
  readonly maxCaseMs?: number
  /** Runs the case of these numbers, and says in a word what came of it. Throws when a promise was broken. */
  check(random: Random): string | Promise<string>
  /** Lets go of everything; throws for what the cases left behind. */
  close?(): Promise<void>
}

export interface RunOptions {
  readonly seed: number
  readonly cases: number
  /** Number of the first case. Default: 0. */
  readonly from?: number
  /** Default: the target's. */
  readonly maxCaseMs?: number
}

export interface Report {
  readonly target: string
  readonly seed: number
  readonly cases: number
  readonly seconds: number
  readonly slowestMs: number
  /** What is alive at the end and was not after a tenth of the cases; `null` for too few cases, whose growth says nothing and was not judged. */
  readonly grownBytes: number | null
  /** How many cases ended how, the most frequent first. */
  readonly outcomes: Readonly<Record<string, number>>
}

const defaultCaseMs = 2000
/** What may be alive at the end and was not after a tenth of the cases, in bytes. */
const maxGrowth = 4_000_000
/** Fewer cases say nothing of memory. */
const casesForMemory = 1000
/** After as many, rejections that nobody handled are heard of. */
const casesPerTurn = 200

/** A broken promise, with the command that shows it again. */
export class FailedCase extends Error {
  override readonly name = 'FailedCase'
  constructor(target: string, seed: number, index: number, cause: unknown) {
    super(`Case ${index} of ${target} failed. Again: ${repeatCommand(target, seed, index)}`, { cause })
  }
}

function repeatCommand(target: string, seed: number, index: number): string {
  return `npm run fuzz -- ${target} --seed ${seed} --from ${index} --cases 1`
}

/**
 * Runs the cases in order, and closes the target.
 *
 * @throws {FailedCase} for the first that fails. A case that hangs ends the process, with a line on standard error.
 */
export async function run(target: Target, options: RunOptions): Promise<Report> {
  const { seed, cases, from = 0, maxCaseMs = target.maxCaseMs ?? defaultCaseMs } = options
  const watchdog = new Watchdog(maxCaseMs, repeatCommand(target.name, seed, -1))
  const strays: unknown[] = []
  const onStray = (error: unknown): number => strays.push(error)
  process.on('unhandledRejection', onStray)
  const counts = new Map<string, number>()
  const start = performance.now()
  let slowestMs = 0
  let livingBefore = 0
  let index = from
  try {
    for (; index < from + cases; index += 1) {
      if (index === from + Math.floor(cases / 10)) livingBefore = await living()
      watchdog.see(index)
      const begun = performance.now()
      const result = target.check(numbersBy(seed + index))
      const outcome = typeof result === 'string' ? result : await result
      slowestMs = Math.max(slowestMs, performance.now() - begun)
      if (slowestMs > maxCaseMs) throw new Error(`It took ${Math.round(slowestMs)} ms.`)
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
      if (index % casesPerTurn === 0) await setImmediate()
      if (strays.length > 0)
        throw new Error(`Nobody handled this, at most ${casesPerTurn} cases old.`, { cause: strays[0] })
    }
    const grown = (await living()) - livingBefore
    const grownBytes = cases < casesForMemory ? null : grown
    if (strays.length > 0) throw new Error('Nobody handled this.', { cause: strays[0] })
    if (grownBytes !== null && grownBytes > maxGrowth)
      throw new Error(`${grownBytes} bytes more are alive than before.`)
    const seconds = Math.round((performance.now() - start) / 100) / 10
    const outcomes = Object.fromEntries([...counts].sort(([, one], [, other]) => other - one))
    return { target: target.name, seed, cases, seconds, slowestMs: Math.round(slowestMs), grownBytes, outcomes }
  } catch (error) {
    throw new FailedCase(target.name, seed, index, error)
  } finally {
    await watchdog.stop()
    await target.close?.()
    process.off('unhandledRejection', onStray)
  }
}

let collect: (() => void) | undefined

/** Bytes that are reachable. */
async function living(): Promise<number> {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  // What ends with a turn of the loop, sockets above all, is let go by then.
  await setImmediate()
  collect()
  await setImmediate()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Another thread: a case that hangs lets no timer of this one run. */
class Watchdog {
  readonly #progress = new Int32Array(new SharedArrayBuffer(4))
  readonly #worker: Worker

  constructor(maxCaseMs: number, command: string) {
    const workerData = { progress: this.#progress, maxCaseMs, command }
    this.#worker = new Worker(watch, { eval: true, execArgv: [], workerData })
    this.#worker.unref()
  }

  see(index: number): void {
    Atomics.store(this.#progress, 0, index)
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }
}

const watch = `
const { workerData: { progress, maxCaseMs, command } } = require('node:worker_threads')
let seen = -1
setInterval(() => {
  const index = Atomics.load(progress, 0)
  if (index === seen) {
    require('node:fs').writeSync(2, 'Case ' + index + ' hangs. Again: ' + command.replace('--from -1', '--from ' + index) + '\\n')
    process.kill(process.pid, 'SIGKILL')
  }
  seen = index
}, maxCaseMs)`
