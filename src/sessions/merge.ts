/**
 * Brings the changes of one request and what others stored meanwhile together, per top-level key, never deeper.
 *
 * Pure: keys, JSON texts, nothing else.
 */

/** What one request wants to do to one key. */
export interface Change {
  /** The JSON text to store; `null` removes the key. */
  readonly text: string | null
  /** What was stored under the key when this request first met it: a JSON text, `null` for "not there". */
  readonly seen: string | null
  /** True for a key that was set or deleted without having been read: the last write wins. */
  readonly blind: boolean
  /** For a key changed by `update`: computes the text anew from what is there now. */
  readonly again: ((current: string | null) => string | null) | null
}

/** The data to store, and the keys on which both sides disagree. */
export interface Merged {
  readonly data: Map<string, string>
  readonly conflicts: readonly string[]
}

/** Applies `changes` to `current`, which is left as it is. Keys nobody here changed keep their text and their place. */
export function mergeChanges(current: ReadonlyMap<string, string>, changes: ReadonlyMap<string, Change>): Merged {
  const data = new Map(current)
  const conflicts: string[] = []
  for (const [key, change] of changes) {
    const present = current.get(key) ?? null
    let text = change.text
    if (present !== change.seen) {
      if (change.again !== null) text = change.again(present)
      else if (!change.blind && (text !== null || present !== null)) conflicts.push(key) // both deleted it: agreed
    }
    if (text === null) data.delete(key)
    else data.set(key, text)
  }
  return { data, conflicts }
}
