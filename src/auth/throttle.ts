/**
 * Slows down guessing.
 *
 * Owns the limits, and who waits. Each attempt takes a place before it may try, and gives it back unless it failed: so of many attempts at once
 * no more get to try than may still fail. Leaves the counting to ./throttle-store.ts and its like.
 */
import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import type { Database } from '../db/index.ts'
import { type Clock, latePattern, systemClock } from '../kit/index.ts'
import type { Redis } from '../redis/index.ts'
import type { Settings } from '../settings/index.ts'
import { TooManyAttempts } from './errors.ts'
import { createDatabaseThrottleStore } from './throttle-database.ts'
import { createRedisThrottleStore } from './throttle-redis.ts'
import { createMemoryThrottleStore, type ThrottleLimit, type ThrottleStore } from './throttle-store.ts'

const windowMs = 300_000
/** For one name from one address. A forgetful person stays under it. */
const perAccount: ThrottleLimit = { places: 10, windowMs }
/** For one address, whatever the names: an office behind one address stays under it, a list of passwords does not. */
const perAddress: ThrottleLimit = { places: 100, windowMs }

/** Most attempts with one key that wait, in this process, for others to end. */
const maxWaiting = 100

/** Those with one key. */
interface Line {
  /** Who tries, or asks for a place. */
  inside: number
  /** Places given back so far. */
  freed: number
  readonly waiting: (() => void)[]
}

class FailureLimit {
  readonly #store: ThrottleStore
  readonly #limit: ThrottleLimit
  readonly #lines = new Map<string, Line>()

  constructor(store: ThrottleStore, limit: ThrottleLimit) {
    this.#store = store
    this.#limit = limit
  }

  /** Runs an attempt when it may try; `null` is a failure, an error is none. @throws {TooManyAttempts} without running it. */
  async attempt<T>(key: string, run: () => Promise<T | null>): Promise<T | null> {
    const line = this.#lines.get(key) ?? { inside: 0, freed: 0, waiting: [] }
    this.#lines.set(key, line)
    line.inside += 1
    let freed = false
    try {
      const window = await this.#enter(key, line)
      let failed = false
      try {
        const result = await run()
        failed = result === null
        return result
      } finally {
        if (!failed) {
          await this.#store.giveBack(key, window)
          freed = true
        }
      }
    } finally {
      this.#leave(key, line, freed)
    }
  }

  /** Resolves the window of the place. While others of this process try, one of them may give its place back: they are waited for. */
  async #enter(key: string, line: Line): Promise<string> {
    for (;;) {
      const { freed } = line
      const place = await this.#store.take(key, this.#limit)
      if (place.taken) return place.window
      if (line.freed !== freed) continue
      if (line.inside === 1) throw new TooManyAttempts(Math.max(1, Math.ceil(place.endsInMs / 1000)))
      if (line.waiting.length >= maxWaiting) throw new TooManyAttempts(1)
      line.inside -= 1
      await new Promise<void>(resolve => line.waiting.push(resolve))
    }
  }

  #leave(key: string, line: Line, freed: boolean): void {
    line.inside -= 1
    if (freed) line.freed += 1
    const next = freed || line.inside === 0 ? line.waiting.shift() : undefined
    if (next !== undefined) {
      line.inside += 1
      next()
    }
    if (line.inside === 0) this.#lines.delete(key)
  }
}

/** Failed logins of the last five minutes. */
export class LoginThrottle {
  readonly #perAccount: FailureLimit
  readonly #perAddress: FailureLimit

  /** Default: counted in the memory of this process. */
  constructor(store: ThrottleStore = createMemoryThrottleStore(systemClock)) {
    this.#perAccount = new FailureLimit(store, perAccount)
    this.#perAddress = new FailureLimit(store, perAddress)
  }

  /**
   * Runs an attempt; `null` is a failure.
   *
   * @throws {TooManyAttempts} with status 429 over a limit, without running it.
   */
  attempt<T>(username: string, ip: string | null, run: () => Promise<T | null>): Promise<T | null> {
    const network = ip === null ? null : networkOf(ip)
    const account = `account:${accountDigest(username, network ?? 'unknown')}`
    const attempt = (): Promise<T | null> => this.#perAccount.attempt(account, run)
    // Where addresses are unknown all visitors would share one limit, and one of them could lock out all others.
    return network === null ? attempt() : this.#perAddress.attempt(`address:${network}`, attempt)
  }
}

export interface ThrottleStoreParts {
  readonly settings: Settings
  readonly database: Database
  readonly clock: Clock
  /** Called for `LOGIN_THROTTLE_STORE: 'redis'` only. */
  readonly redis: () => Redis
}

/** The store that `LOGIN_THROTTLE_STORE` names. Each call makes another one of the memory of this process. */
export function openThrottleStore({ settings, database, clock, redis }: ThrottleStoreParts): ThrottleStore {
  switch (settings.LOGIN_THROTTLE_STORE) {
    case 'memory':
      return createMemoryThrottleStore(clock)
    case 'database':
      return createDatabaseThrottleStore(database, clock)
    case 'redis':
      return createRedisThrottleStore(redis())
  }
}

/**
 * An address as far as it tells its owner: of IPv6 the first 64 bits, since whoever has one address has the rest, too (RFC 6177). An IPv4 address
 * inside an IPv6 one, as dual-stack sockets and translators write them, is itself.
 */
export function networkOf(ip: string): string {
  if (isIP(ip) !== 6) return ip
  const groups = groupsOf(ip.split('%', 1)[0] as string)
  const embeds = ['0:0:0:0:0:ffff', '64:ff9b:0:0:0:0'].includes(groups.slice(0, 6).map(hex).join(':'))
  if (!embeds) return groups.slice(0, 4).map(hex).join(':')
  return groups
    .slice(6)
    .flatMap(group => [group >> 8, group & 255])
    .join('.')
}

/** The eight numbers of an IPv6 address. */
function groupsOf(ip: string): number[] {
  const [head = [], tail] = ip.split('::').map(half => half.split(':').flatMap(numbersOf))
  return tail === undefined ? head : [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

/** Of one part between colons: a dotted end is two numbers. */
function numbersOf(part: string): number[] {
  if (part === '') return []
  if (!part.includes('.')) return [Number.parseInt(part, 16)]
  const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}

function hex(group: number): string {
  return group.toString(16)
}

/** A name that no account has, since it does not fit its column, is as good cut off. */
const countedLength = 300

const notCounted = latePattern(String.raw`[^\p{L}\p{N}@.+_-]`, 'gu')

/**
 * A name of any length is a key of one length. Names that a database may find equal count together: MySQL and MariaDB compare without case,
 * accents, spaces at the end and characters that have no width.
 */
function accountDigest(username: string, address: string): string {
  const folded = username.slice(0, countedLength).normalize('NFKD').replaceAll(notCounted(), '').toLowerCase()
  return createHash('sha256').update(`${address}\0${folded}`).digest('base64url')
}
