/** What the tests of the doors into other servers share: an app without urls, and a visitor who talks to a socket. */
import type { TestContext } from 'node:test'
import { type App, createApp } from '../src/app/index.ts'
import type { Logger } from '../src/middleware/index.ts'
import { createMemorySessionStore, type SessionStore } from '../src/sessions/index.ts'
import { defineSettings, type Settings } from '../src/settings/index.ts'
import { CookieJar } from '../src/testing/cookie-jar.ts'

/** What a test sets about its app. */
export interface EmbeddedOptions {
  readonly settings?: Partial<Settings>
  readonly logger?: Logger
  readonly sessionStore?: SessionStore
}

/** An app on a database in memory, that answers for this machine. */
export async function openEmbedded(t: TestContext, options: EmbeddedOptions = {}): Promise<App> {
  const { settings, ...rest } = options
  const app = createApp({
    logger: null,
    ...rest,
    urls: [],
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of the doors',
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['127.0.0.1', 'localhost'],
      PASSWORD_HASHERS: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 1000 } }],
      LOGIN_URL: '/login',
      ...settings,
    }),
  })
  t.after(() => app.close())
  await app.migrate()
  return app
}

/** Sessions in memory, whose saves a test makes wait or fail. */
export interface WilfulStore extends SessionStore {
  /** What every write does first. */
  beforeWrite: () => Promise<void>
  /** How often anything was asked of it. */
  calls: number
}

export function createWilfulStore(): WilfulStore {
  const inner = createMemorySessionStore()
  const store: WilfulStore = {
    ...inner,
    calls: 0,
    beforeWrite: async () => {},
    async load(key) {
      store.calls += 1
      return inner.load(key)
    },
    async create(...entry) {
      store.calls += 1
      await store.beforeWrite()
      return inner.create(...entry)
    },
    async replace(...entry) {
      store.calls += 1
      await store.beforeWrite()
      return inner.replace(...entry)
    },
  }
  return store
}

/** Makes the writes of a store wait: `begun` resolves at the first, `go` lets them go on. */
export function holdWrites(store: WilfulStore): { readonly begun: Promise<void>; readonly go: () => void } {
  const begun = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  store.beforeWrite = () => {
    begun.resolve()
    return go.promise
  }
  return { begun: begun.promise, go: () => go.resolve() }
}

/** A browser as far as sessions need one: keeps cookies, says nothing of where it comes from. */
export class Visitor {
  readonly url: string
  readonly cookies: CookieJar = new CookieJar(() => Date.now())

  constructor(url: string) {
    this.url = url
  }

  async get(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    const cookie = this.cookies.header(path, false)
    if (cookie && !headers.has('cookie')) headers.set('cookie', cookie)
    const response = await fetch(this.url + path, { redirect: 'manual', ...init, headers })
    this.cookies.store(response.headers.getSetCookie())
    return response
  }

  /** A body that is no text is sent as JSON. */
  post(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Response> {
    const type = typeof body === 'string' ? 'application/x-www-form-urlencoded' : 'application/json'
    return this.get(path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'Content-Type': type, ...headers },
    })
  }

  async text(path: string): Promise<string> {
    return (await this.get(path)).text()
  }
}

/** Of this site's own pages. */
export const sameOrigin: Record<string, string> = { 'Sec-Fetch-Site': 'same-origin' }
