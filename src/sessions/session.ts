/**
 * One visitor's session during one request.
 *
 * Owns the data, the key, and the knowledge of what changed.
 * Leaves cookies to ./cookie.ts, saving to ./sessions.ts and storage to the engines.
 */
import type { SessionTexts } from './codec.ts'
import { SessionEntries } from './entries.ts'
import type { Entry, Update } from './entry.ts'
import { SessionInterrupted } from './errors.ts'
import { expiresAtBrowserClose, expiryAge, expiryDate, expiryKey, momentText } from './expiry.ts'
import type { Sessions } from './sessions.ts'

/**
 * The keys of your sessions and their types. Add yours:
 *
 * ```ts no-run
 * declare module 'nuages/sessions' {
 *   interface SessionData { cart: Record<string, number> }
 * }
 * ```
 *
 * Types are a promise about what your own code stores; nothing checks stored data against them.
 */
// biome-ignore lint/suspicious/noEmptyInterface: applications add to it
export interface SessionData {}

type Known = keyof SessionData & string

/** What a key declared in `SessionData` holds; `unknown` for any other key. */
export type SessionValue<Key extends string> = Key extends Known ? SessionData[Key] : unknown

/** What is stored, as this request knows it. `null` key: nothing yet. */
export interface StoredSession {
  readonly key: string | null
  /** The stored text, for compare-and-swap; `null` when nothing is stored. */
  readonly text: string | null
  readonly data: SessionTexts
  /** True when the session has another key by now, which this request is not told. */
  readonly isMoved: boolean
}

/**
 * A typed `Map` that is saved when the response is ready. Reading never writes.
 *
 * Objects in it may be changed in place, as deep as you like: the change is seen when saving.
 */
export class Session {
  readonly #owner: Sessions
  #stored: StoredSession
  readonly #entries: SessionEntries
  #nextKey: string | null = null
  #orNew = false
  #busy: Promise<void> | null = null
  #accessed = false
  #saved = false
  #flushed = false
  #moved = false
  /** True when the browser's cookie held an old key, and its other cookie the one that leads here. */
  readonly followed: boolean

  /** Use `Sessions.open`. */
  constructor(owner: Sessions, stored: StoredSession, options: { readonly followed?: boolean } = {}) {
    this.#owner = owner
    this.#stored = stored
    this.followed = options.followed === true
    this.#entries = new SessionEntries(owner.read, stored.data)
  }

  /** 32 random characters; `null` until the session is first saved, or `cycleKey` fixed its key. Secret: who has it is the visitor. */
  get sessionKey(): string | null {
    return this.#nextKey ?? this.#stored.key
  }

  /** The key that leads to what is stored by now: no new one that `cycleKey` has only asked for. `null`: no key of this request does. */
  get storedKey(): string | null {
    return this.#stored.isMoved ? null : this.#stored.key
  }

  /** True when the request looked into the session or changed it: the answer then depends on the cookie. */
  get accessed(): boolean {
    return this.#accessed
  }

  /** True when something was stored during this request: the cookie is due. */
  get saved(): boolean {
    return this.#saved
  }

  /** True when this request ended a session. */
  get flushed(): boolean {
    return this.#flushed
  }

  /** True when this request gave the session another key, and who has both is led from the old one to it for a while. */
  get moved(): boolean {
    return this.#moved
  }

  /** True when there is neither a stored session nor anything to store. */
  get isEmpty(): boolean {
    return this.#stored.key === null && this.size === 0
  }

