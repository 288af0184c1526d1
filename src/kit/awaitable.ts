/** A value, or a promise of it: what a function may return that need not wait. */
export type Awaitable<T> = T | Promise<T>

/** A promise that may fail while the view waits for something else: whoever awaits it hears of it, and Node does not end the process. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
