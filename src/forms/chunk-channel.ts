/**
 * From who has chunks to who pulls them, one at a time: nothing is kept in between.
 */

/** Who gives a chunk goes on when who pulls asks for the next. For one of each. */
export class ChunkChannel implements AsyncIterable<Uint8Array> {
  #chunk: Uint8Array | null = null
  #giver: PromiseWithResolvers<void> | null = null
  #taker: PromiseWithResolvers<IteratorResult<Uint8Array>> | null = null
  #failure: { readonly error: unknown } | null = null
  #isOver = false

  /** Resolves when the chunk has been dealt with; it is not looked at any more then. Rejects with what `fail` was told. */
  give(chunk: Uint8Array): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure.error)
    if (this.#isOver) return Promise.resolve()
    this.#giver = Promise.withResolvers()
    if (this.#taker === null) this.#chunk = chunk
    else this.#answer({ done: false, value: chunk })
    return this.#giver.promise
  }

  /** There are no more. */
  end(): void {
    this.#isOver = true
    this.#answer({ done: true, value: undefined })
  }

  /** Both sides hear of it. The first failure counts. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#chunk = null
    this.#giver?.reject(error)
    this.#giver = null
    this.#taker?.reject(error)
    this.#taker = null
  }

  #answer(result: IteratorResult<Uint8Array>): void {
    this.#taker?.resolve(result)
    this.#taker = null
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () => this.#take(),
      return: async () => {
        this.#isOver = true
        this.#chunk = null
        this.#giver?.resolve()
        this.#giver = null
        return { done: true, value: undefined }
      },
    }
  }

  #take(): Promise<IteratorResult<Uint8Array>> {
    if (this.#failure !== null) return Promise.reject(this.#failure.error)
    const value = this.#chunk
    if (value !== null) {
      this.#chunk = null
      return Promise.resolve({ done: false, value })
    }
    this.#giver?.resolve()
    this.#giver = null
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined })
    this.#taker = Promise.withResolvers()
    return this.#taker.promise
  }
}
