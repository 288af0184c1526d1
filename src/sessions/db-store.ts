/**
 * Sessions in `django_session`, on SQLite, PostgreSQL, MySQL and MariaDB.
 *
 * Owns the statements. Each is one atomic step of the database: nothing here needs a transaction.
 */

import { type Database, UniqueViolation } from '../db/index.ts'
import type { Clock } from '../kit/index.ts'
import type { SessionStore } from './store.ts'

/** The engine `db`. `clock` decides what has expired. */
export function createDatabaseSessionStore(database: Database, clock: Clock): SessionStore {
  // MySQL compares text without case and without trailing spaces; two signed texts may differ in just that.
  const holds = database.dialect === 'mysql' ? 'CAST(session_data AS BINARY) = CAST(? AS BINARY)' : 'session_data = ?'
  const load = database.prepareLookup<{ session_data: string }>(
    'SELECT session_data FROM django_session WHERE session_key = ? AND expire_date > ?',
  )
  const create = database.prepare(
    'INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, ?)',
  )
  const replace = database.prepareUpdate(
    `UPDATE django_session SET session_data = ?, expire_date = ? WHERE session_key = ? AND ${holds}`,
    2,
  )
  const remove = database.prepare('DELETE FROM django_session WHERE session_key = ?')
  const removeSeen = database.prepare(`DELETE FROM django_session WHERE session_key = ? AND ${holds}`)
  const count = database.prepare<{ count: number | string }>(
    'SELECT COUNT(*) AS count FROM django_session WHERE expire_date < ?',
  )

  return {
    async load(key) {
      const row = await load.get([key, database.toColumnTime(clock())])
      return row === undefined ? null : row.session_data
    },
    async create(key, text, expiresAt) {
      try {
        await create.run([key, text, database.toColumnTime(expiresAt)])
        return true
      } catch (error) {
        if (error instanceof UniqueViolation) return false
        throw error
      }
    },
    async replace(key, seen, text, expiresAt) {
      return (await replace.run([text, database.toColumnTime(expiresAt), key, seen])) === 1
    },
    async delete(key, seen) {
      return (await (seen === undefined ? remove.run([key]) : removeSeen.run([key, seen]))) === 1
    },
    async clearExpired(limit) {
      // PostgreSQL would delete a session that is renewed at this moment, unless it is locked first; those in use are left for later.
      const lock = database.dialect === 'postgresql' ? ' FOR UPDATE SKIP LOCKED' : ''
      const oldest = `WHERE expire_date < ? ORDER BY expire_date LIMIT ${Math.trunc(limit)}`
      const expired =
        database.dialect === 'mysql'
          ? `DELETE FROM django_session ${oldest}`
          : `DELETE FROM django_session WHERE session_key IN (SELECT session_key FROM django_session ${oldest}${lock})`
      return database.prepare(expired).run([database.toColumnTime(clock())])
    },
    async countExpired() {
      return Number((await count.get([database.toColumnTime(clock())]))?.count ?? 0)
    },
    ping: () => database.ping(),
    async close() {
      // The database is its opener's.
    },
  }
}
