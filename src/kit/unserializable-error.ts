import { latePattern } from './late-pattern.ts'

const identifier = latePattern(String.raw`^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$`, 'u')

/**
 * A value that JSON cannot hold exactly was to be stored. A bug in the application, not the visitor's doing:
 * it becomes a blank 500, and the path is in the log. Nothing has been written.
 */
export class UnserializableError extends Error {
  override readonly name = 'UnserializableError'
  readonly code = 'kit/unserializable'
  /** Where the culprit is: `items[2].price`, `["odd key"].x`, or the empty text for the value as a whole. */
  readonly path: string
  /** What is there: `a Map`, `undefined inside an array`. */
  readonly problem: string
  readonly #keys: readonly (string | number)[]
  constructor(keys: readonly (string | number)[], problem: string) {
    const path = pathText(keys)
    super(`JSON cannot hold ${problem}${path === '' ? '' : ` (at ${path})`}. Store plain data instead.`)
    this.path = path
    this.problem = problem
    this.#keys = keys
  }

  /** The same error as seen from the object that holds the value under `key`: `price` becomes `cart.price`. */
  within(key: string): UnserializableError {
    return new UnserializableError([key, ...this.#keys], this.problem)
  }
}

function pathText(keys: readonly (string | number)[]): string {
  let text = ''
  for (const key of keys) {
    if (typeof key === 'number') text += `[${key}]`
    else if (!identifier().test(key)) text += `[${JSON.stringify(key)}]`
    else text += text === '' ? key : `.${key}`
  }
  return text
}
