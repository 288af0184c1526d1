/**
 * Writes a file in pieces, one of them on its way while the next is collected.
 */
import type { FileHandle } from 'node:fs/promises'
import { StorageFull } from './errors.ts'

/** How many bytes are written at a time: more leave the processor's cache before the kernel has copied them. Two such pieces are in memory for a file that is written. */
const writeBytes = 65_536

/** A file while it is written. The handle stays its owner's, to close. */
export class FileWriter {
  readonly #handle: FileHandle
  #filling: Buffer = Buffer.allocUnsafeSlow(writeBytes)
  #spare: Buffer = Buffer.allocUnsafeSlow(writeBytes)
  #filled = 0
  #size = 0
  #writing: Promise<void> | null = null

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** In bytes, those included that are on their way. */
  get size(): number {
    return this.#size
  }

  /** Resolves when there is room for more; the bytes are no longer looked at then. @throws {StorageFull} with status 507, perhaps for bytes before. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#size += bytes.byteLength
    for (let at = 0; at < bytes.byteLength; ) {
      const piece = bytes.subarray(at, at + writeBytes - this.#filled)
      this.#filling.set(piece, this.#filled)
      this.#filled += piece.byteLength
      at += piece.byteLength
      if (this.#filled === writeBytes) await this.#flush()
    }
  }

  async #flush(): Promise<void> {
    await this.#writing
    const full = this.#filling.subarray(0, this.#filled)
    this.#filling = this.#spare
    this.#spare = full
    this.#filled = 0
    const writing = writeAll(this.#handle, full)
    // Whoever writes next hears of a failure.
    writing.catch(() => {})
    this.#writing = writing
  }

  /** Resolves when all of it is written. @throws {StorageFull} with status 507. */
  async finish(): Promise<void> {
    if (this.#filled > 0) await this.#flush()
    await this.#writing
  }
}

/** Says of a full disk what it is: no room, a quota, a limit of the process. */
export function refuseFull(cause: unknown): never {
  const code = (cause as NodeJS.ErrnoException).code
  throw code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' ? new StorageFull({ cause }) : cause
}

/** All of it: a disk that fills up may take a part. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    const { bytesWritten } = await handle.write(bytes, at).catch(refuseFull)
    at += bytesWritten
  }
}
