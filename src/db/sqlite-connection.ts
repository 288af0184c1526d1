/**
 * One connection to a SQLite file: opened when needed, reopened when the file was replaced.
 *
 * The only file that imports `node:sqlite`. Owns waiting for locks and the watch on the file; opens what ./file-lock.ts locks. Leaves statements to
 * ./sqlite.ts, transactions to ./sqlite-dialect.ts, and what errors mean to ./sqlite-errors.ts.
 *
 * `node:sqlite` is synchronous: whoever waits for a lock inside it stops the event loop. So SQLite itself waits only
 * `onLoopMs`, which is enough for another process to finish a write; longer waits are timers.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { BoundedMap } from '../kit/index.ts'
import { DatabaseUnavailable } from './errors.ts'
import { isLocked, isReadOnly, isStuck, toSqliteError } from './sqlite-errors.ts'
import { type FileIdentity, identifyFiles, isAtRest, isSameFile, noFile, removeLog, shareMode } from './sqlite-file.ts'

/** What SQLite takes for a `?`. */
export type SqliteValue = SQLInputValue

/** Where the rows are; shared by the connections to it. */
export interface SqliteSource {
  /** Absolute; `null` for memory. */
  readonly path: string | null
  /** Name of the database in memory, of no use for a file. */
  readonly memoryName: string
  /** True once the file was open: a file that vanishes later is an accident, not to be papered over by an empty one. */
  existed: boolean
  /** Those of this process: they leave a file together. */
  readonly connections: SqliteConnection[]
}

/** Longest stop of the event loop for a lock, in milliseconds. A write takes about 0.05, some together a few times as long. */
const onLoopMs = 5
/** Longest pause between two tries, in milliseconds. */
const longestPauseMs = 40
/**
 * Most memory for pages of the file, in KiB, of each connection; SQLite's own 2000 do not hold the inner pages of an index
 * over ten million sessions, and a look-up there took a fifth longer.
 */
const cacheKib = 16_384
/**
 * How long a log may become before a commit moves it, in pages: ./sqlite-checkpoints.ts comes first, unless one
 * transaction writes so much, or the thread cannot run.
 */
const longLogPages = 64_000
/** From this length on, writers have to wait for a moment, or the log would grow as long as they write. In pages. */
const growingLogPages = 4000
/** Before that they write on while the log is moved, again and again until so few pages are left. */
const fewPages = 500
const mostPasses = 8
/** Longest wait of the thread for readers of the log, in milliseconds; writers wait with it. */
const growingLogMs = 20
/** How often a reader looks whether the file is still the same, in milliseconds; a writer looks every time. */
const lookEveryMs = 100
/** Statements kept ready; an application's own SQL varies without end. */
const maxStatements = 256

export class SqliteConnection {
  readonly #source: SqliteSource
  readonly #patienceMs: number
  readonly #statements = new BoundedMap<string, StatementSync>(maxStatements)
  #handle: DatabaseSync | null = null
  #identity: FileIdentity = noFile
  #lookedAt = 0
  #onLoopMs = onLoopMs
  #closed = false

