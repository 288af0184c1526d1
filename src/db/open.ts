/**
 * Opens a database by its URL.
 *
 * Owns the choice of the driver, which is loaded only when a URL asks for it.
 */
import type { Database, DatabaseOptions } from './database.ts'
import { openMysql } from './mysql.ts'
import { openPostgresql } from './postgresql.ts'
import { openSqlite } from './sqlite.ts'
import { parseDatabaseUrl } from './url.ts'

/**
 * Opens the database of a `DATABASE_URL` (see `parseDatabaseUrl` for the spellings).
 *
 * A server need not answer yet: the first query connects, and a lost connection is made anew. A SQLite file is made
 * when it is missing; its folder must exist.
 *
 * @example
 * const db = await openDatabase<Tables>('sqlite:db.sqlite3')
 * const books = await db.kysely.selectFrom('book').selectAll().execute()
 *
 * @throws {ConfigError} for a URL it cannot read, a folder that is missing, a driver that is not installed.
 */
export async function openDatabase<Tables = unknown>(
  url: string,
  options: DatabaseOptions = {},
): Promise<Database<Tables>> {
  const address = parseDatabaseUrl(url)
  if (address.dialect === 'sqlite') return openSqlite<Tables>(address.path, options)
  return address.dialect === 'postgresql'
    ? await openPostgresql<Tables>(address, options)
    : await openMysql<Tables>(address, options)
}
