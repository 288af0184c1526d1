/**
 * Keeps the files of a form: small ones in memory, others in temporary files. The last handler of every chain.
 */
import { ByteBuffer } from './byte-buffer.ts'
import type { FileHead } from './file-part.ts'
import type { TemporaryFile, TemporaryFiles } from './temporary-files.ts'
import type { UploadHandler } from './upload-handlers.ts'
import { contentInFile, contentInMemory, UploadedFile } from './uploaded-file.ts'

/** `memoryBytes`: most bytes of all files of the form together that stay in memory; a file that would pass it goes to the disk whole. */
export function uploadStorage(files: TemporaryFiles, memoryBytes: number): UploadHandler {
  return new UploadStorage(files, memoryBytes)
}

class UploadStorage implements UploadHandler {
  readonly copiesChunks = true
  readonly #files: TemporaryFiles
  #memoryLeft: number
  #head: FileHead | null = null
  #content = new ByteBuffer()
  #file: TemporaryFile | null = null

  constructor(files: TemporaryFiles, memoryBytes: number) {
    this.#files = files
    this.#memoryLeft = memoryBytes
  }

  newFile(head: FileHead): void {
    this.#head = head
    this.#content = new ByteBuffer()
    this.#file = null
  }

  async receiveChunk(chunk: Uint8Array): Promise<null> {
    if (this.#file === null && this.#content.size + chunk.byteLength > this.#memoryLeft) {
      this.#file = await this.#files.create()
      await this.#file.write(this.#content.take())
    }
    if (this.#file === null) this.#content.append(chunk)
    else await this.#file.write(chunk)
    return null
  }

  async fileComplete(): Promise<UploadedFile> {
    const head = this.#head as FileHead
    const { prefix } = this.#files
    if (this.#file !== null) {
      await this.#file.finish()
      return new UploadedFile(head, contentInFile(this.#file.path, this.#file.size, this.#files), prefix)
    }
    const bytes = this.#content.take()
    this.#memoryLeft -= bytes.byteLength
    return new UploadedFile(head, contentInMemory(bytes), prefix)
  }
}
