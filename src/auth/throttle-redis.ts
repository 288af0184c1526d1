/**
 * Failed logins counted in Redis, for all servers that share it.
 */
import { randomUUID } from 'node:crypto'
import type { Redis } from '../redis/index.ts'
import type { ThrottleStore } from './throttle-store.ts'

const prefix = 'nuages:login-throttle:'

/** ARGV: places, window in milliseconds, name of a new window. */
const takeScript = `
local taken = redis.call('HGET', KEYS[1], 'taken')
if not taken then
  redis.call('HSET', KEYS[1], 'window', ARGV[3], 'taken', 1)
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return {1, ARGV[3], tonumber(ARGV[2])}
end
local window = redis.call('HGET', KEYS[1], 'window')
local left = redis.call('PTTL', KEYS[1])
if tonumber(taken) >= tonumber(ARGV[1]) then return {0, window, left} end
redis.call('HINCRBY', KEYS[1], 'taken', 1)
return {1, window, left}`

/** ARGV: name of the window. */
const giveBackScript = `
if redis.call('HGET', KEYS[1], 'window') == ARGV[1] then redis.call('HINCRBY', KEYS[1], 'taken', -1) end
return 0`

/** Keys begin with `nuages:login-throttle:` and expire. The functions reject with `RedisUnavailable`, status 503. */
export function createRedisThrottleStore(redis: Redis): ThrottleStore {
  const take = redis.prepare(takeScript)
  const giveBack = redis.prepare(giveBackScript)
  return {
    async take(key, { places, windowMs }) {
      const reply = await take.run(prefix + key, [String(places), String(windowMs), randomUUID()])
      const [taken, window, endsInMs] = reply as readonly [number, string, number]
      return { taken: taken === 1, window, endsInMs }
    },
    async giveBack(key, window) {
      await giveBack.run(prefix + key, [window])
    },
  }
}
