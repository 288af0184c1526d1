/**
 * What one test of a session engine works with: keys that nobody has, and a clock.
 */
import assert from 'node:assert/strict'
import { type Clock, randomString } from '../kit/index.ts'
import type { SessionStore } from '../sessions/index.ts'

const keyAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'
/** Of the keys that Nuages and Django make. */
const keyLength = 32
/** Longer than any test runs. */
export const lifeMs = 3_600_000
/** The keys and the time of one test. */
export class Bench {
  readonly clock: Clock
  readonly #pass: (ms: number) => Promise<void>
  readonly #keys: string[] = []

  constructor(clock: Clock, pass: (ms: number) => Promise<void>) {
    this.clock = clock
    this.#pass = pass
  }

  /** A clock that moves only when told to: however slow the engine is, no test depends on it. */
  static withStillClock(): Bench {
    let now = Date.now()
    return new Bench(
      () => now,
      async ms => {
        now += ms
      },
    )
  }

  async use(store: SessionStore, body: (store: SessionStore, bench: Bench) => Promise<void>): Promise<void> {
    try {
      await body(store, this)
    } finally {
      for (const key of this.#keys) await store.delete(key)
      await store.close()
    }
  }

  /** A key that nobody has. */
  key(length: number = keyLength): string {
    return this.own(randomString(length, keyAlphabet))
  }

  /** Has `key` removed after the test. */
  own(key: string): string {
    this.#keys.push(key)
    return key
  }

  /** A key that holds `text`. */
  async hold(store: SessionStore, text: string, expiresAt: number = this.later()): Promise<string> {
    const key = this.key()
    assert.equal(await store.create(key, text, expiresAt), true)
    return key
  }

  /** When a session expires that stays for the whole test; or `ms` from now. */
  later(ms: number = lifeMs): number {
    return this.clock() + ms
  }

  pass(ms: number): Promise<void> {
    return this.#pass(ms)
  }
}
