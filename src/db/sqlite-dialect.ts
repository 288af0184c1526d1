/**
 * Kysely on Node's own SQLite.
 *
 * Owns transactions: they take the write lock at their start, so that they wait for it at one place only.
 * Leaves SQL to Kysely and the file to ./sqlite-connection.ts.
 */
import type {
  CompiledQuery,
  DatabaseConnection,
  DatabaseIntrospector,
  Dialect,
  DialectAdapter,
  Driver,
  Kysely,
  QueryCompiler,
  QueryResult,
  TransactionSettings,
} from 'kysely'
import type { ColumnTime } from './column-time.ts'
import { loadKysely } from './kysely.ts'
import type { SqliteConnection, SqliteValue } from './sqlite-connection.ts'

/** The dialect for one connection; `onTransaction` hears when a transaction starts and ends. */
export class SqliteDialect implements Dialect {
  readonly #connection: SqliteConnection
  readonly #time: ColumnTime
  readonly #onTransaction: (open: boolean) => void

  constructor(connection: SqliteConnection, time: ColumnTime, onTransaction: (open: boolean) => void) {
    this.#connection = connection
    this.#time = time
    this.#onTransaction = onTransaction
  }

  createDriver(): Driver {
    return new SqliteDriver(this.#connection, this.#time, this.#onTransaction)
  }

  createQueryCompiler(): QueryCompiler {
    return new (loadKysely().SqliteQueryCompiler)()
  }

  createAdapter(): DialectAdapter {
    return transactionalAdapter()
  }

  // biome-ignore lint/suspicious/noExplicitAny: Kysely's own signature
  createIntrospector(db: Kysely<any>): DatabaseIntrospector {
    return new (loadKysely().SqliteIntrospector)(db)
  }
}

/** SQLite rolls back CREATE TABLE too, and the lock of the transaction keeps two migrating processes apart. */
function transactionalAdapter(): DialectAdapter {
  class TransactionalSqliteAdapter extends loadKysely().SqliteAdapter {
    override get supportsTransactionalDdl(): boolean {
      return true
    }
  }
  return new TransactionalSqliteAdapter()
}

/** Kysely hands out the one connection to one query or transaction at a time. */
class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection
  readonly #session: SqliteSession
  readonly #onTransaction: (open: boolean) => void

  constructor(connection: SqliteConnection, time: ColumnTime, onTransaction: (open: boolean) => void) {
    this.#connection = connection
    this.#session = new SqliteSession(connection, time)
    this.#onTransaction = onTransaction
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#session
  }

  async beginTransaction(_: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const writes = settings.accessMode !== 'read only'
    await this.#connection.retry(() => {
      this.#connection.look(true)
      this.#connection.statement(writes ? 'BEGIN IMMEDIATE' : 'BEGIN').run()
    })
    this.#session.inTransaction = true
    this.#onTransaction(writes)
  }

  async commitTransaction(): Promise<void> {
    this.#session.requireTransaction()
    this.#connection.lookBeforeCommit()
    await this.#connection.retry(() => this.#connection.statement('COMMIT').run())
    this.#end()
  }

  async rollbackTransaction(): Promise<void> {
    // Some errors (disk full, an unreadable page) have rolled back already.
    if (this.#connection.inTransaction) this.#connection.statement('ROLLBACK').run()
    this.#end()
  }

  #end(): void {
    this.#session.inTransaction = false
    this.#onTransaction(false)
  }

  async savepoint(session: DatabaseConnection, name: string, compile: CompileQuery): Promise<void> {
    await session.executeQuery(savepointQuery('SAVEPOINT', name, compile))
  }

  async rollbackToSavepoint(session: DatabaseConnection, name: string, compile: CompileQuery): Promise<void> {
    await session.executeQuery(savepointQuery('ROLLBACK TO', name, compile))
  }

  async releaseSavepoint(session: DatabaseConnection, name: string, compile: CompileQuery): Promise<void> {
    await session.executeQuery(savepointQuery('RELEASE', name, compile))
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#connection.close()
  }
}

type CompileQuery = QueryCompiler['compileQuery']

function savepointQuery(command: string, name: string, compile: CompileQuery): CompiledQuery {
  const { createQueryId, IdentifierNode, RawNode } = loadKysely()
  const words = [RawNode.createWithSql(`${command} `), IdentifierNode.create(name)]
  return compile(RawNode.createWithChildren(words), createQueryId())
}

/** The connection as Kysely sees it. */
class SqliteSession implements DatabaseConnection {
  readonly #connection: SqliteConnection
  readonly #time: ColumnTime
  inTransaction = false

  constructor(connection: SqliteConnection, time: ColumnTime) {
    this.#connection = connection
    this.#time = time
  }

  /** After an error that has rolled back, SQLite would run the rest of a transaction outside it. */
  requireTransaction(): void {
    if (this.inTransaction && !this.#connection.inTransaction) {
      throw new Error('The transaction was rolled back by an earlier error.')
    }
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    this.requireTransaction()
    const values = query.parameters.map(parameter => toSqliteValue(parameter, this.#time))
    return await this.#connection.retry(() => {
      this.#connection.look(query.query.kind !== 'SelectQueryNode')
      const statement = this.#connection.statement(query.sql)
      if (statement.columns().length > 0) return { rows: statement.all(...values) as Row[] }
      const { changes, lastInsertRowid } = statement.run(...values)
      return { numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid), rows: [] }
    })
  }

  /** All at once: a row left unread would hold its lock across other requests. */
  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query)
  }
}

/** SQLite knows neither booleans nor times: they are kept as Django keeps them. */
function toSqliteValue(parameter: unknown, time: ColumnTime): SqliteValue {
  if (typeof parameter === 'boolean') return Number(parameter)
  if (parameter instanceof Date) return time.toColumnTime(parameter.getTime())
  return parameter as SqliteValue
}
