/**
 * Takes a multipart body apart (RFC 2046, 5.1), chunk by chunk, without waiting and without copying content.
 *
 * Owns delimiters and where header blocks end. Leaves what stands in a header to ./part-header.ts, counting and waiting to
 * ./parts.ts. Time is linear in the bytes, memory is one header block, whatever is sent and however it is cut.
 */
import { MalformedMultipart, PartHeaderTooLarge } from './errors.ts'

/**
 * What a parser has found:
 *
 * - `more`: nothing until the next chunk
 * - `head`: a part begins, `bytes` is its header block without the empty line
 * - `data`: `bytes` is a piece of the part
 * - `tail`: the part is complete
 * - `end`: the last delimiter; nothing after it counts
 */
export type Token = 'more' | 'head' | 'data' | 'tail' | 'end'

type State = 'preamble' | 'delimiter' | 'header' | 'content' | 'end'

const cr = 0x0d
const lf = 0x0a
const dash = 0x2d
const space = 0x20
const tab = 0x09
const nothing: Buffer = Buffer.alloc(0)
const emptyLine: Buffer = Buffer.from('\r\n\r\n')

/**
 * Pulled: `push` a chunk, then `next` until it is `more`.
 *
 * A delimiter is CRLF, `--` and the boundary; spaces may follow it, and nothing else before the CRLF. Since a boundary is
 * printable, CR occurs in a delimiter once, at its start. So one that a chunk's end may have cut needs no buffer: how many of
 * its bytes have matched tells what they were.
 */
export class MultipartParser {
  /** The bytes of the last `head` or `data`: those of the chunk itself, no copy of them. */
  bytes: Buffer = nothing
  readonly #delimiter: Buffer
  readonly #maxHeaderBytes: number
  #state: State = 'preamble'
  #chunk: Buffer = nothing
  #at = 0
  /** How many bytes of a delimiter end what was read so far. The first delimiter needs no CRLF. */
  #matched = 2
  /** How many of these are no content: the line break that ends a header. */
  #borrowed = 0
  /** The delimiter is read; its `tail` is still to be told. */
  #tailDue = false
  /** What follows the boundary on its line: nothing yet, the first of two dashes, spaces, CR. */
  #line: '' | '-' | ' ' | '\r' = ''
  #padding = 0
  /** The beginning of a header block that a chunk's end has cut. */
  #held: Buffer = nothing
  #heldBytes = 0

