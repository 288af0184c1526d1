/**
 * Names with one or more values each, in the order they came. It reads like a `Map` of last values, and never changes.
 */
export class MultiValueDict<Value> implements Iterable<[string, Value]> {
  readonly #lists: ReadonlyMap<string, readonly Value[]>

  /** Keeps the map it is given: do not change it afterwards. */
  constructor(lists: ReadonlyMap<string, readonly Value[]> = new Map()) {
    this.#lists = lists
  }

  /** How many different names there are. */
  get size(): number {
    return this.#lists.size
  }

  has(name: string): boolean {
    return this.#lists.has(name)
  }

  /** The last value of the name. */
  get(name: string): Value | undefined {
    return this.#lists.get(name)?.at(-1)
  }

  /** Every value of the name; empty when there is none. */
  getList(name: string): readonly Value[] {
    return this.#lists.get(name) ?? []
  }

  keys(): IterableIterator<string> {
    return this.#lists.keys()
  }

  /** Each name with its last value. */
  *entries(): IterableIterator<[string, Value]> {
    for (const [name, values] of this.#lists) {
      const last = values.at(-1)
      if (last !== undefined) yield [name, last]
    }
  }

  [Symbol.iterator](): IterableIterator<[string, Value]> {
    return this.entries()
  }

  /** Each name with all its values. */
  lists(): IterableIterator<[string, readonly Value[]]> {
    return this.#lists.entries()
  }
}
