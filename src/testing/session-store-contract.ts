/**
 * What every session engine promises, as tests: for ours and for yours.
 *
 * Owns the sentences of `SessionStore` that a test can prove. Works with the `it` of any runner, against an empty engine or a
 * shared server: keys are random, and what a test made is removed after it.
 */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { type Awaitable, type Clock, systemClock } from '../kit/index.ts'
import type { SessionStore } from '../sessions/index.ts'
import { Bench, lifeMs } from './session-store-bench.ts'

/** The `it` of node:test, vitest or jest. */
export type It = (name: string, body: () => Promise<void>) => unknown

export interface SessionStoreContractOptions {
  /**
   * True for an engine that forgets by a clock of its own, such as a server's: the tests then wait for real, 3 seconds each.
   * Default: false: the engine reads the clock it is given, which a test moves by 3 seconds at most.
   */
  readonly ownClock?: boolean
}

/**
 * Defines the tests. `open` makes the engine of one test, which is closed after it.
 *
 * The tests remove sessions that have expired, whosever they are, as `nuages clearsessions` does.
 *
 * @example
 * describe('my engine', () => sessionStoreContract(it, clock => new MyStore(url, clock)))
 */
export function sessionStoreContract(
  it: It,
  open: (clock: Clock) => Awaitable<SessionStore>,
  options: SessionStoreContractOptions = {},
): void {
  const define: Define = (name, body) =>
    it(name, async () => {
      const bench = options.ownClock === true ? new Bench(systemClock, delay) : Bench.withStillClock()
      await bench.use(await open(bench.clock), body)
    })
  keepsTexts(define)
  keepsKeysApart(define)
  comparesBeforeItReplaces(define)
  deletes(define)
  letsOneWin(define)
  losesNothing(define)
  forgets(define, options)
  clears(define)
}

type Define = (name: string, body: (store: SessionStore, bench: Bench) => Promise<void>) => void

/** The life of a session that a test wants to see end; whole seconds, for engines that count in them. */
const shortLifeMs = 2000
const pastShortLifeMs = 3000
/** How many do the same at once. */
const crowd = 12

/** In the form of a signed session: `data:time:signature`, base64url. */
const first = 'eyJjYXJ0Ijp7Im11ZyI6MX19:1wPz9c:nLfcwW-1b3t_R6sZ0n0XGmSAGrZb3gWvYq7w0uZ8c1Q'
const second = '.eJxVjDsOwjAQBe-yNbL8WduJS_qcwdr1GhxAjp:1wPzAd:Z-9_aKQX0c9VbHq4nq2sJ3bS2m0g7m1'
const third = 'e30:1wPzBe:0123456789-_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

function keepsTexts(define: Define): void {
  define('answers', async store => {
    await store.ping()
  })

  define('does not know a key that nobody made', async (store, bench) => {
    const key = bench.key()
    assert.equal(await store.load(key), null)
    assert.equal(await store.replace(key, first, second, bench.later()), false)
    assert.equal(await store.delete(key), false)
    assert.equal(await store.delete(key, first), false)
    assert.equal(await store.load(key), null)
  })

  define('gives back the text of a new key, and then the one that replaced it', async (store, bench) => {
    const key = await bench.hold(store, first)
    assert.equal(await store.load(key), first)
    assert.equal(await store.replace(key, first, second, bench.later()), true)
    assert.equal(await store.load(key), second)
    assert.equal(await store.replace(key, second, third, bench.later()), true)
    assert.equal(await store.load(key), third)
  })

  define('keeps every character of a signed text, and a mebibyte of them', async (store, bench) => {
    const long = third.repeat(Math.ceil(1_048_576 / third.length)).slice(0, 1_048_576)
    const key = await bench.hold(store, third)
    assert.equal(await store.load(key), third)
    assert.equal(await store.replace(key, third, long, bench.later()), true)
    assert.ok((await store.load(key)) === long, 'the long text came back changed')
    const almost = `${long.slice(0, -1)}~`
    assert.equal(await store.replace(key, almost, second, bench.later()), false, 'it differs in its last character')
    assert.equal(await store.replace(key, long, second, bench.later()), true)
    assert.equal(await store.load(key), second)
    assert.equal(await store.load(await bench.hold(store, `${long}:again`)), `${long}:again`)
  })
}

