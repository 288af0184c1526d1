/**
 * Sessions in Redis, or in a Redis Cluster.
 *
 * Owns the form of a value, `<expiry in ms>:<text>`, and the one script that compares and swaps. Each session is one key, each step one
 * command about it, so that nothing here depends on where a cluster keeps its keys.
 */
import { type Clock, systemClock } from '../kit/index.ts'
import type { Redis } from '../redis/index.ts'
import type { SessionStore } from './store.ts'

export interface CacheSessionStoreOptions {
  /** Stands before each session's key. Default: `'nuages:cache:'`. */
  readonly prefix?: string
  /** Decides what has expired; Redis forgets by its own clock, some time after. */
  readonly clock?: Clock
}

/** ARGV: the text that was seen, the new value or '' to delete, its life in ms. */
const swapScript = `
local stored = redis.call('GET', KEYS[1])
local colon = stored and string.find(stored, ':', 1, true)
if not colon or string.sub(stored, colon + 1) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1`

/** The engine `cache`. It keeps what Redis keeps: see docs/redis.md for a Redis that restarts. */
export function createCacheSessionStore(redis: Redis, options: CacheSessionStoreOptions = {}): SessionStore {
  const { prefix = 'nuages:cache:', clock = systemClock } = options
  const swap = redis.prepare(swapScript)
  const lifeOf = (expiresAt: number): number => Math.ceil(expiresAt - clock())

  return {
    async load(key) {
      const value = await redis.get(prefix + key)
      if (value === null) return null
      const colon = value.indexOf(':')
      return Number(value.slice(0, colon)) > clock() ? value.slice(colon + 1) : null
    },
    create(key, text, expiresAt) {
      const lifeMs = Math.max(1, lifeOf(expiresAt))
      return redis.set(prefix + key, `${Math.ceil(expiresAt)}:${text}`, { onlyNew: true, lifeMs })
    },
    async replace(key, seen, text, expiresAt) {
      const lifeMs = lifeOf(expiresAt)
      const value = lifeMs > 0 ? `${Math.ceil(expiresAt)}:${text}` : ''
      return (await swap.run(prefix + key, [seen, value, String(lifeMs)])) === 1
    },
    async delete(key, seen) {
      return seen === undefined ? redis.delete(prefix + key) : (await swap.run(prefix + key, [seen, '', '0'])) === 1
    },
    async clearExpired() {
      return 0
    },
    async countExpired() {
      return 0
    },
    ping: () => redis.ping(),
    async close() {
      // Redis is its opener's.
    },
  }
}
