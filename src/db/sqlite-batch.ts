/**
 * The statements of one turn of the event loop, together in one transaction: one lock for all of them, and for writes one append to the log.
 *
 * Owns the transaction around them. Each keeps its own result, and its own error; none is begun before it is asked for, no write answered before the
 * commit.
 */
import { DatabaseUnavailable } from './errors.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { toStatementError } from './sqlite-errors.ts'

/** One statement that waits for its turn. */
interface Waiting {
  /** The work itself: throws SQLite's own errors. */
  readonly work: () => unknown
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/** What became of one statement inside the transaction. */
type Outcome = { readonly result: unknown } | { readonly error: unknown }

export interface BatchOptions {
  readonly writes: boolean
  /** Runs after each transaction that did not fail. */
  readonly onEnd?: () => void
}

/** Statements of one kind: all of them write, or none. */
export class Batch {
  readonly #connection: SqliteConnection
  readonly #writes: boolean
  readonly #onEnd: () => void
  #waiting: Waiting[] = []

  constructor(connection: SqliteConnection, { writes, onEnd = () => {} }: BatchOptions) {
    this.#connection = connection
    this.#writes = writes
    this.#onEnd = onEnd
  }

  /** Resolves to what `work` returns, once it is committed. Rejects with Nuages's errors. */
  add<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (result: unknown) => void, reject })
      if (this.#waiting.length === 1) setImmediate(this.#flush)
    })
  }

  readonly #flush = (): void => {
    const waiting = this.#waiting
    this.#waiting = []
    const [only] = waiting
    if (waiting.length === 1 && only !== undefined) this.#alone(only)
    else this.#together(waiting)
  }

  #alone({ work, resolve, reject }: Waiting): void {
    const guarded = (): unknown => {
      this.#connection.look(this.#writes)
      return work()
    }
    this.#connection.retry(guarded).then(
      result => {
        resolve(result)
        this.#onEnd()
      },
      error => reject(toStatementError(error)),
    )
  }

  #together(waiting: readonly Waiting[]): void {
    this.#connection
      .retry(() => this.#transaction(waiting))
      .then(
        outcomes => {
          for (const [index, one] of waiting.entries()) {
            const outcome = outcomes[index] as Outcome
            if (!('error' in outcome)) one.resolve(outcome.result)
            else if (this.#writes) one.reject(toStatementError(this.#connection.translate(outcome.error)))
            else this.#alone(one) // which waits for a lock
          }
          this.#onEnd()
        },
        error => {
          // Django's foreign keys are checked at the commit: one bad row fails it for all, so each has to try by itself.
          for (const one of waiting) {
            if (error instanceof DatabaseUnavailable) one.reject(error)
            else this.#alone(one)
          }
        },
      )
  }

  /** Throws when nothing at all is committed. */
  #transaction(waiting: readonly Waiting[]): readonly Outcome[] {
    const connection = this.#connection
    connection.look(this.#writes)
    connection.statement(this.#writes ? 'BEGIN IMMEDIATE' : 'BEGIN').run()
    try {
      const outcomes = waiting.map(({ work }) => attempt(connection, work))
      if (this.#writes) connection.lookBeforeCommit()
      connection.statement('COMMIT').run()
      return outcomes
    } catch (error) {
      if (connection.inTransaction) connection.statement('ROLLBACK').run()
      throw error
    }
  }
}

/** What fails undoes itself and leaves the others alone, unless SQLite has ended the whole transaction (disk full, say). */
function attempt(connection: SqliteConnection, work: () => unknown): Outcome {
  try {
    return { result: work() }
  } catch (error) {
    if (!connection.inTransaction) throw error
    return { error }
  }
}
