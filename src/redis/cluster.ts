/**
 * A Redis Cluster: a connection to each node that is needed, and which of them has a key.
 *
 * Owns the map of slots and the answers MOVED and ASK. Leaves each node to ./connection.ts, so that one that is away costs only
 * the keys it has, and no request a long wait. Every command goes to a primary: a replica may lag behind.
 */
import type { Connection, ReplyOptions } from './connection.ts'
import { RedisUnavailable } from './errors.ts'
import type { RedisArgument, RedisReply } from './redis.ts'
import { slotCount, slotOf } from './slot.ts'
import type { RedisHost } from './url.ts'

export interface ClusterOptions {
  /** Some nodes of the cluster. */
  readonly hosts: readonly RedisHost[]
  readonly connect: (host: RedisHost) => Connection
  readonly label: string
  /** Called when a node is given up that does not belong to the cluster any more. */
  readonly onLost: () => void
}

/** A key that is on its way to another node takes two. */
const maxRedirections = 5

/** Least time between two questions for the map, in milliseconds. */
const spacingMs = 100

/** How many nodes are asked for the map at once. */
const askedAtOnce = 5

/** `MOVED 3999 127.0.0.1:6381`; without a host it is that of the node that says so. */
const redirection = /^(MOVED|ASK) (\d+) (.*):(\d+)$/

type Kind = 'MOVED' | 'ASK'

export class Cluster {
  readonly #options: ClusterOptions
  readonly #nodes = new Map<string, { readonly host: RedisHost; readonly connection: Connection }>()
  /** Where each slot is. */
  #slots: (RedisHost | undefined)[] = []
  #mapping: Promise<void> | null = null
  #mappedAt = Number.NEGATIVE_INFINITY
  #isClosed = false

  constructor(options: ClusterOptions) {
    this.#options = options
  }

  async send(key: string, args: readonly RedisArgument[], options?: ReplyOptions): Promise<RedisReply> {
    const slot = slotOf(key)
    let host = this.#slots[slot] ?? (await this.#find(slot))
    let kind: Kind = 'MOVED'
    for (let redirections = 0; redirections <= maxRedirections; redirections += 1) {
      const node = this.#node(host)
      try {
        return await (kind === 'ASK' ? node.sendAsking(args, options) : node.send(args, options))
      } catch (error) {
        const [, word, , name, port] = (error instanceof Error && redirection.exec(error.message)) || []
        if (word === undefined) {
          if (error instanceof RedisUnavailable) this.#mapSoon()
          throw error
        }
        kind = word as Kind
        host = { host: name || host.host, port: Number(port) }
        if (kind === 'MOVED') {
          this.#slots[slot] = host
          this.#mapSoon()
        }
      }
    }
    throw new RedisUnavailable(
      'cluster-down',
      `${this.#options.label}: the nodes send each other the key of slot ${slot}.`,
    )
  }

  async ping(): Promise<void> {
    const state = await this.#askAny(['CLUSTER', 'INFO'])
    if (!String(state).includes('cluster_state:ok')) {
      throw new RedisUnavailable('cluster-down', `${this.#options.label}: the cluster is not whole.`)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(Array.from(this.#nodes.values(), ({ connection }) => connection.close()))
  }

  async #find(slot: number): Promise<RedisHost> {
    await this.#map()
    const host = this.#slots[slot]
    if (host === undefined) {
      throw new RedisUnavailable('cluster-down', `${this.#options.label}: no node has slot ${slot}.`)
    }
    return host
  }

  #node(host: RedisHost): Connection {
    const address = addressOf(host)
    let node = this.#nodes.get(address)
    if (node === undefined) {
      node = { host, connection: this.#options.connect(host) }
      this.#nodes.set(address, node)
    }
    return node.connection
  }

  /** Asks for the map, unless that was a moment ago. The caller does not wait, nor does it depend on the answer. */
  #mapSoon(): void {
    if (this.#mapping !== null || performance.now() - this.#mappedAt < spacingMs) return
    this.#map().catch(() => {
      // The map stays as it is; the next command that needs another asks again.
    })
  }

  #map(): Promise<void> {
    this.#mapping ??= this.#ask().finally(() => {
      this.#mapping = null
      this.#mappedAt = performance.now()
    })
    return this.#mapping
  }

  async #ask(): Promise<void> {
    const slots: (RedisHost | undefined)[] = new Array(slotCount)
    const answer = await this.#askAny(['CLUSTER', 'SLOTS'])
    for (const range of answer as readonly SlotRange[]) slots.fill(range[2], range[0], range[1] + 1)
    this.#slots = slots
    const addresses = new Set(Array.from(new Set(slots), host => (host === undefined ? '' : addressOf(host))))
    for (const [address, { connection }] of this.#nodes) {
      if (addresses.has(address)) continue
      this.#nodes.delete(address)
      if (connection.isReady) this.#options.onLost()
      await connection.close()
    }
  }

  /** Asks several nodes at once, those first that are connected: one that hangs keeps nobody waiting. */
  async #askAny(args: readonly string[]): Promise<unknown> {
    if (this.#isClosed)
      throw new RedisUnavailable('unreachable', `The connection to ${this.#options.label} was closed.`)
    const known = Array.from(this.#nodes.values()).sort(
      (a, b) => Number(b.connection.isReady) - Number(a.connection.isReady),
    )
    const hosts = new Map(
      [...known.map(node => node.host), ...this.#options.hosts].map(host => [addressOf(host), host]),
    )
    const asked = Array.from(hosts.values()).slice(0, Math.max(askedAtOnce, this.#options.hosts.length))
    const answers = asked.map(async host => {
      const answer = await this.#node(host).send(args)
      return Array.isArray(answer) ? readRanges(answer, host) : answer
    })
    try {
      return await Promise.any(answers)
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error
    }
  }
}

type SlotRange = readonly [from: number, to: number, primary: RedisHost]

/** The answer to `CLUSTER SLOTS` of the node `asked`, whose host stands where it gives none. */
function readRanges(answer: readonly RedisReply[], asked: RedisHost): readonly SlotRange[] {
  return answer.map(range => {
    const [from, to, [host, port]] = range as [number, number, [string | null, number]]
    return [from, to, { host: host === null || host === '' || host === '?' ? asked.host : host, port }]
  })
}

function addressOf({ host, port }: RedisHost): string {
  return `${host}:${port}`
}
