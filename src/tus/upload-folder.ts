/**
 * Unfinished uploads on the disk: a folder for each owner, in it one for each upload.
 *
 * Owns the layout, and that a killed server leaves nothing that does not expire. An owner's uploads are looked for in that owner's folder only: whose
 * upload it is cannot be forgotten to be asked. Leaves taking turns to ./upload-locks.ts.
 *
 *     <folder>/<owner's hash>/open/<id>/info.json, data
 *     <folder>/<owner's hash>/done/<id>/info.json
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { UploadNotFound } from './errors.ts'
import { fullOr, readInfo, type UploadInfo, writeInfo } from './upload-info.ts'

/** The uploads below one folder. */
export class UploadFolder {
  readonly path: string

  constructor(path: string) {
    this.path = resolve(path)
  }

  /** Of one owner, whoever that is. */
  of(owner: string): OwnerFolder {
    return new OwnerFolder(join(this.path, createHash('sha256').update(owner).digest('hex')))
  }

  /** Those that have uploads. */
  async *owners(): AsyncIterable<OwnerFolder> {
    for (const name of await namesIn(this.path))
      if (/^[0-9a-f]{64}$/.test(name)) yield new OwnerFolder(join(this.path, name))
  }

  /** Makes the folder, for this user alone. */
  async make(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 })
  }
}

const idPattern = /^[0-9a-f]{32}$/

/** 128 random bits: nobody guesses an address. */
export function newUploadId(): string {
  return randomBytes(16).toString('hex')
}

/** The uploads of one owner. */
export class OwnerFolder {
  readonly #open: string
  readonly #done: string
  readonly #path: string

  constructor(path: string) {
    this.#path = path
    this.#open = join(path, 'open')
    this.#done = join(path, 'done')
  }

  /** The folder of an unfinished upload. @throws {UploadNotFound} for what is no id. */
  folderOf(id: string): string {
    if (!idPattern.test(id)) throw new UploadNotFound()
    return join(this.#open, id)
  }

  /** Begins an upload: there at once, whole, and on the disk. `now` in milliseconds. */
  async create(id: string, info: UploadInfo, now: number): Promise<void> {
    const fresh = join(this.#open, `.${id}`)
    for (let tries = 1; ; tries += 1) {
      await mkdir(this.#open, { recursive: true, mode: 0o700 })
      try {
        await mkdir(fresh, { mode: 0o700 })
        await writeFile(join(fresh, 'data'), '', { mode: 0o600 })
        await utimes(join(fresh, 'data'), now / 1000, now / 1000)
        await writeInfo(join(fresh, 'info.json'), info)
        await syncFolder(fresh)
        await rename(fresh, this.folderOf(id))
        await syncFolder(this.#open)
        return
      } catch (cause) {
        await rm(fresh, { recursive: true, force: true })
        // The empty folder of this owner was being cleared away.
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT' && tries < 5) continue
        throw fullOr(cause)
      }
    }
  }

  /** How many are unfinished. */
  async countOpen(): Promise<number> {
    return (await namesIn(this.#open)).filter(name => idPattern.test(name)).length
  }

  /** A finished upload, or `null`. */
  async readDone(id: string): Promise<UploadInfo | null> {
    if (!idPattern.test(id)) throw new UploadNotFound()
    return readInfo(join(this.#done, id, 'info.json'))
  }

  /** Finished from one moment to the next: what a client may still ask of it is kept, its bytes are let go of. */
  async finish(id: string, now: number): Promise<void> {
    const done = join(this.#done, id)
    await mkdir(this.#done, { recursive: true, mode: 0o700 })
    await rename(this.folderOf(id), done)
    await rm(join(done, 'data'), { force: true })
    await utimes(done, now / 1000, now / 1000)
  }

  /** The name of an unfinished upload in the storage when all of it has arrived, so that its file may be there already; else `null`. */
  async nameWhenWhole(id: string): Promise<string | null> {
    const info = await readInfo(join(this.folderOf(id), 'info.json'))
    if (info === null) return null
    const { size } = await stat(join(this.folderOf(id), 'data'))
    return size === info.length ? info.name : null
  }

  /** Removes an unfinished upload; its id means nothing from one moment to the next. */
  async remove(id: string): Promise<void> {
    const gone = join(this.#open, `.gone-${id}-${randomBytes(4).toString('hex')}`)
    try {
      await rename(this.folderOf(id), gone)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    await rm(gone, { recursive: true, force: true })
  }

  forgetDone(id: string): Promise<void> {
    return rm(join(this.#done, id), { recursive: true, force: true })
  }

  /** Unfinished uploads that nobody has written to since `time`, in milliseconds. */
  async *idleSince(time: number): AsyncIterable<string> {
    for (const name of await namesIn(this.#open))
      if (idPattern.test(name) && (await this.isIdleSince(name, time))) yield name
  }

  async isIdleSince(id: string, time: number): Promise<boolean> {
    return (await modifiedAt(join(this.folderOf(id), 'data'))) < time
  }

  /** Removes what finished before `time`, and what a killed server has left in the making. */
  async sweep(time: number): Promise<void> {
    for (const name of await namesIn(this.#done)) {
      const path = join(this.#done, name)
      if ((await modifiedAt(path)) < time) await rm(path, { recursive: true, force: true })
    }
    for (const name of await namesIn(this.#open)) {
      const path = join(this.#open, name)
      if (name.startsWith('.') && (await modifiedAt(path)) < time) await rm(path, { recursive: true, force: true })
    }
    for (const path of [this.#open, this.#done, this.#path]) await rmdir(path).catch(ignoreBusy)
  }
}

/** Empty for a folder that is not there. */
async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** In milliseconds; infinity for what is gone meanwhile, and so not to be removed. */
async function modifiedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Number.POSITIVE_INFINITY
    throw error
  }
}

/** What was put into it is on the disk. Windows has no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(path)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A folder that is in use, or gone, stays as it is. */
function ignoreBusy(error: NodeJS.ErrnoException): void {
  if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code ?? '')) throw error
}
