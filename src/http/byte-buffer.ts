/**
 * Bytes that come in pieces, kept as one.
 *
 * Copies them: a list of pieces would take fifty times their size when a client sends them one by one.
 */
export class ByteBuffer {
  #buffer: Buffer<ArrayBuffer> = Buffer.from(new ArrayBuffer(0))
  #size = 0

  get size(): number {
    return this.#size
  }

  append(bytes: Uint8Array): void {
    const size = this.#size + bytes.byteLength
    if (size > this.#buffer.length) {
      // Moves the bytes where they do not fit, and gives the old memory back at once.
      this.#buffer = Buffer.from(this.#buffer.buffer.transfer(Math.max(size, this.#buffer.length * 2)))
    }
    this.#buffer.set(bytes, this.#size)
    this.#size = size
  }

  /** What was appended: the memory itself, no copy. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#size)
  }

  /** What was appended, in memory of just its size. Starts anew. */
  take(): Buffer {
    const bytes = this.#size * 2 > this.#buffer.length ? this.bytes() : Buffer.from(this.bytes())
    this.#buffer = Buffer.from(new ArrayBuffer(0))
    this.#size = 0
    return bytes
  }
}
