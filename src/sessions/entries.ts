/**
 * What one request knows of the keys of its session: those it has read, those it has changed.
 *
 * Owns the marks, and what a save changes about them. Leaves one key to ./entry.ts, and when to save to ./session.ts.
 */
import type { SessionTexts } from './codec.ts'
import { changeOf, type Entry, textOf, type Update } from './entry.ts'
import type { Change } from './merge.ts'
import type { Reader } from './session-data.ts'

/** Over what is stored, which each save replaces. */
export class SessionEntries {
  readonly #read: Reader
  readonly #entries = new Map<string, Entry>()
  stored: SessionTexts

  constructor(read: Reader, stored: SessionTexts) {
    this.#read = read
    this.stored = stored
  }

  /** The entry of a key, read at first use. */
  get(key: string): Entry {
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      const seen = this.stored.get(key) ?? null
      const { value, shown } = this.#read(key, seen)
      entry = { value, seen, shown, read: false, assigned: false, updates: [] }
      this.#entries.set(key, entry)
    }
    return entry
  }

  /** Sets a key without looking at what it was. */
  assign(key: string, value: unknown): void {
    const entry = this.get(key)
    entry.value = value
    entry.assigned = true
    entry.updates = []
  }

  /** Those that are stored, then the new ones; keys without a value too. */
  *keys(): IterableIterator<string> {
    yield* this.stored.keys()
    for (const key of this.#entries.keys()) if (!this.stored.has(key)) yield key
  }

  /** Forgets all of them. */
  reset(stored: SessionTexts): void {
    this.#entries.clear()
    this.stored = stored
  }

  /**
   * Makes the entry of a key ready for `Session.update`: what was only read gives way to what is stored now, what was changed in place counts as set.
   * Returns what puts the key back.
   */
  beginUpdate(key: string): () => void {
    const present = this.#entries.get(key)
    if (present !== undefined && !present.assigned && changeOf(key, present, this.#read) !== null)
      present.assigned = true
    if (present?.assigned) {
      const text = present.value === undefined ? null : textOf(key, present.value, present.seen)
      return () => {
        present.value = this.#read(key, text).value
      }
    }
    this.#entries.delete(key)
    const entry = this.get(key)
    return () => {
      if (entry.assigned) return // set meanwhile
      if (present === undefined) this.#entries.delete(key)
      else this.#entries.set(key, present)
    }
  }

  /** True when nothing can have changed: all that was read are texts, numbers and their like. */
  get isUntouched(): boolean {
    for (const { assigned, updates, value } of this.#entries.values())
      if (assigned || updates.length > 0 || (value !== null && typeof value === 'object')) return false
    return true
  }

  /** What is to be stored. @throws {UnserializableError} for a value that JSON cannot hold, with its path. */
  changes(): ReadonlyMap<string, Change> {
    const changes = new Map<string, Change>()
    for (const [key, entry] of this.#entries) {
      const change = changeOf(key, entry, this.#read)
      if (change !== null) changes.set(key, change)
    }
    return changes
  }

  /**
   * Takes the marks off before a save: what the caller sets while it runs is a new change, and stays if the save fails. Returns what puts the others
   * back then.
   */
  markStored(changes: ReadonlyMap<string, Change>): () => void {
    const marks: [Entry, boolean, Update[]][] = []
    for (const key of changes.keys()) {
      const entry = this.#entries.get(key) as Entry
      marks.push([entry, entry.assigned, entry.updates])
      entry.assigned = false
      entry.updates = []
    }
    return () => {
      for (const [entry, assigned, updates] of marks) {
        if (entry.assigned) continue
        entry.assigned = assigned
        entry.updates = updates
      }
    }
  }

  /** After a save the entries stand on what is stored now; the merge may have computed another value than we had. */
  settle(changes: ReadonlyMap<string, Change>, stored: SessionTexts): void {
    this.stored = stored
    for (const [key, change] of changes) {
      const entry = this.#entries.get(key)
      if (entry === undefined) continue
      const text = stored.get(key) ?? null
      entry.seen = text
      entry.shown = text
      if (text !== change.text && !entry.assigned) Object.assign(entry, this.#read(key, text))
    }
  }
}