  #entry(key: string): Entry {
    this.#accessed = true
    return this.#entries.get(key)
  }

  get<Key extends Known>(key: Key): SessionData[Key] | undefined
  get(key: string): unknown
  get(key: string): unknown {
    const entry = this.#entry(key)
    if (!entry.assigned) entry.read = true
    return entry.value
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  /** Sets a key; `undefined` removes it. A key set without having been read is last-write-wins. */
  set<Key extends Known>(key: Key, value: SessionData[Key]): this
  set<Key extends string>(key: Key extends Known ? never : Key, value: unknown): this
  set(key: string, value: unknown): this {
    this.#accessed = true
    this.#entries.assign(key, value)
    return this
  }

  /** Removes a key; true when it was there. */
  delete(key: string): boolean {
    const present = this.#entry(key).value !== undefined
    this.#entries.assign(key, undefined)
    return present
  }

  /** Removes a key and returns its value, or `fallback` when it was not there. */
  pop<Key extends Known>(key: Key, fallback?: SessionData[Key]): SessionData[Key] | undefined
  pop(key: string, fallback?: unknown): unknown
  pop(key: string, fallback?: unknown): unknown {
    const value = this.get(key)
    if (value === undefined) return fallback
    this.delete(key)
    return value
  }

  /** The value of a key, which is set to `fallback` first when it was not there. */
  setDefault<Key extends Known>(key: Key, fallback: SessionData[Key]): SessionData[Key]
  setDefault(key: string, fallback: unknown): unknown
  setDefault(key: string, fallback: unknown): unknown {
    const value = this.get(key)
    if (value !== undefined) return value
    this.set(key as never, fallback as never)
    return fallback
  }

  /** Removes every key. The session itself, and its key, stay: see `flush`. */
  clear(): void {
    for (const key of [...this.#entries.keys()]) this.delete(key)
  }

  /** The keys, stored ones first. Django's own keys begin with an underscore. */
  *keys(): IterableIterator<string> {
    this.#accessed = true
    for (const key of this.#entries.keys()) if (this.#entry(key).value !== undefined) yield key
  }

  *entries(): IterableIterator<[string, unknown]> {
    for (const key of this.keys()) yield [key, this.get(key)]
  }

  [Symbol.iterator](): IterableIterator<[string, unknown]> {
    return this.entries()
  }

  get size(): number {
    let size = 0
    for (const _ of this.keys()) size += 1
    return size
  }

  /**
   * Changes one key by a function of what is there, and stores the session at once: when it resolves, to the new value, no parallel request
   * can undo the change. If another request was first, `change` runs again on the fresh value: it must do nothing but compute.
   * `undefined` removes the key. What `change` throws is passed on, and this key stays as it was.
   *
   * @throws {SessionInterrupted} when the session was deleted meanwhile.
   */
  update<Key extends string>(
    key: Key,
    change: (value: SessionValue<Key> | undefined) => SessionValue<Key> | undefined,
  ): Promise<SessionValue<Key>> {
    return this.#inTurn(async () => {
      this.#accessed = true
      const undo = this.#entries.beginUpdate(key)
      const entry = this.#entries.get(key)
      let { value } = entry
      try {
        value = change(value as SessionValue<Key> | undefined)
        entry.value = value
        if (!entry.assigned) {
          // What `change` was shown and what it answers, the caller has read.
          entry.read = true
          entry.updates.push(change as Update)
        }
        await this.#save(false)
      } catch (error) {
        if (entry.value === value) undo()
        throw error
      }
      entry.updates = []
      return entry.value as SessionValue<Key>
    })
  }

  /** One save of this session at a time: a second would count the changes of the first again. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    while (this.#busy !== null) await this.#busy
    const running = work()
    const settled = running.then(nothing, nothing)
    this.#busy = settled
    try {
      return await running
    } finally {
      this.#busy = null
    }
  }

  /**
   * How long the session lives: a number of seconds from each save, `0` until the browser closes, a `Date`, or `null` for the settings' default.
   *
   * @throws {RangeError} for what would count as absent once it is stored: no finite number, or a date outside the years 0 to 9999.
   */
  setExpiry(value: number | Date | null): void {
    const key: string = expiryKey
    if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('An expiry is a finite number.')
    if (value === null) this.delete(key)
    else this.set(key, value instanceof Date ? momentText(value) : value)
  }

  #expiry(): unknown {
    return this.#entry(expiryKey).value
  }

  /** The time by the clock of the sessions, in milliseconds. */
  now(): number {
    return this.#owner.clock()
  }

  /** Seconds from now until the session ends, if it were saved now. */
  getExpiryAge(): number {
    return expiryAge(this.#expiry(), this.#owner.clock(), this.#owner.settings)
  }

  /** When the session ends, if it were saved now. */
  getExpiryDate(): Date {
    return new Date(expiryDate(this.#expiry(), this.#owner.clock(), this.#owner.settings))
  }

  /** True when the cookie ends with the browser. */
  getExpireAtBrowserClose(): boolean {
    return expiresAtBrowserClose(this.#expiry(), this.#owner.settings)
  }

  /**
   * A new key for the same data: the old one is worthless once this is saved. Do it whenever rights change, as `login` does (session fixation).
   *
   * `orNew`: should the session end or get another key meanwhile, what this request has goes into a session of its own. Right for who has just
   * proved who they are; anybody else would bring back what was ended.
   */
  cycleKey({ orNew = false }: { readonly orNew?: boolean } = {}): void {
    this.#accessed = true
    // A key that nothing has been stored under yet is new enough: the index of sessions has its row already.
    const isPending = this.#nextKey !== null && this.#busy === null
    if (!isPending) this.#nextKey = this.#owner.newKey()
    this.#orNew = orNew || (isPending && this.#orNew)
  }

  /**
   * Ends the session: data and row are gone when this resolves, the browser is told to forget the cookie.
   *
   * `onlySeen`: another request may have saved it or given it another key meanwhile; then it is left alone, and only this request has nothing of it.
   */
  flush({ onlySeen = false }: { readonly onlySeen?: boolean } = {}): Promise<void> {
    return this.#inTurn(async () => {
      this.#accessed = true
      const isEnded = await this.#owner.end(this.#stored, { onlySeen })
      this.#entries.reset(new Map())
      this.#nextKey = null
      this.#orNew = false
      this.#stored = { key: null, text: null, data: new Map(), isMoved: !isEnded }
      if (isEnded) this.#flushed = true
    })
  }

  /**
   * Stores what changed, merged with what others stored meanwhile. The app does this when the response is ready.
   *
   * `always` stores the session even unchanged: its expiry begins anew.
   *
   * @throws {SessionConflictError} when a key we had read was changed by both; nothing is saved.
   * @throws {SessionInterrupted} when the session was deleted meanwhile; nothing is saved.
   * @throws {UnserializableError} for a value that JSON cannot hold, with its path.
   */
  save(options: { readonly always?: boolean } = {}): Promise<void> {
    const always = options.always === true
    if (this.#busy === null && !always && this.#nextKey === null && this.#entries.isUntouched) return saved
    return this.#inTurn(() => this.#save(always))
  }

  async #save(always: boolean): Promise<void> {
    const changes = this.#entries.changes()
    const nextKey = this.#nextKey
    if (changes.size === 0 && (this.#stored.key === null || (nextKey === null && !always))) return
    const undo = this.#entries.markStored(changes)
    const before = this.#stored.key
    try {
      this.#stored = await this.#owner.store({ stored: this.#stored, changes, nextKey, orNew: this.#orNew })
    } catch (error) {
      undo()
      // Nothing but its age was to be stored: that it ended meanwhile loses nothing.
      if (error instanceof SessionInterrupted && changes.size === 0 && nextKey === null) return
      throw error
    }
    // Unless another was asked for during the wait.
    if (this.#nextKey === nextKey) {
      this.#nextKey = null
      this.#orNew = false
    }
    if (before !== null && this.#stored.key === nextKey && this.#owner.settings.DJANGO_VERSION === null)
      this.#moved = true
    this.#saved = true
    this.#entries.settle(changes, this.#stored.data)
  }
}

const saved: Promise<void> = Promise.resolve()

function nothing(): void {}

declare module '../http/request.ts' {
  interface HttpRequest {
    /** The visitor's session, loaded at first use. */
    readonly session: Promise<Session>
  }
}
