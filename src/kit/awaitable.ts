/** A value, or a promise of it: what a function may return that need not wait. */
export type Awaitable<T> = T | Promise<T>
