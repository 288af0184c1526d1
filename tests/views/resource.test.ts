import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { z } from 'zod'
import { createApp } from '../../src/app/index.ts'
import { type HttpRequest, NotFound } from '../../src/http/index.ts'
import { defineSettings } from '../../src/settings/index.ts'
import { Client } from '../../src/testing/index.ts'
import { path } from '../../src/urls/index.ts'
import { operation, Resource, responseSuccess, View, type ViewResult } from '../../src/views/index.ts'

const Book = z.object({ title: z.string().min(1), pages: z.int() })

class Books extends Resource {
  readonly shelf = new Map([['emma', { title: 'Emma', pages: 474 }]])

  list = operation(
    { query: z.object({ least: z.coerce.number().int().default(0) }), responses: { 200: z.array(Book) } },
    (_request, _params, { query }) => [...this.shelf.values()].filter(({ pages }) => pages >= query.least),
  )

  create = operation({ access: 'user', body: Book, responses: { 201: Book } }, (_request, _params, { body }) => {
    this.shelf.set(body.title.toLowerCase(), body)
    return body
  })

  async retrieve(_request: HttpRequest, { slug }: { slug: string }): Promise<ViewResult> {
    return responseSuccess(this.shelf.get(slug) ?? null)
  }

  destroy = operation({ responses: { 204: null } }, (_request, { slug }: { slug: string }) => {
    this.shelf.delete(slug)
  })
}

class Counter extends View {
  static made = 0
  constructor() {
    super()
    Counter.made += 1
  }

  get = operation({ responses: { 200: z.number() } }, () => Counter.made)
  async post(): Promise<ViewResult> {
    return responseSuccess(Counter.made)
  }
}

class Wrong extends View {
  get = operation({ responses: { 200: Book } }, () => ({ title: '', pages: 1.5 }))
  post = operation({ responses: { 201: Book }, problems: { 409: 'It is there.' } }, () =>
    responseSuccess(null, { status: 200 }),
  )
}

const asked: string[] = []

class Shelf extends View {
  get = operation({ access: { permission: 'library.view_book' }, responses: { 200: z.string() } }, () => 'all of it')

  put = operation(
    {
      access: 'user',
      async find(_request: HttpRequest, { id }: { id: number }) {
        asked.push('find')
        if (id !== 1) throw new NotFound()
        return { title: 'Emma' }
      },
      query: z.object({ draft: z.enum(['yes', 'no']) }),
      body: Book.refine(() => asked.push('body') > 0),
      responses: { 200: z.string() },
    },
    (_request, _params, { found, body }) => `${found.title} ${body.pages.toFixed()}`,
  )
}

function open(t: TestContext): Client {
  const app = createApp({
    settings: defineSettings({
      SECRET_KEY: 'k'.repeat(50),
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['localhost'],
    }),
    urls: [
      path('book/', Books.asResource('<slug:slug>', { name: 'book' })),
      path('counter/', Counter.asView()),
      path('wrong/', Wrong.asView()),
      path('shelf/<int:id>/', Shelf.asView()),
    ],
    logger: null,
  })
  t.after(() => app.close())
  return new Client(app)
}

async function dataOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { data: unknown }).data
}

describe('a resource', () => {
  it('answers at the two addresses that REST has', async t => {
    const client = open(t)
    assert.deepEqual(await dataOf(await client.get('/book/')), [{ title: 'Emma', pages: 474 }])
    assert.deepEqual(await dataOf(await client.get('/book/?least=500')), [])
    assert.deepEqual(await dataOf(await client.get('/book/emma/')), { title: 'Emma', pages: 474 })
    const deleted = await client.delete('/book/emma/')
    assert.equal(deleted.status, 204)
    assert.equal(await dataOf(await client.get('/book/emma/')), null)
  })

  it('answers other methods with 405 and those it has', async t => {
    const client = open(t)
    const list = await client.put('/book/', { json: {} })
    assert.equal(list.status, 405)
    assert.equal(list.headers.get('allow'), 'GET, POST, HEAD, OPTIONS')
    const item = await client.post('/book/emma/', { json: {} })
    assert.equal(item.headers.get('allow'), 'GET, DELETE, HEAD, OPTIONS')
    assert.equal((await client.head('/book/')).status, 200)
  })

  it('has names', t => {
    const { resolver } = open(t).app
    assert.equal(resolver.reverse('book-list'), '/book/')
    assert.equal(resolver.reverse('book-detail', { slug: 'emma' }), '/book/emma/')
  })
})

