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

/**
 * A session in Django's cache holds what only Python can make: a date, a set, an object of a class. Nothing of it was run, and the session stays as
 * it is. A blank 500, and the names are in the log: either store plain data there, or keep such sessions on Django's side.
 */
export class PickleRefused extends Error {
  override readonly name = 'PickleRefused'
  readonly code = 'sessions/pickle-refused'
  /** The opcode, `STACK_GLOBAL`, or the limit that was met. */
  readonly what: string
  /** What it would have loaded: `datetime.datetime`; `null` when it loads nothing. */
  readonly global: string | null
  /** The session's key whose value it is, as far as that can be told. */
  readonly key: string | null
  constructor(what: string, { global = null, key = null }: { global?: string | null; key?: string | null } = {}) {
    const loaded = global === null ? '' : ` of ${global}`
    const under = key === null ? '' : ` under the key ${JSON.stringify(key)}`
    super(`Django's session holds ${what}${loaded}${under}, and Nuages reads plain data only.`)
    this.what = what
    this.global = global
    this.key = key
  }
}

/** Not a pickle of a dict, or not a whole one. Stays inside: Django takes that for no session, and so does Nuages. */
export class PickleDamaged extends Error {
  override readonly name = 'PickleDamaged'
}
