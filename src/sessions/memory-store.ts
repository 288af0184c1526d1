/**
 * Sessions in this process's memory, for tests: gone with the process, and unknown to any other.
 */
import { type Clock, systemClock } from '../kit/index.ts'
import type { SessionStore } from './store.ts'

/** Keeps the whole contract of `SessionStore`; each step waits a turn of the event loop, so that tests see real interleavings. */
export function createMemorySessionStore(clock: Clock = systemClock): SessionStore {
  const rows = new Map<string, { text: string; expiresAt: number }>()
  const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
  const swap = (key: string, seen: string, newKey: string, text: string, expiresAt: number): boolean => {
    if (rows.get(key)?.text !== seen) return false
    rows.delete(key)
    rows.set(newKey, { text, expiresAt })
    return true
  }
  return {
    async load(key) {
      await turn()
      const row = rows.get(key)
      return row !== undefined && row.expiresAt > clock() ? row.text : null
    },
    async create(key, text, expiresAt) {
      await turn()
      if (rows.has(key)) return false
      rows.set(key, { text, expiresAt })
      return true
    },
    async replace(key, seen, text, expiresAt) {
      await turn()
      return swap(key, seen, key, text, expiresAt)
    },
    async rename(key, seen, newKey, text, expiresAt) {
      await turn()
      return swap(key, seen, newKey, text, expiresAt)
    },
    async delete(key) {
      await turn()
      rows.delete(key)
    },
    async clearExpired(limit) {
      await turn()
      const expired = [...rows].filter(([, row]) => row.expiresAt <= clock()).slice(0, limit)
      for (const [key] of expired) rows.delete(key)
      return expired.length
    },
  }
}
