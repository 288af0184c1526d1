/**
 * Temporary files that a killed server has left behind, and unfinished files elsewhere that it has noted.
 *
 * Owns the part of their names that tells whose they are, so that those of a running server are never touched.
 */
import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { lstat, readdir, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { removePartial } from './partial-files.ts'

/** Where process ids mean the same: this machine, since it was started, in this container. */
const place = createHash('sha256')
  .update([hostname(), textOf('/proc/sys/kernel/random/boot_id'), linkOf('/proc/self/ns/pid')].join('\n'))
  .digest('hex')
  .slice(0, 12)

/** What the names of this process's files begin with: place, process, and when it began, for ids are used again. */
export const temporaryFilePrefix: string = `nuages-upload-${place}-${process.pid}-${startOf(process.pid)}-`

const fileName = /^nuages-upload-([0-9a-f]{12})-([0-9]{1,10})-([0-9]{1,20})-[0-9a-f]{32}\.(?:tmp|note)$/

/** A file from another place, which may be alive, is given up after this long without a write: a day, in milliseconds. */
const foreignMs = 86_400_000

/**
 * Removes the files of servers that run no more. Resolves how many. `folder`: default, the system's.
 *
 * A file of another machine or container that shares the folder, or of before the machine was started, goes when nobody has
 * written to it for a day.
 */
export async function removeAbandonedFiles(folder: string | null = null, now: number = Date.now()): Promise<number> {
  const directory = folder ?? tmpdir()
  let count = 0
  for (const name of await readdir(directory)) {
    const match = fileName.exec(name)
    if (match === null) continue
    const [, itsPlace, pid, start] = match
    const path = join(directory, name)
    const isGone = itsPlace === place ? !isRunning(Number(pid), String(start)) : await isOld(path, now)
    if (!isGone) continue
    if (await (name.endsWith('.note') ? removePartial(directory, name) : remove(path))) count += 1
  }
  return count
}

/** False for a file of somebody else, who may give it any name: the others are removed all the same. */
async function remove(path: string): Promise<boolean> {
  try {
    await rm(path, { force: true })
    return true
  } catch (error) {
    if (['EPERM', 'EACCES', 'EISDIR', 'ERR_FS_EISDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return false
    throw error
  }
}

async function isOld(path: string, now: number): Promise<boolean> {
  try {
    return now - (await lstat(path)).mtimeMs > foreignMs
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

function isRunning(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, as somebody else.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return startOf(pid) === start
}

/** When a process began, in ticks since the machine did; 0 where no one tells. */
function startOf(pid: number): string {
  const status = textOf(`/proc/${pid}/stat`)
  // The name of the program, in parentheses, may hold anything; the time is field 22, the twentieth after it.
  return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
}

/** Empty where there is no such file: not every system has /proc. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
