/**
 * The temporary files of one request: made with a name nobody can guess, gone when the request is over.
 *
 * Owns their life. Leaves those of servers that were killed to ./abandoned-files.ts.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { temporaryFilePrefix } from './abandoned-files.ts'
import { FileWriter, refuseFull } from './file-writer.ts'

/** Written by us alone, in a folder that others may write to: never through a link that somebody has put there. */
const creating = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)

/** Makes files, and removes all of them at once. */
export class TemporaryFiles {
  readonly #folder: string
  readonly #paths = new Set<string>()
  readonly #handles = new Set<FileHandle>()
  #isReleased = false

  /** `folder`: default, the system's. */
  constructor(folder: string | null = null) {
    this.#folder = folder ?? tmpdir()
  }

  /** Folder and beginning of the name of whatever this process leaves here for a while. */
  get prefix(): string {
    return join(this.#folder, temporaryFilePrefix)
  }

  /** @throws {StorageFull} with status 507. */
  async create(): Promise<TemporaryFile> {
    const path = `${this.prefix}${randomBytes(16).toString('hex')}.tmp`
    this.#paths.add(path)
    return new TemporaryFile(path, await this.#open(path, creating), this)
  }

  /** A file of these, to read from. Closed with the others if nobody closes it before. */
  openToRead(path: string): Promise<FileHandle> {
    return this.#open(path, constants.O_RDONLY)
  }

  async #open(path: string, flags: number): Promise<FileHandle> {
    this.#requireOpen()
    const handle = await open(path, flags, 0o600).catch(refuseFull)
    this.#handles.add(handle)
    if (!this.#isReleased) return handle
    await this.release()
    throw over()
  }

  #requireOpen(): void {
    if (this.#isReleased) throw over()
  }

  async close(handle: FileHandle): Promise<void> {
    if (this.#handles.delete(handle)) await handle.close()
  }

  /** Closes and removes everything. What is made afterwards is refused. Safe to call twice. */
  async release(): Promise<void> {
    this.#isReleased = true
    const handles = [...this.#handles]
    const paths = [...this.#paths]
    this.#handles.clear()
    this.#paths.clear()
    const closed = await Promise.allSettled(handles.map(handle => handle.close()))
    const removed = await Promise.allSettled(paths.map(path => rm(path, { force: true })))
    const failed = [...closed, ...removed].find(result => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
}

function over(): Error {
  return new Error('The uploaded files are gone: their request is over. Save them before you answer.')
}

/** A file while it is written. */
export class TemporaryFile {
  readonly path: string
  readonly #handle: FileHandle
  readonly #owner: TemporaryFiles
  readonly #writer: FileWriter

  constructor(path: string, handle: FileHandle, owner: TemporaryFiles) {
    this.path = path
    this.#handle = handle
    this.#owner = owner
    this.#writer = new FileWriter(handle)
  }

  get size(): number {
    return this.#writer.size
  }

  /** Resolves when there is room for more. @throws {StorageFull} with status 507. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes)
  }

  /** Writes what is left, and closes. */
  async finish(): Promise<void> {
    await this.#writer.finish()
    await this.#owner.close(this.#handle)
  }
}
