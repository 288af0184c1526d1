/**
 * Whether a server answers in time.
 *
 * The answers of one connection come in the order of its commands, so one timer is enough: it watches the oldest. It counts steps instead of looking
 * at a clock: a step during which the event loop stood still is one like any other, and the server, whose answer could not be read, keeps the rest.
 */

/** In how many steps the longest wait is measured. */
const steps = 8

export class AnswerWatch {
  readonly #stepMs: number
  readonly #onLate: () => void
  /** The step at which each command was sent that has no answer yet, the oldest first. */
  readonly #since: number[] = []
  #step = 0
  #isCounting = false

  /** Calls `onLate` when a command has waited for `longestMs` milliseconds of an event loop that turns. */
  constructor(longestMs: number, onLate: () => void) {
    this.#stepMs = longestMs / steps
    this.#onLate = onLate
  }

  sent(): void {
    this.#since.push(this.#step)
    if (!this.#isCounting) this.#count()
  }

  answered(): void {
    this.#since.shift()
  }

  #count(): void {
    this.#isCounting = true
    // The socket keeps the process alive as long as an answer is awaited.
    setTimeout(() => this.#next(), this.#stepMs).unref()
  }

  #next(): void {
    this.#isCounting = false
    this.#step += 1
    const [oldest] = this.#since
    if (oldest === undefined) return
    if (this.#step - oldest < steps) this.#count()
    else this.#onLate()
  }
}
