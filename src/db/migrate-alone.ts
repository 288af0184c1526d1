/** One process migrates a database at a time. */
import type { Kysely, QueryExecutorProvider } from 'kysely'
import { ConfigError } from '../kit/index.ts'
import type { Database } from './database.ts'
import { sql } from './kysely.ts'

/** Longest wait for another process that migrates the same database, in seconds. */
const lockSeconds = 60
/** Any number that no other program takes: the first digits of SHA-256 of `nuages`. */
const advisoryLock = 0x6e756167

/** Runs `work` while no other process migrates, in a transaction where the database can roll back CREATE TABLE. */
export async function alone<T, AllTables>(
  { dialect, kysely }: Database<AllTables>,
  work: (connection: QueryExecutorProvider) => Promise<T>,
): Promise<T> {
  if (dialect === 'mysql') return await kysely.connection().execute(connection => withNamedLock(connection, work))
  return await kysely.transaction().execute(async transaction => {
    if (dialect === 'postgresql') {
      await sql.raw(`SET LOCAL lock_timeout = '${lockSeconds}s'`).execute(transaction)
      await sql`SELECT pg_advisory_xact_lock(${sql.lit(advisoryLock)})`.execute(transaction)
    }
    return await work(transaction)
  })
}

async function withNamedLock<T, AllTables>(
  connection: Kysely<AllTables>,
  work: (connection: QueryExecutorProvider) => Promise<T>,
): Promise<T> {
  const name = sql`CONCAT('nuages-migrate-', LEFT(SHA2(DATABASE(), 256), 32))` // at most 64 characters, one for each database
  const { rows } = await sql<{ got: number | null }>`SELECT GET_LOCK(${name}, ${sql.lit(lockSeconds)}) AS got`.execute(
    connection,
  )
  if (rows[0]?.got !== 1) {
    throw new ConfigError('Another process has been migrating this database for a minute.', 'End it, then try again.')
  }
  try {
    return await work(connection)
  } finally {
    await sql`SELECT RELEASE_LOCK(${name})`.execute(connection)
  }
}
