import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type App, createApp } from '../app/index.ts'
import { type HttpRequest, HttpResponse, redirect } from '../http/index.ts'
import { defineSettings } from '../settings/index.ts'
import { path } from '../urls/index.ts'
import { Client } from './client.ts'

async function open(t: TestContext): Promise<App> {
  const app = createApp({
    settings: defineSettings({ SECRET_KEY: 'secret', DATABASE_URL: 'sqlite::memory:', ALLOWED_HOSTS: ['*'] }),
    logger: null,
    urls: [
      path('to/<int:status>/', (request: HttpRequest, { status }) =>
        redirect(request.GET.get('next') ?? '', { status: status as 302 }),
      ),
      path('a/there/', async (request: HttpRequest) => {
        const { method, host, queryString } = request
        return new HttpResponse(`${method} ${host} ${queryString} ${await request.bytes()}`)
      }),
    ],
  })
  t.after(() => app.close())
  await app.migrate()
  return app
}

describe('a client that follows redirects', () => {
  const there = async (client: Client, method: string, to: string): Promise<string> =>
    (await client.request(method, to, { follow: true, ...(method === 'POST' ? { body: 'hi' } : {}) })).text()

  it('makes them GET, except where the method stays', async t => {
    const client = new Client(await open(t))
    for (const status of [301, 302, 303])
      assert.equal(await there(client, 'POST', `/to/${status}/?next=/a/there/`), 'GET localhost  ')
    for (const status of [307, 308])
      assert.equal(await there(client, 'POST', `/to/${status}/?next=/a/there/`), 'POST localhost  104,105')
    const head = await client.head('/to/302/?next=/a/there/', { follow: true })
    assert.equal(await head.text(), '')
    assert.equal(head.status, 200)
  })

  it('reads a relative target from the page it stands on', async t => {
    const client = new Client(await open(t))
    assert.equal(await there(client, 'GET', '/to/302/?next=../303/%3Fnext=/a/there/'), 'GET localhost  ')
  })

  it('leaves the site with an answer, not with its cookies', async t => {
    const client = new Client(await open(t))
    const response = await client.get('/to/302/?next=http://elsewhere.example/a/there/', { follow: true })
    assert.equal(response.headers.get('location'), 'http://elsewhere.example/a/there/')
  })
})

describe('a session changed by a client', () => {
  it('that is flushed leaves no cookie', async t => {
    const client = new Client(await open(t))
    await client.changeSession(session => session.set('a', 1))
    assert.notEqual(client.cookies.get('sessionid'), undefined)
    await client.changeSession(session => session.flush())
    assert.equal(client.cookies.get('sessionid'), undefined)
  })
})
