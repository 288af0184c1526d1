/**
 * A folder that is open, and what is reached through it.
 *
 * A path is looked up again each time, and somebody may have put a link in place of one of its folders. What is reached through an open
 * folder is in that folder, wherever it is now: `openat` of other systems' languages, here by way of `/proc/self/fd`. Where there is no
 * such thing, each folder is looked at before it is entered.
 */
import { constants, existsSync } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from './disk-errors.ts'

const throughHandle = process.platform === 'linux' && existsSync('/proc/self/fd')

/** Never through a link; never waiting for somebody to write into a pipe. */
export const noFollow: number = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
const asFolder = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0)

/** How often a folder is made that somebody else clears away meanwhile. */
const makeTries = 3

/** Whoever opens one closes it. */
export class DiskFolder {
  readonly #handle: FileHandle
  readonly #path: string

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle
    this.#path = path
  }

  /** The folder at a path of the application's own: links count. */
  static async open(path: string): Promise<DiskFolder> {
    return new DiskFolder(await open(path, asFolder), path)
  }

  /** The path of something in it, for as long as this is open. */
  pathOf(name: string): string {
    return throughHandle ? `/proc/self/fd/${this.#handle.fd}/${name}` : join(this.#path, name)
  }

  /** The folder of this name in it. Throws ENOENT, ENOTDIR or ELOOP when there is none, or a link. */
  async enter(name: string): Promise<DiskFolder> {
    const path = join(this.#path, name)
    if (!throughHandle && !(await lstat(path)).isDirectory())
      throw Object.assign(new Error(`${path} is no folder.`), { code: 'ENOTDIR' })
    return new DiskFolder(await open(this.pathOf(name), asFolder | noFollow), path)
  }

  /** The same, made when there is none. `mode`: its permissions; `null`: what the umask leaves. */
  async enterOrMake(name: string, mode: number | null): Promise<DiskFolder> {
    for (let tries = 1; ; tries += 1) {
      const isMade = await this.#make(name, mode)
      try {
        const folder = await this.enter(name)
        if (isMade) await this.#settle(folder, mode)
        return folder
      } catch (error) {
        if (errorCode(error) !== 'ENOENT' || tries === makeTries) throw error
      }
    }
  }

  async #make(name: string, mode: number | null): Promise<boolean> {
    try {
      await mkdir(this.pathOf(name), { mode: mode ?? 0o777 })
      return true
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false
      throw error
    }
  }

  /** What the umask took away is given back; the entry is on the disk. */
  async #settle(folder: DiskFolder, mode: number | null): Promise<void> {
    try {
      if (mode !== null) await folder.#handle.chmod(mode)
      await this.sync()
    } catch (error) {
      await folder.close()
      throw error
    }
  }

  /** The names in it, with what they are, in no order. */
  entries(): Promise<readonly { readonly name: string; isFile(): boolean; isDirectory(): boolean }[]> {
    return readdir(this.pathOf(''), { withFileTypes: true })
  }

  /** Which disk it is on. */
  async device(): Promise<number> {
    return (await this.#handle.stat()).dev
  }

  /** What was put into it, and taken out, is on the disk. */
  async sync(): Promise<void> {
    // Windows has no such thing.
    if (process.platform !== 'win32') await this.#handle.sync()
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}
