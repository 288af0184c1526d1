/**
 * One connection to one server: made when it is needed, made anew when it was lost, never waited for long.
 *
 * Owns when to connect, how long to wait, and what a failure means. Leaves the protocol to `@redis/client`, of which each client
 * serves one connection and is thrown away with it: its own queue for times without one, and its endless attempts, are off.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { AnswerWatch } from './answer-watch.ts'
import { RedisUnavailable, toReplyError } from './errors.ts'
import type { RedisArgument, RedisReply } from './redis.ts'

/** How `@redis/client` gives the texts of an answer. */
export interface ReplyOptions {
  readonly typeMapping: Readonly<Record<number, unknown>>
}

/** What a connection needs of a client of `@redis/client`. */
export interface Client {
  connect(): Promise<unknown>
  sendCommand(args: readonly RedisArgument[], options?: ReplyOptions): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): unknown
  close(): Promise<unknown>
  destroy(): void
}

export interface ConnectionOptions {
  /** A new client, not connected yet. */
  readonly create: () => Client
  /** Whether Redis answered with an error, in contrast to one of the connection. */
  readonly isReply: (error: Error) => boolean
  /** Where the server is, for the log. */
  readonly label: string
  readonly connectMs: number
  readonly commandMs: number
  /** Called when a connection that had been made is gone. */
  readonly onLost: () => void
}

/** Least time between two attempts to connect: a server that refuses is not asked by each of a thousand requests. */
const spacingMs = 50

/** How long a command waits for an attempt after one has failed: enough where the server is back, little where it is not. */
const impatientMs = 150

export class Connection {
  readonly #options: ConnectionOptions
  #link: Link | null = null
  /** The client of the attempt that is under way. */
  #opening: Client | null = null
  #attempt: Promise<Link> | null = null
  #attemptedAt = Number.NEGATIVE_INFINITY
  /** Why there is no connection; `null` as long as nobody has waited for one in vain. */
  #failure: Error | null = null
  #isClosed = false

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  get isReady(): boolean {
    return this.#link !== null
  }

  /** Rejects with `RedisUnavailable`, or with the error that Redis answered to a wrong command. */
  send(args: readonly RedisArgument[], options?: ReplyOptions): Promise<RedisReply> {
    return this.#link === null ? this.#sendLater(args, options) : this.#link.ask(args, options)
  }

  /** Sends to a node of a cluster that is about to take over the key. */
  async sendAsking(args: readonly RedisArgument[], options?: ReplyOptions): Promise<RedisReply> {
    const link = this.#link ?? (await this.#connected())
    const [, reply] = await Promise.all([link.ask(['ASKING']), link.ask(args, options)])
    return reply
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#opening?.destroy()
    const link = this.#link
    this.#link = null
    await link?.client.close()
  }

  async #sendLater(args: readonly RedisArgument[], options?: ReplyOptions): Promise<RedisReply> {
    return (await this.#connected()).ask(args, options)
  }

  #connected(): Promise<Link> {
    const failure = this.#failure
    this.#attempt ??= this.#connect().finally(() => {
      this.#attempt = null
    })
    return failure === null ? this.#attempt : within(impatientMs, this.#attempt, () => failure)
  }

  async #connect(): Promise<Link> {
    const { create, connectMs } = this.#options
    const waitMs = this.#attemptedAt + spacingMs - performance.now()
    if (waitMs > 0) await delay(waitMs)
    this.#attemptedAt = performance.now()
    if (this.#isClosed) throw this.#closed()
    const client = create()
    const link = this.#linkTo(client)
    this.#opening = client
    client.on('error', () => {
      // What was asked of it rejects by itself.
      if (this.#link === link) this.#lose(link)
    })
    try {
      // A server that hangs takes connections still; only an answer tells. PING would be an error where just writing is.
      const answer = client.connect().then(() => client.sendCommand(['ECHO', 'nuages']))
      await within(connectMs, answer, () => this.#silent('took no connection', connectMs))
      if (this.#isClosed) throw this.#closed()
    } catch (error) {
      client.destroy()
      this.#failure = this.#explain(error)
      throw this.#failure
    } finally {
      this.#opening = null
    }
    this.#failure = null
    this.#link = link
    return link
  }

  #linkTo(client: Client): Link {
    const { commandMs } = this.#options
    const link = new Link(client, {
      commandMs,
      onLate: () => {
        this.#failure = this.#silent('did not answer', commandMs)
        link.failure = this.#failure
        this.#lose(link) // rejects what was asked
      },
      explain: error => {
        const explained = link.failure ?? this.#explain(error)
        // It was a primary when we connected: its name may lead to another server by now.
        if (explained instanceof RedisUnavailable && explained.reason === 'read-only') this.#lose(link)
        return explained
      },
    })
    return link
  }

  #lose(link: Link): void {
    if (this.#link === link) {
      this.#link = null
      this.#options.onLost()
    }
    link.client.destroy()
  }

  #silent(what: string, ms: number): RedisUnavailable {
    return new RedisUnavailable('unreachable', `${this.#options.label} ${what} within ${ms} ms.`)
  }

  #closed(): RedisUnavailable {
    return new RedisUnavailable('unreachable', `The connection to ${this.#options.label} was closed.`)
  }

  #explain(error: unknown): Error {
    const { label, isReply } = this.#options
    if (error instanceof RedisUnavailable || error instanceof TypeError || !(error instanceof Error))
      return error as Error
    if (isReply(error)) return toReplyError(error, label)
    return new RedisUnavailable('unreachable', `${label} does not answer: ${error.message}`, error)
  }
}

interface LinkOptions {
  readonly commandMs: number
  readonly onLate: () => void
  readonly explain: (error: unknown) => Error
}

/** A client that is connected, or about to be, and whether it answers in time. */
class Link {
  readonly client: Client
  /** Why it was given up, where it was. */
  failure: Error | null = null
  readonly #watch: AnswerWatch
  readonly #answered: (reply: unknown) => RedisReply
  readonly #failed: (error: unknown) => never

  constructor(client: Client, { commandMs, onLate, explain }: LinkOptions) {
    this.client = client
    this.#watch = new AnswerWatch(commandMs, onLate)
    this.#answered = reply => {
      this.#watch.answered()
      return reply as RedisReply
    }
    this.#failed = error => {
      this.#watch.answered()
      throw explain(error)
    }
  }

  ask(args: readonly RedisArgument[], options?: ReplyOptions): Promise<RedisReply> {
    this.#watch.sent()
    return this.client.sendCommand(args, options).then(this.#answered, this.#failed)
  }
}

/** What `promise` settles to, or a rejection with what `late` returns after `ms`. */
function within<T>(ms: number, promise: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms)
    promise.then(
      value => {
        clearTimeout(timer)
        resolve(value)
      },
      error => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
