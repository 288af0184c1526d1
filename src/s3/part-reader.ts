/**
 * The bytes of a source in parts of one size, in buffers that are used again.
 */

/** A part; `isLast`: nothing comes after it. Its bytes are its reader's until `release`. */
export interface SourcePart {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly isLast: boolean
}

/** What a buffer begins with: most files are small. In bytes. */
const firstBytes = 65_536

export class PartReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #partBytes: number
  readonly #spare: ArrayBuffer[] = []
  /** Read, and in no part yet. */
  #rest: Uint8Array = new Uint8Array(0)

  constructor(chunks: AsyncIterable<Uint8Array>, partBytes: number) {
    this.#chunks = chunks[Symbol.asyncIterator]()
    this.#partBytes = partBytes
  }

  /** Of `partBytes`, but for the last one, which may be empty. What the source throws is passed on. */
  async next(): Promise<SourcePart> {
    let buffer = this.#spare.pop() ?? new ArrayBuffer(Math.min(firstBytes, this.#partBytes))
    let filled = 0
    for (;;) {
      const piece = this.#rest.subarray(0, this.#partBytes - filled)
      buffer = grown(buffer, filled, { needed: filled + piece.byteLength, most: this.#partBytes })
      new Uint8Array(buffer).set(piece, filled)
      filled += piece.byteLength
      this.#rest = this.#rest.subarray(piece.byteLength)
      // Only the next byte tells that this was not the last.
      if (this.#rest.byteLength > 0) return { bytes: new Uint8Array(buffer, 0, filled), isLast: false }
      const { done, value } = await this.#chunks.next()
      if (done === true) return { bytes: new Uint8Array(buffer, 0, filled), isLast: true }
      this.#rest = value
    }
  }

  /** The bytes of a part are no longer needed. */
  release(bytes: Uint8Array<ArrayBuffer>): void {
    this.#spare.push(bytes.buffer)
  }

  /** Lets go of the source. Nobody waits for one that gives nothing. */
  close(): void {
    this.#chunks.return?.()?.catch(() => {})
  }
}

function grown(
  buffer: ArrayBuffer,
  filled: number,
  { needed, most }: { readonly needed: number; readonly most: number },
): ArrayBuffer {
  if (needed <= buffer.byteLength) return buffer
  const larger = new ArrayBuffer(Math.min(most, Math.max(needed, buffer.byteLength * 4)))
  new Uint8Array(larger).set(new Uint8Array(buffer, 0, filled))
  return larger
}
