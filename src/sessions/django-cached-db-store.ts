/**
 * Sessions beside Django's engine `cached_db`: rows in the database, of which Django keeps copies in its Redis cache and asks those first.
 *
 * Owns that a copy goes whenever its row changes. Nuages itself reads the rows: a copy may be older, and every write needs the row anyhow.
 * Leaves the rows to ./db-store.ts.
 *
 * Before a row is written its copy is removed, which also tells whether Redis is there: without it nothing is written, since Django would go on
 * reading the copy. After the write it is removed again, before the visitor has an answer. A Django that read the old row in between may still put it
 * into its cache afterwards; it does so without looking, and so a third removal follows some time later.
 */
import type { Database } from '../db/index.ts'
import { type Clock, systemClock } from '../kit/index.ts'
import { type Redis, RedisUnavailable } from '../redis/index.ts'
import { createDatabaseSessionStore } from './db-store.ts'
import type { SessionStore } from './store.ts'

export interface DjangoCachedDatabaseSessionStoreOptions {
  readonly redis: Redis
  readonly database: Database
  /** Stands before each session's key in Redis. Default: `':1:django.contrib.sessions.cached_db'`, of a cache with no KEY_PREFIX. */
  readonly prefix?: string
  /** Decides what has expired. */
  readonly clock?: Clock
}

/** Longer than Django takes, as a rule, from reading a row to putting it into its cache. */
const lateMs = 2000

/** How often a removal is tried while Redis is away. */
const maxAttempts = 30

/** The engine `cached_db` beside a Django of `DJANGO_VERSION`. While Redis is away, sessions are read and made, but neither changed nor ended. */
export function createDjangoCachedDatabaseSessionStore(options: DjangoCachedDatabaseSessionStoreOptions): SessionStore {
  const { redis, database, prefix = ':1:django.contrib.sessions.cached_db', clock = systemClock } = options
  const rows = createDatabaseSessionStore(database, clock)
  const late = new LateRemovals(key => redis.delete(prefix + key))

  const change = async (key: string, write: () => Promise<boolean>): Promise<boolean> => {
    await redis.delete(prefix + key)
    try {
      return await write()
    } finally {
      // Also when the database did not say whether it wrote.
      late.add(key)
      await unlessAway(redis.delete(prefix + key))
    }
  }

  return {
    load: rows.load,
    // There is no copy of what did not exist.
    create: rows.create,
    replace: (key, seen, text, expiresAt) => change(key, () => rows.replace(key, seen, text, expiresAt)),
    delete: (key, seen) => change(key, () => rows.delete(key, seen)),
    clearExpired: rows.clearExpired,
    countExpired: rows.countExpired,
    async ping() {
      await Promise.all([database.ping(), redis.ping()])
    },
    // Redis and database are their opener's.
    close: () => late.close(),
  }
}

/** Copies to be removed once more, each some time after its last write. */
class LateRemovals {
  readonly #remove: (key: string) => Promise<unknown>
  readonly #timers = new Map<string, NodeJS.Timeout>()

  constructor(remove: (key: string) => Promise<unknown>) {
    this.#remove = remove
  }

  add(key: string, attempt = 1): void {
    clearTimeout(this.#timers.get(key))
    this.#timers.set(key, setTimeout(() => this.#run(key, attempt), lateMs).unref())
  }

  #run(key: string, attempt: number): void {
    this.#timers.delete(key)
    this.#remove(key).catch(() => {
      // Redis is away. When it is back it may still have the copy.
      if (attempt < maxAttempts && !this.#timers.has(key)) this.add(key, attempt + 1)
    })
  }

  /** Removes at once what waits. */
  async close(): Promise<void> {
    const keys = [...this.#timers.keys()]
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    await Promise.all(keys.map(key => unlessAway(this.#remove(key))))
  }
}

async function unlessAway(removal: Promise<unknown>): Promise<void> {
  try {
    await removal
  } catch (error) {
    // The row is written, and the copy was removed before; the late removal tries again.
    if (!(error instanceof RedisUnavailable)) throw error
  }
}
