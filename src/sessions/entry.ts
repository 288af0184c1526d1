/**
 * One key of a session during one request: its value, and whether it changed.
 *
 * Pure. Owns seeing changes, in place too, by comparing texts. Leaves bringing them together with others' to ./merge.ts.
 */
import { parseJson, serializeJson, UnserializableError } from '../kit/index.ts'
import type { Change } from './merge.ts'
import type { Reader } from './session-data.ts'

/** A key that this request read or wrote. */
export interface Entry {
  value: unknown
  /** JSON text the value was read from; `null`: the key was not there. */
  seen: string | null
  /** JSON text of the value as it was first shown: `seen`, unless a schema made another one of it. */
  shown: string | null
  /** True once the value or its absence was shown to the caller. */
  read: boolean
  /** True after `set` or `delete`; changes in place need no mark. */
  assigned: boolean
  /** Functions of `update` that are not stored yet. */
  updates: Update[]
}

/** A function of `update`: computes a value from the one before. */
export type Update = (value: never) => unknown

/** What is to be stored of an entry; `null` when it is as it was. */
export function changeOf(key: string, entry: Entry, read: Reader): Change | null {
  const { value, seen, shown, assigned, updates } = entry
  const marked = assigned || updates.length > 0
  if (!marked && (value === null || typeof value !== 'object')) return null
  const text = value === undefined ? null : textOf(key, value, seen)
  if (text === seen || (!marked && text === normalize(shown))) return null
  return { text, seen, blind: assigned && !entry.read, again: updates.length === 0 ? null : replay(key, updates, read) }
}

/** The JSON text of a value; numbers that did not change keep the spelling they had in `like`. @throws {UnserializableError} with the path from the key on. */
export function textOf(key: string, value: unknown, like: string | null): string {
  try {
    return serializeJson(value, like ?? undefined)
  } catch (error) {
    throw error instanceof UnserializableError ? error.within(key) : error
  }
}

/** The text we would write for an unchanged value: Python may have put spaces, or spelled characters otherwise. */
function normalize(text: string | null): string | null {
  return text === null ? null : serializeJson(parseJson(text), text)
}

/** The functions of `update`, in order, on a fresh value. */
function replay(key: string, updates: readonly Update[], read: Reader): (current: string | null) => string | null {
  return current => {
    let { value } = read(key, current)
    for (const update of updates) value = update(value as never)
    return value === undefined ? null : textOf(key, value, current)
  }
}
