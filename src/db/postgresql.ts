/**
 * PostgreSQL, through `pg`.
 *
 * Owns the pool, named prepared statements, and what the server's errors mean.
 *
 * Nothing here leaves a trace in a connection but the names of statements, and those only where a connection stays the same: PgBouncer in
 * transaction mode gives each transaction another one.
 */
import { createHash } from 'node:crypto'
import type { DialectAdapter, PostgresDialect } from 'kysely'
import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg'
import { loadOptionalPackage } from '../kit/index.ts'
import { createColumnTime } from './column-time.ts'
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
import { postgresqlAdapter } from './postgresql-adapter.ts'
import { Pipeline, type PipelineOptions } from './postgresql-pipeline.ts'

/** Where a server is, as `parseDatabaseUrl` says. */
interface PostgresqlAddress {
  readonly url: string
  readonly label: string
  readonly poolSize: number | null
  readonly isPooled: boolean
}

/** Opens a pool; the first query connects. */
export function openPostgresql<Tables>(
  { url, label, poolSize, isPooled }: PostgresqlAddress,
  options: DatabaseOptions,
): Database<Tables> {
  const { busyMs = defaultBusyMs } = options
  const pg = loadOptionalPackage<typeof import('pg')>('pg', 'DATABASE_URL')
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize ?? poolSize ?? defaultPoolSize,
    connectionTimeoutMillis: connectMs,
    // Sent with the first message, in which PgBouncer takes no settings: there the server's own limit holds.
    ...(isPooled ? {} : { lock_timeout: busyMs }),
    keepAlive: true,
  })
  pool.on('error', () => {
    // A connection ended while nobody used it. The pool has dropped it; the next query connects, or says why not.
  })
  // One that ends in use says so to whoever uses it, too; without a listener the process would end with it.
  pool.on('connect', client => client.on('error', () => {}))
  const explain = (error: unknown): unknown => toPostgresqlError(error, label)
  const statements: StatementOptions = { explain, isNamed: !isPooled, timeoutMs: busyMs + connectMs }
  const lookups = new Pipeline(pool, statements, { writes: false })
  const updates = new Pipeline(pool, statements, { writes: true })
  const kysely = openKysely<Tables>(() => postgresqlDialect(explainingPool(pool, explain), isPooled), options.onQuery)
  const database: Database<Tables> = {
    dialect: 'postgresql',
    ...createColumnTime('postgresql', options),
    get kysely() {
      return kysely()
    },
    prepare: <Row>(sql: string) => new PostgresqlStatement<Row>(pool, sql, statements),
    prepareLookup: <Row>(sql: string) => {
      const statement = lookups.prepare(numberPlaceholders(sql))
      return {
        async get(parameters = []) {
          try {
            return (await lookups.ask(statement, parameters)).row as Row | undefined
          } catch (error) {
            throw statementError(error, statements)
          }
        },
      }
    },
    prepareUpdate(sql, keyIndex) {
      const alone = database.prepare(sql)
      const statement = updates.prepare(numberPlaceholders(sql))
      return {
        async run(parameters = []) {
          try {
            return (await updates.ask(statement, parameters, String(parameters[keyIndex]))).count
          } catch (error) {
            if (isLocked(error)) return alone.run(parameters)
            throw statementError(error, statements)
          }
        },
      }
    },
    async ping() {
      await database.prepare('SELECT 1').get()
    },
    close: () => pool.end(),
  }
  return database
}

/** The pool as Kysely needs it, with errors explained. */
function explainingPool(pool: Pool, explain: (error: unknown) => unknown): PostgresDialectPool {
  const faces = new WeakMap<PoolClient, PostgresDialectClient>()
  return {
    options: pool.options,
    end: async () => {}, // Database.close() ends it
    async connect() {
      const client = await pool.connect().catch(error => {
        throw explain(error)
      })
      const face = faces.get(client) ?? explainingClient(client, explain)
      faces.set(client, face)
      return face
    },
  }
}

function postgresqlDialect(pool: PostgresDialectPool, isPooled: boolean): PostgresDialect {
  class PostgresqlDialect extends loadKysely().PostgresDialect {
    override createAdapter(): DialectAdapter {
      return postgresqlAdapter(isPooled)
    }
  }
  return new PostgresqlDialect({ pool })
}

type PostgresDialectPool = Exclude<
  ConstructorParameters<typeof PostgresDialect>[0]['pool'],
  (...args: never) => unknown
>
type PostgresDialectClient = Awaited<ReturnType<PostgresDialectPool['connect']>>

function explainingClient(client: PoolClient, explain: (error: unknown) => unknown): PostgresDialectClient {
  const query = (text: unknown, values: readonly unknown[] = []): never => {
    // Kysely's type has a second form, with a cursor, for streams; Nuages gives it none.
    const result = client.query(text as string, [...values])
    return result.catch(error => Promise.reject(explain(error))) as never
  }
  return { query, release: destroy => client.release(destroy) }
}

interface StatementOptions extends PipelineOptions {
  readonly explain: (error: unknown) => unknown
}

