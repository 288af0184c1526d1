/**
 * Statements of one turn of the event loop that go to PostgreSQL together: one write into the socket, one transaction, one answer.
 *
 * A statement that finds one row costs client and server more for its way through the socket than for its work, and a busy server has many
 * visitors in one turn. Each statement keeps its own result and its own error: what was undone or never reached because of another one is sent again.
 *
 * Owns the messages of PostgreSQL's extended query protocol, the names of statements on each connection, and the rows. Leaves what errors mean to
 * ./postgresql.ts.
 */
import { createHash } from 'node:crypto'
import type { Connection, FieldDef, Pool, PoolClient, Submittable } from 'pg'
import type { Parameter } from './database.ts'

/** Most statements that share a connection: more would wait for each other, instead of for another processor of the server. */
const mostTogether = 16
/** The table has other columns since the connection prepared the statement. */
const changedResult = '0A000'
/** What ends the connection, or says that the server cannot go on: SQLSTATE classes. */
const endsAll = /^(?:08|53|57P|58|XX)/
/** `timestamptz` in `pg_type`. */
const timeType = 1184

export interface PipelineOptions {
  /** Whether a connection parses a statement once, and then knows it by name. */
  readonly isNamed: boolean
  /** Longest wait for an answer, in milliseconds: a network may swallow a connection without a word. */
  readonly timeoutMs: number
}

export interface PipelineKind {
  /** Each locks one row. Rows are locked in one order everywhere, so that two transactions never wait for each other. */
  readonly writes: boolean
  /** Longest wait for another's lock on a row, in milliseconds, while others wait behind it. Default: 100. */
  readonly sharedLockMs?: number
}

type Row = Record<string, unknown>
type Values = readonly (string | Buffer | null)[]

/** One statement, on all connections. */
export interface PipelinedStatement {
  readonly text: string
  /** Empty where a connection is another one each time. */
  readonly name: string
}

/** What a statement came to. */
export interface PipelineResult {
  /** The first row. */
  readonly row: Row | undefined
  /** Rows that it found or wrote. */
  readonly count: number
}

interface Asked {
  readonly statement: PipelinedStatement
  readonly values: Values
  /** Of the row that is locked. */
  readonly key: string
  readonly resolve: (result: PipelineResult) => void
  readonly reject: (error: unknown) => void
  /** Whether it is sent once more, after the table had changed. */
  readonly isAgain: boolean
}

/** Statements over the connections of a pool, all look-ups or all writes. */
export class Pipeline {
  readonly #pool: Pool
  readonly #options: PipelineOptions
  readonly #lockLimit: PipelinedStatement | null
  readonly #waiting: Asked[] = []
  /** Connections that were asked for and have not come. */
  #coming = 0
  #isScheduled = false

  constructor(pool: Pool, options: PipelineOptions, { writes, sharedLockMs = 100 }: PipelineKind) {
    this.#pool = pool
    this.#options = options
    this.#lockLimit = writes ? this.prepare(`SELECT set_config('lock_timeout', '${sharedLockMs}', true)`) : null
  }

  /** `text`: with `$1`, `$2`. One name never means two texts. */
  prepare(text: string): PipelinedStatement {
    const hash = createHash('sha256').update(text).digest('base64url').slice(0, 22)
    return { text, name: this.#options.isNamed ? `p_${hash}` : '' }
  }

  /**
   * Rejects with errors of PostgreSQL or `pg`; of a write, also with 55P03 (lock not available) or 40P01 (deadlock): then run it alone, which may wait.
   *
   * `key`: of the row that a write locks.
   */
  ask(statement: PipelinedStatement, parameters: readonly Parameter[], key: string = ''): Promise<PipelineResult> {
    return new Promise((resolve, reject) => {
      this.#add([{ statement, values: parameters.map(toValue), key, resolve, reject, isAgain: false }])
    })
  }

  #add(asked: readonly Asked[]): void {
    this.#waiting.push(...asked)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#connect())
  }

  #connect(): void {
    this.#isScheduled = false
    while (this.#coming * mostTogether < this.#waiting.length) {
      this.#coming += 1
      this.#pool.connect((error, client, release) => {
        this.#coming -= 1
        const asked = this.#waiting.splice(0, mostTogether)
        if (client === undefined) for (const { reject } of asked) reject(error)
        else if (asked.length > 0) this.#send(asked, client, release)
        else release()
      })
    }
  }

  #send(asked: readonly Asked[], client: PoolClient, release: (error?: unknown) => void): void {
    client.query(
      new Batch(asked, {
        client,
        timeoutMs: this.#options.timeoutMs,
        lockLimit: this.#lockLimit,
        onEnd: (error, again) => {
          release(error)
          if (again.length > 0) this.#add(again)
        },
      }),
    )
  }
}

interface BatchOptions {
  readonly client: PoolClient
  readonly timeoutMs: number
  /** Of writes. */
  readonly lockLimit: PipelinedStatement | null
  /** The connection is free, or broken by an error; `again` is to be sent once more. */
  readonly onEnd: (error: unknown, again: readonly Asked[]) => void
}

type Columns = readonly { readonly name: string; readonly parse: (text: string) => unknown }[]

/** By connection, the columns of the statements that it knows by their names. */
const known = new WeakMap<PoolClient, Map<string, Columns>>()

