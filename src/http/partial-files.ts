/**
 * Notes of files that are being written where they will stay, so that the next start finds what a killed server left of them.
 *
 * Owns what a note says and who is believed. Leaves when notes are read to ./abandoned-files.ts.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'

/** Longest path that a system takes, in bytes. */
const maxPathBytes = 4096

/** A name beside a place, and the note of it. */
export interface PartialFile {
  readonly path: string
  /** Takes the note back, when the file is gone or has its place. */
  done(): Promise<void>
}

/** A name for what will be at `place`. `prefix` of the note's own path: folder, and whose it is. */
export async function notePartial(place: string, prefix: string | null): Promise<PartialFile> {
  const id = randomBytes(16).toString('hex')
  const path = join(dirname(resolve(place)), nameOf(id))
  if (prefix === null) return { path, done: async () => {} }
  const note = `${prefix}${id}.note`
  await writeFile(note, path, { flag: 'wx', mode: 0o600 })
  return { path, done: () => rm(note, { force: true }) }
}

/**
 * Removes the file that a note tells of, then the note.
 *
 * Others may write to the folder: only our own notes are believed, and only of a file that is named as its note.
 */
export async function removePartial(folder: string, name: string): Promise<boolean> {
  const note = join(folder, name)
  const path = await readNote(note)
  if (path === null) return false
  const id = name.slice(-'.note'.length - 32, -'.note'.length)
  if (isAbsolute(path) && basename(path) === nameOf(id)) await rm(path, { force: true })
  await rm(note, { force: true })
  return true
}

/** Short, so that a place with the longest name there is can have one beside it. */
function nameOf(id: string): string {
  return `.nuages-${id}.part`
}

/** Empty when the server was killed before it wrote; then there is no file either. `null` for what is not ours. */
async function readNote(note: string): Promise<string | null> {
  try {
    const handle = await open(note, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
    try {
      const stat = await handle.stat()
      const isOurs = stat.isFile() && stat.uid === (process.getuid?.() ?? stat.uid) && stat.size <= maxPathBytes
      return isOurs ? await handle.readFile('utf8') : null
    } finally {
      await handle.close()
    }
  } catch (error) {
    // Gone, a link, or not for us to read.
    if (['ENOENT', 'ELOOP', 'EACCES', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}
