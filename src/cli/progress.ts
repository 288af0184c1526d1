/**
 * How far a long command has come: a bar on a terminal, now and then a line elsewhere.
 */

/** Where progress is shown: `process.stderr`, or what a test puts in its place. */
export interface ProgressOutput {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface ProgressOptions {
  readonly output: ProgressOutput
  /** What is done: `Deleting expired sessions`. */
  readonly label: string
  readonly total: number
  /** Milliseconds from any start, never backwards. */
  readonly now: () => number
}

/** A terminal shows each step that an eye can see. */
const barEveryMs = 100
/** A log shows that the command lives. */
const lineEveryMs = 5000
const longestBar = 24
const usualColumns = 80

export class Progress {
  readonly #output: ProgressOutput
  readonly #label: string
  readonly #total: number
  readonly #now: () => number
  readonly #startedAt: number
  #shownAt: number
  #width = 0

  constructor({ output, label, total, now }: ProgressOptions) {
    this.#output = output
    this.#label = label
    this.#total = total
    this.#now = now
    this.#startedAt = now()
    // The bar is there at once, a line only when the command takes long.
    this.#shownAt = output.isTTY === true ? Number.NEGATIVE_INFINITY : this.#startedAt
  }

  show(done: number): void {
    const now = this.#now()
    const isTerminal = this.#output.isTTY === true
    if (now - this.#shownAt < (isTerminal ? barEveryMs : lineEveryMs)) return
    this.#shownAt = now
    if (isTerminal) this.#draw(done)
    else this.#output.write(`${this.#label}: ${this.#figures(done)}\n`)
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#width > 0) this.#output.write(`\r${' '.repeat(this.#width)}\r`)
    this.#width = 0
  }

  #draw(done: number): void {
    // The last column stays free: a terminal would begin a new line there.
    const columns = (this.#output.columns || usualColumns) - 1
    const figures = this.#figures(done)
    const size = Math.min(longestBar, columns - this.#label.length - figures.length - 4)
    const filled = Math.round(size * this.#part(done))
    const bar = size < 4 ? '' : `[${'#'.repeat(filled)}${'-'.repeat(size - filled)}] `
    const line = `${this.#label} ${bar}${figures}`.slice(0, columns)
    this.#output.write(`\r${line.padEnd(this.#width)}`)
    this.#width = line.length
  }

  #figures(done: number): string {
    const seconds = (this.#now() - this.#startedAt) / 1000
    const rate = seconds > 0 ? Math.round(done / seconds) : 0
    const percent = Math.floor(100 * this.#part(done))
    return `${percent} %, ${done} of ${Math.max(this.#total, done)}, ${rate} per second`
  }

  /** More may expire on the way than were counted. */
  #part(done: number): number {
    return done >= this.#total ? 1 : done / this.#total
  }
}