/** The statements of one connection and one transaction, as `pg` takes queries that are not its own (see `pg-cursor`). */
class Batch implements Submittable {
  /** `pg` calls `callback` when nothing has come for so long. */
  readonly query_timeout: number
  callback: (error?: unknown) => void = error => this.#end(error)
  readonly #asked: readonly Asked[]
  readonly #options: BatchOptions
  readonly #known: Map<string, Columns>
  /** Names of statements that the connection did not know: the server describes them in this order. */
  readonly #undescribed: string[] = []
  /** The last that was sent without a name. */
  #unnamed: string | null = null
  /** Results that do not belong to anybody: the one of the limit for locks. */
  #skipped = 0
  readonly #results: PipelineResult[] = []
  #row: Row | undefined = undefined

  constructor(asked: readonly Asked[], options: BatchOptions) {
    this.#asked = options.lockLimit === null ? asked : asked.toSorted(byLock)
    this.#options = options
    this.query_timeout = options.timeoutMs
    this.#known = known.get(options.client) ?? new Map()
    known.set(options.client, this.#known)
  }

  submit(connection: Connection): void {
    const messages = connection as unknown as Messages
    const { lockLimit } = this.#options
    connection.stream.cork()
    try {
      // Alone, it may wait as long as the connection allows.
      if (lockLimit !== null && this.#asked.length > 1) {
        this.#skipped = 1
        this.#execute(messages, lockLimit, [])
      }
      for (const { statement, values } of this.#asked) this.#execute(messages, statement, values)
      connection.sync()
    } finally {
      connection.stream.uncork()
    }
  }

  #execute(messages: Messages, statement: PipelinedStatement, values: Values): void {
    const { name, text } = statement
    if (name === '' ? this.#unnamed !== text : !this.#known.has(name)) {
      messages.parse({ name, text })
      if (/^\s*SELECT\b/i.test(text)) {
        messages.describe({ type: 'S', name })
        this.#undescribed.push(name)
      }
      if (name === '') this.#unnamed = text
      else this.#known.set(name, [])
    }
    messages.bind({ statement: name, values })
    messages.execute({})
  }

  handleRowDescription({ fields }: { readonly fields: readonly FieldDef[] }): void {
    const columns = fields.map(({ name, dataTypeID }) => ({
      name,
      // Not each time that is read is asked for.
      parse: dataTypeID === timeType ? asText : this.#options.client.getTypeParser(dataTypeID, 'text'),
    }))
    this.#known.set(this.#undescribed.shift() as string, columns)
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.#skipped > 0 || this.#row !== undefined) return
    const { statement, reject } = this.#asked[this.#results.length] as Asked
    try {
      this.#row = toRow(this.#known.get(statement.name) as Columns, fields)
    } catch (error) {
      reject(error) // of a reader that the application gave to `pg`
    }
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    if (this.#skipped > 0) {
      this.#skipped -= 1
      return
    }
    // UPDATE 1
    const result = { row: this.#row, count: Number(text.slice(text.lastIndexOf(' ') + 1)) }
    this.#row = undefined
    // What is written is not kept before the transaction has ended.
    if (this.#options.lockLimit === null) this.#asked[this.#results.length]?.resolve(result)
    this.#results.push(result)
  }

  handleReadyForQuery(): void {
    this.callback()
  }

  handleError(error: unknown): void {
    this.callback(error)
  }

  #end(error?: unknown): void {
    if (error === undefined) {
      for (const [index, { resolve }] of this.#asked.entries()) resolve(this.#results[index] as PipelineResult)
      this.#options.onEnd(undefined, [])
    } else this.#options.onEnd(error, this.#fail(error))
  }

  /** Rejects what failed; returns what was undone, or not reached. */
  #fail(error: unknown): readonly Asked[] {
    const isWrite = this.#options.lockLimit !== null
    const failed = this.#asked[this.#results.length]
    const { severity, code = '' } = error as { readonly severity?: string; readonly code?: string }
    const others = this.#asked.filter((asked, index) => asked !== failed && (isWrite || index > this.#results.length))
    // Not of the server, or not about one statement.
    if (severity === undefined || endsAll.test(code) || failed === undefined || this.#skipped > 0) {
      for (const { reject } of failed === undefined ? others : [failed, ...others]) reject(error)
      return []
    }
    if (code === changedResult && !failed.isAgain) return [{ ...failed, isAgain: true }, ...others]
    failed.reject(error)
    return others
  }
}

const asText = (text: string): string => text

function toRow(columns: Columns, values: readonly (string | null)[]): Row {
  const row: Row = {}
  for (let index = 0; index < columns.length; index += 1) {
    const { name, parse } = columns[index] as Columns[number]
    const text = values[index] as string | null
    row[name] = text === null ? null : parse(text)
  }
  return row
}

function byLock(one: Asked, other: Asked): number {
  return compare(one.statement.text, other.statement.text) || compare(one.key, other.key)
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

/** Methods of `pg`'s connection, whose types ask for a second parameter that they do not take. */
interface Messages {
  parse(message: { readonly name: string; readonly text: string }): void
  describe(message: { readonly type: 'S'; readonly name: string }): void
  bind(message: { readonly statement: string; readonly values: Values }): void
  execute(message: object): void
}

function toValue(parameter: Parameter): string | Buffer | null {
  if (parameter === null || typeof parameter === 'string') return parameter
  if (typeof parameter !== 'object') return String(parameter)
  return Buffer.from(parameter.buffer, parameter.byteOffset, parameter.byteLength)
}
