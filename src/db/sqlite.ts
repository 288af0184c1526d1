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
import { openKysely } from './kysely.ts'
import { Batch } from './sqlite-batch.ts'
import { Checkpoints } from './sqlite-checkpoints.ts'
import { SqliteConnection, type SqliteSource, type SqliteValue } from './sqlite-connection.ts'
import { SqliteDialect } from './sqlite-dialect.ts'
import { toStatementError } from './sqlite-errors.ts'
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
  const writes = new Batch(statements, { writes: true, onEnd: () => checkpoints.note(() => statements.openFiles) })
  const lookups = new Batch(statements, { writes: false })
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
    prepare: <Row>(sql: string) => new SqliteStatement<Row>(statements, sql, changesRows.test(sql) ? writes : null),
    prepareLookup: <Row>(sql: string) => new SqliteStatement<Row>(statements, sql, lookups),
    prepareUpdate: sql => new SqliteStatement(statements, sql, writes),
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
  readonly #sql: string
  readonly #batch: Batch | null
  readonly #writes: boolean
  readonly #rows: SqliteRows
  readonly #firstRow: Step<unknown> = (statement, values) => this.#rows.first(statement, values)
  readonly #allRows: Step<unknown[]> = (statement, values) => this.#rows.all(statement, values)

  /** `batch`: with which others it shares a transaction; `null`: with none. */
  constructor(connection: SqliteConnection, sql: string, batch: Batch | null) {
    this.#connection = connection
    this.#sql = sql
    this.#batch = batch
    this.#writes = !onlyReads.test(sql)
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
    const work = (): T => step(this.#connection.statement(this.#sql), values)
    return this.#batch === null ? this.#alone(work) : this.#batch.add(work)
  }

  async #alone<T>(work: () => T): Promise<T> {
    try {
      return await this.#connection.retry(() => {
        this.#connection.look(this.#writes)
        return work()
      })
    } catch (error) {
      throw toStatementError(error)
    }
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
