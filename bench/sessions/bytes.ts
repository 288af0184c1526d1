/**
 * `node --conditions=nuages-source bench/sessions/bytes.ts`: bytes that a session takes in PostgreSQL and in Redis, indexes and all.
 *
 * The sessions are those of `npm run bench:sessions`; the table of PostgreSQL is as large as after it was just filled.
 */
import { sql } from 'kysely'
import { migrateDjangoTables, migrateSessionIndex, openDatabase } from '../../src/db/index.ts'
import { openRedis } from '../../src/redis/index.ts'
import { createCacheSessionStore } from '../../src/sessions/index.ts'
import { requirePostgres } from '../../tests/real-parts.ts'
import { startRedis } from '../../tests/redis-server.ts'
import { Cleanup } from '../race/engines.ts'
import { endSql, keyOf, keySql, livingEnd, textOf, textStart } from './rows.ts'

const rows = 100_000

async function inPostgresql(cleanup: Cleanup): Promise<void> {
  const url = await requirePostgres(cleanup.context)
  if (url === null) return console.log(cleanup.missing)
  const db = openDatabase(url)
  cleanup.context.after(() => db.close())
  await migrateDjangoTables(db)
  await migrateSessionIndex(db)
  const numbers = sql.raw(`generate_series(1, ${rows}) row`)
  const key = sql.raw(keySql('row'))
  await sql`INSERT INTO django_session SELECT ${key}, ${sql.lit(textStart)} || ${key}, ${sql.raw(endSql(false))} FROM ${numbers}`.execute(
    db.kysely,
  )
  await sql`INSERT INTO nuages_session (session_key, id, user_id, created, last_seen, expires, address, device)
    SELECT ${key}, left(md5(row::text), 32), row::text, now(), now(), now(), '203.0.113.7', ${device} FROM ${numbers}`.execute(
    db.kysely,
  )
  for (const table of ['django_session', 'nuages_session']) {
    const size = await sql<{ bytes: string }>`SELECT pg_total_relation_size(${table}) AS bytes`.execute(db.kysely)
    console.log(`PostgreSQL, ${table}: ${Math.round(Number(size.rows[0]?.bytes) / rows)} bytes a row`)
  }
}

const device = 'Chrome on Linux'

async function inRedis(cleanup: Cleanup): Promise<void> {
  const server = await startRedis(cleanup.context)
  if (server === null) return console.log(cleanup.missing)
  const redis = openRedis(server.url)
  cleanup.context.after(() => redis.close())
  const used = redis.prepare(`return string.match(redis.call('INFO', 'memory'), 'used_memory:(%d+)')`)
  const usedBytes = async (): Promise<number> => Number(await used.run('any', []))
  const before = await usedBytes()
  const store = createCacheSessionStore(redis, { prefix: 'nuages:cache:', clock: Date.now })
  for (let row = 0; row < rows; row += 1000) {
    await Promise.all(
      Array.from({ length: 1000 }, (_, index) => store.create(keyOf(row + index), textOf(row + index), livingEnd())),
    )
  }
  console.log(`Redis: ${Math.round(((await usedBytes()) - before) / rows)} bytes a session`)
}

const cleanup = new Cleanup()
try {
  console.log(`${textStart.length + keyOf(0).length} bytes of signed text`)
  await inPostgresql(cleanup)
  await inRedis(cleanup)
} finally {
  await cleanup.run()
}
