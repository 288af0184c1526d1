/** The database of a server: node:sqlite with statements that are held, or a pool of `pg` with statements that have names. */
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { database, store } from './place.js'

export const sqlite = store === 'postgresql' ? null : new DatabaseSync(database)
sqlite?.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
export const pool = store === 'postgresql' ? new pg.Pool({ connectionString: database }) : null

export async function execute(statements) {
  if (sqlite === null) await pool.query(statements)
  else sqlite.exec(statements)
}

/** A statement with `$1`, `$2`: resolves its first row, or `undefined`. */
export function prepare(name, text) {
  if (sqlite === null) return async (...values) => (await pool.query({ name, text, values })).rows[0]
  const statement = sqlite.prepare(text.replace(/\$\d/g, '?'))
  return async (...values) => statement.get(...values)
}
