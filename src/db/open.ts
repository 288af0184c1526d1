/**
 * Opens a database by its URL.
 *
 * Owns the choice of the driver, which is loaded only when a URL asks for it.
 */
import type { Database, DatabaseOptions, Tables } from './database.ts'
import { openMysql } from './mysql.ts'
import { observeStatements } from './observe.ts'
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
 * const db = openDatabase('sqlite:db.sqlite3')
 * const books = await db.kysely.selectFrom('book').selectAll().execute()
 *
 * @throws {ConfigError} for a URL it cannot read, a folder that is missing, a driver that is not installed.
 */
export function openDatabase<AllTables = Tables>(url: string, options: DatabaseOptions = {}): Database<AllTables> {
  const database = openDialect<AllTables>(url, options)
  return options.onQuery === undefined ? database : observeStatements(database, options.onQuery)
}

function openDialect<AllTables>(url: string, options: DatabaseOptions): Database<AllTables> {
  const address = parseDatabaseUrl(url)
  if (address.dialect === 'sqlite') return openSqlite<AllTables>(address.path, options)
  if (address.dialect === 'postgresql') return openPostgresql<AllTables>(address, options)
  return openMysql<AllTables>(address, options)
}