class PostgresqlStatement<Row> implements Statement<Row> {
  readonly #pool: Pool
  readonly #text: string
  readonly #options: StatementOptions
  /** Connections keep a statement by its name; one name must never mean two texts. */
  #name = ''

  constructor(pool: Pool, sql: string, options: StatementOptions) {
    this.#pool = pool
    this.#text = numberPlaceholders(sql)
    this.#options = options
  }

  async get(parameters: readonly Parameter[] = []): Promise<Row | undefined> {
    return (await this.#query(parameters)).rows[0] as Row | undefined
  }

  async all(parameters: readonly Parameter[] = []): Promise<Row[]> {
    return (await this.#query(parameters)).rows as Row[]
  }

  async run(parameters: readonly Parameter[] = []): Promise<number> {
    return (await this.#query(parameters)).rowCount ?? 0
  }

  async insert(parameters: readonly Parameter[] = []): Promise<number> {
    const query = { text: `${this.#text} RETURNING id`, values: [...parameters] }
    return Number((await this.#perform(query)).rows[0]?.id)
  }

  #query(parameters: readonly Parameter[]): Promise<QueryResult> {
    if (!this.#options.isNamed) return this.#perform({ text: this.#text, values: parameters as unknown[] })
    if (this.#name === '') this.#name = createHash('sha256').update(this.#text).digest('base64url').slice(0, 22)
    return this.#perform({ name: this.#name, text: this.#text, values: parameters as unknown[] })
  }

  async #perform(query: QueryConfig): Promise<QueryResult> {
    try {
      return await this.#pool.query({ ...query, query_timeout: this.#options.timeoutMs } as QueryConfig)
    } catch (error) {
      throw statementError(error, this.#options)
    }
  }
}

function statementError(error: unknown, { explain }: StatementOptions): unknown {
  return isMissingTable(error) ? DatabaseUnavailable.notMigrated(error) : explain(error)
}

/** `?` as PostgreSQL has it: `$1`, `$2`; a `?` between quotes stays. */
export function numberPlaceholders(sql: string): string {
  let count = 0
  return sql.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g, part => (part === '?' ? `$${++count}` : part))
}

/** SQLSTATE classes and codes, https://www.postgresql.org/docs/current/errcodes-appendix.html. */
const unreachable = /^(?:08|57P0)/
const refused = /^(?:28|3D|53300)/
const failing = /^(?:53|58|XX)/
const locked: ReadonlySet<string> = new Set(['55P03', '40P01'])
/** A name that the connection does not know, or knows from somebody else. */
const strangeStatement: ReadonlySet<string> = new Set(['26000', '42P05'])
const strangeStart = /^unsupported startup parameter: (\w+)/
/** `pg` itself gives these no code. */
const lostConnection =
  /^(?:timeout exceeded when trying to connect|Query read timeout|Connection terminated|Client has encountered a connection error|Client was closed)/

/** Nuages's error for one of PostgreSQL's or `pg`'s; any other comes back as it is. */
export function toPostgresqlError(error: unknown, label: string): unknown {
  if (!(error instanceof Error)) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === '23505') return uniqueViolation(error)
  if (code === '23503') return new ReferenceViolation(error)
  if (locked.has(code)) return new DatabaseUnavailable('locked', `A lock in ${label} was held too long.`, error)
  if (code === '25006') return new DatabaseUnavailable('read-only', `${label} accepts no writes.`, error)
  const pooler = poolerProblem(code, error.message)
  if (pooler !== null) return new DatabaseUnavailable('refused', `${label} ${pooler}`, error)
  if (refused.test(code))
    return new DatabaseUnavailable('refused', `${label} refuses the connection: ${error.message}.`, error)
  if (unreachable.test(code) || isNetworkError(error) || lostConnection.test(error.message)) {
    return new DatabaseUnavailable('unreachable', `${label} does not answer.`, error)
  }
  if (failing.test(code)) return new DatabaseUnavailable('failing', `${label}: ${error.message}.`, error)
  return error
}

/** What to do about a PgBouncer that nobody mentioned; `null` for any other error. */
function poolerProblem(code: string, message: string): string | null {
  const parameter = strangeStart.exec(message)?.[1]
  const isOurs = parameter === 'lock_timeout'
  if (isOurs || strangeStatement.has(code))
    return `seems to be behind PgBouncer: add pgbouncer=true to DATABASE_URL, after a "?" (${message}).`
  if (parameter === undefined) return null
  return `is behind PgBouncer, which takes no "${parameter}" from DATABASE_URL: set it for the user by ALTER ROLE.`
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && 'code' in error && locked.has(String(error.code))
}

function isMissingTable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42P01'
}

interface ServerError extends Error {
  readonly constraint?: string
  readonly table?: string
  readonly detail?: string
}

function uniqueViolation(error: ServerError): UniqueViolation {
  // The server tells the columns only in its text: Key (user_id, group_id)=(1, 2) already exists.
  const columns = error.detail?.match(/\(([^()]+)\)=\(/)?.[1]?.split(', ') ?? []
  return new UniqueViolation({
    constraint: error.constraint ?? null,
    table: error.table ?? null,
    columns,
    cause: error,
  })
}
