/**
 * Files in a folder of this machine.
 *
 * Owns reading, and that nothing outside of the folder is ever reached. Leaves saving to ./disk-save.ts, what names may be to
 * ./storage-names.ts, and the way into folders to ./disk-folder.ts.
 */
import type { Stats } from 'node:fs'
import { lstat, unlink } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Clock, ConfigError, systemClock } from '../kit/index.ts'
import type { UniqueName } from '../settings/index.ts'
import { diskError, isMissing } from './disk-errors.ts'
import { openDiskFile } from './disk-file.ts'
import { DiskFolder } from './disk-folder.ts'
import { DiskSaver, removePartials } from './disk-save.ts'
import { StoredFileNotFound } from './errors.ts'
import type { SaveToStorageOptions, Storage, StorageEntry, StorageRange, StorageSource, StoredFile } from './storage.ts'
import { ownPrefix, requireStorageName } from './storage-names.ts'

export interface DiskStorageOptions {
  /** The folder; made when the first file is saved. */
  readonly root: string
  /** What `url` puts before a name: a path or an address with a slash at its end. Default: `/media/`. */
  readonly url?: string
  /** Permissions of files; `null`: what the umask leaves. Default: `0o644`. */
  readonly permissions?: number | null
  /** Permissions of the folders it makes; `null`: what the umask leaves. Default: `null`. */
  readonly directoryPermissions?: number | null
  /** What is added to a name that is taken. Default: `'timestamp'`. */
  readonly uniqueName?: UniqueName
  /** Default: the machine's. */
  readonly clock?: Clock
}

/**
 * Keeps files in a folder.
 *
 * A file is written under a name nobody can guess, brought to the disk, and only then linked to its own name, which never replaces
 * another file. Links in the folder are not followed.
 *
 * @throws {ConfigError} for a root or an address that cannot be one.
 */
export function createDiskStorage(options: DiskStorageOptions): Storage {
  return new DiskStorage(options)
}

/** Removes what servers that were killed have left in a root. Resolves how many files. */
export function removePartialFiles(root: string): Promise<number> {
  return removePartials(resolve(root))
}

class DiskStorage implements Storage {
  readonly copiesChunks = true
  readonly #root: string
  readonly #url: string
  readonly #saver: DiskSaver

