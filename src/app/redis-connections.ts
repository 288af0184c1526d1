/**
 * The Redis servers of an app: each is opened once, whoever asks, and at first use.
 */
import { openRedis, type Redis } from '../redis/index.ts'

export class RedisConnections {
  readonly #open = new Map<string, Redis>()

  /** @throws {ConfigError} for a URL that cannot be read, or without the package `@redis/client`. */
  get(url: string): Redis {
    const redis = this.#open.get(url) ?? openRedis(url)
    this.#open.set(url, redis)
    return redis
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(redis => redis.close()))
  }
}
