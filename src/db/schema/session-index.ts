/**
 * Our own table: who is logged in where.
 *
 * Ids of accounts are text, as Django writes them in sessions: a number, or a UUID. Earlier releases had a column for numbers, which serves as well
 * as long as the ids are such.
 *
 * No foreign key to `auth_user`: a Django that shares the database, and knows nothing of the table, could delete no user.
 */
import type { TableColumns } from '../read-tables.ts'
import type { Dialect } from '../url.ts'

export const sessionIndexTable = 'nuages_session'

export const sessionIndexColumns = [
  'session_key',
  'id',
  'user_id',
  'device',
  'address',
  'created',
  'last_seen',
  'expires',
] as const

const indexes = [
  'CREATE INDEX nuages_session_user_id ON nuages_session (user_id)',
  'CREATE INDEX nuages_session_expires ON nuages_session (expires)',
]

export const sessionIndexSchema: Readonly<Record<Dialect, readonly string[]>> = {
  sqlite: [
    `CREATE TABLE nuages_session (session_key varchar(40) NOT NULL PRIMARY KEY, id varchar(32) NOT NULL, user_id varchar(64) NOT NULL, device varchar(100) NOT NULL, address varchar(45) NULL, created datetime NOT NULL, last_seen datetime NOT NULL, expires datetime NOT NULL)`,
    ...indexes,
  ],
  postgresql: [
    `CREATE TABLE nuages_session (session_key varchar(40) NOT NULL PRIMARY KEY, id varchar(32) NOT NULL, user_id varchar(64) NOT NULL, device varchar(100) NOT NULL, address varchar(45) NULL, created timestamp with time zone NOT NULL, last_seen timestamp with time zone NOT NULL, expires timestamp with time zone NOT NULL)`,
    ...indexes,
  ],
  // With its indexes in one statement: MySQL cannot undo CREATE TABLE.
  mysql: [
    `CREATE TABLE nuages_session (
      session_key varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      id varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      user_id varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      device varchar(100) NOT NULL,
      address varchar(45) NULL,
      created datetime(6) NOT NULL,
      last_seen datetime(6) NOT NULL,
      expires datetime(6) NOT NULL,
      PRIMARY KEY (session_key),
      KEY nuages_session_user_id (user_id),
      KEY nuages_session_expires (expires)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci`,
  ],
}

/** True for the table of an earlier release, where SQLite's would hold other ids as it is. */
export function hasNumberIds(dialect: Dialect, columns: TableColumns | undefined): boolean {
  return dialect !== 'sqlite' && /^int/.test(columns?.get('user_id') ?? '')
}

/** Makes room for ids that are no numbers. */
export const widenSessionIndex: Readonly<Record<Dialect, readonly string[]>> = {
  sqlite: [],
  postgresql: ['ALTER TABLE nuages_session ALTER COLUMN user_id TYPE varchar(64) USING user_id::text'],
  mysql: ['ALTER TABLE nuages_session MODIFY user_id varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL'],
}
