/**
 * Kysely's `Migrator` on PostgreSQL: one at a time, also behind PgBouncer.
 *
 * Kysely's own lock belongs to a connection. In transaction mode PgBouncer would take it on one and give it back on another: nobody kept out, and
 * later everybody. In a transaction this one belongs to the transaction, and ends with it.
 */
import type { DialectAdapter, Kysely, MigrationLockOptions, QueryExecutorProvider } from 'kysely'
import { ConfigError } from '../kit/index.ts'
import { loadKysely, sql } from './kysely.ts'

/** Kysely's own: whoever migrates by Kysely alone is kept out too. */
const kyselyLock = 3853314791062309107n
/** Longest wait for another process that migrates: Kysely's, too. */
const lockMs = 3_600_000

/** Waits until no other process migrates the database, and keeps others out until the transaction ends. */
export async function lockMigrations(transaction: QueryExecutorProvider): Promise<void> {
  await sql`SELECT set_config('lock_timeout', ${String(lockMs)}, true)`.execute(transaction)
  await sql`SELECT pg_advisory_xact_lock(${sql.lit(kyselyLock)})`.execute(transaction)
}

/** Kysely's adapter with that lock. */
export function postgresqlAdapter(isPooled: boolean): DialectAdapter {
  class PostgresqlAdapter extends loadKysely().PostgresAdapter {
    override async acquireMigrationLock(db: Kysely<unknown>, options: MigrationLockOptions): Promise<void> {
      if (db.isTransaction) return await lockMigrations(db)
      if (!isPooled) return await super.acquireMigrationLock(db, options)
      const fix = 'Migrate by migrateApplication, or give the Migrator a transaction.'
      throw new ConfigError(
        'Behind PgBouncer a lock ends with its transaction, and the Migrator of Kysely has none.',
        fix,
      )
    }

    override async releaseMigrationLock(db: Kysely<unknown>, options: MigrationLockOptions): Promise<void> {
      if (!db.isTransaction && !isPooled) await super.releaseMigrationLock(db, options)
    }
  }
  return new PostgresqlAdapter()
}