  constructor(source: SqliteSource, patienceMs: number) {
    this.#source = source
    this.#patienceMs = patienceMs
    source.connections.push(this)
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
    const { path, connections } = this.#source
    if (path === null || this.#handle === null || this.inTransaction) return
    if (!writes) {
      const now = performance.now()
      if (now - this.#lookedAt < lookEveryMs) return
      this.#lookedAt = now
    }
    if (isSameFile(identifyFiles(path), this.#identity)) return
    for (const connection of connections) connection.#leave(path)
  }

  /**
   * As `look`, at the end of a transaction, when leaving is too late.
   *
   * @throws {DatabaseUnavailable} when what the transaction wrote would be lost with the old file.
   */
  lookBeforeCommit(): void {
    const { path } = this.#source
    if (path === null || isSameFile(identifyFiles(path), this.#identity)) return
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
    let pauseMs = 1
    let isFresh = false
    for (;;) {
      if (isLocked(latest) && performance.now() < deadline) {
        await sleep(pauseMs * (0.5 + Math.random() / 2))
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      } else if (isStuck(latest) && !isFresh && this.#startAfresh()) isFresh = true
      else throw toSqliteError(latest, this.#source.path ?? ':memory:')
      try {
        return work()
      } catch (again) {
        latest = again
      }
    }
  }

  /** The files that are open; `null` for a database in memory, or none. */
  get openFiles(): { readonly path: string; readonly identity: FileIdentity } | null {
    const { path } = this.#source
    return path === null || this.#handle === null ? null : { path, identity: this.#identity }
  }

  /** Nuages's error for one of SQLite's. */
  translate(error: unknown): unknown {
    return toSqliteError(error, this.#source.path ?? ':memory:')
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
      handle.exec(`PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${cacheKib}`)
      handle.exec(`PRAGMA wal_autocheckpoint = ${longLogPages}`)
      handle.exec('SELECT 1 FROM sqlite_master LIMIT 1') // opens the log
    } catch (error) {
      handle.close()
      throw error
    }
    if (path !== null) this.#identity = identifyFiles(path)
    this.#lookedAt = performance.now()
    this.#source.existed = true
    this.#handle = handle
    return handle
  }

  /** The path names other files now, or none. What the log holds belongs into the file that is left. */
  #leave(path: string): void {
    if (this.#handle === null) return
    const left = this.#identity
    const isMoved = identifyFiles(path).main !== left.main
    const isEmpty = isMoved && emptyLog(this.#handle)
    this.#drop()
    if (isEmpty) removeLog(path, left)
  }

  /** New handles may find the file repaired. False where there is nothing to open anew. */
  #startAfresh(): boolean {
    const { path, connections } = this.#source
    if (path === null || this.inTransaction) return false
    for (const connection of connections) if (!connection.inTransaction) connection.#drop()
    shareMode(path)
    return true
  }

  #drop(): void {
    this.#statements.clear()
    this.#handle?.close()
    this.#handle = null
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
    if (!isReadOnly(error)) throw error
  }
}

/** Moves what the log holds into the file; false when other connections' transactions keep some of it there. */
function emptyLog(handle: DatabaseSync): boolean {
  try {
    if (handle.isTransaction) handle.exec('ROLLBACK')
    return handle.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0
  } catch {
    return false // the disk may be gone with the file: then the log stays
  }
}

/**
 * Moves what the log of a database holds into its file, while `identity` is what the path names. Neither readers nor writers wait for it, but
 * for the last pages of a long log.
 */
export function moveLog(path: string, identity: FileIdentity): void {
  // The log of a file that is gone must not get into another.
  if (!isSameFile(identifyFiles(path), identity)) return
  const handle = new DatabaseSync(`${pathToFileURL(path).href}?mode=rw`, { timeout: growingLogMs })
  try {
    if (!isSameFile(identifyFiles(path), identity)) return
    const move = handle.prepare('PRAGMA wal_checkpoint(PASSIVE)')
    let had = 0
    for (let pass = 0; pass < mostPasses; pass += 1) {
      const pages = Number(move.get()?.log)
      if (pages <= growingLogPages) return
      // What others wrote during the last pass is little enough for them to wait for.
      if (pages - had < fewPages) break
      had = pages
    }
    handle.exec('PRAGMA wal_checkpoint(RESTART)')
  } finally {
    handle.close()
  }
}

/** A connection that reads and leaves no trace. A log that nobody has open would be made anew by a reader: such a file is read as it lies. */
export function openReadOnlyHandle(path: string, timeoutMs: number): DatabaseSync {
  const alone = isAtRest(path) ? '&immutable=1' : ''
  return new DatabaseSync(`${pathToFileURL(path).href}?mode=ro${alone}`, { readOnly: true, timeout: timeoutMs })
}

/** A connection that is used for the lock on its file alone. SQLite itself never waits on it. */
export function openLockHandle(path: string): DatabaseSync {
  return new DatabaseSync(path, { timeout: 0 })
}
