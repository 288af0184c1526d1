import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loginRequired } from '../auth/index.ts'
import { type HttpRequest, HttpResponse } from '../http/index.ts'
import { ConfigError } from '../kit/index.ts'
import type { Logger, Middleware } from '../middleware/index.ts'
import { defineSettings, type SettingsInput } from '../settings/index.ts'
import { Client } from '../testing/index.ts'
import { path } from '../urls/index.ts'
import { type App, type AppOptions, createApp } from './app.ts'

function make(options: Partial<AppOptions> = {}, settings: Partial<SettingsInput> = {}): App {
  return createApp({
    settings: defineSettings({
      SECRET_KEY: 'secret',
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['localhost'],
      ...settings,
    }),
    urls: [],
    logger: null,
    ...options,
  })
}

describe('an app', () => {
  it('serves two of its kind in one process, each with its own users', async () => {
    const [one, two] = [make(), make()]
    await Promise.all([one.migrate(), two.migrate()])
    await one.users.createUser({ username: 'ada' })
    assert.equal(await two.users.getByUsername('ada'), null)
    await Promise.all([one.close(), two.close()])
  })

  it('refuses a request whose URL cannot be read, as some servers pass on, whatever its Host field says', async () => {
    const app = make({ urls: [path('', () => new HttpResponse('home'))] }, { ALLOWED_HOSTS: ['*'] })
    for (const url of ['/', '', 'http://a b/']) {
      const request = Object.defineProperty(
        new Request('http://localhost/', { headers: { Host: 'localhost' } }),
        'url',
        {
          value: url,
        },
      )
      assert.equal((await app.fetch(request)).status, 400, url)
    }
    await app.close()
  })

  it('takes a login page by the name of its route, and refuses a name that no route has', async () => {
    const urls = [
      path('enter/', () => new HttpResponse('log in'), { name: 'login' }),
      path(
        'private/',
        loginRequired(() => new HttpResponse('secret')),
      ),
    ]
    const app = make({ urls }, { LOGIN_URL: 'login' })
    await app.migrate()
    const response = await new Client(app).get('/private/?a=1', { headers: { Accept: 'text/html' } })
    assert.equal(response.headers.get('location'), '/enter/?next=/private/%3Fa%3D1')
    assert.throws(() => make({ urls }, { LOGIN_URL: 'nowhere' }), ConfigError)
  })

  it('runs layers from the outside in, and gives them the answer to an error', async () => {
    const seen: string[] = []
    const layer =
      (name: string): Middleware =>
      async (request, next) => {
        seen.push(`${name} in`)
        const response = await next(request)
        seen.push(`${name} out ${response.status}`)
        return response
      }
    const urls = [path('', () => Promise.reject(new Error('boom')))]
    const response = await new Client(make({ urls, middleware: [layer('a'), layer('b')] })).get('/')
    assert.equal(response.status, 500)
    assert.deepEqual(seen, ['a in', 'b in', 'b out 500', 'a out 500'])
  })

  it('answers a blank 500 to a bug, whatever was thrown, and logs its cause', async () => {
    const errors: object[] = []
    const logger: Logger = { info() {}, warn() {}, error: fields => errors.push(fields) }
    const cause = new Error('the cause')
    for (const thrown of [new TypeError('a secret', { cause }), 'a secret', null, undefined]) {
      const urls = [path('', () => Promise.reject(thrown))]
      const response = await new Client(make({ urls, logger })).get('/')
      assert.equal(response.status, 500)
      assert.deepEqual(await response.json(), { status: 500, title: 'Internal Server Error', code: 'internal_error' })
    }
    assert.equal((errors[0] as { err: Error }).err.cause, cause)
  })

  it('logs a bug under the id of its request, which the answer tells', async () => {
    const told: string[] = []
    const note = (fields: { readonly requestId?: string }): void => void told.push(String(fields.requestId))
    const urls = [
      path('', () => {
        throw new Error('a bug')
      }),
    ]
    const app = make({ urls, logger: { info: note, warn: note, error: note } })
    const response = await new Client(app).get('/')
    const id = response.headers.get('X-Request-Id')
    assert.match(String(id), /^[0-9a-f-]{36}$/)
    assert.deepEqual(told, [id, id])
    await app.close()
  })

  it('shows its plain error page when its own fails', async () => {
    const errorPage = (): never => {
      throw new Error('the page is broken, too')
    }
    const response = await new Client(make({ errorPage })).get('/nothing/', { headers: { Accept: 'text/html' } })
    assert.equal(response.status, 404)
    assert.match(await response.text(), /Not Found/)
  })

  it('lets no layer that fails early end the process', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown): number => unhandled.push(error)
    process.on('unhandledRejection', note)
    const middleware: Middleware = request => {
      void request.user
      throw new Error('early')
    }
    const response = await new Client(make({ middleware: [middleware] })).get('/', {
      headers: { Cookie: `sessionid=${'a'.repeat(32)}` },
    })
    assert.equal(response.status, 500)
    await new Promise(resolve => setTimeout(resolve, 20))
    process.off('unhandledRejection', note)
    assert.deepEqual(unhandled, [])
  })

  it('keeps the work of several requests whose SECRET_KEY was changed under them', async () => {
    const before = make({ urls: [] }, { DATABASE_URL: 'sqlite::memory:' })
    await before.migrate()
    const user = await before.users.createUser({ username: 'ada', password: 'quiet rain' })
    const session = await before.sessions.open(null)
    await before.auth.loginSession(session, user)
    await session.save()
    const settings = defineSettings({ SECRET_KEY: 'new', SECRET_KEY_FALLBACKS: ['secret'] })
    const { createSessions, createDatabaseSessionStore } = await import('../sessions/index.ts')
    const { Auth } = await import('../auth/index.ts')
    const sessions = createSessions({ settings, store: createDatabaseSessionStore(before.database, Date.now) })
    const auth = new Auth(before.users, settings)
    const opened = await Promise.all([1, 2, 3].map(() => sessions.open(session.sessionKey)))
    const users = await Promise.all(opened.map(one => auth.userOf(one)))
    assert.deepEqual(
      users.map(one => one?.username),
      ['ada', 'ada', 'ada'],
    )
    await Promise.all(opened.map(one => one.save()))
    await before.close()
  })

  it('leaves the cookie of a login alone when a slow request with the key from before comes back', async () => {
    const app = make({
      urls: [path('poll/', async (request: HttpRequest) => new HttpResponse(String(await request.user)))],
    })
    await app.migrate()
    const user = await app.users.createUser({ username: 'ada' })
    const tab = new Client(app)
    await tab.changeSession(session => session.set('cart', 1))
    const old = tab.cookies.get('sessionid') ?? ''
    await tab.forceLogin(user)
    const poll = await app.fetch(new Request('http://localhost/poll/', { headers: { Cookie: `sessionid=${old}` } }))
    assert.equal(await poll.text(), 'null')
    assert.deepEqual(poll.headers.getSetCookie(), [])
    await app.close()
  })
})
