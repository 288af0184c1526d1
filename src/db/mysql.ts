/**
 * MySQL and MariaDB, through `mysql2`.
 *
 * Owns the pool, server-side prepared statements, the session's modes, and what the server's errors mean.
 */
import type { MysqlDialect } from 'kysely'
import type { Pool, PoolConnection, QueryError, ResultSetHeader, TypeCastField, TypeCastNext } from 'mysql2'
import { loadOptionalPackage } from '../kit/index.ts'
import { type ColumnTime, createColumnTime } from './column-time.ts'
import {
  type Database,
  type DatabaseOptions,
  defaultBusyMs,
  defaultPoolSize,
  type Parameter,
  type Statement,
} from './database.ts'
import { connectMs, DatabaseUnavailable, isNetworkError, ReferenceViolation, UniqueViolation } from './errors.ts'
import { loadKysely, openKysely } from './kysely.ts'

type Explain = (error: unknown) => unknown

/** Where a server is, as `parseDatabaseUrl` says. */
interface MysqlAddress {
  readonly url: string
  readonly label: string
  readonly poolSize: number | null
}

/** Opens a pool; the first query connects. */
export function openMysql<Tables>({ url, label, poolSize }: MysqlAddress, options: DatabaseOptions): Database<Tables> {
  const { busyMs = defaultBusyMs } = options
  const mysql = loadOptionalPackage<typeof import('mysql2')>('mysql2', 'DATABASE_URL')
  const pool = mysql.createPool({
    uri: url,
    connectionLimit: options.poolSize ?? poolSize ?? defaultPoolSize,
    connectTimeout: connectMs,
    enableKeepAlive: true,
    charset: 'utf8mb4_general_ci',
    dateStrings: true, // columns have no zone: createColumnTime knows it
    flags: ['+FOUND_ROWS'], // an UPDATE counts the rows it found, changed or not
    multipleStatements: false,
  })
  pool.on('connection', connection => setModes(connection, busyMs))
  const time = createColumnTime('mysql', options)
  const explain: Explain = error => toMysqlError(error, label)
  const kysely = openKysely<Tables>(
    () => new (loadKysely().MysqlDialect)({ pool: explainingPool(pool, time, explain) }),
    options.onQuery,
  )
  const database: Database<Tables> = {
    dialect: 'mysql',
    ...time,
    get kysely() {
      return kysely()
    },
    prepare: <Row>(sql: string) => new MysqlStatement<Row>(pool, sql, { explain, timeoutMs: busyMs + connectMs }),
    prepareLookup: <Row>(sql: string) => database.prepare<Row>(sql),
    prepareUpdate: sql => database.prepare(sql),
    async ping() {
      await database.prepare('SELECT 1').get()
    },
    close: () => new Promise((resolve, reject) => pool.end(error => (error ? reject(error) : resolve()))),
  }
  return database
}

/**
 * What Django sets: read committed. And what it warns about when it is missing: without strict mode, text that is too
 * long is cut and stored.
 */
function setModes(connection: PoolConnection, busyMs: number): void {
  const lockSeconds = Math.max(1, Math.ceil(busyMs / 1000))
  const onError = (error: QueryError | null): void => {
    if (error) connection.destroy() // the query that waits for this connection fails, and tells
  }
  connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', onError)
  const modes = `sql_mode = CONCAT_WS(',', NULLIF(@@sql_mode, ''), 'STRICT_TRANS_TABLES')`
  connection.query(`SET SESSION ${modes}, innodb_lock_wait_timeout = ${lockSeconds}`, onError)
}

/** A connection of the pool. `mysql2` would wait for ever when all are in use. */
function acquire(pool: Pool, explain: Explain): Promise<PoolConnection> {
  return new Promise((resolve, reject) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      reject(new DatabaseUnavailable('locked', 'All connections of the pool are in use.'))
    }, connectMs)
    pool.getConnection((error, connection) => {
      clearTimeout(timer)
      if (late) connection?.release()
      else if (error) reject(explain(error))
      else resolve(connection)
    })
  })
}

interface StatementOptions {
  readonly explain: Explain
  /** Longest wait for an answer: a network may swallow a connection without a word. */
  readonly timeoutMs: number
}

class MysqlStatement<Row> implements Statement<Row> {
  readonly #pool: Pool
  readonly #sql: string
  readonly #options: StatementOptions

  constructor(pool: Pool, sql: string, options: StatementOptions) {
    this.#pool = pool
    this.#sql = sql
    this.#options = options
  }

