/**
 * A file of a form that has arrived whole: in memory, or in a temporary file.
 */

import type { FileHead } from './file-part.ts'
import { detectFileType, type FileType, fileTypeBytes } from './file-type.ts'
import { linked, type SaveOptions, saveBytes, saveFile } from './save-file.ts'
import type { TemporaryFiles } from './temporary-files.ts'

/** Where the bytes of an uploaded file are. An upload handler that keeps them elsewhere has its own. */
export interface UploadContent {
  /** In bytes. */
  readonly size: number
  /** From the first byte, as often as asked. */
  chunks(): AsyncIterable<Uint8Array>
  /** Where it is on the disk; absent when it is not. */
  readonly path?: string
  /** The bytes themselves, when they are in memory. */
  readonly bytes?: Uint8Array
}

/**
 * A file of a form: `(await request.FILES).get('photo')`. It is there until the request is answered: save it before.
 *
 * Its name and type are the client's word: neither tells what the bytes are.
 */
export class UploadedFile {
  /** Without folders and invisible characters; never empty. Not safe as a path on its own: two files may share it. */
  readonly name: string
  /** As the client says, in lower case, without parameters; empty when it says nothing. */
  readonly contentType: string
  readonly charset: string | null
  readonly #content: UploadContent
  readonly #notePrefix: string | null
  #isLinked = false

  /** `notePrefix`: what the path of a note begins with that the next start reads, should this process be killed while it saves. */
  constructor(
    head: Pick<FileHead, 'filename' | 'contentType' | 'charset'>,
    content: UploadContent,
    notePrefix: string | null = null,
  ) {
    this.name = head.filename
    this.contentType = head.contentType
    this.charset = head.charset
    this.#content = content
    this.#notePrefix = notePrefix
  }

  /** In bytes. */
  get size(): number {
    return this.#content.size
  }

  /** The temporary file, for programs that read files; `null` for one in memory. Gone when the request is answered. */
  get temporaryPath(): string | null {
    return this.#content.path ?? null
  }

  /** From the first byte, in pieces of 64 KiB or so, as often as you like. */
  chunks(): AsyncIterable<Uint8Array> {
    return this.#content.chunks()
  }

  /** The same as a web stream: what `Response`, `fetch` and clients of object stores take, and Node's `pipeline`. */
  stream(): ReadableStream<Uint8Array> {
    return ReadableStream.from(this.chunks())
  }

  /** The whole file in memory: as large as `FILE_UPLOAD_MAX_SIZE` lets it be. */
  async bytes(): Promise<Uint8Array> {
    if (this.#content.bytes !== undefined) return this.#content.bytes
    const content: Uint8Array[] = []
    for await (const chunk of this.chunks()) content.push(chunk)
    return Buffer.concat(content)
  }

  /** What the first bytes say it is, whatever name and header say; `null` when they say nothing. */
  async detectType(): Promise<FileType | null> {
    const start: Uint8Array[] = []
    let size = 0
    for await (const chunk of this.chunks()) {
      start.push(chunk.subarray(0, fileTypeBytes - size))
      size += chunk.byteLength
      if (size >= fileTypeBytes) break
    }
    return detectFileType(Buffer.concat(start))
  }

  /**
   * Saves it at `path`, whole or not at all. Make the name yourself: the client's may
   * say anything.
   *
   * @throws an `Error` with `code: 'EEXIST'` when there is something already, unless `replace` is true; {StorageFull} with status 507.
   */
  async saveAs(path: string, options: SaveOptions = {}): Promise<void> {
    const { path: temporary, bytes } = this.#content
    const place = { ...options, notePrefix: this.#notePrefix }
    if (temporary === undefined || bytes !== undefined) return saveBytes(bytes ?? this.chunks(), path, place)
    await saveFile(temporary, path, { ...place, link: this.#giveAway() })
  }

  /** Gives the temporary file itself the name `path` too. False when there is none to give, or the disk is another: then copy its bytes. */
  async linkTo(path: string): Promise<boolean> {
    const { path: temporary } = this.#content
    return temporary !== undefined && this.#giveAway() && (await linked(temporary, path))
  }

  /** True once: two names for one file that is kept would change together. */
  #giveAway(): boolean {
    const isFirst = !this.#isLinked
    this.#isLinked = true
    return isFirst
  }
}

/** Content in memory. */
export function contentInMemory(bytes: Uint8Array): UploadContent {
  return {
    size: bytes.byteLength,
    bytes,
    async *chunks() {
      for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
    },
  }
}

/** Content in a temporary file. */
export function contentInFile(path: string, size: number, files: TemporaryFiles): UploadContent {
  return {
    size,
    path,
    async *chunks() {
      const handle = await files.openToRead(path)
      try {
        for (;;) {
          const { buffer, bytesRead } = await handle.read({ buffer: Buffer.allocUnsafeSlow(chunkBytes) })
          if (bytesRead === 0) return
          yield buffer.subarray(0, bytesRead)
        }
      } finally {
        await files.close(handle)
      }
    },
  }
}

/** Django's. */
const chunkBytes = 65_536
