/** An API for tests: every kind of declaration, by three schema libraries. */
import type { TestContext } from 'node:test'
import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import { type App, type AppOptions, createApp } from '../../src/app/index.ts'
import { HttpResponse } from '../../src/http/index.ts'
import { describeApi, type OpenApiDocument } from '../../src/openapi/index.ts'
import { defineSettings, type Settings } from '../../src/settings/index.ts'
import { createPath, createResolver, defineConverter, include } from '../../src/urls/index.ts'
import { csrfExempt, operation, Resource, View } from '../../src/views/index.ts'

const Author = z.object({ name: z.string().meta({ examples: ['Jane Austen'] }) }).meta({ id: 'Author' })
const Book = z
  .object({ title: z.string().min(1), pages: z.int().min(1), author: Author, due: z.iso.date().optional() })
  .meta({ id: 'Book', description: 'A book of the library.' })
const ListQuery = z.object({
  q: z.string().max(100).optional().meta({ description: 'Words in the title.' }),
  page: z.coerce.number().int().min(1).default(1),
  tag: z.array(z.string()).optional(),
})
const Shelf = z.object({
  name: z.string(),
  get shelves() {
    return z.array(Shelf)
  },
})

class Books extends Resource {
  list = operation(
    { summary: 'Find books', tags: ['books'], query: ListQuery, responses: { 200: z.array(Book) } },
    () => [],
  )
  create = operation(
    { access: 'staff', body: Book, responses: { 201: Book }, problems: { 409: 'The book is there already.' } },
    (_request, _params, { body }) => body,
  )
  retrieve = operation(
    { responses: { 200: Book, 304: null }, problems: { 404: 'There is no such book.' } },
    (_request, { slug }: { slug: string }) => ({ title: slug, pages: 1, author: { name: '' } }),
  )
  destroy = operation(
    { access: 'user', deprecated: true, responses: { 204: null } },
    (_request, _params: { slug: string }) => {},
  )
}

class Covers extends View {
  get = operation(
    { responses: { 200: { contentType: 'image/*' } } },
    () => new HttpResponse('', { contentType: 'image/png' }),
  )
  put = operation(
    {
      operationId: 'setCover',
      access: 'user',
      body: z.object({ caption: z.string(), author: Author.optional() }),
      files: {
        cover: { accept: ['image/png', 'image/jpeg'], maxBytes: 5 * 1024 * 1024, required: true },
        more: { multiple: true, maxBytes: 1000 },
      },
      responses: { 200: null },
      problems: { 415: 'It is no picture.', 429: 'Too many pictures.' },
    },
    () => null,
  )
}

class Login extends View {
  post = operation(
    { body: toStandardJsonSchema(v.object({ name: v.string(), password: v.pipe(v.string(), v.minLength(1)) })) },
    () => null,
  )
}

class Loans extends View {
  get = operation({ query: type({ 'open?': '"yes"|"no"' }), responses: { 200: type({ count: 'number' }) } }, () => ({
    count: 1,
  }))
  post = operation({ body: v.object({ days: v.number() }), responses: { 200: z.date() } }, () => new Date(0))
  delete = (): HttpResponse => new HttpResponse('')
}

const shelves = Object.assign(
  operation({ access: () => undefined, responses: { 200: Shelf } }, () => ({ name: '', shelves: [] })),
  {},
)
class Shelves extends View {
  get = shelves
  post = operation({ body: Shelf, responses: { 200: z.array(Shelf) } }, () => [])
}
class Hook extends View {
  post = operation({}, () => null)
}

const md5 = defineConverter({ pattern: '[0-9a-f]{32}', parse: text => text, format: text => text })
const path = createPath({ md5 })

export const libraryUrls: AppOptions['urls'] = [
  path('', () => new HttpResponse('<p>Books</p>')),
  path('api/book/', Books.asResource('<slug:slug>', { name: 'book' })),
  path('api/book/<int:id>/', Hook.asView()),
  path('api/cover/<md5:digest>/', Covers.asView(), { name: 'cover' }),
  path('api/login/', Login.asView()),
  path('api/loan/<uuid:loan>/', Loans.asView()),
  path('api/shelf/', Shelves.asView()),
  path('api/hook/<int:id>/', csrfExempt(Hook.asView())),
  path('api/', include([path('any/', () => new HttpResponse(''))])),
  path('élan/<path:file>', Hook.asView()),
]

/** The description of that API. */
export function describeLibrary(): OpenApiDocument {
  const { document } = describeApi(createResolver(libraryUrls).routes(), defineSettings({ SECRET_KEY: 'key' }), {
    title: 'Library',
  })
  return document
}

/** An app with that API, closed after the test. */
export function openLibrary(
  t: TestContext,
  options: Omit<Partial<AppOptions>, 'settings'> & { readonly settings?: Partial<Settings> } = {},
): App {
  const app = createApp({
    urls: libraryUrls,
    logger: null,
    ...options,
    settings: defineSettings({
      SECRET_KEY: 'the key of the library in tests: known to all, good for nothing',
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['localhost', '127.0.0.1'],
      ...options.settings,
    }),
  })
  t.after(() => app.close())
  return app
}
