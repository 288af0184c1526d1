/**
 * Opens a Redis by its URL.
 *
 * Owns the choice between one server and a cluster, the commands, and the message when `@redis/client` is missing.
 */
import { createHash } from 'node:crypto'
import { loadOptionalPackage } from '../kit/index.ts'
import { Cluster } from './cluster.ts'
import { type Client, Connection, type ReplyOptions } from './connection.ts'
import { RedisUnavailable } from './errors.ts'
import type { Redis, RedisArgument, RedisOptions, RedisReply, RedisScript, SetOptions } from './redis.ts'
import { parseRedisUrl, type RedisAddress } from './url.ts'

type Driver = typeof import('@redis/client')

/** Longest waits, in milliseconds. */
const defaultConnectMs = 2000
const defaultCommandMs = 2000

/**
 * Opens the Redis of a `REDIS_URL` (see `parseRedisUrl` for the spellings).
 *
 * It need not answer yet: the first command connects, and a lost connection is made anew.
 *
 * @example
 * const redis = openRedis('redis://127.0.0.1:6379/0')
 * await redis.set('greeting', 'hello', { lifeMs: 60_000 })
 *
 * @throws {ConfigError} for a URL it cannot read, and when `@redis/client` is not installed.
 */
export function openRedis(url: string, options: RedisOptions = {}): Redis {
  return new OpenRedis(parseRedisUrl(url), loadOptionalPackage<Driver>('@redis/client', 'REDIS_URL'), options)
}

/** Where commands go: one server, or the node that has the key. */
interface Route {
  send(key: string, args: readonly RedisArgument[], options?: ReplyOptions): Promise<RedisReply>
  ping(): Promise<void>
  close(): Promise<void>
}

class OpenRedis implements Redis {
  readonly #route: Route
  readonly #bytes: ReplyOptions
  losses = 0

  constructor(address: RedisAddress, driver: Driver, options: RedisOptions) {
    this.#bytes = { typeMapping: { [driver.RESP_TYPES.BLOB_STRING]: Buffer } }
    const { connectMs = defaultConnectMs, commandMs = defaultCommandMs } = options
    const onLost = (): void => {
      this.losses += 1
    }
    const isReply = (error: Error): boolean => error instanceof driver.ErrorReply
    const connect = (where: RedisAddress): Connection =>
      new Connection({
        create: () => createClient(driver, where, connectMs),
        label: where.label,
        isReply,
        connectMs,
        commandMs,
        onLost,
      })
    if (address.kind !== 'cluster') this.#route = new Server(connect(address), address.label)
    else {
      const { hosts, label, ...shared } = address
      this.#route = new Cluster({
        hosts,
        label,
        onLost,
        connect: host => connect({ ...shared, kind: 'server', host, database: 0, label: `${host.host}:${host.port}` }),
      })
    }
  }

  async get(key: string): Promise<string | null> {
    return (await this.#route.send(key, ['GET', key])) as string | null
  }

  async getBytes(key: string): Promise<Uint8Array | null> {
    // Told so, the driver gives bytes where `RedisReply` has text.
    return (await this.#route.send(key, ['GET', key], this.#bytes)) as unknown as Uint8Array | null
  }

  async set(key: string, value: RedisArgument, { onlyNew = false, lifeMs }: SetOptions = {}): Promise<boolean> {
    const life = lifeMs === undefined ? [] : ['PX', String(lifeMs)]
    return (await this.#route.send(key, ['SET', key, toArgument(value), ...life, ...(onlyNew ? ['NX'] : [])])) === 'OK'
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#route.send(key, ['DEL', key])) === 1
  }

  prepare(lua: string): RedisScript {
    const hash = createHash('sha1').update(lua).digest('hex')
    return {
      run: (key, given = []) => {
        const args = given.map(toArgument)
        return this.#route.send(key, ['EVALSHA', hash, '1', key, ...args]).catch(error => {
          // Each server has to be told once, and again after its restart; nothing has run.
          if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
          return this.#route.send(key, ['EVAL', lua, '1', key, ...args])
        })
      },
    }
  }

  ping(): Promise<void> {
    return this.#route.ping()
  }

  close(): Promise<void> {
    return this.#route.close()
  }
}

/** The driver takes no bytes but a `Buffer`'s. */
function toArgument(given: RedisArgument): RedisArgument {
  return typeof given === 'string' ? given : Buffer.from(given.buffer, given.byteOffset, given.byteLength)
}

class Server implements Route {
  readonly #connection: Connection
  readonly #label: string

  constructor(connection: Connection, label: string) {
    this.#connection = connection
    this.#label = label
  }

  send(_key: string, args: readonly RedisArgument[], options?: ReplyOptions): Promise<RedisReply> {
    return this.#connection.send(args, options).catch(error => {
      if (!(error instanceof Error && /^(?:MOVED|ASK) /.test(error.message))) throw error
      const detail = `${this.#label} is a node of a cluster: begin REDIS_URL with redis-cluster://`
      throw new RedisUnavailable('refused', detail, error)
    })
  }

  async ping(): Promise<void> {
    await this.#connection.send(['PING'])
  }

  close(): Promise<void> {
    return this.#connection.close()
  }
}

/** A client that gives up when its connection does. Protocol 2, which every Redis speaks. */
function createClient(driver: Driver, address: RedisAddress, connectMs: number): Client {
  if (address.kind === 'cluster') throw new TypeError('a cluster has a client for each node')
  const { username, password, database } = address
  const tls = address.kind === 'server' && address.tls ? ({ tls: true } as const) : {}
  // A socket that is not connected yet is nobody's to destroy: it has to end by itself.
  const limits = { connectTimeout: connectMs, reconnectStrategy: false } as const
  return driver.createClient({
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    database,
    RESP: 2,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    commandOptions: { timeout: 0 },
    socket: address.kind === 'socket' ? { ...limits, path: address.path } : { ...limits, ...address.host, ...tls },
  }) as Client
}
