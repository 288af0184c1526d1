/**
 * The databases that are measured: each has its tables for itself, filled as fast as it can, and is dropped at the end.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import pg from 'pg'
import { migrateDjangoTables, openDatabase } from '../../src/db/index.ts'
import { endSql, expiredEnd, keyOf, keySql, livingEnd, textOf, textStart } from './rows.ts'

export const databaseNames = ['sqlite', 'postgresql'] as const
export type DatabaseName = (typeof databaseNames)[number]

export interface Rows {
  /** Number of the first. */
  readonly from: number
  readonly count: number
  readonly expired: boolean
}

export interface BenchDatabase {
  readonly name: DatabaseName
  readonly url: string
  /** Adds rows. Nothing else may have the database open. */
  fill(rows: Rows): Promise<void>
  /** For the heading: `SQLite 3.50.4`. */
  version(): Promise<string>
  drop(): Promise<void>
}

/** Made, with Django's tables, and empty. `onMade` learns of it before anything can fail. */
export async function makeDatabase(
  name: DatabaseName,
  onMade: (database: BenchDatabase) => void,
): Promise<BenchDatabase> {
  const database = name === 'sqlite' ? newFile() : await newServerDatabase()
  onMade(database)
  const opened = openDatabase(database.url)
  try {
    await migrateDjangoTables(opened)
  } finally {
    await opened.close()
  }
  return database
}

/** SQLite works on the event loop, so that nothing else does: not Ctrl-C, and not the filling of the server. */
const fileChunk = 20_000
const serverChunk = 200_000

function* chunksOf({ from, count }: Rows, size: number): Generator<{ readonly first: number; readonly end: number }> {
  for (let first = from; first < from + count; first += size) yield { first, end: Math.min(first + size, from + count) }
}

function newFile(): BenchDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'nuages-bench-sessions-'))
  const path = join(folder, 'db.sqlite3')
  return {
    name: 'sqlite',
    url: `sqlite:${path}`,
    fill: rows => fillFile(path, rows),
    version: async () => {
      const handle = new DatabaseSync(':memory:')
      const version = handle.prepare('SELECT sqlite_version() AS version').get()?.version
      handle.close()
      return `SQLite ${version}`
    },
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Random keys want the whole index in memory: 2 GiB hold that of ten million. */
const fillPragmas =
  'PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -2097152'

async function fillFile(path: string, rows: Rows): Promise<void> {
  const times = openDatabase('sqlite::memory:')
  const handle = new DatabaseSync(path)
  try {
    handle.exec(fillPragmas)
    const index = handle
      .prepare("SELECT name, sql FROM sqlite_master WHERE tbl_name = 'django_session' AND type = 'index' AND sql <> ''")
      .all()
    // An index is faster made than kept.
    for (const { name } of index) handle.exec(`DROP INDEX "${name}"`)
    const insert = handle.prepare(
      'INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, ?)',
    )
    const end = rows.expired ? expiredEnd : livingEnd
    for (const chunk of chunksOf(rows, fileChunk)) {
      handle.exec('BEGIN')
      for (let row = chunk.first; row < chunk.end; row += 1) {
        const key = keyOf(row)
        insert.run(key, textOf(row, key), times.toColumnTime(end()))
      }
      handle.exec('COMMIT')
      await nextTurn()
    }
    for (const { sql } of index) handle.exec(String(sql))
  } finally {
    handle.close()
    await times.close()
  }
}

const serverUrl = process.env.TEST_POSTGRES_URL ?? 'postgres://root@127.0.0.1:5432/test'

async function newServerDatabase(): Promise<BenchDatabase> {
  const database = `nuages_bench_${randomUUID().replaceAll('-', '').slice(0, 16)}`
  await ask(serverUrl, `CREATE DATABASE ${database}`)
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return {
    name: 'postgresql',
    url: url.href,
    fill: rows => fillServer(url.href, rows),
    version: async () => `PostgreSQL ${(await ask(serverUrl, 'SHOW server_version'))[0]?.server_version}`,
    drop: async () => {
      await ask(serverUrl, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
    },
  }
}

async function ask(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  return withClient(url, async client => (await client.query<Record<string, unknown>>(statement)).rows)
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function fillServer(url: string, rows: Rows): Promise<void> {
  return withClient(url, async client => {
    await client.query("SET synchronous_commit = off; SET maintenance_work_mem = '1GB'")
    const indexes = rows.from === 0 ? await dropIndexes(client) : []
    for (const { first, end } of chunksOf(rows, serverChunk)) {
      await client.query(
        `INSERT INTO django_session (session_key, session_data, expire_date)
         SELECT key, $1 || key, ${endSql(rows.expired)}
         FROM (SELECT ${keySql('row')} AS key FROM generate_series($2::bigint, $3::bigint) AS row) AS keys`,
        [textStart, first, end - 1],
      )
    }
    for (const statement of indexes) await client.query(statement)
    // As autovacuum would, but now: not in the middle of a measurement.
    await client.query('VACUUM ANALYZE django_session')
    await client.query('CHECKPOINT')
  })
}

/** Resolves what makes them again, the primary key included: indexes are faster made than kept. */
async function dropIndexes(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string; definition: string; constraint: string | null }>(
    `SELECT pg_class.relname AS name, pg_get_indexdef(indexrelid) AS definition, conname AS constraint
     FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid LEFT JOIN pg_constraint ON conindid = indexrelid
     WHERE indrelid = 'django_session'::regclass`,
  )
  const again: string[] = []
  for (const { name, definition, constraint } of rows) {
    again.push(definition)
    if (constraint === null) await client.query(`DROP INDEX "${name}"`)
    else {
      await client.query(`ALTER TABLE django_session DROP CONSTRAINT "${constraint}"`)
      again.push(`ALTER TABLE django_session ADD CONSTRAINT "${constraint}" PRIMARY KEY USING INDEX "${name}"`)
    }
  }
  return again
}
