/**
 * The index of sessions: the rows of `nuages_session`.
 *
 * Owns the statements and the order in which rows come and go: a key gets its row before it leads anywhere, and loses it after it leads nowhere.
 * So a crash at any point leaves a row too many, never a session that nobody can find. Leaves what the rows lead to to ./devices.ts.
 */
import { type Database, type Lookup, UniqueViolation } from '../db/index.ts'
import type { Clock } from '../kit/index.ts'
import type { SessionIndex } from '../sessions/index.ts'
import type { Settings } from '../settings/index.ts'
import type { UserId } from './account-types.ts'

/** A row; times in milliseconds since the Unix epoch. */
export interface IndexRow {
  readonly key: string
  readonly id: string
  /** The id of the account, as text. */
  readonly userId: string
  readonly device: string
  readonly address: string | null
  readonly created: number
  readonly lastSeen: number
  readonly expires: number
}

/** How long a row may lead nowhere before it goes: the login that wrote it is stored when its request is over. In milliseconds. */
export const pendingMs = 600_000

/** A session's last sight is written at most this often, in milliseconds. */
export const seenEveryMs = 300_000

const columns = 'session_key, id, user_id, device, address, created, last_seen, expires'

/** True when the settings ask for an index, and the sessions are such that an index is of use. */
export function hasSessionIndex(settings: Settings): boolean {
  return settings.SESSION_INDEX && settings.SESSION_ENGINE !== 'signed_cookies'
}

export interface SessionRowsOptions {
  readonly database: Database
  readonly clock: Clock
}

/** The rows of the index; give it to `createSessions` as `index`. */
export class SessionRows implements SessionIndex {
  readonly #database: Database
  readonly #clock: Clock
  readonly #byUser: ReturnType<Database['prepare']>
  readonly #byKey: Lookup<unknown>
  readonly #insert: ReturnType<Database['prepare']>
  readonly #remove: ReturnType<Database['prepare']>
  readonly #forget: ReturnType<Database['prepare']>
  readonly #see: ReturnType<Database['prepare']>
  readonly #renew: ReturnType<Database['prepare']>

  constructor({ database, clock }: SessionRowsOptions) {
    this.#database = database
    this.#clock = clock
    this.#byUser = database.prepare(
      `SELECT ${columns} FROM nuages_session WHERE user_id = ? ORDER BY last_seen DESC, session_key`,
    )
    this.#byKey = database.prepareLookup(`SELECT ${columns} FROM nuages_session WHERE session_key = ?`)
    this.#insert = database.prepare(`INSERT INTO nuages_session (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#remove = database.prepare('DELETE FROM nuages_session WHERE session_key = ?')
    this.#forget = database.prepare('DELETE FROM nuages_session WHERE session_key = ? AND last_seen < ?')
    this.#see = database.prepare(
      'UPDATE nuages_session SET last_seen = ?, address = ? WHERE session_key = ? AND last_seen <= ?',
    )
    this.#renew = database.prepare('UPDATE nuages_session SET expires = ? WHERE session_key = ?')
  }

  readonly #toRow = (stored: unknown): IndexRow => {
    const { fromColumnTime } = this.#database
    const row = stored as Record<string, unknown>
    return {
      key: row.session_key as string,
      id: row.id as string,
      userId: String(row.user_id),
      device: row.device as string,
      address: row.address as string | null,
      created: fromColumnTime(row.created),
      lastSeen: fromColumnTime(row.last_seen),
      expires: fromColumnTime(row.expires),
    }
  }

  /** The rows of an account, seen last first. */
  async ofUser(userId: UserId): Promise<readonly IndexRow[]> {
    return (await this.#byUser.all([String(userId)])).map(this.#toRow)
  }

  async get(key: string): Promise<IndexRow | null> {
    const row = await this.#byKey.get([key])
    return row === undefined ? null : this.#toRow(row)
  }

  /** The rows of some keys, by key. */
  async find(keys: readonly string[]): Promise<ReadonlyMap<string, IndexRow>> {
    const query = this.#database.kysely.selectFrom('nuages_session').selectAll().where('session_key', 'in', keys)
    return new Map((await query.execute()).map(row => [row.session_key, this.#toRow(row)]))
  }

  /** Adds a row. One that is there already stays as it is. */
  async add(row: IndexRow): Promise<void> {
    const { toColumnTime } = this.#database
    const times = [row.created, row.lastSeen, row.expires].map(toColumnTime)
    try {
      await this.#insert.run([row.key, row.id, row.userId, row.device, row.address, ...times])
    } catch (error) {
      if (!(error instanceof UniqueViolation)) throw error
    }
  }

  /** A session is about to be stored under a second key: both have a row from now on, of one name. A login has written its own. */
  async moving(from: string, to: string): Promise<void> {
    const row = await this.get(from)
    if (row !== null && (await this.get(to)) === null) await this.add({ ...row, key: to, lastSeen: this.#clock() })
  }

  /** Nothing is under a key any more. */
  async removed(key: string): Promise<void> {
    await this.#remove.run([key])
  }

  /** The account is gone, and its sessions are nobody's. */
  async removeUser(userId: UserId): Promise<void> {
    await this.#database.prepare('DELETE FROM nuages_session WHERE user_id = ?').run([String(userId)])
  }

  /** Removes the row of a key that was found to lead nowhere, unless a login may be about to be stored under it. */
  async forget({ key, lastSeen }: IndexRow): Promise<boolean> {
    const before = this.#clock() - pendingMs
    return lastSeen < before && (await this.#forget.run([key, this.#database.toColumnTime(before)])) === 1
  }

  /** Notes that a session was seen, unless another process has done so. */
  async see(key: string, at: number, address: string | null): Promise<void> {
    const { toColumnTime } = this.#database
    await this.#see.run([toColumnTime(at), address, key, toColumnTime(at - seenEveryMs)])
  }

  /** At most `limit` rows whose time is over. */
  async expired(limit: number): Promise<readonly IndexRow[]> {
    const { toColumnTime } = this.#database
    const now = this.#clock()
    const statement = this.#database.prepare(
      `SELECT ${columns} FROM nuages_session WHERE expires < ? AND last_seen < ? ORDER BY expires LIMIT ${Math.trunc(limit)}`,
    )
    return (await statement.all([toColumnTime(now), toColumnTime(now - pendingMs)])).map(this.#toRow)
  }

  /** Moves the end of a row's time. */
  async renew(key: string, expires: number): Promise<void> {
    await this.#renew.run([this.#database.toColumnTime(expires), key])
  }
}