  async get(parameters: readonly Parameter[] = []): Promise<Row | undefined> {
    return ((await this.#execute(parameters)) as Row[])[0]
  }

  async all(parameters: readonly Parameter[] = []): Promise<Row[]> {
    return (await this.#execute(parameters)) as Row[]
  }

  async run(parameters: readonly Parameter[] = []): Promise<number> {
    return ((await this.#execute(parameters)) as ResultSetHeader).affectedRows
  }

  async insert(parameters: readonly Parameter[] = []): Promise<number> {
    return ((await this.#execute(parameters)) as ResultSetHeader).insertId
  }

  async #execute(parameters: readonly Parameter[]): Promise<unknown> {
    const { explain, timeoutMs } = this.#options
    const connection = await acquire(this.#pool, explain)
    const query = { sql: this.#sql, values: parameters.map(toMysqlValue), timeout: timeoutMs }
    return await new Promise((resolve, reject) => {
      connection.execute(query, (error, result) => {
        if (error?.code === timedOut)
          connection.destroy() // its answer may still come, and is nobody's
        else connection.release()
        if (!error) resolve(result)
        else reject(error.errno === noSuchTable ? DatabaseUnavailable.notMigrated(error) : explain(error))
      })
    })
  }
}

/** `mysql2` sends bytes as bytes only from a Buffer. */
function toMysqlValue(value: Parameter): Parameter {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}

type DialectPool = Exclude<ConstructorParameters<typeof MysqlDialect>[0]['pool'], (...args: never) => unknown>
type DialectConnection = Parameters<Parameters<DialectPool['getConnection']>[0]>[1]

/** The pool as Kysely needs it: with errors explained, and columns that hold times as `Date`s. */
function explainingPool(pool: Pool, time: ColumnTime, explain: Explain): DialectPool {
  const faces = new WeakMap<PoolConnection, DialectConnection>()
  return {
    end: callback => callback(null), // Database.close() ends it
    getConnection(callback) {
      acquire(pool, explain).then(
        connection => {
          const face = faces.get(connection) ?? explainingConnection(connection, time, explain)
          faces.set(connection, face)
          callback(null, face)
        },
        error => callback(error, undefined as never),
      )
    },
  }
}

function explainingConnection(connection: PoolConnection, time: ColumnTime, explain: Explain): DialectConnection {
  const typeCast = (field: TypeCastField, next: TypeCastNext): unknown => {
    if (field.type !== 'DATETIME' && field.type !== 'TIMESTAMP') return next()
    const text = field.string()
    return text === null || text.startsWith('0000') ? null : new Date(time.fromColumnTime(text))
  }
  const toValue = (value: unknown): unknown => (value instanceof Date ? time.toColumnTime(value.getTime()) : value)
  const query = (
    sql: string,
    parameters: readonly unknown[],
    callback?: (error: unknown, result: unknown) => void,
  ): unknown =>
    connection.query({ sql, values: parameters.map(toValue), typeCast }, (error, result) =>
      callback?.(error && explain(error), result),
    )
  return {
    config: connection.config,
    threadId: connection.threadId ?? 0,
    connect: callback => connection.connect(callback),
    destroy: () => connection.destroy(),
    release: () => connection.release(),
    query: query as DialectConnection['query'],
  }
}

/** `mysql2`'s own code. */
const timedOut = 'PROTOCOL_SEQUENCE_TIMEOUT'
/** Error numbers, https://mariadb.com/docs/server/reference/error-codes. */
const noSuchTable = 1146
const duplicate: ReadonlySet<number> = new Set([1062, 1557, 1586])
const dangling: ReadonlySet<number> = new Set([1216, 1217, 1451, 1452])
const locked: ReadonlySet<number> = new Set([1205, 1213])
const readOnly: ReadonlySet<number> = new Set([1290, 1792, 1836])
const unreachable: ReadonlySet<number> = new Set([1053, 1077, 1078, 1079, 1080, 1184, 1927, 2006, 2013, 3168, 4031])
const refused: ReadonlySet<number> = new Set([1040, 1044, 1045, 1049, 1129, 1130, 1203, 1226, 1698])
const failing: ReadonlySet<number> = new Set([1021, 1037, 1041, 1114])

/** Nuages's error for one of the server's or `mysql2`'s; any other comes back as it is. */
export function toMysqlError(error: unknown, label: string): unknown {
  if (!(error instanceof Error)) return error
  const number = 'errno' in error && typeof error.errno === 'number' ? error.errno : 0
  if (duplicate.has(number)) return uniqueViolation(error)
  if (dangling.has(number)) return new ReferenceViolation(error)
  if (locked.has(number)) return new DatabaseUnavailable('locked', `A lock in ${label} was held too long.`, error)
  if (readOnly.has(number)) return new DatabaseUnavailable('read-only', `${label} accepts no writes.`, error)
  if (refused.has(number))
    return new DatabaseUnavailable('refused', `${label} refuses the connection: ${error.message}.`, error)
  if (unreachable.has(number) || isNetworkError(error) || isFatal(error)) {
    return new DatabaseUnavailable('unreachable', `${label} does not answer.`, error)
  }
  if (failing.has(number)) return new DatabaseUnavailable('failing', `${label}: ${error.message}.`, error)
  return error
}

/** `mysql2` marks what ends a connection, also where it gives no code. */
function isFatal(error: Error): boolean {
  return 'fatal' in error && error.fatal === true
}

function uniqueViolation(cause: Error): UniqueViolation {
  // Duplicate entry 'ada' for key 'username'; MySQL 8: for key 'auth_user.username'. The value may hold anything.
  const key = cause.message.match(/ for key '([^']+)'$/)?.[1] ?? null
  const dot = key?.indexOf('.') ?? -1
  if (key === null || dot < 0) return new UniqueViolation({ constraint: key, cause })
  return new UniqueViolation({ table: key.slice(0, dot), constraint: key.slice(dot + 1), cause })
}
