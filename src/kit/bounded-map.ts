/**
 * A `Map` that forgets what has not been used for long.
 *
 * Two generations instead of a list ordered by use: a hit on a recent key costs one look-up and moves nothing.
 * When the young generation is full it becomes the old one, and what was old is dropped as a whole.
 */
export class BoundedMap<K, V> {
  readonly #half: number
  #young: Map<K, V> = new Map()
  #old: Map<K, V> = new Map()

  /**
   * Never holds more than `maxEntries`, and never drops one of the `maxEntries / 2` used last.
   *
   * Counts entries, not bytes: keep large values out, or the bound bounds nothing.
   *
   * @throws {RangeError} when `maxEntries` is not an integer of at least 2.
   */
  constructor(maxEntries: number) {
    if (!Number.isSafeInteger(maxEntries) || maxEntries < 2) throw new RangeError('maxEntries must be 2 or more.')
    this.#half = Math.floor(maxEntries / 2)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** The value, now the one used last; `undefined` when it is not there. */
  get(key: K): V | undefined {
    const value = this.#young.get(key)
    if (value !== undefined || this.#old.size === 0) return value
    const older = this.#old.get(key)
    if (older !== undefined) this.set(key, older)
    return older
  }

  set(key: K, value: V): this {
    this.#old.delete(key)
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
    return this
  }

  delete(key: K): boolean {
    return this.#young.delete(key) || this.#old.delete(key)
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }
}
