/**
 * Slows down guessing.
 *
 * Owns the counting of failed logins, in this process. Only failures count, and of many attempts at once no more get to try than may still fail.
 */
import { createHash } from 'node:crypto'
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

  /** Resolves when this attempt may try. @throws {TooManyAttempts} */
  async enter(key: string): Promise<void> {
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

  async leave(key: string, failed: boolean): Promise<void> {
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
  async attempt<T>(username: string, ip: string | null, run: () => Promise<T | null>): Promise<T | null> {
    const address = ip ?? 'unknown'
    const account = accountKey(username, address)
    await this.#perAddress.enter(address)
    try {
      await this.#perAccount.enter(account)
    } catch (error) {
      await this.#perAddress.leave(address, false)
      throw error
    }
    let failed = false
    try {
      const result = await run()
      failed = result === null
      return result
    } finally {
      await this.#perAccount.leave(account, failed)
      await this.#perAddress.leave(address, failed)
    }
  }
}

/** A name of any length is a key of one length; names that a database may find equal count together. */
function accountKey(username: string, address: string): string {
  return createHash('sha256')
    .update(`${address}\0${username.normalize('NFKC').toLowerCase()}`)
    .digest('base64')
}
