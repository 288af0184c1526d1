/**
 * Tells of every statement that has ended: for spans and slow query logs.
 */
import type { LogEvent } from 'kysely'
import type { Database, Lookup, Parameter, Statement, Update } from './database.ts'

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
  const prepare = <Row>(sql: string): Statement<Row> => {
    const statement = database.prepare<Row>(sql)
    const timed = createTimer(sql, observer)
    return {
      get: (parameters?: readonly Parameter[]) => timed(() => statement.get(parameters)),
      all: (parameters?: readonly Parameter[]) => timed(() => statement.all(parameters)),
      run: (parameters?: readonly Parameter[]) => timed(() => statement.run(parameters)),
      insert: (parameters?: readonly Parameter[]) => timed(() => statement.insert(parameters)),
    }
  }
  const prepareLookup = <Row>(sql: string): Lookup<Row> => {
    const lookup = database.prepareLookup<Row>(sql)
    const timed = createTimer(sql, observer)
    return { get: parameters => timed(() => lookup.get(parameters)) }
  }
  const prepareUpdate = (sql: string, keyIndex: number): Update => {
    const update = database.prepareUpdate(sql, keyIndex)
    const timed = createTimer(sql, observer)
    return { run: parameters => timed(() => update.run(parameters)) }
  }
  // A copy would make its query builder, which may never be asked for.
  return Object.create(database, {
    prepare: { value: prepare, enumerable: true },
    prepareLookup: { value: prepareLookup, enumerable: true },
    prepareUpdate: { value: prepareUpdate, enumerable: true },
  }) as Database<AllTables>
}

function createTimer(sql: string, observer: QueryObserver): <T>(work: () => Promise<T>) => Promise<T> {
  return async work => {
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
}
