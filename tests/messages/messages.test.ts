import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type App, createApp } from '../../src/app/index.ts'
import { logout } from '../../src/auth/index.ts'
import { type HttpRequest, HttpResponse, jsonResponse, NotFound } from '../../src/http/index.ts'
import { addMessage, messages, setMessageLevel } from '../../src/messages/index.ts'
import { defineSettings, type SettingsInput } from '../../src/settings/index.ts'
import { Client } from '../../src/testing/index.ts'
import { path } from '../../src/urls/index.ts'

/** Slow views wait here until the test says so. */
let gate = Promise.withResolvers<void>()

const texts = async (request: HttpRequest): Promise<readonly string[]> =>
  (await messages(request)).map(({ text }) => text)

const urls = [
  path('add/<str:text>/', (request: HttpRequest, { text }) => {
    addMessage(request, 'success', text)
    return new HttpResponse('added')
  }),
  path('many/<int:count>/<int:length>/', (request: HttpRequest, { count, length }) => {
    for (let n = 0; n < count; n++) addMessage(request, 'info', noise(n, length))
    return new HttpResponse('added')
  }),
  path('show/', async (request: HttpRequest) => jsonResponse(await texts(request))),
  path('whole/', async (request: HttpRequest) => jsonResponse(await messages(request))),
  path('plain/', () => new HttpResponse('plain')),
  path('show-and-add/', async (request: HttpRequest) => {
    addMessage(request, 'info', 'before')
    const shown = await texts(request)
    addMessage(request, 'info', 'after')
    return jsonResponse(shown)
  }),
  path('show-and-fail/', async (request: HttpRequest) => {
    await messages(request)
    throw new Error('a bug')
  }),
  path('show-and-miss/', async (request: HttpRequest) => {
    await messages(request)
    addMessage(request, 'info', 'missed')
    throw new NotFound()
  }),
  path('show-and-answer/<int:status>/', async (request: HttpRequest, { status }) =>
    jsonResponse(await texts(request), { status }),
  ),
  path('show-slowly/', async (request: HttpRequest) => {
    const shown = await texts(request)
    await gate.promise
    return jsonResponse(shown)
  }),
  path('conflict/', async (request: HttpRequest) => {
    const session = await request.session
    session.get('n')
    const shown = await texts(request)
    await gate.promise
    session.set('n' as string, 1)
    return jsonResponse(shown)
  }),
  path('set-n/', async (request: HttpRequest) => {
    ;(await request.session).set('n' as string, 2)
    return new HttpResponse('set')
  }),
  path('logout/', async (request: HttpRequest) => {
    await logout(request)
    addMessage(request, 'info', 'bye')
    return new HttpResponse('out')
  }),
  path('levels/', (request: HttpRequest) => {
    addMessage(request, 'debug', 'unheard')
    setMessageLevel(request, 'debug')
    addMessage(request, 'debug', 'debug', { tags: 'small' })
    setMessageLevel(request, null)
    addMessage(request, 'debug', 'unheard')
    addMessage(request, 'warning', '')
    addMessage(request, 'warning', '<b>', { isSafe: true })
    addMessage(request, 'error', 'error', { tags: 'a b' })
    addMessage(request, 55, 'own')
    return new HttpResponse('added')
  }),
]

/** Text that no compression makes shorter, another for each `n`. */
function noise(n: number, length: number): string {
  let state = n * 7919 + 1
  return `${n}:`.padEnd(length, 'x').replace(/x/g, () => {
    state = (state * 48271) % 2147483647
    return String.fromCharCode(65 + (state % 58))
  })
}

async function open(t: TestContext, settings: SettingsInput = {}): Promise<Client> {
  const app: App = createApp({
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of messages',
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['localhost'],
      ...settings,
    }),
    urls,
    logger: null,
  })
  t.after(() => app.close())
  await app.migrate()
  return new Client(app)
}

const shown = async (client: Client, page = '/show/'): Promise<unknown> => (await client.get(page)).json()

