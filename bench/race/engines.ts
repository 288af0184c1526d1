/**
 * Who races: the session engines of Nuages, and the session packages of others on Redis.
 */
import { join } from 'node:path'
import { type PartUser, requireMysql, requirePostgres, temporaryFolder } from '../../tests/real-parts.ts'
import { startRedisCluster } from '../../tests/redis-cluster.ts'
import { startRedis } from '../../tests/redis-server.ts'

/** What has to be cleared away after the run, newest first. */
export class Cleanup {
  readonly #steps: (() => unknown)[] = []
  /** Why the last part that was asked for is missing. */
  missing: string | null = null

  /** What the parts of the tests ask of a test. */
  readonly context: PartUser = {
    after: step => void this.#steps.push(step),
    skip: why => {
      this.missing = why
    },
  }

  async run(): Promise<void> {
    for (const step of this.#steps.reverse()) await step()
    this.#steps.length = 0
  }
}

export interface Racer {
  readonly name: string
  /** Program beside this file, and its arguments; `null` when a part is missing. */
  readonly prepare: (cleanup: Cleanup) => Promise<{ readonly program: string; readonly args: readonly string[] } | null>
  /** True: every promise must hold. */
  readonly isOurs: boolean
  /** True: shown for honesty, and held to nothing. */
  readonly promisesNothing?: true
}

type Settings = Readonly<Record<string, unknown>>

function ours(name: string, settings: (cleanup: Cleanup) => Promise<Settings | null>): Racer {
  return {
    name,
    isOurs: true,
    async prepare(cleanup) {
      const own = await settings(cleanup)
      if (own === null) return null
      const DATABASE_URL = `sqlite:${join(temporaryFolder(cleanup.context), 'db.sqlite3')}`
      return { program: 'nuages-server.ts', args: [JSON.stringify({ DATABASE_URL, ...own })] }
    },
  }
}

function theirs(name: string, program: string): Racer {
  return {
    name,
    isOurs: false,
    async prepare(cleanup) {
      const redis = await startRedis(cleanup.context)
      return redis && { program: `others/${program}.js`, args: [redis.url, 'race:'] }
    },
  }
}

const database = (url: string | null): Settings | null => (url === null ? null : { DATABASE_URL: url })

/** Each racer has a Redis for itself, all of one kind. */
async function onRedis({ context }: Cleanup, engine: string): Promise<Settings | null> {
  const redis = await startRedis(context)
  return redis && { SESSION_ENGINE: engine, REDIS_URL: redis.url }
}

export const racers: readonly Racer[] = [
  ours('db on SQLite', async () => ({})),
  ours('db on PostgreSQL', async ({ context }) => database(await requirePostgres(context))),
  ours('db on MariaDB', async ({ context }) => database(await requireMysql(context))),
  ours('cache on Redis', cleanup => onRedis(cleanup, 'cache')),
  ours('cache on a Redis Cluster', async ({ context }) => {
    const cluster = await startRedisCluster(context)
    return cluster && { SESSION_ENGINE: 'cache', REDIS_URL: cluster.url }
  }),
  ours('cached_db on Redis and SQLite', cleanup => onRedis(cleanup, 'cached_db')),
  ours('file', async ({ context }) => ({ SESSION_ENGINE: 'file', SESSION_FILE_PATH: temporaryFolder(context) })),
  { ...ours('signed_cookies', async () => ({ SESSION_ENGINE: 'signed_cookies' })), promisesNothing: true },
  theirs('express-session on Redis', 'express-session'),
  theirs('@fastify/session on Redis', 'fastify-session'),
  theirs('hono-sessions on Redis', 'hono-sessions'),
]
