/** CWE-524, CWE-525: what was made for one visitor is in no cache that another one sees. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createApp, type HttpRequest, HttpResponse, redirect } from 'nuages'
import { messages } from 'nuages/messages'
import { defineSettings } from 'nuages/settings'
import { Client } from 'nuages/testing'
import { path } from 'nuages/urls'
import type { ViewFunction } from 'nuages/views'

type TestView = (request: HttpRequest) => Promise<HttpResponse>

/** What a view looks at that belongs to one visitor. */
const looks: Readonly<Record<string, (request: HttpRequest) => Promise<unknown>>> = {
  session: async request => (await request.session).get('basket' as string),
  keys: async request => [...(await request.session).keys()],
  user: async request => (await request.user)?.username,
  token: request => request.csrf.token(),
  messages: async request => messages(request),
}

/** How it answers. */
const answers: Readonly<Record<string, () => HttpResponse>> = {
  page: () => new HttpResponse('page'),
  old: () => new HttpResponse('page', { headers: { 'Cache-Control': 'max-age=3600' } }),
  varied: () => new HttpResponse('page', { headers: { Vary: 'Accept-Encoding', ETag: '"1"' } }),
  redirect: () => redirect('/elsewhere/'),
  missing: () => new HttpResponse('no', { status: 404 }),
  gone: () => new HttpResponse('no', { status: 410, headers: { 'Cache-Control': 'max-age=60' } }),
}

async function open(t: TestContext): Promise<Client> {
  const views: Record<string, TestView> = {
    'plain/': async () => new HttpResponse('page', { headers: { 'Cache-Control': 'max-age=3600' } }),
    'fails/': async request => {
      await request.user
      throw new Error('a bug')
    },
  }
  for (const [look, read] of Object.entries(looks))
    for (const [name, answer] of Object.entries(answers))
      views[`${look}/${name}/`] = async request => {
        await read(request)
        return answer()
      }
  const app = createApp({
    logger: null,
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of caches',
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['localhost'],
      PASSWORD_HASHERS: [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 1000 } }],
    }),
    urls: Object.entries(views).map(([route, view]) => path(route, view as ViewFunction)),
  })
  t.after(() => app.close())
  await app.migrate()
  const client = new Client(app)
  await client.forceLogin(await app.users.createUser({ username: 'ada' }))
  return client
}

function assertPrivate(response: Response, place: string): void {
  const control = response.headers.get('cache-control') ?? ''
  assert.match(control, /\b(?:private|no-store)\b/, `${place}: ${control}`)
  assert.doesNotMatch(control, /public|s-maxage/, place)
  assert.match(response.headers.get('vary') ?? '', /\bCookie\b/, place)
}

describe('an answer for one visitor', () => {
  it('is private and varies by cookie, whatever it looked at and however it answers', async t => {
    const client = await open(t)
    for (const look of Object.keys(looks))
      for (const answer of Object.keys(answers))
        for (const method of ['GET', 'HEAD'])
          assertPrivate(await client.request(method, `/${look}/${answer}/`), `${method} ${look}/${answer}`)
  })

  it('is private also for who is nobody yet: the next one may be somebody', async t => {
    const client = new Client((await open(t)).app)
    for (const look of ['session', 'user', 'token']) assertPrivate(await client.get(`/${look}/old/`), look)
  })

  it('keeps what the view says of age and of other fields', async t => {
    const client = await open(t)
    assert.equal((await client.get('/user/old/')).headers.get('cache-control'), 'max-age=3600, private')
    assert.equal((await client.get('/user/varied/')).headers.get('vary'), 'Accept-Encoding, Cookie')
    const plain = await client.get('/plain/')
    assert.deepEqual([plain.headers.get('cache-control'), plain.headers.get('vary')], ['max-age=3600', null])
  })

  it('that ended in an error is kept nowhere', async t => {
    const client = await open(t)
    const response = await client.get('/fails/')
    assert.equal(response.status, 500)
    assert.match(response.headers.get('cache-control') ?? '', /no-store/)
  })
})
