/**
 * Cookies as a browser keeps them, as far as tests need: by name and path, until they expire.
 */

interface StoredCookie {
  readonly name: string
  /** As written, quotes and escapes included. */
  readonly value: string
  readonly path: string
  readonly secure: boolean
  /** Milliseconds since the Unix epoch; `null`: until the browser closes. */
  readonly expiresAt: number | null
  /** The whole Set-Cookie value, for assertions on attributes. */
  readonly text: string
}

function parseSetCookie(text: string, now: number): StoredCookie {
  const [pair = '', ...attributes] = text.split(';').map(part => part.trim())
  const equals = pair.indexOf('=')
  const options = new Map<string, string>()
  for (const attribute of attributes) {
    const [name = '', ...rest] = attribute.split('=')
    options.set(name.toLowerCase(), rest.join('='))
  }
  const maxAge = options.get('max-age')
  const expires = options.get('expires')
  const expiresAt =
    maxAge !== undefined ? now + Number(maxAge) * 1000 : expires !== undefined ? Date.parse(expires) : null
  return {
    name: pair.slice(0, equals),
    value: pair.slice(equals + 1),
    path: options.get('path') || '/',
    secure: options.has('secure'),
    expiresAt,
    text,
  }
}

/** A browser's cookies for one host. */
export class CookieJar {
  readonly #cookies = new Map<string, StoredCookie>()
  readonly #clock: () => number

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** Takes what a response sets. */
  store(texts: readonly string[]): void {
    for (const text of texts) {
      const cookie = parseSetCookie(text, this.#clock())
      const id = `${cookie.name};${cookie.path}`
      if (cookie.expiresAt !== null && cookie.expiresAt <= this.#clock()) this.#cookies.delete(id)
      else this.#cookies.set(id, cookie)
    }
  }

  #alive(): StoredCookie[] {
    return [...this.#cookies.values()].filter(({ expiresAt }) => expiresAt === null || expiresAt > this.#clock())
  }

  /** The Cookie header for a path; `null` when there is nothing to send. */
  header(path: string, secure: boolean): string | null {
    const sent = this.#alive()
      .filter(
        cookie =>
          (secure || !cookie.secure) && (path === cookie.path || path.startsWith(cookie.path.replace(/\/?$/, '/'))),
      )
      .sort((a, b) => b.path.length - a.path.length)
    return sent.length === 0 ? null : sent.map(({ name, value }) => `${name}=${value}`).join('; ')
  }

  /** A cookie's value; `undefined` when there is none. */
  get(name: string): string | undefined {
    return this.#alive().find(cookie => cookie.name === name)?.value
  }

  /** The Set-Cookie value that made a cookie, to look at its attributes. */
  setCookieOf(name: string): string | undefined {
    return this.#alive().find(cookie => cookie.name === name)?.text
  }

  /** Sets a cookie by hand, as an attacker would. */
  set(name: string, value: string): void {
    this.store([`${name}=${value}; Path=/`])
  }

  delete(name: string): void {
    for (const [id, cookie] of this.#cookies) if (cookie.name === name) this.#cookies.delete(id)
  }

  /** What closing the browser does. */
  closeBrowser(): void {
    for (const [id, cookie] of this.#cookies) if (cookie.expiresAt === null) this.#cookies.delete(id)
  }
}
