/**
 * Sessions in files, as Django's `file` backend keeps them: one for each, named by the cookie and the key.
 *
 * Owns what a session's file looks like, and who may write it when. A file is replaced whole, by rename, so that a reader sees
 * the old text or the new one; a lock makes "compare, then replace" one step for all processes of the machine.
 * Django computes the expiry from the time of the last change, so that is set to the expiry less `cookieAgeSeconds`.
 * Leaves folders to ./file-folder.ts.
 */
import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseUnavailable, type FileLock, openFileLock } from '../db/index.ts'
import { type Clock, randomString } from '../kit/index.ts'
import type { FileExpiry } from './file-expiry.ts'
import { FolderSweep, fileError, isNoFile, openSessionFolder, type SessionFolder } from './file-folder.ts'
import type { SessionStore } from './store.ts'

export interface FileSessionStoreOptions {
  /** `SESSION_FILE_PATH`. Default: the system's folder for temporary files. It must exist, on a disk of this machine. */
  readonly folder?: string | null
  /** `SESSION_COOKIE_AGE`; the same for all who share the folder. */
  readonly cookieAgeSeconds: number
  readonly clock: Clock
  /** `SESSION_COOKIE_NAME`: how the files' names begin. Default: `sessionid`. */
  readonly prefix?: string
  /** Asked about a file that is old: beside a Django it may be meant to live longer. Default: none is. */
  readonly expiryOf?: FileExpiry
}

interface StoredFile {
  readonly text: string
  readonly expiresAt: number
}

const keyAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'
const possibleKey = /^[a-z0-9]{8,40}$/
/** A file on its way to its name, as Django's are called too: the key, `_out_`, and something random. */
const unfinished = /^[a-z0-9]{8,40}_out_\w+$/
/** After this time, whoever wrote an unfinished file is gone. */
const unfinishedMs = 3_600_000
/** A link would lead elsewhere, and a pipe would keep whoever opens it waiting. Windows has neither flag, and neither danger. */
const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)

/**
 * The engine `file`.
 *
 * @throws {ConfigError} for a folder that is missing, cannot be written, or in which another user has taken the place of the lock.
 */
export function createFileSessionStore(options: FileSessionStoreOptions): SessionStore {
  return new FileSessionStore(options)
}

class FileSessionStore implements SessionStore {
  readonly #folder: SessionFolder
  readonly #prefix: string
  readonly #ageMs: number
  readonly #clock: Clock
  readonly #lock: FileLock
  readonly #sweep: FolderSweep
  readonly #expiryInData: FileExpiry | null

  constructor({ folder, cookieAgeSeconds, clock, prefix = 'sessionid', expiryOf }: FileSessionStoreOptions) {
    this.#expiryInData = expiryOf ?? null
    this.#folder = openSessionFolder(folder ?? tmpdir(), prefix)
    this.#prefix = prefix
    this.#ageMs = cookieAgeSeconds * 1000
    this.#clock = clock
    this.#lock = openFileLock(join(this.#folder.lockFolder, 'lock'))
    this.#sweep = new FolderSweep(this.#folder.path)
  }

  async load(key: string): Promise<string | null> {
    const found = this.#guard(() => this.#read(key))
    return found === null || found.text === '' ? null : found.text
  }

  async create(key: string, text: string, expiresAt: number): Promise<boolean> {
    if (!possibleKey.test(key)) throw new TypeError('A key has 8 to 40 characters of a-z and 0-9.')
    return this.#write(key, { text, expiresAt }, path => lstatSync(path, { throwIfNoEntry: false }) === undefined)
  }

  async replace(key: string, seen: string, text: string, expiresAt: number): Promise<boolean> {
    if (!possibleKey.test(key)) return false
    return this.#write(key, { text, expiresAt }, () => this.#read(key)?.text === seen)
  }

  async delete(key: string, seen?: string): Promise<boolean> {
    if (!possibleKey.test(key)) return false
    return this.#locked(() => {
      const path = this.#pathOf(key)
      if (seen !== undefined && this.#read(key)?.text !== seen) return false
      if (!this.#isOwn(lstatSync(path, { throwIfNoEntry: false }))) return false
      unlinkSync(path)
      return true
    })
  }

  clearExpired(limit: number): Promise<number> {
    return this.#sweep.run(limit, name => this.#clear(name))
  }

  async countExpired(): Promise<number> {
    let count = 0
    await this.#sweep.look(name => {
      if (possibleKey.test(this.#keyOf(name)) && this.#isExpired(join(this.#folder.path, name))) count += 1
    })
    return count
  }

  async ping(): Promise<void> {
    this.#guard(() => this.#folder.check())
    await this.#locked(() => {})
  }

  async close(): Promise<void> {
    await this.#sweep.close()
    this.#lock.close()
  }

