/**
 * Temporary files that a killed server has left behind, and unfinished files elsewhere that it has noted.
 *
 * Owns the part of their names that tells whose they are, so that those of a running server are never touched.
 */
import { lstat, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isProcessAlive, thisProcess } from '../kit/index.ts'
import { removePartial } from './partial-files.ts'

/** What the names of this process's files begin with. */
export const temporaryFilePrefix: string = `nuages-upload-${thisProcess.place}-${thisProcess.pid}-${thisProcess.start}-`

const fileName = /^nuages-upload-([0-9a-f]{16})-([0-9]{1,10})-([0-9]{1,20})-[0-9a-f]{32}\.(?:tmp|note)$/

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
    const [, place = '', pid, start = ''] = match
    const path = join(directory, name)
    const isAlive = isProcessAlive({ place, pid: Number(pid), start }) ?? !(await isOld(path, now))
    if (isAlive) continue
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
