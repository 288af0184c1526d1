/**
 * Sessions that a server keeps, over one `SessionStore`.
 *
 * Owns saving: compare-and-swap, merge, retries, moving to another key.
 * Leaves the meaning of the data to ./session.ts, waiting in turn to ./turns.ts and the rows to the store.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, constantTimeEqual, parseJson, randomString, systemClock } from '../kit/index.ts'
import type { Settings } from '../settings/index.ts'
import { createSessionCodec, type SessionCodec, type SessionTexts } from './codec.ts'
import { SessionBusy, SessionConflictError, SessionInterrupted } from './errors.ts'
import { expiryDate, expiryKey } from './expiry.ts'
import { mergeChanges } from './merge.ts'
import { Session, type StoredSession } from './session.ts'
import { createReader, type Reader } from './session-data.ts'
import type { Sessions, SessionsOptions, SessionWrite } from './sessions.ts'
import type { SessionStore } from './store.ts'
import { type Turn, Turns } from './turns.ts'

/** Told of keys before they lead anywhere and after they lead nowhere, to keep an index of sessions: see `StoredSessionsOptions.index`. */
export interface SessionIndex {
  /** A session is about to be stored under a second key. What this throws stops that, and is thrown on. */
  moving(from: string, to: string): Promise<void>
  /** Nothing is under a key any more: its session ended, or has left it for another key. What this throws is given to `warn`. */
  removed(key: string): Promise<void>
}

export interface StoredSessionsOptions extends SessionsOptions {
  readonly store: SessionStore
  readonly index?: SessionIndex
  /** What the texts of the store mean. Default: signed JSON, as Django's engine `db` has it. */
  readonly codec?: SessionCodec
}

/** 32 characters of 36, as Django's: 165 random bits; OWASP ASVS 5.0 (7.2.3) asks for 128. */
const keyLength = 32
const keyAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** No engine of ours or Django's makes other keys; MariaDB would find `abc…` for `ABC…`, and PostgreSQL refuses NUL. */
const possibleKey = /^[a-z0-9]{8,40}$/

/**
 * Each failed attempt means that another process succeeded; within a process the saves of one session wait for each other.
 * So many in a row is not bad luck any more.
 */
const maxAttempts = 64

/**
 * So often a session is ended only as it was seen, so that one which moves at that moment is followed. A few requests that write without
 * a pause are faster than that: whoever stole a key could keep the session from ending. Then it is ended whatever it has become.
 */
const maxSeenEnds = 8

/** Longest wait before another attempt, in milliseconds; the waits are random, so that two processes fall out of step. */
const maxWaitMs = 20

/**
 * What a session leaves under its old key when it moves, with the new key behind it. A request opens nothing by it unless it names the new
 * key, too; but one that had opened the session before may still write to it, or end it. No signed text begins so.
 */
const movedPrefix = 'moved:'

/** How long that stays: longer than most requests take, too short to matter to who planted a key. */
export const movedMs = 10_000

const noData: SessionTexts = new Map()
const nothingStored: StoredSession = { key: null, text: null, data: noData, isMoved: false }
const movedAway: StoredSession = { ...nothingStored, isMoved: true }

const movedTo = (text: string): string | null => (text.startsWith(movedPrefix) ? text.slice(movedPrefix.length) : null)

class StoredSessions implements Sessions {
  readonly settings: Settings
  readonly clock: Clock
  readonly read: Reader
  readonly #store: SessionStore
  readonly #codec: SessionCodec
  readonly #turns = new Turns()
  readonly #index: SessionIndex | null
  readonly #warn: (fields: object, message: string) => void

