/** The bytes of a pickle, read from the first to the last. Nothing is set aside for a length before as many bytes are there. */
import { PickleDamaged } from './errors.ts'

export class PickleTape {
  readonly #bytes: Buffer
  #index = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The index of the next `count` bytes, which are passed. @throws {PickleDamaged} when there are not so many. */
  #take(count: number): number {
    const start = this.#index
    if (count > this.#bytes.length - start) throw new PickleDamaged('It ends too early.')
    this.#index = start + count
    return start
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#take(1))
  }

  uint16(): number {
    return this.#bytes.readUInt16LE(this.#take(2))
  }

  int32(): number {
    return this.#bytes.readInt32LE(this.#take(4))
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#take(4))
  }

  /** A length of eight bytes. Rounded above 2^53, where it is too long all the same. */
  uint64(): number {
    return Number(this.#bytes.readBigUInt64LE(this.#take(8)))
  }

  float64(): number {
    return this.#bytes.readDoubleBE(this.#take(8))
  }

  bytes(count: number): Buffer {
    const start = this.#take(count)
    return this.#bytes.subarray(start, start + count)
  }

  /** Up to the next line feed, which is passed too. */
  line(): Buffer {
    const end = this.#bytes.indexOf(0x0a, this.#index)
    if (end < 0) throw new PickleDamaged('A line does not end.')
    const line = this.#bytes.subarray(this.#index, end)
    this.#index = end + 1
    return line
  }
}
