/**
 * Whether the event loop of this process was held up: by a view that computes, a huge JSON, memory that is being swapped.
 *
 * A timer comes late then. While it lasts nothing is answered at all; afterwards this says so.
 */

/** How often it looks, in milliseconds. */
const everyMs = 100

/** Shorter ones are no reason to send visitors elsewhere, in milliseconds. */
const leastBlockMs = 1000

/** How long a block is told, in milliseconds: as far apart as Kubernetes asks unless told otherwise. */
const toldForMs = 10_000

export class EventLoopWatch {
  #timer: NodeJS.Timeout | null = null
  #lookedAt = 0
  #blockedAt = 0
  #blockedMs = 0

  /** How long the loop was held up within the last ten seconds, in milliseconds, or 0. Watches from the first call on. */
  blockedMs(): number {
    if (this.#timer === null) {
      this.#lookedAt = performance.now()
      this.#timer = setInterval(() => this.#look(), everyMs).unref()
    }
    this.#look()
    return performance.now() - this.#blockedAt < toldForMs ? this.#blockedMs : 0
  }

  #look(): void {
    const now = performance.now()
    const lateMs = now - this.#lookedAt - everyMs
    this.#lookedAt = now
    if (lateMs < leastBlockMs) return
    this.#blockedAt = now
    this.#blockedMs = Math.round(lateMs)
  }
}
