/**
 * When a session was last seen, written behind the requests' back.
 *
 * Owns what waits to be written. No request waits for it, and a session costs one write in five minutes, however busy it is.
 */
import { BoundedMap, type Clock } from '../kit/index.ts'
import { type SessionRows, seenEveryMs } from './session-index.ts'

/** A logged-in request. */
export interface Sighting {
  readonly key: string
  /** The id of the account, as text. */
  readonly userId: string
  readonly address: string | null
  readonly userAgent: string | null
}

interface Waiting extends Sighting {
  readonly at: number
}

/** Sightings are gathered this long, in milliseconds. */
const gatherMs = 5000
/** Sightings that wait at most; more are let go, and come again with the next request. */
const maxWaiting = 10_000
/** Sessions of which this process remembers that it saw them. */
const maxRemembered = 20_000
/** Keys in one query. */
const batchSize = 200
/** Writes at once, so that requests find connections. */
const writesAtOnce = 4

export interface LastSeenOptions {
  readonly rows: SessionRows
  readonly clock: Clock
  /** Takes in a logged-in session that has no row: one that Django made, or an earlier release. */
  readonly adopt: (sighting: Sighting, at: number) => Promise<void>
  readonly warn: (fields: object, message: string) => void
}

export class LastSeen {
  readonly #options: LastSeenOptions
  readonly #seen = new BoundedMap<string, number>(maxRemembered)
  #waiting = new Map<string, Waiting>()
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> = Promise.resolve()

  constructor(options: LastSeenOptions) {
    this.#options = options
  }

  /** True when this process has not seen a session for five minutes: `note` it. */
  isDue(key: string): boolean {
    if (this.#waiting.size >= maxWaiting) return false
    const last = this.#seen.get(key)
    const ago = last === undefined ? seenEveryMs : this.#options.clock() - last
    return ago >= seenEveryMs || ago < 0
  }

  /** Takes note of a logged-in request. */
  note(sighting: Sighting): void {
    const now = this.#options.clock()
    this.#seen.set(sighting.key, now)
    this.#waiting.set(sighting.key, { ...sighting, at: now })
    this.#timer ??= setTimeout(() => void this.flush(), gatherMs).unref()
  }

  /** A session whose row has just been written. */
  setFresh(key: string): void {
    this.#seen.set(key, this.#options.clock())
  }

  /** Writes what waits. Resolves when it is written, or has failed, which the log is told: no visitor shall suffer. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const waiting = [...this.#waiting.values()]
    this.#waiting = new Map()
    this.#running = this.#running.then(() => this.#write(waiting))
    return this.#running
  }

  async #write(waiting: readonly Waiting[]): Promise<void> {
    for (const batch of slices(waiting, batchSize)) {
      try {
        await this.#writeBatch(batch)
      } catch (err) {
        for (const { key } of batch) this.#seen.delete(key)
        this.#options.warn({ err }, 'when sessions were last seen could not be written')
      }
    }
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    const { rows, adopt } = this.#options
    const known = await rows.find(batch.map(({ key }) => key))
    for (const some of slices(batch, writesAtOnce))
      await Promise.all(
        some.map(async sighting => {
          const { key, at, address } = sighting
          const row = known.get(key)
          if (row === undefined) await adopt(sighting, at)
          else if (row.lastSeen <= at - seenEveryMs) await rows.see(key, at, address ?? row.address)
          // Another process has written: it is due five minutes after that, not after this.
          else this.#seen.set(key, row.lastSeen)
        }),
      )
  }
}

/** A list in parts of at most `size`. */
export function* slices<T>(list: readonly T[], size: number): Iterable<readonly T[]> {
  for (let start = 0; start < list.length; start += size) yield list.slice(start, start + size)
}
