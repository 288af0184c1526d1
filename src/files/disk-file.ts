/**
 * A file on disk that is open to be read.
 */
import { close, constants, fstat, open, read } from 'node:fs'
import { promisify } from 'node:util'
import { diskError } from './disk-errors.ts'
import { noFollow } from './disk-folder.ts'
import { StorageUnavailable } from './errors.ts'
import type { StorageRange, StoredFile } from './storage.ts'

const chunkBytes = 65_536

/** What is known of it: taken when it was opened. */
interface DiskFileStat {
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ino: bigint
}

/**
 * Descriptors of files that somebody has opened and forgotten: an answer of `app.fetch` that nobody reads, say. A `FileHandle` would end the
 * process over it.
 */
const forgotten = new FinalizationRegistry<number>(descriptor => close(descriptor))

/** Opens a file; `null` for what is none: a folder, a pipe. `path`: as the system takes it, its last piece no link. */
export async function openDiskFile(path: string, name: string, range?: StorageRange): Promise<DiskFile | null> {
  const descriptor = await promisify(open)(path, constants.O_RDONLY | noFollow)
  let stat: DiskFileStat | null = null
  try {
    const found = await promisify(fstat)(descriptor, { bigint: true })
    if (found.isFile()) stat = found
  } finally {
    if (stat === null) await promisify(close)(descriptor)
  }
  return stat && new DiskFile(name, descriptor, { stat, range })
}

/** Holds a descriptor until it was read or closed. */
export class DiskFile implements StoredFile {
  readonly name: string
  readonly size: number
  readonly modifiedAt: Date
  readonly etag: string
  readonly contentType = null
  readonly #descriptor: number
  readonly #end: number
  #at: number
  #reading: Promise<unknown> | null = null
  #closing: Promise<void> | null = null

  constructor(
    name: string,
    descriptor: number,
    { stat, range }: { readonly stat: DiskFileStat; readonly range: StorageRange | undefined },
  ) {
    this.name = name
    this.size = Number(stat.size)
    this.modifiedAt = new Date(Number(stat.mtimeNs / 1_000_000n))
    // Two files of one size may follow each other within a tick of the file system's clock: they are two, all the same.
    this.etag = `"${stat.mtimeNs.toString(36)}-${stat.size.toString(36)}-${stat.ino.toString(36)}"`
    this.#descriptor = descriptor
    this.#at = range?.start ?? 0
    this.#end = Math.min(this.size, (range?.end ?? this.size - 1) + 1)
    forgotten.register(this, descriptor, this)
  }

  chunks(): AsyncIterable<Uint8Array> {
    const iterator: AsyncIterator<Uint8Array> = {
      next: async () => {
        const chunk = await this.#read()
        return chunk === null ? { done: true, value: undefined } : { done: false, value: chunk }
      },
      // Also of what was never begun, which a generator would not hear of.
      return: async () => {
        await this.close()
        return { done: true, value: undefined }
      },
    }
    return { [Symbol.asyncIterator]: () => iterator }
  }

  async #read(): Promise<Uint8Array | null> {
    const length = Math.min(chunkBytes, this.#end - this.#at)
    if (length <= 0) {
      await this.close()
      return null
    }
    if (this.#closing !== null) throw new Error(`${this.name} was closed before it was read to its end.`)
    try {
      const buffer = Buffer.allocUnsafeSlow(length)
      const reading = promisify(read)(this.#descriptor, buffer, 0, length, this.#at)
      this.#reading = reading
      const { bytesRead } = await reading
      this.#reading = null
      if (bytesRead === 0) throw new StorageUnavailable(`${this.name} has become shorter while it was read.`)
      this.#at += bytesRead
      return buffer.subarray(0, bytesRead)
    } catch (error) {
      this.#reading = null
      await this.close()
      throw diskError(error)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Never below a read: its bytes would come from whatever has the number next. */
  async #close(): Promise<void> {
    forgotten.unregister(this)
    await this.#reading?.catch(() => {})
    await promisify(close)(this.#descriptor)
  }
}
