/**
 * Several processes on one port: the parent starts workers, restarts those that die, and ends them all.
 *
 * Owns `node:cluster`. Leaves what a worker does to its caller.
 */
import cluster, { type Worker } from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'
import { CommandFailed } from './errors.ts'

/** The wait before a dead worker is started again, in milliseconds: doubles with each death in a row. */
const firstWaitMs = 100
const longestWaitMs = 30_000

/** So many workers that die in a row before any of them listens are not bad luck any more. */
const maxEarlyDeaths = 5

/** What a worker that ignores SIGTERM gets before it is killed, in milliseconds: more than `serve` gives running requests. */
const killAfterMs = 35_000

/** A worker's last words to its parent: there is no point in trying again. */
interface Refusal {
  readonly refused: string
}

/** True in a process that `Workers` started. */
export function isWorker(): boolean {
  return cluster.isWorker
}

/** In a worker: tells the parent, which prints the line and ends. Resolves when it is told. */
export function refuse(line: string): Promise<void> {
  return new Promise(resolve => {
    if (process.send === undefined) resolve()
    else process.send({ refused: line } satisfies Refusal, () => resolve())
  })
}

/**
 * In a worker, at its end: the parent lets go of the port. It takes no connections, so that those which come between the last worker's close and
 * its own would be reset.
 */
export function leaveParent(): void {
  if (cluster.worker === undefined || !process.connected) return
  cluster.worker.exitedAfterDisconnect = true // else Node would end the process now
  process.disconnect?.()
}

export interface WorkersOptions {
  readonly count: number
  /** Called once, when all workers listen. */
  readonly onReady: (address: { readonly address: string; readonly port: number }) => void
  /** Called with a line for each worker that died. */
  readonly onDeath: (line: string) => void
}

/** The workers of this process, a copy of it each. `run` resolves when the last one has ended. */
export class Workers {
  readonly #options: WorkersOptions
  readonly #listening = new Set<Worker>()
  #alive = 0
  #deathsInARow = 0
  #ready = false
  #stopping = false
  #failure: CommandFailed | null = null
  #finish: () => void = () => {}

  constructor(options: WorkersOptions) {
    this.#options = options
  }

  /** @throws {CommandFailed} when a worker refuses to start, or too many die at their start. */
  async run(): Promise<void> {
    // They share the socket. Node's other way hands a worker each connection through this process, and one handed to a worker that
    // dies at that moment stays open for ever, with nobody to answer it.
    cluster.schedulingPolicy = cluster.SCHED_NONE
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#stop())
    const finished = new Promise<void>(resolve => {
      this.#finish = resolve
    })
    for (let started = 0; started < this.#options.count; started += 1) this.#start()
    await finished
    if (this.#failure !== null) throw this.#failure
  }

  #start(): void {
    this.#alive += 1
    const worker = cluster.fork()
    worker.on('message', (message: Partial<Refusal>) => {
      if (typeof message?.refused === 'string') this.#fail(message.refused)
    })
    worker.once('listening', ({ address, port }) => this.#listens(worker, { address: address ?? '0.0.0.0', port }))
    worker.once('exit', (code, signal) => void this.#died(worker, signal ?? `exit code ${code}`))
  }

  #listens(worker: Worker, address: { readonly address: string; readonly port: number }): void {
    this.#listening.add(worker)
    this.#deathsInARow = 0
    if (this.#ready || this.#listening.size < this.#options.count) return
    this.#ready = true
    this.#options.onReady(address)
  }

  async #died(worker: Worker, reason: string): Promise<void> {
    this.#alive -= 1
    this.#listening.delete(worker)
    if (!this.#stopping) {
      this.#deathsInARow += 1
      this.#options.onDeath(`Worker ${worker.process.pid} died (${reason}).`)
      if (this.#listening.size === 0 && this.#deathsInARow >= maxEarlyDeaths)
        this.#fail(`${maxEarlyDeaths} workers in a row died at their start. The reason stands above.`)
      else await delay(Math.min(firstWaitMs * 2 ** (this.#deathsInARow - 1), longestWaitMs))
    }
    if (!this.#stopping) this.#start()
    else if (this.#alive === 0) this.#finish()
  }

  #fail(line: string): void {
    this.#failure ??= new CommandFailed(line)
    this.#stop()
  }

  #stop(): void {
    if (this.#stopping) return
    this.#stopping = true
    const signalAll = (signal: NodeJS.Signals): void => {
      for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill(signal)
    }
    signalAll('SIGTERM')
    setTimeout(() => signalAll('SIGKILL'), killAfterMs).unref()
    if (this.#alive === 0) this.#finish()
  }
}
