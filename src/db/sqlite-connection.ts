/**
 * One connection to a SQLite file: opened when needed, reopened when the file was replaced.
 *
 * The only file that imports `node:sqlite`. Owns waiting for locks, the watch on the file, and what SQLite's errors
 * mean. Leaves statements to ./sqlite.ts and transactions to ./sqlite-dialect.ts.
 *
 * `node:sqlite` is synchronous: whoever waits for a lock inside it stops the event loop. So SQLite itself waits only
 * `onLoopMs`, which is enough for another process to finish a write; longer waits are timers.
 */
import { statSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { BoundedMap } from '../kit/index.ts'
import { DatabaseUnavailable, UniqueViolation } from './errors.ts'

/** Where the rows are; shared by the connections to it. */
export interface SqliteSource {
  /** Absolute; `null` for memory. */
  readonly path: string | null
  /** Name of the database in memory, of no use for a file. */
  readonly memoryName: string
  /** True once the file was open: a file that vanishes later is an accident, not to be papered over by an empty one. */
  existed: boolean
}

/** Longest stop of the event loop for a lock, in milliseconds. A write takes about 0.05. */
const onLoopMs = 20
/** Longest pause between two tries, in milliseconds. */
const longestPauseMs = 40
/** How often a reader looks whether the file is still the same, in milliseconds; a writer looks every time. */
const lookEveryMs = 100
/** Statements kept ready; an application's own SQL varies without end. */
const maxStatements = 256

export class SqliteConnection {
  readonly #source: SqliteSource
  readonly #patienceMs: number
  readonly #statements = new BoundedMap<string, StatementSync>(maxStatements)
  #handle: DatabaseSync | null = null
  #identity = ''
  #lookedAt = 0
  #onLoopMs = onLoopMs
  #closed = false

  constructor(source: SqliteSource, patienceMs: number) {
    this.#source = source
    this.#patienceMs = patienceMs
  }

  get inTransaction(): boolean {
    return this.#handle?.isTransaction ?? false
  }

  /** The prepared statement of `sql`, on a handle that is open. Throws SQLite's own errors. */
  statement(sql: string): StatementSync {
    const handle = this.#handle ?? this.#open()
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = handle.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  /**
   * Makes sure that the open file is the one that the path names. A deleted file stays usable while it is open:
   * without this look, what is written to it would be answered as saved and be gone.
   */
  look(writes: boolean): void {
    const { path } = this.#source
    if (path === null || this.#handle === null || this.inTransaction) return
    if (!writes) {
      const now = performance.now()
      if (now - this.#lookedAt < lookEveryMs) return
      this.#lookedAt = now
    }
    if (identify(path) !== this.#identity) this.#leave()
  }

  /**
   * As `look`, at the end of a transaction, when leaving is too late.
   *
   * @throws {DatabaseUnavailable} when what the transaction wrote would be lost with the old file.
   */
  lookBeforeCommit(): void {
    const { path } = this.#source
    if (path === null || identify(path) === this.#identity) return
    throw new DatabaseUnavailable('missing', `${path} was removed or replaced during a transaction.`)
  }

  /** Runs `work` until no other connection's lock is in its way. Rejects with Nuages's errors. */
  async retry<T>(work: () => T): Promise<T> {
    try {
      return work()
    } catch (error) {
      return await this.retryAfter(error, work)
    }
  }

  /** As `retry`, when the first try has already ended in `error`. */
  async retryAfter<T>(error: unknown, work: () => T): Promise<T> {
    const deadline = performance.now() + this.#patienceMs
    let latest = error
    for (
      let pauseMs = 1;
      isLocked(latest) && performance.now() < deadline;
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    ) {
      await sleep(pauseMs * (0.5 + Math.random() / 2))
      try {
        return work()
      } catch (again) {
        latest = again
      }
    }
    throw this.#explain(latest)
  }

  /** While this process's other connection holds the lock, waiting on the event loop could only be in vain. */
  waitOnLoop(allowed: boolean): void {
    this.#onLoopMs = allowed ? onLoopMs : 0
    this.#handle?.exec(`PRAGMA busy_timeout = ${this.#onLoopMs}`)
  }

  close(): void {
    this.#closed = true
    this.#drop()
  }

  #open(): DatabaseSync {
    if (this.#closed) throw new Error('The database is closed.')
    const { path } = this.#source
    const handle = new DatabaseSync(sourceUri(this.#source), { timeout: this.#onLoopMs })
    try {
      if (path === null)
        handle.exec('PRAGMA read_uncommitted = ON') // readers do not wait for writers, as with WAL
      else useWal(handle)
      handle.exec('PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL')
    } catch (error) {
      handle.close()
      throw error
    }
    if (path !== null) this.#identity = identify(path)
    this.#lookedAt = performance.now()
    this.#source.existed = true
    this.#handle = handle
    return handle
  }

  /** The path names another file now, or none. What the log still holds belongs into the file that is left. */
  #leave(): void {
    try {
      this.#handle?.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // Other connections may be reading it, or the disk may be gone: then the log stays with the old file's name.
    }
    this.#drop()
  }

  #drop(): void {
    this.#statements.clear()
    this.#handle?.close()
    this.#handle = null
  }

  #explain(error: unknown): unknown {
    const explained = toSqliteError(error, this.#source.path ?? ':memory:')
    const stuck = explained instanceof DatabaseUnavailable && explained.reason !== 'locked'
    // A new handle may find the file repaired. Rows in memory would be lost with the old one; and a transaction must
    // not go on outside itself.
    if (stuck && this.#source.path !== null && !this.inTransaction) this.#drop()
    return explained
  }
}

function sourceUri({ path, memoryName, existed }: SqliteSource): string {
  if (path === null) return `file:${memoryName}?mode=memory&cache=shared`
  return `${pathToFileURL(path).href}?mode=${existed ? 'rw' : 'rwc'}`
}

/** Readers and one writer at a time do not wait for each other. A file that cannot be written keeps the mode it has. */
function useWal(handle: DatabaseSync): void {
  try {
    handle.exec('PRAGMA journal_mode = WAL')
  } catch (error) {
    if (primaryCode(error) !== code.readOnly) throw error
  }
}

/** Device and inode of a file; empty when there is none. */
function identify(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat ? `${stat.dev}:${stat.ino}` : ''
}

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const code = {
  error: 1,
  permission: 3,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
} as const
const failing: ReadonlySet<number> = new Set([
  code.permission,
  code.noMemory,
  code.ioError,
  code.corrupt,
  code.full,
  code.notADatabase,
])
/** SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE, _ROWID. */
const uniqueCodes: ReadonlySet<number> = new Set([1555, 2067, 2579])

function extendedCode(error: unknown): number {
  const number = error instanceof Error && 'errcode' in error ? error.errcode : 0
  return typeof number === 'number' ? number : 0
}

function primaryCode(error: unknown): number {
  return extendedCode(error) & 0xff
}

function isLocked(error: unknown): boolean {
  const primary = primaryCode(error)
  return primary === code.busy || primary === code.locked
}

/** Nuages's error for one of SQLite's; any other comes back as it is. */
export function toSqliteError(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error
  const primary = primaryCode(error)
  if (uniqueCodes.has(extendedCode(error))) return uniqueViolation(error)
  if (isLocked(error)) return new DatabaseUnavailable('locked', `Another program holds ${path} locked.`, error)
  if (primary === code.readOnly) {
    return new DatabaseUnavailable(
      'read-only',
      `${path} cannot be written. Give this user write permission on it.`,
      error,
    )
  }
  if (primary === code.cannotOpen) {
    const detail = `${path} is missing or cannot be opened. Put it back, or run \`nuages migrate\` for a new one.`
    return new DatabaseUnavailable('missing', detail, error)
  }
  if (failing.has(primary)) return new DatabaseUnavailable('failing', `${path}: ${error.message}.`, error)
  return error
}

function uniqueViolation(cause: Error): UniqueViolation {
  const named = /^UNIQUE constraint failed: (.+)$/.exec(cause.message)?.[1] ?? ''
  if (named.startsWith('index ')) return new UniqueViolation({ constraint: named.slice(7, -1), cause })
  const fields = named.split(', ').map(field => field.split('.'))
  const columns = fields.flatMap(([, column]) => column ?? [])
  return new UniqueViolation({ table: fields[0]?.[0] || null, columns, cause })
}

/** A statement met a table that no migration has made. */
export function isMissingSqliteTable(error: unknown): boolean {
  return primaryCode(error) === code.error && error instanceof Error && error.message.startsWith('no such table: ')
}
