/**
 * Keeps the log of a SQLite database short, in a thread.
 *
 * SQLite itself does so at the end of a write, once in a thousand pages: it waits for the disk then, and the event loop with it, for 70 ms on an ordinary
 * one. The thread starts with the first log that deserves it. Leaves the moving to ./sqlite-connection.ts.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { CheckpointTask } from './sqlite-checkpoint-thread.ts'

/** A commit appends a few pages of 4 KiB; in a short log they are quickly found. */
const commitsBetween = 250
/** Some append many: so few are enough when the last time is `longestMs` ago. */
const fewCommits = 20
const longestMs = 1000

const file = new URL(`./sqlite-checkpoint-thread${extname(import.meta.filename)}`, import.meta.url)

/** What runs in the thread, one task after the other. */
let running: Promise<void> = Promise.resolve()
let thread: Worker | null = null

/** With no flags and no environment: what a process is started with, such as a tracer, is not for this thread. */
function startThread(): Worker {
  const worker = new Worker(file, { name: 'nuages-sqlite', env: {}, execArgv: [] })
  worker.on('exit', () => {
    thread = null
  })
  return worker
}

function run(task: CheckpointTask): Promise<void> {
  thread ??= startThread()
  const worker = thread
  return new Promise(resolve => {
    const end = (): void => {
      worker.off('message', end).off('error', end).off('exit', end)
      worker.unref()
      resolve()
    }
    worker.on('message', end).on('error', end).on('exit', end)
    worker.ref()
    worker.postMessage(task)
  })
}

/** Counts the commits to one database. */
export class Checkpoints {
  #commits = 0
  #movedAt = 0
  #last: Promise<void> | null = null

  /** To be called after each commit. */
  note(describe: () => CheckpointTask | null): void {
    this.#commits += 1
    if (this.#commits < fewCommits || this.#last !== null) return
    const now = performance.now()
    if (this.#commits < commitsBetween && now - this.#movedAt < longestMs) return
    const task = describe()
    if (task === null) return
    this.#commits = 0
    this.#movedAt = now
    running = running.then(() => run(task))
    this.#last = running.then(() => {
      this.#last = null
    })
  }

  /** Resolves when the thread is not at this database's files. */
  async settled(): Promise<void> {
    await this.#last
  }
}
