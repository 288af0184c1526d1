/**
 * The files of a SQLite database: its own, the log (`-wal`) and the log's index (`-shm`).
 *
 * Owns recognising them by inode. Leaves what is in them to SQLite.
 */
import { chmodSync, closeSync, existsSync, openSync, readSync, rmSync, statSync } from 'node:fs'

/** Which files a path names at this moment. Empty texts stand for missing files. */
export interface FileIdentity {
  readonly main: string
  /** A process that has left a file takes the log away, by which the others know. */
  readonly log: string
}

export const noFile: FileIdentity = { main: '', log: '' }

export function identifyFiles(path: string): FileIdentity {
  return { main: identify(path), log: identify(`${path}-wal`) }
}

export function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  return one.main === other.main && one.log === other.log
}

/** Device and inode. */
function identify(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat ? `${stat.dev}:${stat.ino}` : ''
}

/**
 * Removes the log of a file that is gone from its path, when it is still the log of `left`. SQLite would take it for the
 * log of the next file of that name, and two files that share a log destroy each other.
 */
export function removeLog(path: string, left: FileIdentity): void {
  if (left.log === '' || identify(`${path}-wal`) !== left.log) return
  rmSync(`${path}-wal`, { force: true })
  rmSync(`${path}-shm`, { force: true })
}

/** Gives the log the mode of its file, as SQLite does when it makes one: the file's may have changed since. */
export function shareMode(path: string): void {
  const main = statSync(path, { throwIfNoEntry: false })
  if (!main) return
  for (const log of [`${path}-wal`, `${path}-shm`]) {
    const own = statSync(log, { throwIfNoEntry: false })
    if (own && own.mode !== main.mode && own.uid === process.geteuid?.()) chmodSync(log, main.mode & 0o777)
  }
}

/** What each SQLite file begins with, https://www.sqlite.org/fileformat.html#the_database_header. */
const magic = Buffer.from('SQLite format 3\0')
/** Where the header says that there is a log, and what it says then. */
const logByte = 18
const usesLog = 2

/** True for a SQLite file. An empty one is a database without tables. */
export function isDatabaseFile(path: string): boolean {
  const header = readHeader(path)
  return header !== null && (header.length === 0 || header.subarray(0, magic.length).equals(magic))
}

/** True for a file that has a log in its mode, and none beside it: nobody has it open. */
export function isAtRest(path: string): boolean {
  return readHeader(path)?.[logByte] === usesLog && !existsSync(`${path}-wal`)
}

/** The first bytes of a file; `null` when it is none, or cannot be read. */
function readHeader(path: string): Buffer | null {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return null
  const header = Buffer.alloc(logByte + 1)
  const file = openSync(path, 'r')
  try {
    return header.subarray(0, readSync(file, header, 0, header.length, 0))
  } finally {
    closeSync(file)
  }
}
