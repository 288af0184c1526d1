/**
 * The folder of session files.
 *
 * Owns whether it can be trusted and used, the place of its lock, walking through it, and what the errors of its disk mean.
 * The system's folder for temporary files is everybody's: what another user put there is not ours.
 */
import { accessSync, constants, type Dir, lstatSync, mkdirSync, statSync } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DatabaseUnavailable, type UnavailableReason } from '../db/index.ts'
import { ConfigError } from '../kit/index.ts'

export interface SessionFolder {
  /** Absolute. */
  readonly path: string
  /** Only this user can enter it. */
  readonly lockFolder: string
  /** Whose files alone count, where others may write too; `null`: the folder is not open to others. */
  readonly owner: number | null
  /** @throws the system's error when the folder is gone, or cannot be written. */
  check(): void
  /** Makes the folder of the lock, where something has removed it. */
  makeLock(): void
}

/** The characters of a cookie's name (RFC 6265). */
const possiblePrefix = /^[\w!#$%&'*+.^`|~-]+$/
const setting = 'SESSION_FILE_PATH'
const otherFolder = `Set ${setting} to a folder of its own, which this user can write.`

/** @throws {ConfigError} */
export function openSessionFolder(folder: string, prefix: string): SessionFolder {
  const path = resolve(folder)
  if (!possiblePrefix.test(prefix)) {
    const fix = 'Use letters, digits, - and _.'
    throw new ConfigError(`Files cannot be named after the cookie "${prefix}".`, fix, {
      setting: 'SESSION_COOKIE_NAME',
    })
  }
  const check = (): void => accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  const user = process.geteuid?.() ?? null
  const lockFolder = join(path, `.nuages-${prefix}-${user ?? 'lock'}`)
  const makeLock = (): void => makeLockFolder(lockFolder, user)
  try {
    const stat = statSync(path)
    if (stat.isDirectory()) {
      check()
      makeLock()
      const isShared = user !== null && (stat.mode & 0o002) !== 0
      return { path, lockFolder, owner: isShared ? user : null, check, makeLock }
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const isMissing = hasCode(error, 'ENOENT', 'ENOTDIR')
    const problem = isMissing ? 'does not exist' : `cannot be used (${(error as Error).message})`
    throw new ConfigError(`The folder of session files, ${path}, ${problem}.`, otherFolder, { setting, cause: error })
  }
  throw new ConfigError(`${path} is no folder, so that it cannot hold session files.`, otherFolder, { setting })
}

/** A folder that only this user can enter: whoever may open the lock may also hold it. */
function makeLockFolder(path: string, user: number | null): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
  if (user === null) return
  const stat = lstatSync(path)
  if (stat.isDirectory() && stat.uid === user && (stat.mode & 0o077) === 0) return
  throw new ConfigError(`${path}, the place of a lock, is open to other users.`, `Remove it. Or: ${otherFolder}`, {
    setting,
  })
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

/** True when the error says that there is no session file of that name, only a link, a socket or somebody else's file at most. */
export function isNoFile(error: unknown, { owner }: SessionFolder): boolean {
  return hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EMLINK', 'ENXIO') || (owner !== null && hasCode(error, 'EACCES'))
}

const reasons: Readonly<Record<string, UnavailableReason>> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  EACCES: 'read-only',
  EPERM: 'read-only',
  EROFS: 'read-only',
  EDQUOT: 'failing',
  EFBIG: 'failing',
  EIO: 'failing',
  EMFILE: 'failing',
  ENFILE: 'failing',
  ENOSPC: 'failing',
  ESTALE: 'failing',
}

/** Nuages's error for one of the file system; any other comes back as it is. */
export function fileError(error: unknown, path: string): unknown {
  if (!(error instanceof Error && 'code' in error)) return error
  const reason = reasons[String(error.code)]
  if (reason === undefined) return error
  return new DatabaseUnavailable(reason, `Session files in ${path} (${setting}): ${error.message}.`, error)
}

/** Names read at once; between two lots, others of the process have their turn. */
const lot = 64

/** Walks through a folder of any size, a part at a time: each goes on where the one before stopped. */
export class FolderSweep {
  readonly #path: string
  #paused: Dir | null = null

  constructor(path: string) {
    this.#path = path
  }

  /** Calls `clear` with one name after the other, until it was true `limit` times or every name had its turn. Resolves how often it was true. */
  async run(limit: number, clear: (name: string) => Promise<boolean>): Promise<number> {
    if (limit < 1) return 0
    const paused = this.#paused
    this.#paused = null
    const cleared = paused === null ? 0 : await this.#part(paused, limit, clear)
    return cleared === limit ? cleared : cleared + (await this.#part(await this.#open(), limit - cleared, clear))
  }

  /** Calls `see` with every name. */
  async look(see: (name: string) => void): Promise<void> {
    for await (const { name } of await this.#open()) see(name)
  }

  async close(): Promise<void> {
    const paused = this.#paused
    this.#paused = null
    await paused?.close()
  }

  async #open(): Promise<Dir> {
    try {
      return await opendir(this.#path, { bufferSize: lot })
    } catch (error) {
      throw fileError(error, this.#path)
    }
  }

  async #part(folder: Dir, limit: number, clear: (name: string) => Promise<boolean>): Promise<number> {
    let cleared = 0
    let isOver = true
    try {
      for (let entry = await folder.read(); entry !== null; entry = await folder.read()) {
        if (await clear(entry.name)) cleared += 1
        if (cleared < limit) continue
        if (this.#paused === null) {
          this.#paused = folder
          isOver = false
        }
        break
      }
    } finally {
      if (isOver) await folder.close()
    }
    return cleared
  }
}
