/**
 * How fast the bodies of a server must arrive: a large upload may take hours, a connection may not be held for nothing.
 *
 * Owns the rule and its clock. Only time in which somebody waits for the client counts: a slow application is not the client's fault.
 */
import { BodyTooSlow } from './errors.ts'

export interface BodyPaceOptions {
  /** 0: any pace will do. */
  readonly bytesPerSecond: number
  /** How long the client's time is measured before it is judged. */
  readonly windowSeconds: number
}

/** Counts what has arrived, over the whole connection. */
interface Counter {
  readonly bytesRead: number
}

/** How often within a window somebody looks. */
const looksPerWindow = 10

/** One for each server. Bodies that nobody reads cost nothing. */
export class BodyPace {
  readonly bytesPerSecond: number
  readonly #windowBytes: number
  readonly #readings = new Set<BodyReading>()
  readonly #looking: NodeJS.Timeout | null

  constructor({ bytesPerSecond, windowSeconds }: BodyPaceOptions) {
    this.bytesPerSecond = bytesPerSecond
    this.#windowBytes = bytesPerSecond * windowSeconds
    this.#looking =
      bytesPerSecond === 0 ? null : setInterval(() => this.#look(), (windowSeconds * 1000) / looksPerWindow).unref()
  }

  /** Whoever reads a body says so here, and ends it. */
  watch(counter: Counter): BodyReading {
    const reading = new BodyReading(counter)
    if (this.#looking !== null) this.#readings.add(reading)
    return reading
  }

  end(reading: BodyReading): void {
    this.#readings.delete(reading)
  }

  close(): void {
    if (this.#looking !== null) clearInterval(this.#looking)
  }

  #look(): void {
    for (const reading of this.#readings) {
      if (!reading.isTooSlow(this.#windowBytes)) continue
      this.#readings.delete(reading)
      reading.refuse(new BodyTooSlow(this.bytesPerSecond))
    }
  }
}

/** A body that is being read. */
export class BodyReading {
  readonly #counter: Counter
  #bytesBefore: number
  #looks = 0
  #refuse: ((error: BodyTooSlow) => void) | null = null

  constructor(counter: Counter) {
    this.#counter = counter
    this.#bytesBefore = counter.bytesRead
  }

  /** What `start` gives, or the refusal: its promise ends when the client is too slow. */
  wait<Value>(start: (resolve: (value: Value) => void, reject: (error: unknown) => void) => void): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#refuse = reject
      start(value => {
        this.#refuse = null
        resolve(value)
      }, reject)
    })
  }

  refuse(error: BodyTooSlow): void {
    this.#refuse?.(error)
  }

  /** Asked again and again: true when a window of the client's time has passed with less than `windowBytes`. */
  isTooSlow(windowBytes: number): boolean {
    if (this.#refuse === null || ++this.#looks < looksPerWindow) return false
    const { bytesRead } = this.#counter
    const isSlow = bytesRead - this.#bytesBefore < windowBytes
    this.#bytesBefore = bytesRead
    this.#looks = 0
    return isSlow
  }
}
