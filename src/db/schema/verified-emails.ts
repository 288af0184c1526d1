/**
 * Our own table: which address an account has shown to be its own, for `EMAIL_VERIFICATION`.
 *
 * A row counts as long as the account still has that address. Ids are text, as Django writes them in sessions: a number, or a UUID. Times are milliseconds
 * since the Unix epoch.
 */
import type { Dialect } from '../url.ts'

export const verifiedEmailsTable = 'nuages_verified_email'

export const verifiedEmailsColumns = ['user_id', 'email', 'verified'] as const

const table =
  'CREATE TABLE nuages_verified_email (user_id varchar(64) NOT NULL PRIMARY KEY, email varchar(254) NOT NULL, verified bigint NOT NULL)'

export const verifiedEmailsSchema: Readonly<Record<Dialect, readonly string[]>> = {
  sqlite: [table],
  postgresql: [table],
  mysql: [
    `CREATE TABLE nuages_verified_email (
      user_id varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      email varchar(254) NOT NULL,
      verified bigint NOT NULL,
      PRIMARY KEY (user_id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`,
  ],
}
