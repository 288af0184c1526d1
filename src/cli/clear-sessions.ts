/**
 * `nuages clearsessions`: deletes expired sessions while a site goes on.
 *
 * Owns the size of the batches, and the time left to others between them. Leaves the deleting to the engine.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../app/index.ts'
import { Progress, type ProgressOutput } from './progress.ts'

export interface ClearOptions {
  /** Ends the work after the batch that is running. */
  readonly signal: AbortSignal
  readonly output?: ProgressOutput
  /** Milliseconds from any start. */
  readonly now?: () => number
  readonly pause?: (ms: number) => Promise<unknown>
}

/** Few sizes: each is a statement of its own to the database. */
const sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] as const
const firstSize = sizes.indexOf(500)
/** The longest that a batch should take, in milliseconds: nobody waits longer than 50 for it, with room for a busy machine. */
const batchMs = 20
/** The next size takes up to 2.5 times as long. */
const quickMs = batchMs / 2.5
const shortestPauseMs = 2

/** Resolves the line to print: what was deleted. */
export async function clearSessions(sessions: App['sessions'], options: ClearOptions): Promise<string> {
  const { signal, output = process.stderr, now = () => performance.now(), pause = sleep } = options
  const total = await sessions.countExpired()
  const progress = new Progress({ output, label: 'Deleting expired sessions', total, now })
  let deleted = 0
  let step = firstSize
  try {
    while (!signal.aborted) {
      const size = sizes[step] as number
      const startedAt = now()
      const removed = await sessions.clearExpired(size)
      const tookMs = now() - startedAt
      deleted += removed
      if (removed < size) return deleted === 0 ? nothing : `Deleted ${count(deleted)}.`
      progress.show(deleted)
      step = nextStep(step, tookMs)
      // As long as it took: whoever waits to write comes in between, however they wait.
      await pause(Math.max(tookMs, shortestPauseMs))
    }
  } finally {
    progress.end()
  }
  return `Stopped. Deleted ${count(deleted)} of ${Math.max(total, deleted)}.`
}

/** Rows of the index whose sessions are looked up in one go. */
const indexBatch = 50

/** Removes the rows of the index of sessions that lead nowhere any more. */
export async function clearSessionIndex(auth: App['auth'], { signal }: Pick<ClearOptions, 'signal'>): Promise<void> {
  while (!signal.aborted && (await auth.clearSessionIndex(indexBatch)) === indexBatch) await sleep(shortestPauseMs)
}

const nothing = 'Nothing to do: no session has expired, or the engine forgets them by itself.'

function count(sessions: number): string {
  return `${sessions} expired ${sessions === 1 ? 'session' : 'sessions'}`
}

function nextStep(step: number, tookMs: number): number {
  if (tookMs > batchMs) return Math.max(0, step - 1)
  return tookMs < quickMs ? Math.min(sizes.length - 1, step + 1) : step
}

/** Runs `work` with a signal that Ctrl-C gives. A second Ctrl-C ends the process, as always. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    return await work(controller.signal)
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}
