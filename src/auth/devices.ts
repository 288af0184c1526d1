/**
 * Where an account is logged in: listing its sessions and ending them.
 *
 * Owns what the index means. A row is a hint and the session is the truth: each row is followed before it is believed.
 * Leaves the rows to ./session-index.ts.
 */
import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import type { HttpRequest } from '../http/index.ts'
import type { Clock } from '../kit/index.ts'
import { type Session, SessionBusy, type Sessions } from '../sessions/index.ts'
import type { UserId } from './account-types.ts'
import { deviceName, maxUserAgentLength } from './device-name.ts'
import { LastSeen, type Sighting, slices } from './last-seen.ts'
import type { IndexRow, SessionRows } from './session-index.ts'
import type { User } from './user.ts'

/** A place where an account is logged in. */
export interface ActiveSession {
  /** What `revokeSession` takes; worth nothing to anybody but the account's owner, and no key. */
  readonly id: string
  /** "Firefox on Linux", from the User-Agent of the login: at most 100 characters of printable ASCII, chosen by the client. Escape it. */
  readonly device: string
  /** Where it was last seen from; `null` when the server could not tell. */
  readonly address: string | null
  readonly created: Date
  /** To five minutes. */
  readonly lastSeen: Date
  /** True for the session that asks. */
  readonly isCurrent: boolean
}

export interface DevicesOptions {
  readonly rows: SessionRows
  readonly sessions: Sessions
  /** True when a session is logged in as this account, with its password of today. */
  readonly isLoginOf: (session: Session, user: User) => boolean
  /** The account that a session says it is logged in as; `null`: none. */
  readonly loginIdOf: (session: Session) => UserId | null
  readonly clock: Clock
  readonly warn: (fields: object, message: string) => void
}

/** Most sessions that a list has: more are no list to read, and each is looked up. */
const maxListed = 100
/** Sessions looked up at once. */
const lookUpsAtOnce = 8
/** Rounds in which a session may go on moving away from who wants to end it. */
const maxRounds = 64
/** Longest time that a row is believed without following it, in milliseconds: sessions can be made to live for ever. */
const maxExpiresMs = 400 * 86_400_000
/** Shortest, so that a row which was followed is not due again at once. */
const minExpiresMs = 3_600_000

const possibleId = /^[0-9a-f]{32}$/

export class Devices {
  readonly #rows: SessionRows
  readonly #sessions: Sessions
  readonly #isLoginOf: DevicesOptions['isLoginOf']
  readonly #loginIdOf: DevicesOptions['loginIdOf']
  readonly #clock: Clock
  readonly #lastSeen: LastSeen

  constructor({ rows, sessions, isLoginOf, loginIdOf, clock, warn }: DevicesOptions) {
    this.#rows = rows
    this.#sessions = sessions
    this.#isLoginOf = isLoginOf
    this.#loginIdOf = loginIdOf
    this.#clock = clock
    this.#lastSeen = new LastSeen({ rows, clock, warn, adopt: (sighting, at) => this.#adopt(sighting, at) })
  }

  /** Writes the row of a login. To be awaited before the session is stored under the key that `cycleKey` gave it. */
  async add(session: Session, userId: UserId, request: HttpRequest | null): Promise<void> {
    const key = session.sessionKey as string
    const { address, userAgent } = whoseRequest(request)
    await this.#rows.add(this.#newRow(session, { key, userId: String(userId), address, userAgent }, this.#clock()))
    this.#lastSeen.setFresh(key)
  }

  #newRow(session: Session, { key, userId, address, userAgent }: Sighting, at: number): IndexRow {
    const id = randomBytes(16).toString('hex')
    const device = deviceName(userAgent)
    return { key, id, userId, device, address, created: at, lastSeen: at, expires: this.#expiresOf(session) }
  }

