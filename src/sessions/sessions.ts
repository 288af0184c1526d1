/**
 * The sessions of an app, whatever keeps them.
 *
 * Owns nothing. Sessions that a server keeps are in ./stored-sessions.ts, those that the browser keeps in ./cookie-sessions.ts.
 */
import type { Clock } from '../kit/index.ts'
import type { Settings } from '../settings/index.ts'
import type { Change } from './merge.ts'
import type { Session, StoredSession } from './session.ts'
import type { SessionSchemas } from './session-data.ts'

/** What any sessions need. */
export interface SessionsOptions {
  readonly settings: Settings
  /** Default: the machine's. */
  readonly clock?: Clock
  /** The schemas of your keys, from `defineSessionData`. */
  readonly data?: SessionSchemas
  /** Told of what went wrong without an error: a conflict that was let pass, stored data that no schema takes, a cookie too large. */
  readonly warn?: (fields: object, message: string) => void
}

/** What one request wants stored. */
export interface SessionWrite {
  readonly stored: StoredSession
  readonly changes: ReadonlyMap<string, Change>
  /** The key to move to; `null`: stay. */
  readonly nextKey: string | null
  /** When the session ended or moved meanwhile: start another one, under `nextKey`. For a login, and nothing else. */
  readonly orNew: boolean
}

/** What a request finds under a key: its value as the application knows it, and the JSON text of that. */
export interface ReadValue {
  readonly value: unknown
  readonly shown: string | null
}

/** Opens, stores and ends sessions: `app.sessions`. */
export interface Sessions {
  readonly settings: Settings
  readonly clock: Clock
  /**
   * The session with this key. A key that is unknown, expired or malformed gives an empty session that will get a key of its own: a client never
   * chooses. `moved`: what the session's key is by now, as the browser was told when `key` was given up. Only who names both is led on.
   */
  open(key: string | null | undefined, moved?: string | null): Promise<Session>
  /** Ends the session with this key, whoever has it open: their later saves are refused. Resolves whether there was one. */
  remove(key: string): Promise<boolean>
  /** Removes at most `limit` expired sessions; resolves how many. */
  clearExpired(limit: number): Promise<number>
  /** How many sessions have expired and are still there. */
  countExpired(): Promise<number>
  /** Resolves when what keeps the sessions answers; rejects with an `HttpError` of status 503 when it does not. */
  ping(): Promise<void>
  /** Lets go of what the sessions hold open for themselves; a database given to them stays its owner's. */
  close(): Promise<void>
  /** A fresh random key. */
  newKey(): string
  /** The value of a key from its stored text, as its schema has it. */
  read(key: string, text: string | null): ReadValue
  /**
   * Stores the changes of one request. `Session.save` calls this.
   *
   * @throws {SessionConflictError} @throws {SessionInterrupted} @throws {SessionBusy} with nothing stored.
   */
  store(write: SessionWrite): Promise<StoredSession>
  /**
   * Ends what a request had opened, wherever it has moved meanwhile; with `onlySeen`, only while it is as the request has seen it.
   * Resolves `false` when that is over already, or changed: it is left as it is. `Session.flush` calls this.
   */
  end(stored: StoredSession, options?: { readonly onlySeen?: boolean }): Promise<boolean>
}