  #pathOf(key: string): string {
    return join(this.#folder.path, this.#prefix + key)
  }

  /** What follows the prefix; empty for a file that is not ours. */
  #keyOf(name: string): string {
    return name.startsWith(this.#prefix) ? name.slice(this.#prefix.length) : ''
  }

  /** True for a file that this user wrote, or that nobody else could have. */
  #isOwn(stat: Stats | undefined): boolean {
    return stat?.isFile() === true && (this.#folder.owner === null || stat.uid === this.#folder.owner)
  }

  /** File systems keep more, or fewer, digits than milliseconds have. */
  #expiryOf(stat: Stats): number {
    return Math.round(stat.mtimeMs) + this.#ageMs
  }

  /** By the time of the file, or by the data from when it got its name on, whatever is later. */
  #lastMoment(stat: Stats, text: string): number {
    const expiresAt = this.#expiryOf(stat)
    if (expiresAt > this.#clock() || this.#expiryInData === null) return expiresAt
    return Math.max(expiresAt, this.#expiryInData(text, stat.ctimeMs) ?? 0)
  }

  /** The file of a key; `null` when there is none, or it has expired. */
  #read(key: string): StoredFile | null {
    if (!possibleKey.test(key)) return null
    let file: number
    try {
      file = openSync(this.#pathOf(key), readFlags)
    } catch (error) {
      if (!isNoFile(error, this.#folder)) throw error
      // Every file is unknown in a folder that is not there: that is no answer.
      this.#folder.check()
      return null
    }
    try {
      const stat = fstatSync(file)
      if (!this.#isOwn(stat)) return null
      const text = readFileSync(file, 'utf8')
      const expiresAt = this.#lastMoment(stat, text)
      return expiresAt > this.#clock() ? { text, expiresAt } : null
    } finally {
      closeSync(file)
    }
  }

  /** Writes a file beside the one of `key`, and gives it that name if `allowed` says so while nobody else writes. */
  async #write(key: string, stored: StoredFile, allowed: (path: string) => boolean): Promise<boolean> {
    const path = this.#pathOf(key)
    const draft = `${path}_out_${randomString(8, keyAlphabet)}`
    let done = false
    try {
      this.#guard(() => this.#writeDraft(draft, stored))
      return await this.#locked(() => {
        if (!allowed(path)) return false
        renameSync(draft, path)
        done = true
        return true
      })
    } finally {
      if (!done) rmSync(draft, { force: true })
    }
  }

  #writeDraft(draft: string, { text, expiresAt }: StoredFile): void {
    const file = openSync(draft, createFlags, 0o600)
    try {
      writeFileSync(file, text)
      // Times before 1970 have a meaning of their own to Node.
      const changedAt = Math.max(0, expiresAt - this.#ageMs) / 1000
      futimesSync(file, changedAt, changedAt)
    } finally {
      closeSync(file)
    }
  }

  #isExpired(path: string): boolean {
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat === undefined || !this.#isOwn(stat) || this.#expiryOf(stat) > this.#clock()) return false
    if (this.#expiryInData === null) return true
    let file: number
    try {
      file = openSync(path, readFlags)
    } catch (error) {
      // Somebody ended it meanwhile.
      if (isNoFile(error, this.#folder)) return false
      throw error
    }
    try {
      const opened = fstatSync(file)
      return this.#isOwn(opened) && this.#lastMoment(opened, readFileSync(file, 'utf8')) <= this.#clock()
    } finally {
      closeSync(file)
    }
  }

  /** Removes a file that has expired, or that its writer left unfinished; true for an expired session. */
  async #clear(name: string): Promise<boolean> {
    const path = join(this.#folder.path, name)
    const key = this.#keyOf(name)
    if (unfinished.test(key)) {
      const stat = lstatSync(path, { throwIfNoEntry: false })
      // By the change of its inode: the time of its text is set to the past.
      if (this.#isOwn(stat) && this.#clock() - (stat as Stats).ctimeMs > unfinishedMs) rmSync(path, { force: true })
      return false
    }
    if (!possibleKey.test(key) || !this.#isExpired(path)) return false
    return this.#locked(() => {
      if (!this.#isExpired(path)) return false
      unlinkSync(path)
      return true
    })
  }

  /** Runs `work` while nobody else writes. One lock for all keys: more would not help, renames in one folder wait for each other anyway. */
  async #locked<T>(work: () => T): Promise<T> {
    const guarded = (): T => this.#guard(work)
    try {
      return await this.#lock.run(guarded)
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable && error.reason === 'missing')) throw error
      // Programs that tidy up folders for temporary files take that of the lock too.
      this.#guard(() => {
        this.#folder.check()
        this.#folder.makeLock()
      })
      return this.#lock.run(guarded)
    }
  }

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw fileError(error, this.#folder.path)
    }
  }
}
