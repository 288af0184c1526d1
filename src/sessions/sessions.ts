/**
 * Opens and stores the sessions of an app.
 *
 * Owns saving: compare-and-swap, merge, retries, one save at a time for each session of this process.
 * Leaves the meaning of the data to ./session.ts and the rows to a `SessionStore`.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, parseJson, randomString, systemClock } from '../kit/index.ts'
import type { Settings } from '../settings/index.ts'
import { createSessionCodec, type SessionCodec, type SessionTexts } from './codec.ts'
import { SessionBusy, SessionConflictError, SessionInterrupted } from './errors.ts'
import { expiryDate, expiryKey } from './expiry.ts'
import { type Change, mergeChanges } from './merge.ts'
import { Session, type StoredSession } from './session.ts'
import type { SessionStore } from './store.ts'

export interface SessionsOptions {
  readonly store: SessionStore
  readonly settings: Settings
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Told of each conflict that `SESSION_CONFLICT = 'last-write-wins'` lets pass. */
  readonly onConflict?: (keys: readonly string[]) => void
}

/** What one request wants stored. */
export interface SessionWrite {
  readonly stored: StoredSession
  readonly changes: ReadonlyMap<string, Change>
  /** The key to move to; `null`: stay. */
  readonly nextKey: string | null
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

/** Longest wait before another attempt, in milliseconds; the waits are random, so that two processes fall out of step. */
const maxWaitMs = 20

const noData: SessionTexts = new Map()
const nothingStored: StoredSession = { key: null, text: null, data: noData }

/** The saves of one session in this process: they queue, and each starts from what the one before it stored. */
interface Turn {
  waiting: number
  tail: Promise<unknown>
  latest: StoredSession | null
}

/** The sessions of an app, over one store. Start with `createSessions`. */
export class Sessions {
  readonly settings: Settings
  readonly clock: Clock
  readonly #store: SessionStore
  readonly #codec: SessionCodec
  readonly #onConflict: (keys: readonly string[]) => void
  readonly #turns = new Map<string, Turn>()

  constructor(options: SessionsOptions) {
    const { settings } = options
    this.settings = settings
    this.clock = options.clock ?? systemClock
    this.#store = options.store
    this.#codec = createSessionCodec({ key: settings.SECRET_KEY, fallbackKeys: settings.SECRET_KEY_FALLBACKS })
    this.#onConflict = options.onConflict ?? (() => {})
  }

  /** The session with this key. A key that is unknown, expired or malformed gives an empty session that will get a key of its own: a client never chooses. */
  async open(key: string | null | undefined): Promise<Session> {
    if (key === null || key === undefined || !possibleKey.test(key)) return new Session(this, nothingStored)
    const text = await this.#store.load(key)
    return new Session(this, text === null ? nothingStored : { key, text, data: this.#codec.decode(text) })
  }

  /** A fresh random key. */
  newKey(): string {
    return randomString(keyLength, keyAlphabet)
  }

  /** Ends the session with this key, whoever has it open: their later saves are refused. */
  remove(key: string): Promise<void> {
    return this.#store.delete(key)
  }

  /** Removes at most `limit` expired sessions; resolves how many. */
  clearExpired(limit: number): Promise<number> {
    return this.#store.clearExpired(limit)
  }

  /**
   * Stores the changes of one request. `Session.save` calls this; it is public for engines' tests.
   *
   * @throws {SessionConflictError} @throws {SessionInterrupted} @throws {SessionBusy} with nothing stored.
   */
  store(write: SessionWrite): Promise<StoredSession> {
    const { key } = write.stored
    return key === null ? this.#create(write) : this.#inTurn(key, turn => this.#swap(key, write, turn))
  }

  #expiresAt(data: SessionTexts): number {
    const text = data.get(expiryKey)
    return expiryDate(text === undefined ? undefined : parseJson(text), this.clock(), this.settings)
  }

  async #create({ changes }: SessionWrite): Promise<StoredSession> {
    const { data } = mergeChanges(noData, changes)
    const text = this.#codec.encode(data)
    for (;;) {
      const key = this.newKey()
      if (await this.#store.create(key, text, this.#expiresAt(data))) return { key, text, data }
    }
  }

  async #swap(key: string, write: SessionWrite, turn: Turn): Promise<StoredSession> {
    let current = turn.latest ?? write.stored
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const data = this.#merge(current.data, write.changes)
      const next: StoredSession = { key: write.nextKey ?? key, text: this.#codec.encode(data), data }
      if (await this.#write(key, current, next)) {
        turn.latest = write.nextKey === null ? next : null
        return next
      }
      turn.latest = null
      if (attempt > 0) await delay(Math.random() * maxWaitMs)
      const text = await this.#store.load(key)
      if (text === null) throw new SessionInterrupted()
      current = { key, text, data: this.#codec.decode(text) }
    }
    throw new SessionBusy()
  }

  #merge(current: SessionTexts, changes: ReadonlyMap<string, Change>): SessionTexts {
    const { data, conflicts } = mergeChanges(current, changes)
    if (conflicts.length > 0) {
      if (this.settings.SESSION_CONFLICT === 'error') throw new SessionConflictError(conflicts)
      this.#onConflict(conflicts)
    }
    return data
  }

  #write(key: string, current: StoredSession, next: StoredSession): Promise<boolean> {
    const seen = current.text as string
    const text = next.text as string
    const expiresAt = this.#expiresAt(next.data)
    return next.key === key
      ? this.#store.replace(key, seen, text, expiresAt)
      : this.#store.rename(key, seen, next.key as string, text, expiresAt)
  }

  /** Runs `work` when the saves of this key that came before are done, well or badly. */
  async #inTurn<T>(key: string, work: (turn: Turn) => Promise<T>): Promise<T> {
    const turn: Turn = this.#turns.get(key) ?? { waiting: 0, tail: Promise.resolve(), latest: null }
    const first = turn.waiting === 0
    if (first) this.#turns.set(key, turn)
    turn.waiting += 1
    const before = turn.tail
    const running = first ? work(turn) : before.then(() => work(turn))
    turn.tail = running.catch(() => {
      // Whoever waits for this save hears of it; the next one starts from what is stored.
    })
    try {
      return await running
    } finally {
      turn.waiting -= 1
      if (turn.waiting === 0) this.#turns.delete(key)
    }
  }
}

/** The sessions of an app, over one store. */
export function createSessions(options: SessionsOptions): Sessions {
  return new Sessions(options)
}
