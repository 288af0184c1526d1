/**
 * One after the other, for each session of this process: saves that would only collide wait for each other.
 */
import type { StoredSession } from './session.ts'

/** The saves of one session: they queue, and each starts from what the one before it stored. */
export interface Turn {
  waiting: number
  tail: Promise<unknown>
  latest: StoredSession | null
}

/** The queues of one process, by session key. */
export class Turns {
  readonly #turns = new Map<string, Turn>()

  /** Runs `work` when the saves of this key that came before are done, well or badly. */
  async take<T>(key: string, work: (turn: Turn) => Promise<T>): Promise<T> {
    const turn: Turn = this.#turns.get(key) ?? { waiting: 0, tail: Promise.resolve(), latest: null }
    const first = turn.waiting === 0
    if (first) this.#turns.set(key, turn)
    turn.waiting += 1
    const before = turn.tail
    const running = first ? work(turn) : before.then(() => work(turn))
    turn.tail = running.catch(() => {
      // Whoever waits for this save hears of it; the next one starts from what is stored.
    })
    try {
      return await running
    } finally {
      turn.waiting -= 1
      if (turn.waiting === 0) this.#turns.delete(key)
    }
  }
}
