/**
 * A lock between the processes of one machine, which the operating system frees when its holder dies.
 *
 * Owns taking it, in turns that are fair enough. It is the write lock of an empty SQLite file: whoever holds it writes nothing
 * there, so that a crash leaves nothing to repair. Leaves `node:sqlite` to ./sqlite-connection.ts.
 */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { defaultBusyMs } from './database.ts'
import { openLockHandle } from './sqlite-connection.ts'
import { isLocked, toSqliteError } from './sqlite-errors.ts'
import { type FileIdentity, identifyFiles, isSameFile, noFile } from './sqlite-file.ts'

export interface FileLock {
  /**
   * Runs `work` while no other holder of the lock runs theirs. It must be synchronous, and short: others wait.
   *
   * @throws {DatabaseUnavailable} when the lock was not to be had in time, with `work` not run.
   */
  run<T>(work: () => T): Promise<T>
  /** Lets go of the file. `run` rejects after it. */
  close(): void
}

export interface FileLockOptions {
  /** Longest wait, in milliseconds. Default: 5000. */
  readonly busyMs?: number
}

/** Holders need a fraction of a millisecond: so many turns of the event loop are tried before a timer is worth its while. */
const quickTries = 8
/** Longest pause between two tries, in milliseconds; pauses are random, so that two processes fall out of step. */
const longestPauseMs = 5

/** The lock that this file stands for; it is made when missing, its folder must exist. No other program may open it. */
export function openFileLock(path: string, options: FileLockOptions = {}): FileLock {
  return new SqliteFileLock(resolve(path), options.busyMs ?? defaultBusyMs)
}

type LockHandle = ReturnType<typeof openLockHandle>

class SqliteFileLock implements FileLock {
  readonly #path: string
  readonly #busyMs: number
  #handle: LockHandle | null = null
  #identity: FileIdentity = noFile
  #closed = false

  constructor(path: string, busyMs: number) {
    this.#path = path
    this.#busyMs = busyMs
  }

  async run<T>(work: () => T): Promise<T> {
    const deadline = performance.now() + this.#busyMs
    for (let tries = 1; !this.#take(deadline); tries += 1) {
      if (tries <= quickTries) await nextTurn()
      else await sleep(Math.random() * longestPauseMs)
    }
    try {
      return work()
    } finally {
      // A COMMIT would wait for those who are just looking.
      this.#handle?.exec('ROLLBACK')
    }
  }

  close(): void {
    this.#closed = true
    this.#drop()
  }

  /** False while somebody else holds the lock. */
  #take(deadline: number): boolean {
    if (this.#closed) throw new Error('The lock is closed.')
    try {
      const handle = this.#handle ?? this.#open()
      handle?.exec('BEGIN IMMEDIATE')
      if (handle !== null && identifyFiles(this.#path).main === this.#identity.main) return true
      // Somebody removed the file. Those who come new make another, and lock that.
      this.#drop()
      return false
    } catch (error) {
      if (isLocked(error) && performance.now() < deadline) return false
      if (!isLocked(error)) this.#drop()
      throw toSqliteError(error, this.#path)
    }
  }

  /** `null` when the path does not surely name the file that was opened: it is new, or was replaced at this moment. */
  #open(): LockHandle | null {
    const identity = identifyFiles(this.#path)
    const handle = openLockHandle(this.#path)
    try {
      if (isSameFile(identifyFiles(this.#path), identity)) {
        // Without its first page, SQLite would prepare one each time.
        if (statSync(this.#path).size === 0) handle.exec('BEGIN IMMEDIATE; COMMIT')
        this.#identity = identity
        this.#handle = handle
        return handle
      }
    } finally {
      if (this.#handle !== handle) handle.close()
    }
    return null
  }

  #drop(): void {
    this.#handle?.close()
    this.#handle = null
  }
}