  constructor(options: DiskStorageOptions) {
    const { root, url = '/media/' } = options
    if (root === '' || root.includes('\0'))
      throw new ConfigError('A storage on disk needs a folder.', "Name one, such as 'media'.", {
        setting: 'MEDIA_ROOT',
      })
    if (!url.endsWith('/'))
      throw new ConfigError(`${url} cannot stand before names.`, 'End it with a slash.', { setting: 'MEDIA_URL' })
    this.#root = resolve(root)
    this.#url = url
    this.#saver = new DiskSaver({
      root: this.#root,
      mode: options.permissions === undefined ? 0o644 : options.permissions,
      folderMode: options.directoryPermissions ?? null,
      uniqueName: options.uniqueName ?? 'timestamp',
      clock: options.clock ?? systemClock,
    })
  }

  save(name: string, source: StorageSource, options: SaveToStorageOptions = {}): Promise<string> {
    return this.#saver.save(name, source, options)
  }

  async open(name: string, range?: StorageRange): Promise<StoredFile> {
    return this.#inFolder(name, async (folder, base) => {
      const file = await openDiskFile(folder.pathOf(base), name, range)
      if (file !== null) return file
      throw new StoredFileNotFound(name)
    })
  }

  async delete(name: string): Promise<boolean> {
    return orFalse(
      this.#inFolder(name, async (folder, base) => {
        if (!(await lstat(folder.pathOf(base))).isFile()) return false
        await unlink(folder.pathOf(base))
        return true
      }),
    )
  }

  async exists(name: string): Promise<boolean> {
    return orFalse(this.#inFolder(name, async (folder, base) => (await lstat(folder.pathOf(base))).isFile()))
  }

  async size(name: string): Promise<number> {
    return this.#inFolder(name, async (folder, base) => {
      const stat = await lstat(folder.pathOf(base))
      if (stat.isFile()) return stat.size
      throw new StoredFileNotFound(name)
    })
  }

  async url(name: string): Promise<string> {
    return this.#url + requireStorageName(name).split('/').map(encodeURIComponent).join('/')
  }

  async *list(folder: string): AsyncIterable<StorageEntry> {
    const name = folder.endsWith('/') ? folder.slice(0, -1) : folder
    yield* this.#listBelow(name === '' ? [] : requireStorageName(name).split('/'))
  }

  async *#listBelow(pieces: readonly string[]): AsyncGenerator<StorageEntry, void, void> {
    for (const { name, stat } of await this.#entriesOf(pieces)) {
      const below = [...pieces, name]
      if (stat === null) yield* this.#listBelow(below)
      else yield { name: below.join('/'), size: stat.size, modifiedAt: stat.mtime }
    }
  }

  /** Of one folder: nothing stays open while somebody looks at the last one. None, when it has gone. */
  async #entriesOf(pieces: readonly string[]): Promise<readonly DiskEntry[]> {
    try {
      const folder = await this.#enter(pieces)
      try {
        return await entriesOf(folder)
      } finally {
        await folder.close()
      }
    } catch (error) {
      if (isMissing(error)) return []
      throw diskError(error)
    }
  }

  async close(): Promise<void> {}

  /** @throws {StoredFileNotFound} when the folder, or what is done in it, finds nothing. */
  async #inFolder<Result>(name: string, work: (folder: DiskFolder, base: string) => Promise<Result>): Promise<Result> {
    const pieces = requireStorageName(name).split('/')
    const base = pieces.pop() as string
    try {
      const folder = await this.#enter(pieces)
      try {
        return await work(folder, base)
      } finally {
        await folder.close()
      }
    } catch (cause) {
      throw isMissing(cause) ? new StoredFileNotFound(name, { cause }) : diskError(cause)
    }
  }

  async #enter(pieces: readonly string[]): Promise<DiskFolder> {
    let folder = await DiskFolder.open(this.#root)
    for (const piece of pieces) {
      const parent = folder
      folder = await parent.enter(piece).finally(() => parent.close())
    }
    return folder
  }
}

async function orFalse(found: Promise<boolean>): Promise<boolean> {
  try {
    return await found
  } catch (error) {
    if (error instanceof StoredFileNotFound) return false
    throw error
  }
}

/** A file, or a folder, which has no `stat` here. */
interface DiskEntry {
  readonly name: string
  readonly stat: Stats | null
}

/** How many files are asked about at once. */
const statsAtOnce = 32

/** Folders count as their names with a slash: that is the order of the whole names. */
async function entriesOf(folder: DiskFolder): Promise<readonly DiskEntry[]> {
  const found = (await folder.entries())
    .filter(entry => !entry.name.startsWith(ownPrefix) && (entry.isFile() || entry.isDirectory()))
    .map(entry => ({ entry, key: Buffer.from(entry.isDirectory() ? `${entry.name}/` : entry.name) }))
    .sort((one, other) => Buffer.compare(one.key, other.key))
  const entries: DiskEntry[] = []
  for (let at = 0; at < found.length; at += statsAtOnce) {
    const some = found.slice(at, at + statsAtOnce)
    const stats = await Promise.all(some.map(({ entry }) => (entry.isFile() ? statOf(folder, entry.name) : null)))
    for (const [index, { entry }] of some.entries()) {
      const stat = stats[index] ?? null
      // Removed meanwhile.
      if (stat !== null || entry.isDirectory()) entries.push({ name: entry.name, stat })
    }
  }
  return entries
}

async function statOf(folder: DiskFolder, name: string): Promise<Stats | null> {
  try {
    return await lstat(folder.pathOf(name))
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
