/**
 * The bytes of one unfinished upload.
 *
 * Owns appending, and that bytes count only when they may. Leaves whose turn it is to ./upload-locks.ts.
 */
import { type FileHandle, open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UploadNotFound } from './errors.ts'
import { fullOr, readInfo, type UploadInfo, writeInfo } from './upload-info.ts'

/** Bytes that may wait for the disk; then the client waits. */
const mostWaitingBytes = 1_048_576

interface WaitingBytes {
  readonly bytes: Uint8Array
  readonly onWritten: () => void
}

/** The file of an unfinished upload. Whoever has it holds the lock. */
export class UploadData {
  readonly #folder: string
  readonly #handle: FileHandle
  readonly path: string
  info: UploadInfo
  #size: number
  readonly #waiting: WaitingBytes[] = []
  #waitingBytes = 0
  #writing: Promise<void> | null = null
  #failure: unknown = null

  private constructor(folder: string, handle: FileHandle, info: UploadInfo, size: number) {
    this.#folder = folder
    this.#handle = handle
    this.path = join(folder, 'data')
    this.info = info
    this.#size = size
  }

  /** @throws {UploadNotFound} with status 404. */
  static async open(folder: string): Promise<UploadData> {
    const info = await readInfo(join(folder, 'info.json'))
    if (info === null) throw new UploadNotFound()
    const handle = await open(join(folder, 'data'), 'r+')
    try {
      const { size } = await handle.stat()
      const data = new UploadData(folder, handle, info, size)
      // A server was killed while it wrote bytes that had yet to be proved.
      const proved = await readFile(join(folder, 'unproved'), 'utf8').catch(() => null)
      if (proved !== null && /^[0-9]{1,16}$/.test(proved)) await data.truncate(Math.min(Number(proved), size))
      await rm(join(folder, 'unproved'), { force: true })
      return data
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** In bytes, those on their way to the disk included. */
  get size(): number {
    return this.#size + this.#waitingBytes
  }

  async modifiedAt(): Promise<number> {
    return (await this.#handle.stat()).mtimeMs
  }

  /**
   * Adds bytes at the end. Resolves when there is room for more; `onWritten` runs when they are no longer looked at. @throws {StorageFull} with
   * status 507, perhaps for bytes before.
   */
  async append(bytes: Uint8Array, onWritten: () => void): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    this.#waiting.push({ bytes, onWritten })
    this.#waitingBytes += bytes.byteLength
    this.#writing ??= this.#writeWaiting()
    if (this.#waitingBytes >= mostWaitingBytes) await this.flush()
  }

  /** What has come together meanwhile, in one go. Never rejects: whoever comes next hears of a failure. */
  async #writeWaiting(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const chunks = this.#waiting.splice(0)
        await this.#writeAll(chunks.map(({ bytes }) => bytes))
        for (const { onWritten } of chunks) onWritten()
      }
    } catch (cause) {
      this.#failure = fullOr(cause)
    }
    this.#writing = null
  }

  /** A disk that fills up may take a part. */
  async #writeAll(chunks: Uint8Array[]): Promise<void> {
    while (chunks.length > 0) {
      const { bytesWritten } = await this.#handle.writev(chunks, this.#size)
      this.#size += bytesWritten
      this.#waitingBytes -= bytesWritten
      dropBytes(chunks, bytesWritten)
    }
  }

  /** All of it is written. @throws {StorageFull} with status 507. */
  async flush(): Promise<void> {
    await this.#writing
    if (this.#failure !== null) throw this.#failure
  }

  async truncate(size: number): Promise<void> {
    await this.#writing
    this.#waiting.length = 0
    this.#waitingBytes = 0
    this.#failure = null
    await this.#handle.truncate(size)
    this.#size = size
  }

  /** From here on bytes count only when `proved` is called: a server that is killed before forgets them. */
  async beginUnproved(): Promise<void> {
    await writeFile(join(this.#folder, 'unproved'), String(this.size), { mode: 0o600 })
  }

  async proved(): Promise<void> {
    await rm(join(this.#folder, 'unproved'), { force: true })
  }

  /** The length is known now. */
  async declareLength(length: number): Promise<void> {
    this.info = { ...this.info, length }
    await writeInfo(join(this.#folder, 'info.json'), this.info)
  }

  /** On the disk, and alive: it expires from now on. `now` in milliseconds. */
  async settle(now: number): Promise<void> {
    await this.#handle.datasync()
    await this.#handle.utimes(now / 1000, now / 1000)
  }

  /** From the first byte, as often as asked. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const handle = await open(this.path, 'r')
    try {
      for (;;) {
        const { buffer, bytesRead } = await handle.read({ buffer: Buffer.allocUnsafeSlow(65_536) })
        if (bytesRead === 0) return
        yield buffer.subarray(0, bytesRead)
      }
    } finally {
      await handle.close()
    }
  }

  async firstBytes(count: number): Promise<Uint8Array> {
    const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(count), 0, count, 0)
    return buffer.subarray(0, bytesRead)
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

/** Takes so many bytes off the front, and what is empty with them. */
function dropBytes(chunks: Uint8Array[], count: number): void {
  let left = count
  for (let first = chunks[0]; first !== undefined && first.byteLength <= left; first = chunks[0]) {
    left -= first.byteLength
    chunks.shift()
  }
  if (left > 0) chunks[0] = (chunks[0] as Uint8Array).subarray(left)
}
