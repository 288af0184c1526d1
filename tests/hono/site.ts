/**
 * What the tests of `nuages/hono` share: a spy on sessions, a visitor.
 */
import { createMemorySessionStore, type SessionStore } from '../../src/sessions/index.ts'
import { CookieJar } from '../../src/testing/index.ts'

/** A store that says which of its methods were called. */
export function spied(store: SessionStore = createMemorySessionStore()): { store: SessionStore; calls: string[] } {
  const calls: string[] = []
  const watch = {
    get(target: SessionStore, name: keyof SessionStore) {
      const method = target[name] as (...args: unknown[]) => unknown
      return (...args: unknown[]) => {
        calls.push(name)
        return method.apply(target, args)
      }
    },
  }
  return { store: new Proxy(store, watch), calls }
}

/** What Hono and its fetch have in common: `app.request`. */
type Requestable = { request(path: string, init: RequestInit, env?: object): Response | Promise<Response> }

/** What a visitor may send. */
interface Sent {
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>> | FormData
  readonly body?: string
  /** Bindings of the runtime: `c.env`. */
  readonly env?: object
}

/** A visitor of a Hono app who keeps cookies; by default as a browser, `{}` as a program. */
export class Visitor {
  readonly cookies: CookieJar = new CookieJar(Date.now)
  readonly #app: Requestable
  readonly #headers: Readonly<Record<string, string>>

  constructor(app: Requestable, headers: Readonly<Record<string, string>> = { 'Sec-Fetch-Site': 'same-origin' }) {
    this.#app = app
    this.#headers = headers
  }

  async send(method: string, path: string, { json, form, body, env, ...sent }: Sent = {}): Promise<Response> {
    const headers = new Headers({ ...this.#headers, ...sent.headers })
    const cookie = this.cookies.header('/', false)
    if (cookie !== null) headers.set('Cookie', cookie)
    if (json !== undefined) headers.set('Content-Type', 'application/json')
    const fields = form instanceof FormData || form === undefined ? form : new URLSearchParams(form)
    const content = json === undefined ? (fields ?? body) : JSON.stringify(json)
    const response = await this.#app.request(path, { method, headers, ...(content && { body: content }) }, env)
    this.cookies.store(response.headers.getSetCookie())
    return response
  }

  async text(path: string): Promise<string> {
    return (await this.send('GET', path)).text()
  }
}
