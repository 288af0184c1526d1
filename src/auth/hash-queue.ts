/**
 * How many passwords are hashed at once in this process.
 *
 * Owns the order and the bounds of those that wait. A hash of argon2id takes a processor for a third of a second and 100 MiB for as long: without
 * a bound a burst of logins takes all processors and all memory.
 */
import { availableParallelism } from 'node:os'
import { ClientDisconnected } from '../http/index.ts'
import { poolThreads } from '../settings/index.ts'
import { PasswordsBusy } from './errors.ts'

/** Enough for a class that logs in at the same minute; whoever comes after these would wait longer than `defaultWaitMs`. */
const defaultWaiting = 100
/** Shorter than the half minute after which visitors and proxies give up. */
const defaultWaitMs = 10_000

export interface HashQueueOptions {
  /** Most hashes at once. Default: `defaultAtOnce()`. */
  readonly atOnce?: number
  /** Most that wait. Default: 100. */
  readonly maxWaiting?: number
  /** Longest wait, in milliseconds. Default: 10_000. */
  readonly maxWaitMs?: number
}

/**
 * One less than there are processors, so that other requests are answered meanwhile, and than there are threads in libuv's pool, by whose size an
 * operator says how much a process may do at once. At least 1.
 */
export function defaultAtOnce(threads: number = poolThreads(), processors: number = availableParallelism()): number {
  return Math.max(1, Math.min(threads, processors) - 1)
}

/** Runs so many works at once; the rest waits in the order in which it came. */
export class HashQueue {
  readonly #atOnce: number
  readonly #maxWaiting: number
  readonly #maxWaitMs: number
  readonly #waiting = new Set<() => void>()
  #running = 0

  constructor({
    atOnce = defaultAtOnce(),
    maxWaiting = defaultWaiting,
    maxWaitMs = defaultWaitMs,
  }: HashQueueOptions = {}) {
    this.#atOnce = atOnce
    this.#maxWaiting = maxWaiting
    this.#maxWaitMs = maxWaitMs
  }

  /**
   * Runs `work` when its turn comes. `signal`: aborted when nobody waits for the result any more; work that has begun goes on.
   *
   * @throws {PasswordsBusy} with status 503, without running it, when too many wait or the wait has been too long.
   * @throws {ClientDisconnected} without running it, when `signal` was aborted before its turn.
   */
  async run<T>(work: () => Promise<T>, signal: AbortSignal | null = null): Promise<T> {
    if (signal?.aborted) throw new ClientDisconnected()
    if (this.#running >= this.#atOnce) await this.#turn(signal)
    else this.#running += 1
    try {
      return await work()
    } finally {
      this.#next()
    }
  }

  /** Resolves when whoever ran has handed over its place. */
  #turn(signal: AbortSignal | null): Promise<void> {
    if (this.#waiting.size >= this.#maxWaiting) throw new PasswordsBusy()
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#waiting.delete(enter)
      }
      const enter = (): void => {
        leave()
        resolve()
      }
      const onAbort = (): void => {
        leave()
        reject(new ClientDisconnected())
      }
      const timer = setTimeout(() => {
        leave()
        reject(new PasswordsBusy())
      }, this.#maxWaitMs)
      signal?.addEventListener('abort', onAbort)
      this.#waiting.add(enter)
    })
  }

  #next(): void {
    const [first] = this.#waiting
    if (first === undefined) this.#running -= 1
    else first()
  }
}

/** A queue that tells how long each work waited, in milliseconds. */
export function tellWaits(queue: Pick<HashQueue, 'run'>, onWait: (waitMs: number) => void): Pick<HashQueue, 'run'> {
  return {
    run(work, signal) {
      const asked = performance.now()
      return queue.run(() => {
        onWait(performance.now() - asked)
        return work()
      }, signal)
    },
  }
}

let ofProcess: HashQueue | null = null

/** The queue of this process: all its apps share one pool of threads. */
export function processHashQueue(): HashQueue {
  ofProcess ??= new HashQueue()
  return ofProcess
}