  #expiresOf(session: Session): number {
    const now = this.#clock()
    const ms = session.getExpiryDate().getTime() - now
    return now + Math.max(minExpiresMs, Math.min(Number.isNaN(ms) ? maxExpiresMs : ms, maxExpiresMs))
  }

  /** Takes note of a logged-in request; nothing waits for it. */
  saw(request: HttpRequest, session: Session, user: User): void {
    const key = session.storedKey
    if (key !== null && this.#lastSeen.isDue(key))
      this.#lastSeen.note({ key, userId: String(user.id), ...whoseRequest(request) })
  }

  /** Writes when sessions were last seen, now and not in a few seconds. */
  flush(): Promise<void> {
    return this.#lastSeen.flush()
  }

  async #adopt(sighting: Sighting, at: number): Promise<void> {
    const session = await this.#sessions.open(sighting.key)
    if (this.#isOf(session, sighting.userId)) await this.#rows.add(this.#newRow(session, sighting, at))
  }

  #isOf(session: Session, userId: string): boolean {
    const id = this.#loginIdOf(session)
    return id !== null && String(id) === userId
  }

  /** Those of an account, seen last first; at most 100. */
  async list(user: User, current?: Session): Promise<readonly ActiveSession[]> {
    const rows = await this.#rows.ofUser(user.id)
    const own = idsOf(rows, current)
    const found = new Map<string, ActiveSession>()
    for (const some of slices(rows, lookUpsAtOnce)) {
      const alive = await Promise.all(some.map(row => this.#leadsTo(user, row)))
      for (const [index, { id, device, address, created, lastSeen }] of some.entries()) {
        if (alive[index] !== true || found.has(id)) continue
        found.set(id, {
          id,
          device,
          address,
          created: new Date(created),
          lastSeen: new Date(lastSeen),
          isCurrent: own.has(id),
        })
      }
      if (found.size >= maxListed) break
    }
    return [...found.values()].slice(0, maxListed)
  }

  /** True when the row leads to a session that is logged in as the account; else it goes, if it is old enough. */
  async #leadsTo(user: User, row: IndexRow): Promise<boolean> {
    const isAlive = this.#isLoginOf(await this.#sessions.open(row.key), user)
    if (!isAlive) await this.#rows.forget(row)
    return isAlive
  }

  /** True when an account's session of this name is this one. */
  async isCurrent(userId: UserId, id: string, current: Session): Promise<boolean> {
    return idsOf(await this.#rows.ofUser(userId), current).has(id)
  }

  /** Ends one session of an account; false when it has none of this name that is still there. */
  async end(userId: UserId, id: string): Promise<boolean> {
    return possibleId.test(id) && (await this.#endAll(userId, new Set([id]))) === 1
  }

  /** Ends an account's sessions but `current`; resolves how many. */
  async endOthers(userId: UserId, current?: Session): Promise<number> {
    const rows = await this.#rows.ofUser(userId)
    const own = idsOf(rows, current)
    return this.#endAll(userId, new Set(rows.map(({ id }) => id).filter(id => !own.has(id))))
  }

  /**
   * Ends the sessions of these names, wherever they move meanwhile: a key has its row before the session leaves the one before it.
   * Of a session that moves a round may meet the new key too early and the old one too late; the round after it knows both.
   */
  async #endAll(userId: UserId, ids: ReadonlySet<string>): Promise<number> {
    const ended = new Set<string>()
    const met = new Set<string>()
    let quiet = 0
    for (let round = 0; round < maxRounds; round += 1) {
      const rows = (await this.#rows.ofUser(userId)).filter(({ id }) => ids.has(id))
      const isKnown = rows.every(({ key }) => met.has(key))
      if (isKnown && (rows.length === 0 || quiet === 2)) return ended.size
      quiet = isKnown ? quiet + 1 : 1
      for (const some of slices(rows, lookUpsAtOnce)) {
        const results = await Promise.all(some.map(row => this.#endOne(row)))
        for (const [index, { id, key }] of some.entries()) {
          met.add(key)
          if (results[index] !== true) continue
          ended.add(id)
          quiet = 0
        }
      }
    }
    throw new SessionBusy()
  }

  async #endOne(row: IndexRow): Promise<boolean> {
    const isEnded = await this.#sessions.remove(row.key)
    if (isEnded) await this.#rows.removed(row.key)
    else await this.#rows.forget(row)
    return isEnded
  }

  /**
   * Removes at most `limit` rows whose time is over and whose session is gone, and resolves how many; fewer than `limit`: no more are left.
   * A session that lives on has its row's time moved.
   */
  async clearExpired(limit: number): Promise<number> {
    let removed = 0
    while (removed < limit) {
      const rows = await this.#rows.expired(limit - removed)
      if (rows.length === 0) break
      for (const some of slices(rows, lookUpsAtOnce))
        removed += (await Promise.all(some.map(row => this.#clear(row)))).filter(Boolean).length
    }
    return removed
  }

  async #clear(row: IndexRow): Promise<boolean> {
    const session = await this.#sessions.open(row.key)
    if (this.#isOf(session, row.userId)) {
      await this.#rows.renew(row.key, this.#expiresOf(session))
      return false
    }
    await this.#rows.removed(row.key)
    return true
  }
}

/** The names of a session's rows. */
function idsOf(rows: readonly IndexRow[], session: Session | undefined): ReadonlySet<string> {
  if (session === undefined) return new Set()
  const keys = [session.storedKey, session.sessionKey]
  return new Set(rows.filter(({ key }) => keys.includes(key)).map(({ id }) => id))
}

/** Where a request comes from, in the bounds of the columns. */
function whoseRequest(request: HttpRequest | null): { address: string | null; userAgent: string | null } {
  const ip = request?.ip ?? null
  const userAgent = request?.headers.get('user-agent')?.slice(0, maxUserAgentLength) ?? null
  return { address: ip !== null && ip.length <= 45 && isIP(ip) !== 0 ? ip : null, userAgent }
}
