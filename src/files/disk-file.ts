/**
 * A file on disk that is open to be read.
 */
import type { FileHandle } from 'node:fs/promises'
import { diskError } from './disk-errors.ts'
import { StorageUnavailable } from './errors.ts'
import type { StorageRange, StoredFile } from './storage.ts'

const chunkBytes = 65_536

/** What is known of it: taken when it was opened. */
export interface DiskFileStat {
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ino: bigint
}

/** Holds a descriptor until it was read or closed. */
export class DiskFile implements StoredFile {
  readonly name: string
  readonly size: number
  readonly modifiedAt: Date
  readonly etag: string
  readonly contentType = null
  readonly #handle: FileHandle
  #at: number
  readonly #end: number

  constructor(
    name: string,
    handle: FileHandle,
    { stat, range }: { stat: DiskFileStat; range: StorageRange | undefined },
  ) {
    this.name = name
    this.size = Number(stat.size)
    this.modifiedAt = new Date(Number(stat.mtimeNs / 1_000_000n))
    // Two files of one size may follow each other within a tick of the file system's clock: they are two, all the same.
    this.etag = `"${stat.mtimeNs.toString(36)}-${stat.size.toString(36)}-${stat.ino.toString(36)}"`
    this.#handle = handle
    this.#at = range?.start ?? 0
    this.#end = Math.min(this.size, (range?.end ?? this.size - 1) + 1)
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
    try {
      const position = this.#at
      const { buffer, bytesRead } = await this.#handle.read({ buffer: Buffer.allocUnsafeSlow(length), position })
      if (bytesRead === 0) throw new StorageUnavailable(`${this.name} has become shorter while it was read.`)
      this.#at += bytesRead
      return buffer.subarray(0, bytesRead)
    } catch (error) {
      await this.close()
      throw diskError(error)
    }
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}