function keepsKeysApart(define: Define): void {
  define('keeps keys of 8 to 40 characters apart, also those that begin alike', async (store, bench) => {
    const whole = bench.key(40)
    const keys = [8, 9, 16, 32, 39].map(length => bench.own(whole.slice(0, length)))
    for (const key of [whole, ...keys])
      assert.equal(await store.create(key, `${first}:${key.length}`, bench.later()), true)
    assert.equal(await store.delete(whole.slice(0, 16)), true)
    assert.equal(await store.replace(whole.slice(0, 9), `${first}:9`, second, bench.later()), true)
    for (const key of [whole, ...keys]) {
      const expected = key.length === 16 ? null : key.length === 9 ? second : `${first}:${key.length}`
      assert.equal(await store.load(key), expected)
    }
  })

  define('does not make a key that is taken', async (store, bench) => {
    const key = await bench.hold(store, first)
    assert.equal(await store.create(key, second, bench.later()), false)
    assert.equal(await store.create(key, first, bench.later()), false)
    assert.equal(await store.load(key), first)
  })
}

function comparesBeforeItReplaces(define: Define): void {
  define('replaces nothing but what was seen', async (store, bench) => {
    const stored = 'abc_Def%.*[x]\\'
    const key = await bench.hold(store, stored)
    const others = [
      'abc_def%.*[x]\\',
      `${stored} `,
      ` ${stored}`,
      `${stored}\n`,
      stored.slice(0, -1),
      `${stored}\\`,
      'abcxDefyzzx',
      '%',
      '*',
      '',
      second,
    ]
    for (const other of others) {
      assert.equal(await store.replace(key, other, second, bench.later()), false, JSON.stringify(other))
      assert.equal(await store.delete(key, other), false, JSON.stringify(other))
      assert.equal(await store.load(key), stored)
    }
    assert.equal(await store.replace(key, stored, stored.toLowerCase(), bench.later()), true)
    assert.equal(await store.replace(key, stored, second, bench.later()), false)
    assert.equal(await store.load(key), stored.toLowerCase())
  })

  define('replaces a text by itself: a session that was only read anew', async (store, bench) => {
    const expiresAt = bench.later()
    const key = await bench.hold(store, first, expiresAt)
    assert.equal(await store.replace(key, first, first, expiresAt), true)
    assert.equal(await store.load(key), first)
  })
}

function deletes(define: Define): void {
  define('forgets a deleted key, and says whether there was one', async (store, bench) => {
    const key = await bench.hold(store, first)
    assert.equal(await store.delete(key), true)
    assert.equal(await store.load(key), null)
    assert.equal(await store.delete(key), false)
  })

  define('does not revive a key that was deleted', async (store, bench) => {
    const key = await bench.hold(store, first)
    await store.delete(key)
    assert.equal(await store.replace(key, first, second, bench.later()), false)
    assert.equal(await store.load(key), null)
  })

  define('deletes what was seen, and nothing newer', async (store, bench) => {
    const key = await bench.hold(store, first)
    await store.replace(key, first, second, bench.later())
    assert.equal(await store.delete(key, first), false)
    assert.equal(await store.load(key), second)
    assert.equal(await store.delete(key, second), true)
    assert.equal(await store.load(key), null)
    assert.equal(await store.delete(key, second), false)
  })
}

function letsOneWin(define: Define): void {
  const many = <T>(step: (n: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: crowd }, (_, n) => step(n)))
  const winnerOf = (results: readonly boolean[]): number => {
    assert.equal(results.filter(result => result).length, 1, `of ${crowd}, not one alone succeeded`)
    return results.indexOf(true)
  }

  define('lets one of many at once make a key', async (store, bench) => {
    const key = bench.key()
    const winner = winnerOf(await many(n => store.create(key, `${first}:${n}`, bench.later())))
    assert.equal(await store.load(key), `${first}:${winner}`)
  })

  define('lets one of many at once replace what all have seen', async (store, bench) => {
    const key = await bench.hold(store, first)
    const winner = winnerOf(await many(n => store.replace(key, first, `${second}:${n}`, bench.later())))
    assert.equal(await store.load(key), `${second}:${winner}`)
  })

  define('lets one of many at once delete a key', async (store, bench) => {
    for (const seen of [[], [first]]) {
      const key = await bench.hold(store, first)
      winnerOf(await many(() => store.delete(key, ...seen)))
      assert.equal(await store.load(key), null)
    }
  })

  define('lets either a replace or the delete of what was seen win, never both', async (store, bench) => {
    for (let round = 0; round < crowd; round += 1) {
      const key = await bench.hold(store, first)
      const replace = (): Promise<boolean> => store.replace(key, first, second, bench.later())
      const remove = (): Promise<boolean> => store.delete(key, first)
      const isEven = round % 2 === 0
      const results = await Promise.all(isEven ? [replace(), remove()] : [remove(), replace()])
      assert.notEqual(results[0], results[1])
      const replaced = isEven ? results[0] : results[1]
      assert.equal(await store.load(key), replaced === true ? second : null)
    }
  })
}

