/**
 * Sessions where Django's engine `cache` keeps them: in its Redis cache, one key for each, forgotten by Redis when its time has come.
 *
 * Owns the one script that compares and swaps, by bytes. Leaves the pickles to ./pickle-codec.ts: a text here is a value's bytes as latin-1.
 */
import { type Clock, systemClock } from '../kit/index.ts'
import type { Redis } from '../redis/index.ts'
import type { SessionStore } from './store.ts'

export interface DjangoCacheSessionStoreOptions {
  /** Stands before each session's key. Default: `':1:django.contrib.sessions.cache'`, of a cache with no KEY_PREFIX. */
  readonly prefix?: string
  /** From when the time is counted until Redis forgets a session, by its own clock. */
  readonly clock?: Clock
}

/** ARGV: the bytes that were seen, the new ones or '' to delete, their life in ms. */
const swapScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1`

const toBytes = (text: string): Buffer => Buffer.from(text, 'latin1')

/** The engine `cache` beside a Django of `DJANGO_VERSION`. */
export function createDjangoCacheSessionStore(
  redis: Redis,
  options: DjangoCacheSessionStoreOptions = {},
): SessionStore {
  const { prefix = ':1:django.contrib.sessions.cache', clock = systemClock } = options
  const swap = redis.prepare(swapScript)
  const lifeOf = (expiresAt: number): number => Math.ceil(expiresAt - clock())

  return {
    async load(key) {
      const value = await redis.getBytes(prefix + key)
      return value === null ? null : Buffer.from(value).toString('latin1')
    },
    async create(key, text, expiresAt) {
      const lifeMs = lifeOf(expiresAt)
      if (lifeMs <= 0) return (await redis.getBytes(prefix + key)) === null
      return redis.set(prefix + key, toBytes(text), { onlyNew: true, lifeMs })
    },
    async replace(key, seen, text, expiresAt) {
      const lifeMs = lifeOf(expiresAt)
      const value = lifeMs > 0 ? toBytes(text) : ''
      return (await swap.run(prefix + key, [toBytes(seen), value, String(lifeMs)])) === 1
    },
    async delete(key, seen) {
      if (seen === undefined) return redis.delete(prefix + key)
      return (await swap.run(prefix + key, [toBytes(seen), '', '0'])) === 1
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
