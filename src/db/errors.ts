/**
 * What can go wrong between the application and its database.
 *
 * Owns the errors that every database's own errors become. Leaves their recognition to ./sqlite.ts,
 * ./postgresql.ts and ./mysql.ts. Any other error of a driver passes as it is: it is a bug.
 */
import { HttpError } from '../kit/index.ts'

/** What an application may learn from the database about a row that exists already. */
export interface UniqueViolationDetails {
  /** Name of the constraint or index; `null` on SQLite, which does not tell. */
  readonly constraint?: string | null
  /** `null` on MariaDB, which does not tell. */
  readonly table?: string | null
  /** Empty on MySQL and MariaDB, which do not tell. */
  readonly columns?: readonly string[]
  readonly cause?: unknown
}

/**
 * A row with the same unique value exists already. Nothing was written.
 *
 * The message never holds the value: it may be somebody's address. The driver's error, as `cause`, may.
 */
export class UniqueViolation extends Error {
  override readonly name: string = 'UniqueViolation'
  readonly code = 'db/unique'
  readonly constraint: string | null
  readonly table: string | null
  readonly columns: readonly string[]
  constructor(details: UniqueViolationDetails = {}) {
    const { constraint = null, table = null, columns = [], cause } = details
    const where = table === null ? (constraint ?? 'a unique column') : `${table}.${columns.join(', ') || constraint}`
    super(`A row with the same value exists already: ${where}.`, { cause })
    this.constraint = constraint
    this.table = table
    this.columns = columns
  }
}

/**
 * A row refers to one that is not there, or others refer to the one that was to go. Nothing was written.
 *
 * The driver's error, as `cause`, tells more; what, depends on the database.
 */
export class ReferenceViolation extends Error {
  override readonly name: string = 'ReferenceViolation'
  readonly code = 'db/reference'
  constructor(cause: unknown) {
    super('A row refers to one that is not there, or would be left to.', { cause })
  }
}

/** Why a database does not answer. */
export const unavailableReasons = [
  'locked',
  'read-only',
  'missing',
  'unreachable',
  'refused',
  'not-migrated',
  'failing',
] as const
export type UnavailableReason = (typeof unavailableReasons)[number]

/** Seconds after which a client may ask again: longer than a restart of a database, shorter than a visitor's patience. */
const retryAfterSeconds = 5

/**
 * The database does not answer, or refuses to write. Nothing is known to be written.
 *
 * Waits were bounded before it is thrown, and the next query tries afresh: no restart is needed once the database
 * is back. The message is for visitors and says nothing of the machine; `detail` and `cause` are for the log.
 */
export class DatabaseUnavailable extends HttpError {
  override readonly name: string = 'DatabaseUnavailable'
  readonly code = 'db/unavailable'
  readonly status = 503
  override readonly headers: Readonly<Record<string, string>> = { 'Retry-After': String(retryAfterSeconds) }
  readonly reason: UnavailableReason
  /** For the log: what is wrong and, where known, what to do. Never holds a password. */
  readonly detail: string
  constructor(reason: UnavailableReason, detail: string, cause?: unknown) {
    super('The database is not available at the moment. Try again in a few seconds.', { cause })
    this.reason = reason
    this.detail = detail
  }

  /** A statement of Nuages met a table that is not there. */
  static notMigrated(cause: unknown): DatabaseUnavailable {
    return new DatabaseUnavailable('not-migrated', 'The database lacks a table. Run `nuages migrate`.', cause)
  }
}

/** Longest wait for a server to accept a connection, or for a free one of the pool, in milliseconds. */
export const connectMs = 2000

const networkCodes: ReadonlySet<string> = new Set([
  'EACCES',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
])

/** True for an error of the socket to a server. */
export function isNetworkError(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && networkCodes.has(error.code)
}
