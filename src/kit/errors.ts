/**
 * The kinds of error Nuages throws on purpose.
 *
 * Owns the two bases. Leaves every concrete class to the `errors.ts` of its room.
 * Anything that is neither kind is a bug: a blank 500, its cause in the log.
 */

/**
 * The application is set up wrongly. Thrown at start, never while a visitor waits.
 *
 * The message names the setting and ends with the fix.
 */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError'
  readonly code = 'config'
  /** Name of the setting at fault, when there is one: `SECRET_KEY`. */
  readonly setting: string | null
  /** What to do about it, a whole sentence. */
  readonly fix: string
  constructor(problem: string, fix: string, options: { setting?: string; cause?: unknown } = {}) {
    super(`${problem} ${fix}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.setting = options.setting ?? null
    this.fix = fix
  }
}

/**
 * Something a visitor caused. Becomes an answer with `status`: problem details (RFC 9457)
 * with `code` for programs, a page for browsers. The message is shown to the visitor.
 */
export abstract class HttpError extends Error {
  /** Stable name for programs: `session/conflict`. */
  abstract readonly code: string
  /** HTTP status, 400 to 599. */
  abstract readonly status: number
  /** Further fields of the answer, for 405 `Allow`, for 503 `Retry-After`. */
  readonly headers: Readonly<Record<string, string>> = {}
  /** True for input that no honest client sends: it also goes to the security log. */
  readonly suspicious: boolean = false
  /** For invalid input: field name to messages. Becomes `errors` of the problem details. */
  readonly errors: Readonly<Record<string, readonly string[]>> | null = null
}