  constructor(options: StoredSessionsOptions) {
    const { settings } = options
    this.settings = settings
    this.clock = options.clock ?? systemClock
    this.#store = options.store
    this.#index = options.index ?? null
    this.#warn = options.warn ?? (() => {})
    this.read = createReader(options.data ?? {}, this.#warn)
    this.#codec =
      options.codec ?? createSessionCodec({ key: settings.SECRET_KEY, fallbackKeys: settings.SECRET_KEY_FALLBACKS })
  }

  async open(key: string | null | undefined, moved: string | null = null): Promise<Session> {
    if (key === null || key === undefined || !possibleKey.test(key)) return new Session(this, nothingStored)
    const text = await this.#store.load(key)
    if (text === null) return new Session(this, nothingStored)
    const next = movedTo(text)
    if (next === null) return new Session(this, this.#stored(key, text))
    const textThere = moved !== null && constantTimeEqual(moved, next) ? await this.#store.load(next) : null
    if (textThere === null || movedTo(textThere) !== null) return new Session(this, movedAway)
    return new Session(this, this.#stored(next, textThere), { followed: true })
  }

  #stored(key: string, text: string): StoredSession {
    return { key, text, data: this.#codec.decode(text), isMoved: false }
  }

  newKey(): string {
    return randomString(keyLength, keyAlphabet)
  }

  clearExpired(limit: number): Promise<number> {
    return this.#store.clearExpired(limit)
  }

  countExpired(): Promise<number> {
    return this.#store.countExpired()
  }

  ping(): Promise<void> {
    return this.#store.ping()
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  async end(
    { key, text }: StoredSession,
    { onlySeen = false }: { readonly onlySeen?: boolean } = {},
  ): Promise<boolean> {
    if (key === null) return true
    if (text !== null && (await this.#store.delete(key, text))) await this.#tell(index => index.removed(key))
    else if (onlySeen) return false
    else await this.remove(key)
    return true
  }

  /** Follows a session that moves meanwhile. */
  async remove(key: string): Promise<boolean> {
    if (!possibleKey.test(key)) return false
    for (let attempt = 1; ; attempt += 1) {
      const text = await this.#store.load(key)
      if (text === null) return false
      const next = movedTo(text)
      if (next !== null) return this.remove(next)
      if (await this.#store.delete(key, attempt <= maxSeenEnds ? text : undefined)) {
        await this.#tell(index => index.removed(key))
        return true
      }
    }
  }

  async #tell(what: (index: SessionIndex) => Promise<void>): Promise<void> {
    if (this.#index === null) return
    try {
      await what(this.#index)
    } catch (err) {
      this.#warn({ err }, 'the index of sessions could not be kept')
    }
  }

  store(write: SessionWrite): Promise<StoredSession> {
    const { key, isMoved } = write.stored
    if (key !== null) return this.#turns.take(key, turn => this.#swap(write, key, turn))
    if (isMoved && !write.orNew) return Promise.reject(new SessionInterrupted())
    return this.#create(write, noData)
  }

  #expiresAt(data: SessionTexts): number {
    const text = data.get(expiryKey)
    return expiryDate(text === undefined ? undefined : parseJson(text), this.clock(), this.settings)
  }

  /** A new session of what a request wants, with `kept` of what it had read. */
  async #create({ changes, nextKey }: SessionWrite, kept: SessionTexts): Promise<StoredSession> {
    const data = new Map(kept)
    for (const [key, { text }] of changes) {
      if (text === null) data.delete(key)
      else data.set(key, text)
    }
    const text = this.#codec.encode(data)
    for (let key = nextKey ?? this.newKey(); ; key = this.newKey()) {
      if (await this.#store.create(key, text, this.#expiresAt(data))) return { key, text, data, isMoved: false }
    }
  }

  /** Stores under the key that the session has; a session that has moved is followed there. */
  async #swap(write: SessionWrite, key: string, turn: Turn): Promise<StoredSession> {
    const move = write.nextKey === null ? null : new Move(this.#store, write.nextKey)
    if (write.nextKey !== null) await this.#index?.moving(key, write.nextKey)
    const isFollowed = key !== write.stored.key
    let current = turn.latest ?? (isFollowed ? null : write.stored)
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      if (current !== null) {
        const next = await this.#merge(current, write, move)
        if (await this.#write(key, current, next, move)) {
          turn.latest = move === null ? next : null
          return isFollowed ? outsider(write, next) : next
        }
      }
      turn.latest = null
      if (attempt > 0) await delay(Math.random() * maxWaitMs)
      const text = await this.#store.load(key)
      if (text === null || movedTo(text) !== null) return this.#follow(write, text, move)
      current = this.#stored(key, text)
    }
    await move?.undo()
    throw new SessionBusy()
  }

  /** The session is not under the key any more. */
  async #follow(write: SessionWrite, text: string | null, move: Move | null): Promise<StoredSession> {
    await move?.undo()
    const next = text === null ? null : movedTo(text)
    // What was taken along by another login, this one may keep; what was ended stays so.
    if (write.orNew) return this.#create(write, next === null ? noData : write.stored.data)
    if (next === null || write.nextKey !== null) throw new SessionInterrupted()
    return this.#turns.take(next, turn => this.#swap(write, next, turn))
  }

  /** What is stored, with the changes of a request. @throws {SessionConflictError} */
  async #merge(current: StoredSession, write: SessionWrite, move: Move | null): Promise<StoredSession> {
    const { data, conflicts } = mergeChanges(current.data, write.changes)
    if (conflicts.length > 0) {
      if (this.settings.SESSION_CONFLICT === 'error') {
        await move?.undo()
        throw new SessionConflictError(conflicts)
      }
      this.#warn({ keys: conflicts }, 'session conflict: last write wins')
    }
    return { key: write.nextKey ?? current.key, text: this.#codec.encode(data), data, isMoved: false }
  }

  async #write(key: string, current: StoredSession, next: StoredSession, move: Move | null): Promise<boolean> {
    const seen = current.text as string
    const text = next.text as string
    const expiresAt = this.#expiresAt(next.data)
    if (move === null) return this.#store.replace(key, seen, text, expiresAt)
    const isAgain = move.isPlaced
    if (!(await move.place(text, expiresAt))) {
      // It was ended under its new key, by who found that in an index: then it is over under the old one, too.
      // But a key that was taken from the start was taken by an earlier try of this request, whose store failed halfway: nothing has ended.
      if (isAgain) await this.#store.delete(key)
      throw new SessionInterrupted()
    }
    const to = next.key as string
    // Stock Django would take what is left under the old key for a session, and could write it back to life.
    const isLeft =
      this.settings.DJANGO_VERSION === null
        ? await this.#store.replace(key, seen, movedPrefix + to, this.clock() + movedMs)
        : await this.#store.delete(key, seen)
    if (isLeft) await this.#tell(index => index.removed(key))
    return isLeft
  }
}

/** What a request may know that wrote to a session which had moved: what it had read and what it wrote, and no key that opens anything. */
function outsider({ stored, changes }: SessionWrite, next: StoredSession): StoredSession {
  const data = new Map(stored.data)
  for (const key of changes.keys()) {
    const text = next.data.get(key)
    if (text === undefined) data.delete(key)
    else data.set(key, text)
  }
  return { ...stored, data, isMoved: true }
}

/** A session on its way to another key. Nobody knows that key before the old one is given up, so it does no harm if the way ends there. */
class Move {
  readonly #store: SessionStore
  readonly #key: string
  #placed: string | null = null

  constructor(store: SessionStore, key: string) {
    this.#store = store
    this.#key = key
  }

  get isPlaced(): boolean {
    return this.#placed !== null
  }

  /** Puts the data under the new key, again when it has changed meanwhile. Resolves `false` when somebody ended it there, or the key was taken. */
  async place(text: string, expiresAt: number): Promise<boolean> {
    const seen = this.#placed
    this.#placed = text
    return seen === null
      ? this.#store.create(this.#key, text, expiresAt)
      : this.#store.replace(this.#key, seen, text, expiresAt)
  }

  async undo(): Promise<void> {
    if (this.#placed !== null) await this.#store.delete(this.#key)
    this.#placed = null
  }
}

/** The sessions of an app that a server keeps, over one store. */
export function createSessions(options: StoredSessionsOptions): Sessions {
  return new StoredSessions(options)
}
