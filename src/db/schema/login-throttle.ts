/**
 * Our own table: failed logins, for `LOGIN_THROTTLE_STORE: 'database'`.
 *
 * Times are milliseconds since the Unix epoch: a column of local time would repeat an hour when summer ends.
 */
import type { Dialect } from '../url.ts'

export const loginThrottleTable = 'nuages_login_throttle'

export const loginThrottleColumns = ['name', 'taken', 'ends'] as const

const index = 'CREATE INDEX nuages_login_throttle_ends ON nuages_login_throttle (ends)'
const table =
  'CREATE TABLE nuages_login_throttle (name varchar(64) NOT NULL PRIMARY KEY, taken integer NOT NULL, ends bigint NOT NULL)'

export const loginThrottleSchema: Readonly<Record<Dialect, readonly string[]>> = {
  sqlite: [table, index],
  postgresql: [table, index],
  // With its index in one statement: MySQL cannot undo CREATE TABLE.
  mysql: [
    `CREATE TABLE nuages_login_throttle (
      name varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      taken int(11) NOT NULL,
      ends bigint NOT NULL,
      PRIMARY KEY (name),
      KEY nuages_login_throttle_ends (ends)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci`,
  ],
}
