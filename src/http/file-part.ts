/**
 * A field or a file of a multipart form.
 */
import { decodeUtf8 } from '../kit/index.ts'
import { ByteBuffer } from './byte-buffer.ts'
import { FileTooLarge, MalformedBody } from './errors.ts'

/** A field of a form. Its value is in memory, within `DATA_UPLOAD_MAX_MEMORY_SIZE` for all of them. */
export interface FieldPart {
  readonly kind: 'field'
  readonly name: string
  readonly value: string
}

/** What is known of a file before its first byte: all of it the client's word. */
export interface FileHead {
  /** Of the field. */
  readonly name: string
  /** Without folders and invisible characters; never empty. Not safe as a path on its own: two files may share it. */
  readonly filename: string
  /** In lower case, without parameters; empty when the client says nothing. It may be anything: look at the bytes. */
  readonly contentType: string
  readonly charset: string | null
  /** The header fields of the part, by lower-case name. */
  readonly headers: ReadonlyMap<string, string>
}

/** A field or a file of a form, told apart by `kind`. */
export type Part = FieldPart | FilePart

/**
 * A file of a form while it arrives: iterate over its bytes, and the socket waits for you. Once only, and before the next
 * part is asked for; what is left then is skipped.
 */
export class FilePart implements FileHead, AsyncIterable<Uint8Array> {
  readonly kind = 'file'
  readonly name: string
  readonly filename: string
  readonly contentType: string
  readonly charset: string | null
  readonly headers: ReadonlyMap<string, string>
  readonly #next: (mayKeep: boolean) => Promise<Uint8Array | null>

  /** `next` gives chunk after chunk, `null` at the end; `mayKeep`: who gets it may hold it for ever. */
  constructor(head: FileHead, next: (mayKeep: boolean) => Promise<Uint8Array | null>) {
    this.name = head.name
    this.filename = head.filename
    this.contentType = head.contentType
    this.charset = head.charset
    this.headers = head.headers
    this.#next = next
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#iterate(true)
  }

  /**
   * The same bytes, for who is done with a chunk before he asks for the next one, as a hash is: the chunk is empty then, and its memory is used
   * again. An upload takes less time so, and less memory. Not for a stream, which holds chunks back.
   */
  transientChunks(): AsyncIterable<Uint8Array> {
    return { [Symbol.asyncIterator]: () => this.#iterate(false) }
  }

  #iterate(mayKeep: boolean): AsyncIterator<Uint8Array> {
    return {
      next: async () => {
        const value = await this.#next(mayKeep)
        return value === null ? { done: true, value: undefined } : { done: false, value }
      },
    }
  }

  /** @throws {FileTooLarge} with status 413 when there are more than `limitBytes`. */
  async bytes(limitBytes: number): Promise<Uint8Array> {
    const content = new ByteBuffer()
    for await (const chunk of this.transientChunks()) {
      if (content.size + chunk.byteLength > limitBytes) throw new FileTooLarge(this.name, limitBytes)
      content.append(chunk)
    }
    return content.take()
  }

  /** As UTF-8. @throws {MalformedBody} with status 400 when it is not; {FileTooLarge} 413 when it is larger than `limitBytes`. */
  async text(limitBytes: number): Promise<string> {
    const text = decodeUtf8(await this.bytes(limitBytes))
    if (text === null) throw new MalformedBody('The file is not valid UTF-8.')
    return text
  }
}
