/**
 * How fast bodies must arrive: a large upload may take hours, a connection may not be held for nothing.
 *
 * Owns the rule and its clock. Only time in which somebody waits for the client counts: a slow application is not the client's fault.
 */

export interface BodyPaceOptions {
  /** How many bytes must arrive within a window of the client's time. 0: any pace will do. */
  readonly windowBytes: number
  /** More than 24 days are for ever. */
  readonly windowSeconds: number
  /** What the reader of a slower body is told. */
  readonly refusal: () => Error
}

/** Counts what has arrived. */
interface Counter {
  readonly bytesRead: number
}

/** How often within a window somebody looks. */
const looksPerWindow = 10

/** What a timer takes at most, in milliseconds. */
const longestTimer = 2 ** 31 - 1

/** For one body or for many. Looks only while somebody waits. */
export class BodyPace {
  readonly #windowBytes: number
  readonly #windowMs: number
  readonly #refusal: () => Error
  readonly #waiting = new Set<BodyReading>()
  #looking: NodeJS.Timeout | null = null

  constructor({ windowBytes, windowSeconds, refusal }: BodyPaceOptions) {
    this.#windowMs = windowSeconds * 1000
    this.#windowBytes = this.#windowMs > longestTimer ? 0 : windowBytes
    this.#refusal = refusal
  }

  /** Of one body; `counter` may count the whole connection. */
  watch(counter: Counter): BodyReading {
    return new BodyReading(this, counter)
  }

  begin(reading: BodyReading): void {
    if (this.#windowBytes === 0) return
    this.#waiting.add(reading)
    this.#looking ??= setInterval(() => this.#look(), this.#windowMs / looksPerWindow).unref()
  }

  end(reading: BodyReading): void {
    this.#waiting.delete(reading)
  }

  #look(): void {
    for (const reading of this.#waiting) if (reading.isTooSlow(this.#windowBytes)) reading.refuse(this.#refusal())
    if (this.#waiting.size === 0) this.stop()
  }

  /** Until somebody waits again. */
  stop(): void {
    if (this.#looking !== null) clearInterval(this.#looking)
    this.#looking = null
  }
}

/** A body that is being read. */
export class BodyReading {
  readonly #pace: BodyPace
  readonly #counter: Counter
  #bytesBefore: number
  #looks = 0
  #refuse: ((error: Error) => void) | null = null

  constructor(pace: BodyPace, counter: Counter) {
    this.#pace = pace
    this.#counter = counter
    this.#bytesBefore = counter.bytesRead
  }

  /** What `start` gives, or the refusal: its promise ends when the client is too slow. */
  wait<Value>(start: (resolve: (value: Value) => void, reject: (error: unknown) => void) => void): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#refuse = reject
      this.#pace.begin(this)
      start(
        value => {
          this.#pace.end(this)
          resolve(value)
        },
        error => {
          this.#pace.end(this)
          reject(error)
        },
      )
    })
  }

  refuse(error: Error): void {
    this.#pace.end(this)
    this.#refuse?.(error)
  }

  /** Asked again and again while somebody waits: true when a window has passed since `windowBytes` have come. */
  isTooSlow(windowBytes: number): boolean {
    const { bytesRead } = this.#counter
    if (bytesRead - this.#bytesBefore < windowBytes) return ++this.#looks >= looksPerWindow
    this.#bytesBefore = bytesRead
    this.#looks = 0
    return false
  }
}
