/**
 * Tells of every statement that has ended: for spans and slow query logs.
 */
import type { LogEvent } from 'kysely'
import type { Database, Parameter, Statement } from './database.ts'

/** A statement that has been carried out, or failed. */
export interface FinishedQuery {
  /** With placeholders: the values are no part of it. */
  readonly sql: string
  /** With the wait for a connection. */
  readonly durationMs: number
  /** Absent when it succeeded. */
  readonly error?: unknown
}

/** Must not throw. */
export type QueryObserver = (query: FinishedQuery) => void

/** Kysely's `log` for an observer. */
export function kyselyLog(observer: QueryObserver | undefined): { log?: (event: LogEvent) => void } {
  if (observer === undefined) return {}
  return {
    log: event =>
      observer({
        sql: event.query.sql,
        durationMs: event.queryDurationMillis,
        ...(event.level === 'error' && { error: event.error }),
      }),
  }
}

/** A database whose prepared statements are observed. */
export function observeStatements<AllTables>(
  database: Database<AllTables>,
  observer: QueryObserver,
): Database<AllTables> {
  const prepare = <Row>(sql: string): Statement<Row> => observed(database.prepare<Row>(sql), sql, observer)
  // A copy would make its query builder, which may never be asked for.
  return Object.create(database, { prepare: { value: prepare, enumerable: true } }) as Database<AllTables>
}

function observed<Row>(statement: Statement<Row>, sql: string, observer: QueryObserver): Statement<Row> {
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const started = performance.now()
    try {
      const result = await work()
      observer({ sql, durationMs: performance.now() - started })
      return result
    } catch (error) {
      observer({ sql, durationMs: performance.now() - started, error })
      throw error
    }
  }
  return {
    get: (parameters?: readonly Parameter[]) => timed(() => statement.get(parameters)),
    all: (parameters?: readonly Parameter[]) => timed(() => statement.all(parameters)),
    run: (parameters?: readonly Parameter[]) => timed(() => statement.run(parameters)),
    insert: (parameters?: readonly Parameter[]) => timed(() => statement.insert(parameters)),
  }
}
