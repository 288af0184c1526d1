/**
 * Where failed logins are counted.
 *
 * Owns the seam, and the store in the memory of one process.
 */
import type { Clock } from '../kit/index.ts'

/** How many places a key has, and for how long one is taken. */
export interface ThrottleLimit {
  readonly places: number
  readonly windowMs: number
}

/** The answer to who asks for a place. */
export interface ThrottlePlace {
  readonly taken: boolean
  /** Names the window that the place belongs to. */
  readonly window: string
  /** Milliseconds until the window ends, and all its places are free. */
  readonly endsInMs: number
}

/**
 * Counts by key. A window begins with the first place that is taken and ends `windowMs` later, with all its places.
 *
 * A store that does not answer rejects with an `HttpError` of status 503: then nobody logs in, for nobody could be kept from guessing.
 */
export interface ThrottleStore {
  /** Takes a place when there is one; in one step: of those who ask at once, on all servers, no more than `places` get one. */
  take(key: string, limit: ThrottleLimit): Promise<ThrottlePlace>
  /** Gives a place back. Does nothing when its window is over. */
  giveBack(key: string, window: string): Promise<void>
}

interface Window {
  readonly id: number
  readonly ends: number
  taken: number
}

/** 200 bytes each. Logins have fewer: whoever wants a place there waits for the hash of a password next. */
const maxWindows = 100_000

/**
 * Counts in this process alone, and until it ends.
 *
 * Of 100,000 windows at once the one that began first is forgotten.
 */
export function createMemoryThrottleStore(clock: Clock): ThrottleStore {
  const windows = new Map<string, Window>()
  let last = 0
  /** The first began first: they are as good as in order of their ends. */
  const forgetEnded = (now: number): void => {
    for (const [key, { ends }] of windows) {
      if (ends > now) return
      windows.delete(key)
    }
  }
  return {
    async take(key, { places, windowMs }) {
      const now = clock()
      forgetEnded(now)
      let window = windows.get(key)
      if (window === undefined || window.ends <= now) {
        last += 1
        windows.delete(key)
        const [first] = windows.size >= maxWindows ? windows.keys() : []
        if (first !== undefined) windows.delete(first)
        window = { id: last, ends: now + windowMs, taken: 0 }
        windows.set(key, window)
      }
      const taken = window.taken < places
      if (taken) window.taken += 1
      return { taken, window: String(window.id), endsInMs: window.ends - now }
    },
    async giveBack(key, id) {
      const window = windows.get(key)
      if (window === undefined || String(window.id) !== id) return
      window.taken -= 1
      if (window.taken === 0) windows.delete(key)
    },
  }
}
