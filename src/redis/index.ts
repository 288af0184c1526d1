/**
 * `nuages/redis`: a Redis server or a Redis Cluster, by its URL.
 *
 * Start with `openRedis()`.
 *
 * @module
 */
export { RedisUnavailable, type RedisUnavailableReason, redisUnavailableReasons } from './errors.ts'
export { openRedis } from './open.ts'
export type { Redis, RedisArgument, RedisOptions, RedisReply, RedisScript, SetOptions } from './redis.ts'
export { parseRedisUrl, type RedisAddress, type RedisHost } from './url.ts'
