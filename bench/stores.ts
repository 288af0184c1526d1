/**
 * Where sessions and users are kept: a place of its own for each server, gone after the run.
 *
 * Nothing waits for the disk at a commit: the work is compared, not the disk. With Redis for the sessions, users are in SQLite.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createClient } from '@redis/client'
import pg from 'pg'
import { requirePostgres, temporaryFolder } from '../tests/real-parts.ts'
import { startRedis } from '../tests/redis-server.ts'
import type { Cleanup } from './race/engines.ts'

export const storeNames = ['sqlite', 'postgresql', 'redis'] as const
export type StoreName = (typeof storeNames)[number]
export const storeTitles: Readonly<Record<StoreName, string>> = {
  sqlite: 'SQLite',
  postgresql: 'PostgreSQL',
  redis: 'Redis',
}

/** What a server is told on its command line. */
export interface Place {
  readonly store: StoreName
  /** `postgres://…`; for the other stores the path of a SQLite file. */
  readonly database: string
  readonly redis: string | null
}

/** `null` when the part is missing; `cleanup.missing` says which. */
export async function makePlace(store: StoreName, cleanup: Cleanup): Promise<Place | null> {
  if (store === 'postgresql') {
    const database = await requirePostgres(cleanup.context)
    if (database === null) return null
    const name = decodeURIComponent(new URL(database).pathname.slice(1))
    await runSql({ store, database, redis: null }, `ALTER DATABASE "${name}" SET synchronous_commit = off`)
    return { store, database, redis: null }
  }
  const database = join(temporaryFolder(cleanup.context), 'db.sqlite3')
  if (store === 'sqlite') return { store, database, redis: null }
  const redis = await startRedis(cleanup.context)
  return redis && { store, database, redis: redis.url }
}

/** Changes a place behind its server's back. */
export async function runSql({ store, database }: Place, statement: string): Promise<void> {
  if (store !== 'postgresql') {
    const handle = new DatabaseSync(database, { timeout: 5000 })
    handle.exec(statement)
    handle.close()
    return
  }
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  await client.query(statement)
  await client.end()
}

/** As if every session had ended elsewhere. */
export async function forgetSessions(place: Place, table: string): Promise<void> {
  if (place.redis === null) return runSql(place, `DELETE FROM ${table}`)
  const client = await createClient({ url: place.redis }).connect()
  await client.flushAll()
  client.destroy()
}

export async function storeVersion(place: Place): Promise<string> {
  if (place.store === 'sqlite') return `SQLite ${process.versions.sqlite}`
  if (place.redis !== null) {
    const client = await createClient({ url: place.redis }).connect()
    const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1]
    client.destroy()
    return `Redis ${version}`
  }
  const client = new pg.Client({ connectionString: place.database })
  await client.connect()
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version')
  await client.end()
  return `PostgreSQL ${rows[0]?.server_version.split(' ')[0]}`
}
