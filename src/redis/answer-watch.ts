/**
 * Whether a server answers in time.
 *
 * The answers of one connection come in the order of its commands, so one timer is enough: it watches the oldest.
 */

/** A timer that is later than this tells of an event loop that stood still: the server may have answered meanwhile. */
const standstillMs = 50

export class AnswerWatch {
  readonly #longestMs: number
  readonly #onLate: () => void
  /** Since when each command waits that has no answer yet, the oldest first. */
  readonly #since: number[] = []
  #timer: NodeJS.Timeout | null = null

  /** Calls `onLate` when a command has waited for `longestMs`, not counting the time in which this process could not have read an answer. */
  constructor(longestMs: number, onLate: () => void) {
    this.#longestMs = longestMs
    this.#onLate = onLate
  }

  sent(): void {
    this.#since.push(performance.now())
    if (this.#timer === null) this.#lookIn(this.#longestMs)
  }

  answered(): void {
    this.#since.shift()
  }

  #lookIn(ms: number): void {
    const due = performance.now() + ms
    // The socket keeps the process alive as long as an answer is awaited.
    this.#timer = setTimeout(() => this.#look(due), ms).unref()
  }

  #look(due: number): void {
    this.#timer = null
    const [oldest] = this.#since
    if (oldest === undefined) return
    const now = performance.now()
    const leftMs = now - due > standstillMs ? this.#longestMs : oldest + this.#longestMs - now
    if (leftMs > 0) this.#lookIn(leftMs)
    else this.#onLate()
  }
}
