/**
 * The seam between Nuages and Redis.
 *
 * Owns the interfaces: as little of Redis as the rooms above need. Every command is about one key, so that all of it works on a cluster.
 */

/** What a script returns. Lua's `false` and `nil` are `null`; a list ends at the first `nil`. */
export type RedisReply = string | number | null | readonly RedisReply[]

/** What a command may send: text goes as UTF-8, bytes as they are. */
export type RedisArgument = string | Uint8Array

/** A Lua script over one key, run in one atomic step; the server is told its text once and knows it by its hash from then on. */
export interface RedisScript {
  /** In the script the key is `KEYS[1]`, and `args` are `ARGV`. */
  run(key: string, args?: readonly RedisArgument[]): Promise<RedisReply>
}

export interface SetOptions {
  /** Writes only where there is no such key. Default: false. */
  readonly onlyNew?: boolean
  /** Milliseconds until the server forgets the key; a whole number from 1. Default: never. */
  readonly lifeMs?: number
}

/**
 * One Redis, or one cluster. What it is asked in one turn of the event loop is sent together.
 *
 * A command that fails by `RedisUnavailable` may have been carried out, unless no connection was made.
 *
 * @throws {RedisUnavailable} from every method but `prepare` and `close`, when Redis does not answer or refuses to write.
 */
export interface Redis {
  get(key: string): Promise<string | null>
  /** The value as it is: `get` reads it as UTF-8. */
  getBytes(key: string): Promise<Uint8Array | null>
  /** Resolves `false` when `onlyNew` kept it from writing. */
  set(key: string, value: RedisArgument, options?: SetOptions): Promise<boolean>
  /** Resolves whether there was such a key. */
  delete(key: string): Promise<boolean>
  /** Nothing is sent before it first runs. */
  prepare(lua: string): RedisScript
  /** Resolves when Redis answers; a cluster, when it says that it is whole. */
  ping(): Promise<void>
  /**
   * How many connections have been lost or given up. While it stays the same, every answer has come from a server that has not been restarted:
   * after that one may know less, or older things, than it did.
   */
  readonly losses: number
  /** Waits for what was asked, then ends every connection. What is asked later rejects. */
  close(): Promise<void>
}

export interface RedisOptions {
  /** Longest wait for a connection that is ready for commands, in milliseconds. Default: 2000. */
  readonly connectMs?: number
  /** Longest wait for an answer, in milliseconds. The connection is given up after it. Default: 2000. */
  readonly commandMs?: number
}
