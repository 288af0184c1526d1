/**
 * The seam between sessions and where they are kept.
 *
 * Owns nothing. An engine is an implementation of `SessionStore`.
 */

/** Keeps signed texts by key. Every write is a compare-and-swap: what a caller has not seen it cannot overwrite. */
export interface SessionStore {
  /** The stored text, or `null` for a key that is unknown or expired. Never throws for a bad key. */
  load(key: string): Promise<string | null>
  /** Resolves `false`, and writes nothing, when the key is taken. `expiresAt`: milliseconds since the Unix epoch. */
  create(key: string, text: string, expiresAt: number): Promise<boolean>
  /** Replaces `seen` by `text`. Resolves `false`, and writes nothing, when the row no longer holds `seen` or is gone. */
  replace(key: string, seen: string, text: string, expiresAt: number): Promise<boolean>
  /**
   * Replaces `seen` by `text` under another key, in one step: at no moment are both keys good.
   * Resolves `false`, and writes nothing, when the row no longer holds `seen` or is gone. The new key is fresh and random.
   */
  rename(key: string, seen: string, newKey: string, text: string, expiresAt: number): Promise<boolean>
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>
  /** Removes at most `limit` expired sessions; resolves how many. */
  clearExpired(limit: number): Promise<number>
}