for (const MESSAGE_STORAGE of ['fallback', 'cookie', 'session'] as const) {
  describe(`messages kept by ${MESSAGE_STORAGE}`, () => {
    it('are on the next page that shows them, in their order, and on no other', async t => {
      const client = await open(t, { MESSAGE_STORAGE })
      await client.get('/add/one/')
      await client.get('/add/two/')
      await client.get('/plain/')
      assert.deepEqual(await shown(client), ['one', 'two'])
      assert.deepEqual(await shown(client), [])
      assert.equal(client.cookies.get('messages'), undefined)
    })

    it('that a page shows and adds are told apart', async t => {
      const client = await open(t, { MESSAGE_STORAGE })
      await client.get('/add/one/')
      assert.deepEqual(await shown(client, '/show-and-add/'), ['one', 'before'])
      assert.deepEqual(await shown(client), ['after'])
    })

    it('wait on when the page that was to show them fails, or has no body', async t => {
      const client = await open(t, { MESSAGE_STORAGE })
      await client.get('/add/one/')
      assert.equal((await client.get('/show-and-fail/')).status, 500)
      assert.equal((await client.get('/show-and-answer/503/')).status, 503)
      assert.equal((await client.get('/show-and-answer/304/')).status, 304)
      assert.equal((await client.request('HEAD', '/show/')).status, 200)
      assert.equal((await client.get('/show-and-miss/')).status, 404)
      assert.deepEqual(await shown(client), ['one', 'missed'])
      assert.deepEqual(await shown(client), [])
    })

    it('have a level, tags and a mark for HTML', async t => {
      const client = await open(t, { MESSAGE_STORAGE, MESSAGE_TAGS: { 40: 'danger', 55: 'own' } })
      await client.get('/levels/')
      assert.deepEqual(await shown(client, '/whole/'), [
        { level: 10, levelTag: 'debug', tags: 'small debug', extraTags: 'small', text: 'debug', isSafe: false },
        { level: 30, levelTag: 'warning', tags: 'warning', extraTags: '', text: '<b>', isSafe: true },
        { level: 40, levelTag: 'danger', tags: 'a b danger', extraTags: 'a b', text: 'error', isSafe: false },
        { level: 55, levelTag: 'own', tags: 'own', extraTags: '', text: 'own', isSafe: false },
      ])
    })

    it('go with the answer to a logout', async t => {
      const client = await open(t, { MESSAGE_STORAGE })
      await client.changeSession(session => session.set('basket' as string, 1))
      await client.get('/logout/')
      assert.deepEqual(await shown(client), ['bye'])
    })

    it('forbid shared caches where they are shown, and cost other pages nothing', async t => {
      const client = await open(t, { MESSAGE_STORAGE })
      const page = await client.get('/show/')
      assert.match(page.headers.get('vary') ?? '', /Cookie/)
      assert.equal(page.headers.get('cache-control'), 'private')
      assert.deepEqual(page.headers.getSetCookie(), [])
      const plain = await client.get('/plain/')
      assert.equal(plain.headers.get('cache-control'), null)
    })
  })
}

describe('messages in a cookie', () => {
  it('ask for no session, unless there are too many', async t => {
    const client = await open(t)
    await client.get('/add/one/')
    await client.get('/show/')
    assert.equal(client.cookies.get('sessionid'), undefined)
    const answer = await client.get('/many/30/180/')
    assert.match(answer.headers.getSetCookie().join('\n'), /^messages=.*; HttpOnly; Path=\/; SameSite=Lax$/m)
    assert.doesNotMatch(client.cookies.setCookieOf('messages') ?? '', /max-age|expires/i)
    assert.ok((client.cookies.get('messages') ?? '').length <= 2048)
    await client.get('/add/last/')
    assert.deepEqual(await shown(client), [...Array.from({ length: 30 }, (_, n) => noise(n, 180)), 'last'])
    assert.deepEqual(await shown(client), [])
    assert.equal((await client.session()).size, 0)
  })

  it('alone lose the oldest when there are too many', async t => {
    const client = await open(t, { MESSAGE_STORAGE: 'cookie' })
    await client.get('/many/30/180/')
    const left = (await shown(client)) as string[]
    assert.ok(left.length > 5 && left.length < 15, String(left.length))
    assert.equal(left.at(-1), noise(29, 180))
    assert.equal(client.cookies.get('sessionid'), undefined)
  })

  it('may be longer than a cookie', async t => {
    const client = await open(t)
    await client.get('/many/1/5000/')
    await client.get('/add/short/')
    assert.deepEqual(await shown(client), [noise(0, 5000), 'short'])
  })

  it('that somebody changed are none, and the cookie goes', async t => {
    const client = await open(t)
    await client.get('/add/one/')
    const good = client.cookies.get('messages') ?? ''
    for (const bad of [`x${good}`, good.slice(0, -1), 'a:b:c', '.', ' ', `${'A'.repeat(3000)}:1vb66i:x`]) {
      client.cookies.set('messages', bad)
      assert.deepEqual(await shown(client), [])
      assert.equal(client.cookies.get('messages'), undefined)
    }
  })

  it('of another purpose or key are none', async t => {
    const client = await open(t)
    await client.get('/add/one/')
    const cookie = client.cookies.get('messages') as string
    const other = await open(t, { SECRET_KEY: 'another key, as long as the first one' })
    other.cookies.set('messages', cookie)
    assert.deepEqual(await shown(other), [])
    const rotated = await open(t, {
      SECRET_KEY: 'another key, as long as the first one',
      SECRET_KEY_FALLBACKS: ['the key of the tests of messages'],
    })
    rotated.cookies.set('messages', cookie)
    assert.deepEqual(await shown(rotated), ['one'])
  })

  it('follow the settings of the session cookie', async t => {
    const client = await open(t, {
      SESSION_COOKIE_DOMAIN: 'localhost',
      SESSION_COOKIE_SAMESITE: 'Strict',
      SESSION_COOKIE_SECURE: true,
      SESSION_COOKIE_HTTPONLY: false,
    })
    const [cookie = ''] = (await client.get('/add/one/')).headers.getSetCookie()
    assert.match(cookie, /; Domain=localhost; Path=\/; SameSite=Strict; Secure$/)
    assert.doesNotMatch(cookie, /HttpOnly/)
  })
})