function losesNothing(define: Define): void {
  define('loses no increment of many at once', async (store, bench) => {
    const key = await bench.hold(store, '0')
    const increment = async (): Promise<void> => {
      // Each replace that fails means that another succeeded: there are not more of those.
      for (let attempt = 0; attempt < crowd; attempt += 1) {
        const seen = await store.load(key)
        assert.ok(seen !== null)
        if (await store.replace(key, seen, String(Number(seen) + 1), bench.later())) return
      }
      assert.fail(`${crowd} replaces in a row failed`)
    }
    await Promise.all(Array.from({ length: crowd }, increment))
    assert.equal(await store.load(key), String(crowd))
  })

  define('ends a key that is deleted, whoever replaces it at the same time', async (store, bench) => {
    for (let round = 0; round < crowd; round += 1) {
      const key = await bench.hold(store, first)
      const replaces = [second, third].map(text => () => store.replace(key, first, text, bench.later()))
      const steps = [...replaces]
      steps.splice(round % 3, 0, () => store.delete(key))
      const results = await Promise.all(steps.map(step => step()))
      assert.equal(results[round % 3], true, 'there was something to delete')
      assert.equal(await store.load(key), null)
    }
  })
}

function forgets(define: Define, { ownClock = false }: SessionStoreContractOptions): void {
  define('forgets a key when its time has come, and not before', async (store, bench) => {
    const longer = await bench.hold(store, second)
    const key = await bench.hold(store, first, bench.later(shortLifeMs))
    // With a clock of its own, a slow engine may be past the moment before it is asked.
    if (!ownClock) {
      await bench.pass(shortLifeMs / 2)
      assert.equal(await store.load(key), first)
    }
    await bench.pass(pastShortLifeMs)
    assert.equal(await store.load(key), null)
    assert.equal(await store.load(longer), second)
  })

  define('keeps a key longer, or less long, when a replace says so', async (store, bench) => {
    const longer = await bench.hold(store, first, bench.later(ownClock ? lifeMs : shortLifeMs))
    const shorter = await bench.hold(store, first)
    assert.equal(await store.replace(longer, first, second, bench.later()), true)
    assert.equal(await store.replace(shorter, first, second, bench.later(shortLifeMs)), true)
    await bench.pass(pastShortLifeMs)
    assert.equal(await store.load(longer), second)
    assert.equal(await store.load(shorter), null)
  })

  define('ends a key that is replaced to a moment that has passed', async (store, bench) => {
    for (const passed of [bench.clock() - 1000, 0]) {
      const key = await bench.hold(store, first)
      assert.equal(await store.replace(key, first, second, passed), true)
      assert.equal(await store.load(key), null)
    }
  })

  define('does not show a key that is made with a moment that has passed', async (store, bench) => {
    const key = bench.key()
    await store.create(key, first, bench.clock() - 1000)
    assert.equal(await store.load(key), null)
  })
}

function clears(define: Define): void {
  define('removes expired sessions, never more than asked for, and no others', async (store, bench) => {
    const living = [await bench.hold(store, first), await bench.hold(store, second, bench.later(shortLifeMs))]
    await store.replace(living[1] as string, second, first, bench.later())
    const expired = await Promise.all(
      Array.from({ length: 5 }, () => bench.hold(store, first, bench.later(shortLifeMs))),
    )
    await bench.pass(pastShortLifeMs)
    if ((await store.countExpired()) > 0) await clearInSteps(store, expired.length)
    else assert.equal(await store.clearExpired(crowd), 0, 'an engine that has counted none removes none')
    assert.equal(await store.countExpired(), 0)
    assert.equal(await store.clearExpired(crowd), 0)
    for (const key of living) assert.equal(await store.load(key), first)
    for (const key of expired) assert.equal(await store.load(key), null)
  })
}

/** On a shared server there may be more than the test's own. */
async function clearInSteps(store: SessionStore, least: number): Promise<void> {
  const total = await store.countExpired()
  assert.ok(total >= least, `${total} counted of at least ${least}`)
  assert.equal(await store.clearExpired(2), 2)
  assert.equal(await store.countExpired(), total - 2)
  let left = total - 2
  while (left > 0) {
    const removed = await store.clearExpired(1000)
    assert.ok(removed > 0 && removed <= 1000, `${removed} removed while ${left} were left`)
    left -= removed
  }
}
