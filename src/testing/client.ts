/**
 * A visitor for tests: drives `app.fetch` and keeps cookies as a browser does.
 */
import type { App } from '../app/index.ts'
import type { Credentials, User } from '../auth/index.ts'
import type { Session } from '../sessions/index.ts'
import { CookieJar } from './cookie-jar.ts'

/** What a web `Request` takes as its body. */
type RequestBody = NonNullable<RequestInit['body']>

export interface ClientRequest {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as a form, `application/x-www-form-urlencoded`. */
  readonly form?: Readonly<Record<string, string>>
  /** Sent as it is: text, bytes, `FormData`, a stream. */
  readonly body?: RequestBody
  /** Follows redirects to the end, or to where they leave the site. Default: false. */
  readonly follow?: boolean
}

export interface ClientOptions {
  /** Where the visitor believes the site to be. Default: `http://localhost`. */
  readonly origin?: string
  /** Sent with every request. A browser's own form sends `Sec-Fetch-Site: same-origin`, and so does this client by default; `{}` is a program such as curl. */
  readonly headers?: Readonly<Record<string, string>>
  /** The visitor's address. Default: `127.0.0.1`. */
  readonly ip?: string
}

/** The longest chain of redirects that browsers follow (WHATWG fetch). */
const maxRedirects = 20

/**
 * ```ts no-run
 * const client = new Client(app)
 * await client.forceLogin(user)
 * const response = await client.post('/api/cart/', { json: { sku: 'mug', quantity: 1 } })
 * ```
 */
export class Client {
  readonly app: App
  readonly cookies: CookieJar
  readonly #origin: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #ip: string

  constructor(app: App, options: ClientOptions = {}) {
    app.context.checksAnswers = true
    this.app = app
    this.cookies = new CookieJar(() => app.clock())
    this.#origin = options.origin ?? 'http://localhost'
    this.#headers = options.headers ?? { 'Sec-Fetch-Site': 'same-origin' }
    this.#ip = options.ip ?? '127.0.0.1'
  }

  get(path: string, request?: ClientRequest): Promise<Response> {
    return this.request('GET', path, request)
  }

  head(path: string, request?: ClientRequest): Promise<Response> {
    return this.request('HEAD', path, request)
  }

  post(path: string, request?: ClientRequest): Promise<Response> {
    return this.request('POST', path, request)
  }

  put(path: string, request?: ClientRequest): Promise<Response> {
    return this.request('PUT', path, request)
  }

  patch(path: string, request?: ClientRequest): Promise<Response> {
    return this.request('PATCH', path, request)
  }

  delete(path: string, request?: ClientRequest): Promise<Response> {
    return this.request('DELETE', path, request)
  }

  /** Sends a request; cookies come and go as in a browser. */
  async request(method: string, path: string, request: ClientRequest = {}): Promise<Response> {
    let url = new URL(path, this.#origin)
    let next: { readonly method: string; readonly request: ClientRequest } = { method, request }
    let response = await this.#send(method, url, request)
    if (request.follow !== true) return response
    for (let hops = 0; hops < maxRedirects; hops += 1) {
      const location = response.headers.get('location')
      if (location === null || response.status < 300 || response.status > 399) return response
      const target = new URL(location, url)
      if (target.origin !== url.origin) return response
      url = target
      next = afterRedirect(response.status, next.method, next.request)
      response = await this.#send(next.method, url, next.request)
    }
    throw new Error(`${method} ${path} is redirected more than ${maxRedirects} times.`)
  }

  async #send(method: string, url: URL, request: ClientRequest): Promise<Response> {
    const headers = new Headers({ Host: url.host, ...this.#headers, ...request.headers })
    const cookie = this.cookies.header(url.pathname, url.protocol === 'https:')
    if (cookie !== null && !headers.has('cookie')) headers.set('Cookie', cookie)
    const body = bodyOf(request, headers)
    const init: RequestInit & { duplex?: 'half' } = { method, headers, duplex: 'half' }
    if (body !== undefined) init.body = body
    const response = await this.app.fetch(new Request(url, init), { ip: this.#ip })
    this.cookies.store(response.headers.getSetCookie())
    return response
  }

  /** Logs in by name and password, without a page; false when they are wrong. */
  async login({ username, password }: Credentials): Promise<boolean> {
    const user = await this.app.users.verify(username, password)
    if (user !== null) await this.forceLogin(user)
    return user !== null
  }

  /** Logs in as an account, without its password. */
  async forceLogin(user: User): Promise<void> {
    await this.changeSession(session => this.app.auth.loginSession(session, user))
  }

  /** The visitor's session as it is stored now. */
  session(): Promise<Session> {
    return this.app.sessions.open(this.cookies.get(this.app.settings.SESSION_COOKIE_NAME))
  }

  /** Changes the visitor's session and saves it, as a request would. */
  async changeSession(change: (session: Session) => unknown): Promise<void> {
    const session = await this.session()
    await change(session)
    await session.save()
    const name = this.app.settings.SESSION_COOKIE_NAME
    if (session.storedKey !== null) this.cookies.set(name, session.storedKey)
    else if (session.flushed) this.cookies.delete(name)
  }
}

/** Of 307 and 308 method and body stay; all others become GET, except HEAD (WHATWG fetch). */
function afterRedirect(
  status: number,
  method: string,
  request: ClientRequest,
): { readonly method: string; readonly request: ClientRequest } {
  if (status === 307 || status === 308) return { method, request }
  return { method: method === 'HEAD' ? 'HEAD' : 'GET', request: { headers: request.headers ?? {} } }
}

function bodyOf(request: ClientRequest, headers: Headers): RequestBody | undefined {
  if (request.json !== undefined) {
    if (!headers.has('content-type')) headers.set('Content-Type', 'application/json')
    return JSON.stringify(request.json)
  }
  return request.form === undefined ? request.body : new URLSearchParams(request.form)
}
