/**
 * SQLite, built into Node.
 *
 * Owns the two connections to one file: `kysely`'s, which may be inside a transaction, and the statements', which never
 * is. On one connection, a request's statement would run inside another request's transaction, and be rolled back with it.
 */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from '../kit/index.ts'
import { createColumnTime } from './column-time.ts'
import { type Database, type DatabaseOptions, defaultBusyMs, type Parameter, type Statement } from './database.ts'
import { DatabaseUnavailable } from './errors.ts'
import { openKysely } from './kysely.ts'
import { WriteBatch } from './sqlite-batch.ts'
import { Checkpoints } from './sqlite-checkpoints.ts'
import { SqliteConnection, type SqliteSource, type SqliteValue } from './sqlite-connection.ts'
import { SqliteDialect } from './sqlite-dialect.ts'
import { isMissingSqliteTable } from './sqlite-errors.ts'
import { SqliteRows } from './sqlite-rows.ts'

/** Opens a SQLite file by its absolute path, or a new database in memory by `null`. */
export function openSqlite<Tables>(path: string | null, options: DatabaseOptions): Database<Tables> {
  const { busyMs = defaultBusyMs } = options
  if (path !== null && !existsSync(dirname(path))) {
    throw new ConfigError(`The folder ${dirname(path)} does not exist.`, 'Create it, or correct DATABASE_URL.', {
      setting: 'DATABASE_URL',
    })
  }
  const source: SqliteSource = { path, memoryName: `nuages-${randomUUID()}`, existed: false, connections: [] }
  const statements = new SqliteConnection(source, busyMs)
  const queries = new SqliteConnection(source, busyMs)
  const checkpoints = new Checkpoints()
  const writes = new WriteBatch(statements, checkpoints)
  const time = createColumnTime('sqlite', options)
  const onTransaction = (open: boolean): void => {
    statements.waitOnLoop(!open)
    if (!open) checkpoints.note(() => queries.openFiles)
  }
  const kysely = openKysely<Tables>(() => new SqliteDialect(queries, time, onTransaction), options.onQuery)
  if (path === null) statements.statement('SELECT 1') // memory lives as long as one connection to it is open
  return {
    dialect: 'sqlite',
    ...time,
    get kysely() {
      return kysely()
    },
    prepare: <Row>(sql: string) => new SqliteStatement<Row>(statements, writes, sql),
    prepareLookup: <Row>(sql: string) => new SqliteStatement<Row>(statements, writes, sql),
    prepareUpdate: sql => new SqliteStatement(statements, writes, sql),
    async ping() {
      await statements.retry(() => {
        statements.look(true)
        statements.statement('SELECT count(*) FROM sqlite_master').get()
      })
    },
    async close() {
      await checkpoints.settled()
      queries.close()
      statements.close()
    },
  }
}

const onlyReads = /^\s*(?:select|values|explain)\b/i
/** What may share a transaction; PRAGMA and VACUUM may not. */
const changesRows = /^\s*(?:insert|update|delete|replace)\b/i

class SqliteStatement<Row> implements Statement<Row> {
  readonly #connection: SqliteConnection
  readonly #batch: WriteBatch
  readonly #sql: string
  readonly #writes: boolean
  readonly #batched: boolean
  readonly #rows: SqliteRows
  readonly #firstRow: Step<unknown> = (statement, values) => this.#rows.first(statement, values)
  readonly #allRows: Step<unknown[]> = (statement, values) => this.#rows.all(statement, values)

  constructor(connection: SqliteConnection, batch: WriteBatch, sql: string) {
    this.#connection = connection
    this.#batch = batch
    this.#sql = sql
    this.#writes = !onlyReads.test(sql)
    this.#batched = changesRows.test(sql)
    this.#rows = new SqliteRows(sql)
  }

  get(parameters: readonly Parameter[] = []): Promise<Row | undefined> {
    return this.#perform(parameters, this.#firstRow) as Promise<Row | undefined>
  }

  all(parameters: readonly Parameter[] = []): Promise<Row[]> {
    return this.#perform(parameters, this.#allRows) as Promise<Row[]>
  }

  run(parameters: readonly Parameter[] = []): Promise<number> {
    return this.#perform(parameters, countChanges)
  }

  insert(parameters: readonly Parameter[] = []): Promise<number> {
    return this.#perform(parameters, insertedId)
  }

  #perform<T>(parameters: readonly Parameter[], step: Step<T>): Promise<T> {
    const values = toSqliteValues(parameters)
    if (this.#batched) return this.#write(values, step)
    const work = (): T => {
      this.#connection.look(this.#writes)
      return step(this.#connection.statement(this.#sql), values)
    }
    try {
      return Promise.resolve(work())
    } catch (error) {
      return isMissingSqliteTable(error)
        ? Promise.reject(DatabaseUnavailable.notMigrated(error))
        : this.#connection.retryAfter(error, work)
    }
  }

  #write<T>(values: readonly SqliteValue[], step: Step<T>): Promise<T> {
    return this.#batch
      .add(() => step(this.#connection.statement(this.#sql), values))
      .catch(error => {
        throw isMissingSqliteTable(error) ? DatabaseUnavailable.notMigrated(error) : error
      })
  }
}

type Prepared = ReturnType<SqliteConnection['statement']>
type Step<T> = (statement: Prepared, values: readonly SqliteValue[]) => T
const countChanges: Step<number> = (statement, values) => Number(statement.run(...values).changes)
const insertedId: Step<number> = (statement, values) => Number(statement.run(...values).lastInsertRowid)

/** SQLite has no booleans: Django keeps 0 and 1. */
function toSqliteValues(parameters: readonly Parameter[]): readonly SqliteValue[] {
  for (const parameter of parameters) {
    if (typeof parameter === 'boolean')
      return parameters.map(value => (typeof value === 'boolean' ? Number(value) : value))
  }
  return parameters as readonly SqliteValue[]
}
