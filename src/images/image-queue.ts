/**
 * How many images are made at once in this process.
 *
 * Owns the bounds of those that run and those that wait. `sharp` decodes and encodes in the threads of libuv's pool, which files and DNS share: with
 * no bound a burst of images takes all of them, and all memory.
 */
import { availableParallelism } from 'node:os'
import { ClientDisconnected } from '../http/index.ts'
import { poolThreads } from '../settings/index.ts'
import { ImagesBusy } from './errors.ts'

/** Each holds no more than its place: the bytes of an image are read when its turn comes. */
const defaultWaiting = 50
/** Shorter than the half minute after which visitors and proxies give up. */
const defaultWaitMs = 10_000

export interface ImageQueueOptions {
  /** Most images at once. Default: one less than processors, and than threads in libuv's pool; at least 1. */
  readonly atOnce?: number
  /** Most that wait. Default: 50. */
  readonly maxWaiting?: number
  /** Longest wait, in milliseconds. Default: 10_000. */
  readonly maxWaitMs?: number
}

/** Runs so many works at once; the rest waits in the order in which it came. */
export class ImageQueue {
  readonly #atOnce: number
  readonly #maxWaiting: number
  readonly #maxWaitMs: number
  readonly #waiting = new Set<() => void>()
  #running = 0

  constructor(options: ImageQueueOptions = {}) {
    this.#atOnce = options.atOnce ?? Math.max(1, Math.min(poolThreads(), availableParallelism()) - 1)
    this.#maxWaiting = options.maxWaiting ?? defaultWaiting
    this.#maxWaitMs = options.maxWaitMs ?? defaultWaitMs
  }

  /**
   * Runs `work` when its turn comes.
   *
   * @throws {ImagesBusy} with status 503, without running it, when too many wait or the wait has been too long.
   * @throws {ClientDisconnected} without running it, when `signal` was aborted before its turn.
   */
  async run<T>(work: () => Promise<T>, signal: AbortSignal | null = null): Promise<T> {
    if (signal?.aborted) throw new ClientDisconnected()
    if (this.#running >= this.#atOnce) await this.#turn(signal)
    else this.#running += 1
    try {
      return await work()
    } finally {
      const [first] = this.#waiting
      if (first === undefined) this.#running -= 1
      else first()
    }
  }

  /** Resolves when whoever ran has handed over its place. */
  #turn(signal: AbortSignal | null): Promise<void> {
    if (this.#waiting.size >= this.#maxWaiting) throw new ImagesBusy()
    return new Promise((resolve, reject) => {
      const leave = (settle: () => void): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#waiting.delete(enter)
        settle()
      }
      const enter = (): void => leave(resolve)
      const onAbort = (): void => leave(() => reject(new ClientDisconnected()))
      const timer = setTimeout(() => leave(() => reject(new ImagesBusy())), this.#maxWaitMs)
      signal?.addEventListener('abort', onAbort)
      this.#waiting.add(enter)
    })
  }
}

let ofProcess: ImageQueue | null = null

/** The queue of this process: all its apps share one pool of threads. */
export function processImageQueue(): ImageQueue {
  ofProcess ??= new ImageQueue()
  return ofProcess
}