  /** `boundary` as the content type has it. `maxHeaderBytes` of a part, its empty line counted. */
  constructor(boundary: string, maxHeaderBytes: number) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
    this.#maxHeaderBytes = maxHeaderBytes
  }

  /** True when the last delimiter was read. A body that ends before is cut off. */
  get isComplete(): boolean {
    return this.#state === 'end'
  }

  /** The next bytes, when `next` has told `more`. */
  push(chunk: Uint8Array): void {
    this.#chunk = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    this.#at = 0
  }

  /** @throws {MalformedMultipart} or {PartHeaderTooLarge} with status 400. */
  next(): Token {
    for (;;) {
      if (this.#state === 'end') return 'end'
      if (this.#tailDue) {
        this.#tailDue = false
        return 'tail'
      }
      if (this.#at === this.#chunk.length) return 'more'
      if (this.#state === 'header') {
        if (this.#readHeader()) return 'head'
      } else if (this.#state === 'delimiter') this.#readDelimiterLine()
      else {
        const isContent = this.#state === 'content'
        this.bytes = this.#readContent()
        if (isContent && this.bytes.length > 0) return 'data'
      }
    }
  }

  /** Up to the next delimiter or the end of the chunk; the first part of a delimiter that turned out to be content counts as content. */
  #readContent(): Buffer {
    const chunk = this.#chunk
    const delimiter = this.#delimiter
    if (this.#matched > 0) return this.#resumeDelimiter()
    const start = this.#at
    const found = chunk.indexOf(delimiter, start)
    if (found >= 0) {
      this.#endContent(found + delimiter.length)
      return chunk.subarray(start, found)
    }
    this.#at = chunk.length
    // Only the last CR can begin a delimiter that goes on in the next chunk: there is no second one in it.
    const lastCr = chunk.subarray(Math.max(start, chunk.length - delimiter.length + 1)).lastIndexOf(cr)
    if (lastCr < 0) return chunk.subarray(start)
    const end = Math.max(start, chunk.length - delimiter.length + 1) + lastCr
    const matched = chunk.length - end
    if (!chunk.subarray(end).equals(delimiter.subarray(0, matched))) return chunk.subarray(start)
    this.#matched = matched
    return chunk.subarray(start, end)
  }

  #resumeDelimiter(): Buffer {
    const delimiter = this.#delimiter
    const matched = this.#matched
    const count = Math.min(delimiter.length - matched, this.#chunk.length - this.#at)
    const next = this.#chunk.subarray(this.#at, this.#at + count)
    if (next.equals(delimiter.subarray(matched, matched + count))) {
      this.#matched += count
      this.#at += count
      if (this.#matched === delimiter.length) {
        if (this.#borrowed > 0) throw new MalformedMultipart('A part of the form begins with a boundary.')
        this.#endContent(this.#at)
      }
      return nothing
    }
    const borrowed = this.#borrowed
    this.#matched = 0
    this.#borrowed = 0
    // A copy: who gets it may write into it.
    return Buffer.from(delimiter.subarray(borrowed, matched))
  }

  #endContent(at: number): void {
    this.#tailDue = this.#state === 'content'
    this.#matched = 0
    this.#state = 'delimiter'
    this.#line = ''
    this.#padding = 0
    this.#at = at
  }

  /** The rest of the delimiter's line: `--` for the last one, else spaces and CRLF. Anything else could be read in two ways. */
  #readDelimiterLine(): void {
    while (this.#at < this.#chunk.length) {
      const byte = this.#chunk[this.#at++] as number
      const line = this.#line
      if (line === '' && byte === dash) this.#line = '-'
      else if (line === '-' && byte === dash) {
        this.#state = 'end'
        return
      } else if (line !== '-' && line !== '\r' && (byte === space || byte === tab)) {
        this.#line = ' '
        if (++this.#padding > this.#maxHeaderBytes) throw new PartHeaderTooLarge(this.#maxHeaderBytes)
      } else if (line !== '-' && line !== '\r' && byte === cr) this.#line = '\r'
      else if (line === '\r' && byte === lf) {
        this.#state = 'header'
        this.#heldBytes = 0
        return
      } else throw new MalformedMultipart('A boundary of the form is followed by other text.')
    }
  }

  /** True when the block is complete, in `bytes`. */
  #readHeader(): boolean {
    const taken = this.#heldBytes
    let block = this.#chunk.subarray(this.#at, this.#at + this.#maxHeaderBytes - taken)
    if (taken > 0) {
      this.#hold(block)
      block = this.#held.subarray(0, this.#heldBytes)
    }
    // The line break of the delimiter is the first half of the empty line, when no field stands between.
    const isEmpty = block.length >= 2 && block[0] === cr && block[1] === lf
    const end = isEmpty ? 0 : block.indexOf(emptyLine, Math.max(0, taken - emptyLine.length + 1))
    if (end < 0) {
      if (block.length >= this.#maxHeaderBytes) throw new PartHeaderTooLarge(this.#maxHeaderBytes)
      if (taken === 0) this.#hold(block)
      this.#at = this.#chunk.length
      return false
    }
    this.#at += end + (isEmpty ? 2 : emptyLine.length) - taken
    this.#state = 'content'
    // A boundary right here ends an empty part for some, is content for others.
    this.#matched = 2
    this.#borrowed = 2
    this.bytes = block.subarray(0, end)
    this.#requireNoDelimiter(this.bytes)
    return true
  }

  #hold(bytes: Buffer): void {
    const size = this.#heldBytes + bytes.length
    if (size > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(256, size, this.#held.length * 2))
      this.#held.copy(larger, 0, 0, this.#heldBytes)
      this.#held = larger
    }
    bytes.copy(this.#held, this.#heldBytes)
    this.#heldBytes = size
  }

  /** Otherwise a part could hide in the header of another. */
  #requireNoDelimiter(header: Buffer): void {
    const bare = this.#delimiter.subarray(2)
    if (header.includes(this.#delimiter) || header.subarray(0, bare.length).equals(bare))
      throw new MalformedMultipart('The header of a part has no end.')
  }
}
