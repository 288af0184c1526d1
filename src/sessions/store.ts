/**
 * The seam between sessions and where they are kept.
 *
 * Owns nothing. An engine is an implementation of `SessionStore`.
 */

/**
 * Keeps signed texts by key. Every write is a compare-and-swap: what a caller has not seen it cannot overwrite.
 *
 * `nuages/testing` has its contract as tests, for engines of your own: `sessionStoreContract`.
 */
export interface SessionStore {
  /** The stored text, or `null` for a key that is unknown or expired. */
  load(key: string): Promise<string | null>
  /** Resolves `false`, and writes nothing, when the key is taken. `expiresAt`: milliseconds since the Unix epoch. */
  create(key: string, text: string, expiresAt: number): Promise<boolean>
  /** Replaces `seen` by `text`. Resolves `false`, and writes nothing, when the key no longer holds `seen` or is gone. */
  replace(key: string, seen: string, text: string, expiresAt: number): Promise<boolean>
  /** Removes a key; with `seen`, only while it holds that. Resolves whether it was there to be removed: what is not there is no error. */
  delete(key: string, seen?: string): Promise<boolean>
  /** Removes at most `limit` expired sessions; resolves how many. An engine that forgets them by itself has none. */
  clearExpired(limit: number): Promise<number>
  /** How many sessions have expired and are not removed yet: the length of a progress bar. */
  countExpired(): Promise<number>
  /** Resolves when the engine answers; else rejects with an `HttpError` of status 503. */
  ping(): Promise<void>
  /** Lets go of what the engine holds open for itself. */
  close(): Promise<void>
}