describe('an operation', () => {
  it('refuses in order: who may, then the query, then the body', async t => {
    const client = open(t)
    assert.equal((await client.post('/book/', { json: { title: 7 } })).status, 401)
    const refused = await client.get('/book/?least=many')
    assert.equal(refused.status, 422)
    assert.deepEqual(Object.keys(((await refused.json()) as { errors: object }).errors), ['least'])
    await client.app.migrate()
    await client.forceLogin(await client.app.users.createUser({ username: 'ada' }))
    const wrong = await client.post('/book/', { json: { title: '', pages: 1.5 } })
    assert.equal(wrong.status, 422)
    const made = await client.post('/book/', { json: { title: 'Ulysses', pages: 730 } })
    assert.equal(made.status, 201)
    assert.deepEqual(await dataOf(made), { title: 'Ulysses', pages: 730 })
  })

  it('looks for what the path names after the login, before query and body', async t => {
    const client = open(t)
    const put = (path: string, json: unknown): Promise<Response> => client.put(path, { json })
    assert.equal((await put('/shelf/2/?draft=maybe', {})).status, 401)
    await client.app.migrate()
    await client.forceLogin(await client.app.users.createUser({ username: 'ada' }))
    asked.length = 0
    assert.equal((await put('/shelf/2/?draft=maybe', {})).status, 404)
    assert.equal((await put('/shelf/1/?draft=maybe', { title: 'Emma', pages: 5 })).status, 422)
    assert.deepEqual(asked, ['find', 'find'])
    assert.equal(await dataOf(await put('/shelf/1/?draft=no', { title: 'Emma', pages: 5 })), 'Emma 5')
  })

  it('can be for those with a permission', async t => {
    const client = open(t)
    await client.app.migrate()
    assert.equal((await client.get('/shelf/1/')).status, 401)
    await client.forceLogin(await client.app.users.createUser({ username: 'ada' }))
    assert.equal((await client.get('/shelf/1/')).status, 403)
    await client.forceLogin(await client.app.users.createUser({ username: 'root', isSuperuser: true }))
    assert.equal((await client.get('/shelf/1/')).status, 200)
  })

  it('as a field of a view is one for all requests; a method has an instance for each', async t => {
    const client = open(t)
    const before = await dataOf(await client.get('/counter/'))
    assert.equal(await dataOf(await client.get('/counter/')), before)
    assert.equal(await dataOf(await client.post('/counter/')), Number(before) + 1)
  })

  it('whose answer breaks its declaration is a bug where answers are checked', async t => {
    const client = open(t)
    assert.equal((await client.get('/wrong/')).status, 500)
    assert.equal((await client.post('/wrong/')).status, 500)
    client.app.context.checksAnswers = false
    assert.equal((await client.get('/wrong/')).status, 200)
  })
})

it('the handler is typed by its declaration', () => {
  operation({ body: Book }, (_request, _params, { body }) => body.pages.toFixed())
  // @ts-expect-error: a book has no author
  operation({ body: Book }, (_request, _params, { body }) => body.author)
  // @ts-expect-error: pages are a number
  operation({ responses: { 200: Book } }, () => ({ title: 'Emma', pages: '474' }))
  // @ts-expect-error: a resource asks for a slug, and the path has an id
  path('book/', Books.asResource('<int:id>'))
})
