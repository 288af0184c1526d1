/**
 * The oracle's pages once more, served by Nuages: what a test does at one side, it does at the other by the same address.
 */
import { createHash } from 'node:crypto'
import { type App, createApp } from '../../src/app/index.ts'
import { authenticate, login, logout, requireUser, type User, updateSessionAuthHash } from '../../src/auth/index.ts'
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../src/http/index.ts'
import { serve } from '../../src/node/index.ts'
import { defineSettings, type SettingsInput } from '../../src/settings/index.ts'
import { signCookieValue, unsignCookieValue } from '../../src/signing/index.ts'
import { path } from '../../src/urls/index.ts'
import type { DjangoOptions, PartUser } from '../real-parts.ts'
import { type Oracle, quickHashes, serveDjango } from './oracle.ts'

export const secretKey = 'the key that Django and Nuages share'

async function who(request: HttpRequest): Promise<object> {
  const user = await request.user
  const { sessionKey } = await request.session
  return { authenticated: user !== null, id: user?.id ?? null, username: user?.username ?? '', session_key: sessionKey }
}

async function loginView(request: HttpRequest): Promise<HttpResponse> {
  const form = await request.POST
  const credentials = { username: form.get('username') ?? '', password: form.get('password') ?? '' }
  const user = await authenticate(request, credentials)
  if (user === null) return jsonResponse({ ok: false }, { status: 401 })
  await login(request, user)
  const expiry = form.get('expiry')
  if (expiry) (await request.session).setExpiry(Number(expiry))
  return jsonResponse({ ok: true, ...(await who(request)) })
}

async function logoutView(request: HttpRequest): Promise<HttpResponse> {
  await logout(request)
  return jsonResponse({ ok: true })
}

/** A new password for whoever is logged in; this session stays. */
async function passwordView(request: HttpRequest): Promise<HttpResponse> {
  const { id } = await requireUser(request)
  const user = await request.app.users.setPassword(id, (await request.POST).get('password') ?? '')
  await updateSessionAuthHash(request, user as User)
  return jsonResponse(await who(request))
}

/** POST merges a JSON object at the top level, `null` removes a key; `__expiry__` sets the expiry. */
async function sessionView(request: HttpRequest): Promise<HttpResponse> {
  const session = await request.session
  const change = request.method === 'POST' ? ((await request.json()) as Record<string, unknown>) : {}
  const { __expiry__: expiry, ...fields } = change
  if (expiry !== undefined) session.setExpiry(expiry as number | null)
  for (const [key, value] of Object.entries(fields)) session.set(key as string, value ?? undefined)
  return jsonResponse({
    data: Object.fromEntries(session),
    expiry_age: session.getExpiryAge(),
    expire_at_browser_close: session.getExpireAtBrowserClose(),
  })
}

async function csrfView(request: HttpRequest): Promise<HttpResponse> {
  if (request.method !== 'POST') return jsonResponse({ token: await request.csrf.token() })
  return jsonResponse({ ok: true, POST: lists(await request.POST) })
}

async function uploadView(request: HttpRequest): Promise<HttpResponse> {
  const files = []
  for (const [field, uploads] of (await request.FILES).lists()) {
    for (const file of uploads) {
      const hash = createHash('sha256')
      for await (const chunk of file.chunks()) hash.update(chunk)
      files.push({ field, name: file.name, size: file.size, sha256: hash.digest('hex') })
    }
  }
  return jsonResponse({ files, POST: lists(await request.POST) })
}

const lists = (query: { lists(): Iterable<readonly [string, readonly string[]]> }): object =>
  Object.fromEntries(query.lists())

async function signedCookieView(request: HttpRequest): Promise<HttpResponse> {
  const { SECRET_KEY, SECRET_KEY_FALLBACKS, DJANGO_VERSION } = request.app.settings
  const shared = {
    keys: { key: SECRET_KEY, fallbackKeys: SECRET_KEY_FALLBACKS },
    djangoVersion: DJANGO_VERSION,
  }
  if (request.method === 'POST') {
    const cookie = (await request.json()) as { name: string; value: string; salt: string }
    return jsonResponse({ ok: true }).setCookie(cookie.name, signCookieValue({ ...cookie, ...shared }))
  }
  const [name = '', salt = ''] = [request.GET.get('name'), request.GET.get('salt')]
  const value = request.COOKIES.get(name) ?? ''
  return jsonResponse({ value: unsignCookieValue({ name, salt, value, ...shared }) })
}

const urls = [
  path('login/', loginView),
  path('logout/', logoutView),
  path('whoami/', async (request: HttpRequest) => jsonResponse(await who(request))),
  path('password/', passwordView),
  path('session/', sessionView),
  path('csrf/', csrfView),
  path('upload/', uploadView),
  path('signed-cookie/', signedCookieView),
]

/** The Nuages half of a shared site. `version`: its Django's. */
export function openApp(t: PartUser, url: string, version: string, settings: SettingsInput = {}): App {
  const app = createApp({
    settings: defineSettings({
      SECRET_KEY: secretKey,
      DATABASE_URL: url,
      DJANGO_VERSION: version,
      USE_TZ: true,
      TIME_ZONE: 'UTC',
      ALLOWED_HOSTS: ['site.test', 'localhost'],
      ...settings,
    }),
    urls,
    logger: null,
  })
  t.after(() => app.close())
  return app
}

/** One site of two programs, on one database. */
export interface SharedSite {
  readonly oracle: Oracle
  /** Such as `3.2.25`. */
  readonly version: string
  readonly app: App
  /** The port of Django's pages. */
  readonly django: number
  /** The port of the same pages by Nuages. */
  readonly nuages: number
}

export interface SharedSiteOptions extends Pick<DjangoOptions, 'url' | 'variables' | 'settings'> {
  /** Settings of the Nuages half. */
  readonly nuages?: SettingsInput
  /** Whose migrations make the tables. Default: those of Nuages, which take a tenth of the time. */
  readonly tables?: 'django' | 'nuages'
  /** What a password's hash costs: as much as this Django's own, or next to nothing. Default: `quick`. */
  readonly hashes?: 'quick' | 'own'
}

/** Both programs on a new database, until the test is over; `null` when the test was skipped. */
export async function openSharedSite(
  t: PartUser,
  { nuages = {}, tables = 'nuages', hashes = 'quick', settings = {}, ...options }: SharedSiteOptions,
): Promise<SharedSite | null> {
  const quick = hashes === 'quick' ? quickHashes : { django: {}, nuages: {} }
  const served = await serveDjango(t, { secretKey, ...options, settings: { ...quick.django, ...settings } })
  if (served === null) return null
  const { oracle, port } = served
  const { django: version } = await oracle.ask('info')
  const app = openApp(t, options.url, version, { ...quick.nuages, ...nuages })
  if (tables === 'django') await oracle.ask('migrate')
  else await app.migrate()
  const server = await serve(app, { port: 0, signals: false })
  t.after(() => server.close())
  return { oracle, version, app, django: port, nuages: server.port }
}
