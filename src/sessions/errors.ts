import { HttpError } from '../kit/index.ts'

/**
 * Two requests changed a key that this one had read. Nothing of this one is saved.
 *
 * Use `session.update(key, fn)` for values that depend on what was there, or `SESSION_CONFLICT = 'last-write-wins'`.
 */
export class SessionConflictError extends HttpError {
  readonly code = 'sessions/conflict'
  readonly status = 409
  /** The top-level keys that both changed. */
  readonly keys: readonly string[]
  constructor(keys: readonly string[]) {
    super('Something else changed the same data a moment ago. Load the page again and repeat the step.')
    this.keys = keys
  }
}

/** The session was deleted by another request (a logout) while this one worked. It is not brought back; nothing is saved. */
export class SessionInterrupted extends HttpError {
  readonly code = 'sessions/interrupted'
  readonly status = 400
  constructor() {
    super('The session ended before the request was complete. You may have logged out elsewhere.')
  }
}

/** So many others kept writing the same session that this request never got its turn. Nothing is saved. */
export class SessionBusy extends HttpError {
  readonly code = 'sessions/busy'
  readonly status = 503
  override readonly headers = { 'Retry-After': '1' }
  constructor() {
    super('Too many requests are changing the same data at once. Try again in a moment.')
  }
}
