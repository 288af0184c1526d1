/**
 * What sees the files of a form on their way to `request.FILES`: Django's upload handlers.
 *
 * Owns the seam and the order. Leaves memory and temporary files, the last of the chain, to ./upload-storage.ts.
 */
import type { Awaitable } from '../kit/index.ts'
import type { FileHead } from './file-part.ts'
import type { UploadedFile } from './uploaded-file.ts'

/**
 * Sees each file of one form, chunk by chunk, before it is kept. Every method may be left out; what one throws refuses the form:
 * an `HttpError` becomes the answer.
 *
 * ```ts
 * import { createHash } from 'node:crypto'
 *
 * function hashing(hashes: Map<string, string>): UploadHandler {
 *   let name = ''
 *   let hash = createHash('sha256')
 *   return {
 *     newFile(file) {
 *       name = file.name
 *       hash = createHash('sha256')
 *     },
 *     receiveChunk(chunk) {
 *       hash.update(chunk)
 *       return chunk
 *     },
 *     fileComplete() {
 *       hashes.set(name, hash.digest('hex'))
 *     },
 *   }
 * }
 * ```
 */
export interface UploadHandler {
  /**
   * True when `receiveChunk` is done with a chunk once its promise resolves. When all handlers of a form are so, the chunk is empty then: its
   * memory is used again, which makes an upload faster, and lighter. Default: false.
   */
  readonly copiesChunks?: boolean
  /** A file begins. `'skip'` leaves it out: its bytes pass by, the handlers behind this one hear nothing of it. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most handlers return nothing
  newFile?(file: FileHead): Awaitable<'skip' | undefined | void>
  /** The next bytes, which are this handler's to change; `start`: how many it had before. What it returns goes on to the next one; `null`: nothing. */
  receiveChunk?(chunk: Uint8Array, start: number): Awaitable<Uint8Array | null>
  /** The file is complete. The first file that a handler returns is the one of `FILES`; without any it is the one kept. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most handlers return nothing
  fileComplete?(size: number): Awaitable<UploadedFile | null | undefined | void>
  /** The form broke off or was refused: nothing of it is kept. For every handler, once. What it throws goes to the log; `error` stays the answer. */
  uploadInterrupted?(error: unknown): Awaitable<void>
}

/** The handlers of one form, in order. */
export class UploadChain {
  readonly #handlers: readonly UploadHandler[]
  #sizes: number[] = []

  constructor(handlers: readonly UploadHandler[]) {
    this.#handlers = handlers
  }

  /** True when nobody holds a chunk after `receiveChunk`. */
  get copiesChunks(): boolean {
    return this.#handlers.every(({ receiveChunk, copiesChunks }) => receiveChunk === undefined || copiesChunks === true)
  }

  /** False when a handler skips the file. */
  async newFile(file: FileHead): Promise<boolean> {
    this.#sizes = this.#handlers.map(() => 0)
    for (const handler of this.#handlers) if ((await handler.newFile?.(file)) === 'skip') return false
    return true
  }

  async receiveChunk(chunk: Uint8Array): Promise<void> {
    let passed: Uint8Array | null = chunk
    for (const [index, handler] of this.#handlers.entries()) {
      if (passed === null) return
      const start = this.#sizes[index] as number
      this.#sizes[index] = start + passed.byteLength
      if (handler.receiveChunk !== undefined) passed = await handler.receiveChunk(passed, start)
    }
  }

  /** All hear of it; the first file counts. */
  async fileComplete(): Promise<UploadedFile | null> {
    let file: UploadedFile | null = null
    for (const [index, handler] of this.#handlers.entries()) {
      const made = await handler.fileComplete?.(this.#sizes[index] as number)
      file ??= made ?? null
    }
    return file
  }

  /** Each hears of it, whatever becomes of the others. Resolves what they fail with; `error` stays the answer. */
  async uploadInterrupted(error: unknown): Promise<readonly unknown[]> {
    const told = await Promise.allSettled(this.#handlers.map(async handler => handler.uploadInterrupted?.(error)))
    return told.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))
  }
}
