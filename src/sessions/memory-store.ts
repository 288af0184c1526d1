/**
 * Sessions in this process's memory, for tests: gone with the process, and unknown to any other.
 */
import { type Clock, systemClock } from '../kit/index.ts'
import type { SessionStore } from './store.ts'

/** Keeps the whole contract of `SessionStore`; each step waits a turn of the event loop, so that tests see real interleavings. */
export function createMemorySessionStore(clock: Clock = systemClock): SessionStore {
  const rows = new Map<string, { text: string; expiresAt: number }>()
  const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
  const expired = (): string[] => [...rows].flatMap(([key, row]) => (row.expiresAt <= clock() ? [key] : []))
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
      if (rows.get(key)?.text !== seen) return false
      rows.set(key, { text, expiresAt })
      return true
    },
    async delete(key, seen) {
      await turn()
      return (seen === undefined || rows.get(key)?.text === seen) && rows.delete(key)
    },
    async clearExpired(limit) {
      await turn()
      const keys = expired().slice(0, limit)
      for (const key of keys) rows.delete(key)
      return keys.length
    },
    async countExpired() {
      await turn()
      return expired().length
    },
    ping: turn,
    async close() {
      rows.clear()
    },
  }
}
