/**
 * Puts a file into a folder of this machine, whole or not at all, under a name that no other file has.
 *
 * It is written under a name nobody can guess, brought to the disk, and only then linked to its own: a link never replaces another
 * file. Leaves the way into folders to ./disk-folder.ts, and which names are tried to ./storage-names.ts.
 */
import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FileWriter, removeAbandonedFiles, temporaryFilePrefix, UploadedFile } from '../http/index.ts'
import type { Clock } from '../kit/index.ts'
import type { UniqueName } from '../settings/index.ts'
import { diskError, errorCode, isBlocked, isMissing } from './disk-errors.ts'
import { openDiskFile } from './disk-file.ts'
import { DiskFolder, noFollow } from './disk-folder.ts'
import { StorageNameRefused } from './errors.ts'
import { placeOnce, replaceBy } from './place-file.ts'
import { storageChunks } from './source.ts'
import type { SaveToStorageOptions, StorageSource } from './storage.ts'
import { cleanStorageName, storageNames } from './storage-names.ts'

/** Files that are not complete, in the root. */
const partialFolder = '.nuages-partial'

/** Names that are tried before somebody is told that none is free. */
const maxNames = 1000

/** Removes what servers that were killed have left below an absolute path. Resolves how many files. */
export async function removePartials(root: string): Promise<number> {
  try {
    return await removeAbandonedFiles(join(root, partialFolder))
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}

export interface DiskSaverOptions {
  /** Absolute. */
  readonly root: string
  /** Of files; `null`: what the umask leaves. */
  readonly mode: number | null
  /** Of folders. */
  readonly folderMode: number | null
  readonly uniqueName: UniqueName
  readonly clock: Clock
}

/** Saves the files of one storage. */
export class DiskSaver {
  readonly #root: string
  readonly #mode: number | null
  readonly #folderMode: number | null
  readonly #uniqueName: UniqueName
  readonly #clock: Clock
  #swept: Promise<unknown> | null = null

  constructor(options: DiskSaverOptions) {
    this.#root = options.root
    this.#mode = options.mode
    this.#folderMode = options.folderMode
    this.#uniqueName = options.uniqueName
    this.#clock = options.clock
  }

  /** See `Storage.save`. */
  async save(name: string, source: StorageSource, options: SaveToStorageOptions = {}): Promise<string> {
    const clean = cleanStorageName(name)
    options.signal?.throwIfAborted()
    await mkdir(this.#root, { recursive: true, mode: this.#folderMode ?? 0o777 }).catch(rethrow)
    await this.#sweep()
    const root = await DiskFolder.open(this.#root).catch(rethrow)
    try {
      const partials = await root.enterOrMake(partialFolder, this.#folderMode).catch(rethrow)
      try {
        const partial = partials.pathOf(partialName())
        try {
          const md5 = await this.#write(partial, source, options)
          options.signal?.throwIfAborted()
          return await this.#place(partial, root, { clean, md5, options })
        } finally {
          await rm(partial, { force: true })
        }
      } finally {
        await partials.close()
      }
    } finally {
      await root.close()
    }
  }

  /** Once: what killed servers have left. */
  async #sweep(): Promise<void> {
    this.#swept ??= removePartials(this.#root)
    try {
      await this.#swept
    } catch (error) {
      this.#swept = null
      throw diskError(error)
    }
  }

  /** All of the source, on the disk, with its permissions. Resolves its MD5 where that is asked for. */
  async #write(path: string, source: StorageSource, { signal }: SaveToStorageOptions): Promise<string | undefined> {
    const hash = this.#uniqueName === 'md5' ? createHash('md5') : null
    const mode = this.#mode
    if (
      hash === null &&
      mode !== null &&
      source instanceof UploadedFile &&
      (await source.linkTo(path).catch(rethrow))
    ) {
      await settle(path, mode)
      return undefined
    }
    const creating = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow
    const handle = await open(path, creating, mode === null ? 0o666 : 0o600).catch(rethrow)
    try {
      const writer = new FileWriter(handle)
      for await (const chunk of storageChunks(source, { signal, copiesChunks: true })) {
        hash?.update(chunk)
        await writer.write(chunk).catch(rethrow)
      }
      await writer.finish().catch(rethrow)
      if (mode !== null) await handle.chmod(mode).catch(rethrow)
      await handle.sync().catch(rethrow)
    } finally {
      await handle.close()
    }
    return hash?.digest('hex')
  }

  /** Gives a complete file its name. */
  async #place(partial: string, root: DiskFolder, what: Placing): Promise<string> {
    const pieces = what.clean.split('/').slice(0, -1)
    try {
      const folder = await this.#enterOrMake(root, pieces)
      try {
        return await this.#name(partial, folder, what)
      } catch (error) {
        if (errorCode(error) !== 'EXDEV') throw error
        return await this.#acrossDisks(partial, folder, { ...what, root, pieces })
      } finally {
        await folder.close()
      }
    } catch (cause) {
      if (isBlocked(cause))
        throw new StorageNameRefused(what.clean, 'on the way to it stands something that is no folder', { cause })
      throw diskError(cause)
    }
  }

  async #name(partial: string, folder: DiskFolder, { clean, md5, options }: Placing): Promise<string> {
    const unique = this.#uniqueName
    const names = storageNames(clean, { unique, now: this.#clock(), md5, maxLength: options.maxNameLength })
    for (let tries = 0; tries < maxNames; tries += 1) {
      const name = names.next().value
      const place = folder.pathOf(name.slice(name.lastIndexOf('/') + 1))
      const isPlaced =
        options.replace === true ? await replaceBy(partial, place, name) : await placeOnce(partial, place)
      if (!isPlaced) continue
      await folder.sync()
      return name
    }
    throw new Error(`No name like ${JSON.stringify(clean)} is free in ${this.#root}, after ${maxNames} attempts.`)
  }

  /** A folder below the root may be another disk: the file is copied there first. */
  async #acrossDisks(
    partial: string,
    folder: DiskFolder,
    { root, pieces, ...what }: Placing & { readonly root: DiskFolder; readonly pieces: readonly string[] },
  ): Promise<string> {
    const top = await topOfDisk(root, pieces, await folder.device())
    try {
      const partials = await top.enterOrMake(partialFolder, this.#folderMode)
      try {
        await removeAbandonedFiles(partials.pathOf(''))
        const copy = partials.pathOf(partialName())
        try {
          const source = await openDiskFile(partial, what.clean)
          if (source === null) throw new Error(`${partial} is no file any more.`)
          await this.#write(copy, source.chunks(), what.options)
          return await this.#name(copy, folder, what)
        } finally {
          await rm(copy, { force: true })
        }
      } finally {
        await partials.close()
      }
    } finally {
      await top.close()
    }
  }

  async #enterOrMake(root: DiskFolder, pieces: readonly string[]): Promise<DiskFolder> {
    let folder = await root.enter('.')
    for (const piece of pieces) {
      const parent = folder
      folder = await parent.enterOrMake(piece, this.#folderMode).finally(() => parent.close())
    }
    return folder
  }
}

/** A file that is to be placed. */
interface Placing {
  readonly clean: string
  readonly md5: string | undefined
  readonly options: SaveToStorageOptions
}

function rethrow(cause: unknown): never {
  throw diskError(cause)
}

function partialName(): string {
  return `${temporaryFilePrefix}${randomBytes(16).toString('hex')}.tmp`
}

/** Permissions, and on the disk. */
async function settle(path: string, mode: number): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | noFollow).catch(rethrow)
  try {
    await handle.chmod(mode)
    await handle.sync()
  } catch (error) {
    rethrow(error)
  } finally {
    await handle.close()
  }
}

/** The first folder on the way that is on this disk. */
async function topOfDisk(root: DiskFolder, pieces: readonly string[], device: number): Promise<DiskFolder> {
  let folder = await root.enter('.')
  for (const piece of pieces) {
    if ((await folder.device()) === device) break
    const parent = folder
    folder = await parent.enter(piece).finally(() => parent.close())
  }
  return folder
}
