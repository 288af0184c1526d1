/**
 * Slows down guessing.
 *
 * Owns the counting of failed logins, in this process. Only failures count, and of many attempts at once no more get to try than may still fail.
 */
import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { TooManyAttempts } from './errors.ts'

const windowSeconds = 300
/** For one name from one address. A forgetful person stays under it. */
const failuresPerAccount = 10
/** For one address, whatever the names: an office behind one address stays under it, a list of passwords does not. */
const failuresPerAddress = 100

/** Attempts under way with one key, and those that wait for one of them to end. */
interface Running {
  count: number
  waiting: (() => void)[]
}

/** At most `limit` failures for a key in the window. */
class FailureLimit {
  readonly #limit: number
  readonly #failures: RateLimiterMemory
  readonly #running = new Map<string, Running>()

  constructor(limit: number) {
    this.#limit = limit
    this.#failures = new RateLimiterMemory({ points: limit, duration: windowSeconds })
  }

  /** Runs an attempt when it may try; `null` is a failure, an error is none. @throws {TooManyAttempts} without running it. */
  async attempt<T>(key: string, run: () => Promise<T | null>): Promise<T | null> {
    await this.#enter(key)
    let failed = false
    try {
      const result = await run()
      failed = result === null
      return result
    } finally {
      await this.#leave(key, failed)
    }
  }

  async #enter(key: string): Promise<void> {
    for (;;) {
      const failures = await this.#failures.get(key)
      const failed = failures?.consumedPoints ?? 0
      if (failed >= this.#limit) throw new TooManyAttempts(Math.max(1, Math.ceil((failures?.msBeforeNext ?? 0) / 1000)))
      const running = this.#running.get(key) ?? { count: 0, waiting: [] }
      if (failed + running.count < this.#limit) {
        running.count += 1
        this.#running.set(key, running)
        return
      }
      await new Promise<void>(resolve => running.waiting.push(resolve))
    }
  }

  async #leave(key: string, failed: boolean): Promise<void> {
    if (failed) await this.#failures.penalty(key, 1)
    const running = this.#running.get(key)
    if (running === undefined) return
    running.count -= 1
    if (running.count === 0) this.#running.delete(key)
    for (const resume of running.waiting.splice(0)) resume()
  }
}

/** Failed logins of the last five minutes. */
export class LoginThrottle {
  readonly #perAccount = new FailureLimit(failuresPerAccount)
  readonly #perAddress = new FailureLimit(failuresPerAddress)

  /**
   * Runs an attempt; `null` is a failure.
   *
   * @throws {TooManyAttempts} with status 429 over a limit, without running it.
   */
  attempt<T>(username: string, ip: string | null, run: () => Promise<T | null>): Promise<T | null> {
    const network = ip === null ? null : networkOf(ip)
    const account = accountKey(username, network ?? 'unknown')
    const attempt = (): Promise<T | null> => this.#perAccount.attempt(account, run)
    // Where addresses are unknown all visitors would share one limit, and one of them could lock out all others.
    return network === null ? attempt() : this.#perAddress.attempt(network, attempt)
  }
}

/** An address as far as it tells its owner: of IPv6 the first 64 bits, since whoever has one address has the rest, too (RFC 6177). */
function networkOf(ip: string): string {
  if (isIP(ip) !== 6) return ip
  const [head = '', tail] = ip.split('::')
  const groups = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  while (groups.length + last.length < 8) groups.push('0')
  return [...groups, ...last]
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')
}

/** A name of any length is a key of one length; names that a database may find equal count together. */
function accountKey(username: string, address: string): string {
  return createHash('sha256')
    .update(`${address}\0${username.normalize('NFKC').toLowerCase()}`)
    .digest('base64')
}
