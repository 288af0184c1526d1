/**
 * The seam between Nuages and a database.
 *
 * Owns the two interfaces. Every database is reached in two ways: `kysely`, for an application's queries, and
 * prepared statements, for the few that run on every request.
 */
import type { Kysely } from 'kysely'
import type { ColumnTime, TimeSettings } from './column-time.ts'
import type { QueryObserver } from './observe.ts'
import type { DjangoTables, NuagesTables } from './schema/tables.ts'
import type { Dialect } from './url.ts'

/**
 * The tables that `kysely` knows: Django's, ours, and those an application adds.
 *
 * @example
 * declare module 'nuages/db' {
 *   interface Tables {
 *     product: { id: Generated<number>; name: string }
 *   }
 * }
 */
export interface Tables extends DjangoTables, NuagesTables {}

/** A value for a `?`. Times go through `toColumnTime`. PostgreSQL refuses text that holds U+0000. */
export type Parameter = string | number | bigint | boolean | null | Uint8Array

/**
 * A prepared statement: parsed once by each connection, run often, always outside any transaction of `kysely`.
 *
 * Rejects with `UniqueViolation` or `DatabaseUnavailable` where they apply.
 * Booleans come back as 0 and 1 from SQLite and MySQL; times as text or `Date` (see `fromColumnTime`).
 */
export interface Statement<Row> {
  /** The first row. */
  get(parameters?: readonly Parameter[]): Promise<Row | undefined>
  /** Every row. */
  all(parameters?: readonly Parameter[]): Promise<Row[]>
  /** How many rows the statement found and wrote: a row set to the values it has already counts. */
  run(parameters?: readonly Parameter[]): Promise<number>
  /** For an INSERT of one row: the `id` that the database gave it. */
  insert(parameters?: readonly Parameter[]): Promise<number>
}

/** A prepared SELECT that finds one row by its key, at once: what every request asks for. */
export type Lookup<Row> = Pick<Statement<Row>, 'get'>

/** A prepared UPDATE of one row by its key. */
export type Update = Pick<Statement<never>, 'run'>

/** One open database. */
export interface Database<AllTables = Tables> extends ColumnTime {
  readonly dialect: Dialect
  /**
   * The application's own queries, typed by its tables. Errors are those of a `Statement`.
   *
   * On SQLite, a transaction that writes takes the file's one write lock. A `Statement` that writes waits for its end:
   * do not await one (saving a session, creating a user) inside the transaction.
   */
  readonly kysely: Kysely<AllTables>
  /** Prepares `sql`, whose parameters are `?`. Nothing is sent before it first runs. */
  prepare<Row>(sql: string): Statement<Row>
  /**
   * Prepares a SELECT that finds one row by its key. On SQLite and PostgreSQL those of one turn of the event loop go together: one that takes long
   * would hold the others up.
   */
  prepareLookup<Row>(sql: string): Lookup<Row>
  /**
   * Prepares an UPDATE of one row, whose key is the parameter at `keyIndex`. On SQLite and PostgreSQL those of one turn share a transaction: one
   * commit serves them all.
   */
  prepareUpdate(sql: string, keyIndex: number): Update
  /**
   * Resolves when the database answers.
   *
   * @throws {DatabaseUnavailable} when it does not.
   */
  ping(): Promise<void>
  /** Ends every connection. Queries that come later reject. */
  close(): Promise<void>
}

/** How to open a database. */
export interface DatabaseOptions extends TimeSettings {
  /** Largest number of connections to a server; SQLite needs none. Default: `connection_limit` of the URL, or 10. */
  readonly poolSize?: number
  /** Longest wait for a lock that another connection holds, in milliseconds. Default: 5000. */
  readonly busyMs?: number
  /** Hears of every statement that has ended. Must not throw. */
  readonly onQuery?: QueryObserver
}

export const defaultPoolSize = 10
export const defaultBusyMs = 5000
