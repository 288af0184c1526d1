/**
 * Visitors at work, and what became of their requests.
 */
import { type Outcome, Visitor } from './visitor.ts'

export interface LoadOptions {
  readonly port: number
  readonly visitors: number
  /** Of each uploaded file. Default: 0, no uploads. */
  readonly fileBytes?: number
}

/** After a request that was no success, before the next, in milliseconds. */
const pauseMs = 50

interface Event {
  readonly at: number
  readonly ms: number
  readonly outcome: Outcome
}

/** Goes on from `start` to `stop`. */
export class Load {
  readonly visitors: readonly Visitor[]
  readonly #events: Event[] = []
  #running: Promise<unknown> = Promise.resolve()
  #isOver = false

  constructor({ port, visitors, fileBytes = 0 }: LoadOptions) {
    this.visitors = Array.from(
      { length: visitors },
      (_, index) => new Visitor(port, { fileBytes, keepAlive: index % 2 === 0 }),
    )
  }

  async start(): Promise<void> {
    for (const visitor of this.visitors) await visitor.arrive()
    this.#running = Promise.all(this.visitors.map(visitor => this.#visit(visitor)))
  }

  async #visit(visitor: Visitor): Promise<void> {
    while (!this.#isOver) {
      const at = performance.now()
      const outcome = await visitor.act()
      this.#events.push({ at, ms: performance.now() - at, outcome })
      if (outcome !== 'ok') await new Promise(resolve => setTimeout(resolve, pauseMs))
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#running
    for (const visitor of this.visitors) visitor.leave()
  }

  /** How many requests had this outcome, of those sent from `from` to before `to`. */
  count(outcome: Outcome, from = 0, to = Number.POSITIVE_INFINITY): number {
    return this.#events.filter(event => event.outcome === outcome && event.at >= from && event.at < to).length
  }

  /** How long after `moment` the first request was sent that succeeded, in milliseconds. */
  firstSuccessMs(moment: number): number {
    const times = this.#events.filter(({ outcome, at }) => outcome === 'ok' && at >= moment).map(({ at }) => at)
    return Math.round(Math.min(...times) - moment)
  }

  get slowestMs(): number {
    return Math.round(this.#events.reduce((slowest, { ms }) => Math.max(slowest, ms), 0))
  }

  get writes(): number {
    return this.visitors.reduce((sum, { writes }) => sum + writes, 0)
  }

  /** What was wrong with answers. */
  get faults(): readonly string[] {
    return this.visitors.flatMap(({ faults }) => faults)
  }
}