describe('messages in a session', () => {
  it('that many requests add at once are all there', async t => {
    const client = await open(t, { MESSAGE_STORAGE: 'session' })
    await client.get('/add/first/')
    const names = Array.from({ length: 30 }, (_, n) => `m${n}`)
    await Promise.all(names.map(name => client.get(`/add/${name}/`)))
    assert.deepEqual(((await shown(client)) as string[]).sort(), ['first', ...names].sort())
  })

  it('that come while a page is made wait for the next', async t => {
    const client = await open(t, { MESSAGE_STORAGE: 'session' })
    await client.get('/add/one/')
    gate = Promise.withResolvers()
    const slow = shown(client, '/show-slowly/')
    await new Promise(resolve => setTimeout(resolve, 50))
    await client.get('/add/two/')
    gate.resolve()
    assert.deepEqual(await slow, ['one'])
    assert.deepEqual(await shown(client), ['two'])
  })

  it('wait on when their page could not be saved', async t => {
    const client = await open(t, { MESSAGE_STORAGE: 'session' })
    await client.get('/set-n/')
    await client.get('/add/one/')
    gate = Promise.withResolvers()
    const slow = client.get('/conflict/')
    await new Promise(resolve => setTimeout(resolve, 50))
    await client.changeSession(session => session.set('n' as string, 3))
    gate.resolve()
    assert.equal((await slow).status, 409)
    assert.deepEqual(await shown(client), ['one'])
  })

  it('that ended while their page was made are no error, and stay ended', async t => {
    const client = await open(t, { MESSAGE_STORAGE: 'session' })
    await client.get('/add/one/')
    gate = Promise.withResolvers()
    const slow = client.get('/show-slowly/')
    await new Promise(resolve => setTimeout(resolve, 50))
    await client.app.sessions.remove(client.cookies.get('sessionid') as string)
    gate.resolve()
    const answer = await slow
    assert.deepEqual([answer.status, await answer.json()], [200, ['one']])
    assert.equal((await client.session()).size, 0)
  })

  it('do not grow without end', async t => {
    const client = await open(t, { MESSAGE_STORAGE: 'session' })
    for (let n = 0; n < 5; n++) await client.get('/many/50/20/')
    assert.equal(((await shown(client)) as string[]).length, 100)
  })

  it('are none when something else is under their key', async t => {
    const client = await open(t, { MESSAGE_STORAGE: 'session' })
    for (const other of ['rubbish', 5, ['x'], {}, '{"a":1}', '[["__json_message",0,"x","y"],["__json_message"],[1]]']) {
      await client.changeSession(session => session.set('_messages' as string, other))
      assert.deepEqual(await shown(client), [])
      await client.get('/add/one/')
      assert.deepEqual(await shown(client), ['one'])
    }
  })
})

it('a level that does not exist is an error of the program', async t => {
  const { app } = await open(t)
  const request = { messages: { add() {} } } as unknown as HttpRequest
  assert.throws(() => setMessageLevel(request, 'loud' as never), RangeError)
  assert.equal(app.settings.MESSAGE_LEVEL, 20)
  assert.equal(defineSettings({ SECRET_KEY: 'k', MESSAGE_LEVEL: 'debug' }).MESSAGE_LEVEL, 10)
  assert.equal(
    defineSettings({ SECRET_KEY: 'k', MESSAGE_STORAGE: 'django.contrib.messages.storage.session.SessionStorage' })
      .MESSAGE_STORAGE,
    'session',
  )
})
