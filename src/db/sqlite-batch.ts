/**
 * The writes of one turn of the event loop, committed together: one lock and one append to the log for all of them.
 *
 * Owns the transaction around them. Each write keeps its own result, and its own error; none is answered before the commit.
 */
import { DatabaseUnavailable } from './errors.ts'
import type { Checkpoints } from './sqlite-checkpoints.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/** One write that waits for its turn. */
interface Waiting {
  /** The work itself: throws SQLite's own errors. */
  readonly work: () => unknown
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/** What became of one write inside the transaction. */
type Outcome = { readonly result: unknown } | { readonly error: unknown }

export class WriteBatch {
  readonly #connection: SqliteConnection
  readonly #checkpoints: Checkpoints
  #waiting: Waiting[] = []

  constructor(connection: SqliteConnection, checkpoints: Checkpoints) {
    this.#connection = connection
    this.#checkpoints = checkpoints
  }

  /** Resolves to what `work` returns, once it is committed. Rejects with Nuages's errors. */
  add<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (result: unknown) => void, reject })
      if (this.#waiting.length === 1) setImmediate(() => this.#flush())
    })
  }

  #flush(): void {
    const writes = this.#waiting
    this.#waiting = []
    const [only] = writes
    if (writes.length === 1 && only !== undefined) this.#alone(only)
    else this.#together(writes)
  }

  readonly #openFiles = (): SqliteConnection['openFiles'] => this.#connection.openFiles

  #alone({ work, resolve, reject }: Waiting): void {
    const guarded = (): unknown => {
      this.#connection.look(true)
      return work()
    }
    this.#connection.retry(guarded).then(result => {
      resolve(result)
      this.#checkpoints.note(this.#openFiles)
    }, reject)
  }

  #together(writes: readonly Waiting[]): void {
    this.#connection
      .retry(() => this.#transaction(writes))
      .then(
        outcomes => {
          for (const [index, write] of writes.entries()) {
            const outcome = outcomes[index] as Outcome
            if ('error' in outcome) write.reject(this.#connection.translate(outcome.error))
            else write.resolve(outcome.result)
          }
          this.#checkpoints.note(this.#openFiles)
        },
        error => {
          // Django's foreign keys are checked at the commit: one bad row fails it for all, so each has to try by itself.
          for (const write of writes) {
            if (error instanceof DatabaseUnavailable) write.reject(error)
            else this.#alone(write)
          }
        },
      )
  }

  /** Throws when nothing at all is committed. */
  #transaction(writes: readonly Waiting[]): readonly Outcome[] {
    const connection = this.#connection
    connection.look(true)
    connection.statement('BEGIN IMMEDIATE').run()
    try {
      const outcomes = writes.map(({ work }) => attempt(connection, work))
      connection.lookBeforeCommit()
      connection.statement('COMMIT').run()
      return outcomes
    } catch (error) {
      if (connection.inTransaction) connection.statement('ROLLBACK').run()
      throw error
    }
  }
}

/** A write that fails undoes itself and leaves the others alone, unless SQLite has ended the whole transaction (disk full, say). */
function attempt(connection: SqliteConnection, work: () => unknown): Outcome {
  try {
    return { result: work() }
  } catch (error) {
    if (!connection.inTransaction) throw error
    return { error }
  }
}
