/** Housekeeping that a start does not wait for: it begins a moment later, and at the latest when the app closes. */
import { setTimeout } from 'node:timers'

/** Long enough for a server to listen and to answer what waited for it. */
const sweepAfterMs = 500

export class Sweep {
  readonly #work: () => Promise<void>
  readonly #timer: NodeJS.Timeout
  #done: Promise<void> | null = null

  /** `work` runs once, and must not reject. */
  constructor(work: () => Promise<void>) {
    this.#work = work
    this.#timer = setTimeout(() => this.finish(), sweepAfterMs).unref()
  }

  /** Resolves when the work is done. */
  finish(): Promise<void> {
    clearTimeout(this.#timer)
    this.#done ??= this.#work()
    return this.#done
  }
}
