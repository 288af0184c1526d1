/** A resource on a table, on every database. */
import assert from 'node:assert/strict'
import { Client } from 'nuages/testing'
import { withDatabases } from '../real-parts.ts'
import { openShelf, type Shelf } from './shelf.ts'

interface Answer {
  readonly status: number
  readonly code: string
  readonly errors: Readonly<Record<string, readonly string[]>>
  readonly data: Data
}

interface Data {
  readonly items: readonly { readonly slug: string; readonly title: string }[]
  readonly total: number
  readonly next: string | null
  readonly previous: string | null
  readonly title: string
  readonly pages: number
}

async function bodyOf(response: Response): Promise<Answer> {
  return (await response.json()) as Answer
}

const emma = { slug: 'emma', title: 'Emma', pages: 474, author_id: 1 }

type Test = readonly [name: string, body: (shelf: Shelf) => Promise<void>]
const tests: Test[] = []

/** Defines a test for every database, on an empty shelf. */
function use(...test: Test): void {
  tests.push(test)
}

use('creates, shows, changes and deletes an item', async ({ staff, anyone }) => {
  const made = await staff.post('/book/', { json: emma })
  assert.equal(made.status, 201)
  assert.equal(made.headers.get('location'), '/book/emma/')
  const { data } = await bodyOf(made)
  assert.deepEqual(Object.keys(data).sort(), ['author_id', 'pages', 'printed', 'slug', 'title'])
  const read = await anyone.get('/book/emma/')
  assert.equal(read.status, 200)
  assert.match(read.headers.get('etag') ?? '', /^"[\w-]{22}"$/)
  assert.equal(read.headers.get('etag'), made.headers.get('etag'))
  assert.equal(read.headers.get('cache-control'), 'no-cache')
  const changed = await staff.patch('/book/emma/', { json: { pages: 500 } })
  assert.equal(changed.status, 200)
  assert.notEqual(changed.headers.get('etag'), made.headers.get('etag'))
  assert.deepEqual((await bodyOf(changed)).data, { ...data, pages: 500 })
  const renamed = await staff.put('/book/emma/', { json: { ...emma, slug: 'emma-again' } })
  assert.equal(renamed.status, 200)
  assert.equal((await anyone.get('/book/emma/')).status, 404)
  assert.equal((await staff.delete('/book/emma-again/')).status, 200)
  assert.equal((await staff.delete('/book/emma-again/')).status, 404)
})

use('answers 304 to who has the item already', async ({ staff, anyone }) => {
  const etag = (await staff.post('/book/', { json: emma })).headers.get('etag') ?? ''
  for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const known = await anyone.get('/book/emma/', { headers: { 'If-None-Match': tags } })
    assert.equal(known.status, 304, tags)
    assert.equal(known.headers.get('etag'), etag)
    assert.equal(await known.text(), '')
  }
  assert.equal((await anyone.get('/book/emma/', { headers: { 'If-None-Match': '"other"' } })).status, 200)
  assert.equal((await anyone.get('/book/emma/', { headers: { 'If-Match': '"other"' } })).status, 412)
})

use('never writes or shows a column that it does not name', async ({ app, staff, anyone }) => {
  const more = { secret: 'mine', owner: 'eve', printed: '1999-01-01T00:00:00Z', __proto__: { secret: 'mine' } }
  assert.equal((await staff.post('/book/', { json: { ...emma, ...more } })).status, 201)
  assert.equal((await staff.put('/book/emma/', { json: { ...emma, ...more } })).status, 200)
  assert.equal((await staff.patch('/book/emma/', { json: { pages: 5, ...more } })).status, 200)
  const raw = '{"pages":6,"__proto__":{"secret":"mine"},"constructor":{"secret":"mine"}}'
  const headers = { 'Content-Type': 'application/json' }
  assert.equal((await staff.patch('/book/emma/', { body: raw, headers })).status, 200)
  const row = await app.db.selectFrom('shelf_book').select(['secret', 'owner', 'pages']).executeTakeFirst()
  assert.deepEqual({ ...row }, { secret: 'hidden', owner: null, pages: 6 })
  for (const path of ['/book/emma/', '/book/', '/book/?cursor=', '/book/?search=emma'])
    assert.doesNotMatch(await (await anyone.get(path)).text(), /hidden|secret/)
  assert.equal((await anyone.get('/book/?fields=secret')).status, 422)
  assert.equal((await anyone.get('/book/emma/?fields=title,secret')).status, 422)
  assert.equal((await anyone.get('/book/?secret=hidden')).status, 200)
  assert.equal((await anyone.get('/book/?secret__istartswith=h')).status, 422)
  assert.equal((await anyone.get('/book/?ordering=secret')).status, 422)
})

use('answers 409 for what is taken, and says which field as far as the database does', async ({ staff }) => {
  await staff.post('/book/', { json: emma })
  const again = await staff.post('/book/', { json: emma })
  assert.equal(again.status, 409)
  assert.equal((await bodyOf(again)).code, 'already_exists')
  const title = await staff.post('/book/', { json: { ...emma, slug: 'other' } })
  assert.equal(title.status, 409)
  assert.deepEqual(Object.keys((await bodyOf(title)).errors), ['title'])
  await staff.post('/book/', { json: { ...emma, slug: 'other', title: 'Other' } })
  assert.equal((await staff.patch('/book/other/', { json: { title: 'Emma' } })).status, 409)
  assert.equal((await staff.put('/book/other/', { json: { ...emma, title: 'Other' } })).status, 409)
})

use('answers 422 for a reference to nothing, 409 for deleting what is referred to', async ({ staff }) => {
  const lost = await staff.post('/book/', { json: { ...emma, author_id: 99 } })
  assert.equal(lost.status, 422)
  await staff.post('/book/', { json: emma })
  assert.equal((await staff.patch('/book/emma/', { json: { author_id: 99 } })).status, 422)
  const used = await staff.delete('/author/1/')
  assert.equal(used.status, 409)
  assert.equal((await bodyOf(used)).code, 'still_in_use')
  await staff.delete('/book/emma/')
  assert.equal((await staff.delete('/author/1/')).status, 200)
})

use('checks the whole for PUT, and the whole that comes of it for PATCH', async ({ staff }) => {
  await staff.post('/book/', { json: emma })
  const part = await staff.put('/book/emma/', { json: { pages: 5 } })
  assert.deepEqual(Object.keys((await bodyOf(part)).errors).sort(), ['author_id', 'slug', 'title'])
  const wrong = await staff.patch('/book/emma/', { json: { pages: 0 } })
  assert.deepEqual(Object.keys((await bodyOf(wrong)).errors), ['pages'])
  for (const json of [null, [], 'pages', 7]) assert.equal((await staff.patch('/book/emma/', { json })).status, 422)
  assert.equal((await staff.patch('/book/emma/', { json: {} })).status, 200)
  for (const title of ['a\0b', 'a\ud800b']) {
    const headers = { 'Content-Type': 'application/json' }
    const text = await staff.patch('/book/emma/', { body: JSON.stringify({ title }), headers })
    assert.equal(text.status, 422)
    assert.deepEqual(Object.keys((await bodyOf(text)).errors), ['title'])
  }
})

use('refuses in order: login, permission, what there is, precondition, type, content', async ({ staff, anyone }) => {
  await staff.post('/book/', { json: emma })
  const stale = { 'If-Match': '"other"' }
  const bad = { body: '<', headers: { ...stale, 'Content-Type': 'text/plain' } }
  assert.equal((await anyone.put('/book/emma/', bad)).status, 401)
  assert.equal((await staff.put('/book/nothing/', bad)).status, 404)
  assert.equal((await staff.put('/book/emma/', bad)).status, 412)
  assert.equal((await staff.patch('/book/emma/', bad)).status, 412)
  assert.equal((await staff.delete('/book/emma/', { headers: stale })).status, 412)
  assert.equal((await staff.put('/book/emma/', { ...bad, headers: { 'Content-Type': 'text/plain' } })).status, 415)
  assert.equal((await staff.put('/book/emma/', { json: {}, headers: { 'If-Match': '*' } })).status, 422)
  assert.equal((await staff.put('/book/emma/', { json: emma, headers: { 'If-None-Match': '*' } })).status, 412)
  const { app } = staff
  const { allow } = Object.fromEntries((await anyone.post('/own/x/', { json: {} })).headers)
  assert.equal(allow, 'GET, PUT, DELETE, HEAD, OPTIONS')
  const bob = new Client(app)
  await bob.forceLogin(await app.users.createUser({ username: 'bob' }))
  assert.equal((await bob.put('/book/emma/', bad)).status, 403)
})

use('can require If-Match: 428', async ({ staff }) => {
  const etag = (await staff.post('/book/', { json: emma })).headers.get('etag') ?? ''
  for (const response of [
    await staff.put('/strict/emma/', { json: emma }),
    await staff.patch('/strict/emma/', { json: {} }),
    await staff.delete('/strict/emma/'),
  ]) {
    assert.equal(response.status, 428)
    assert.equal((await bodyOf(response)).code, 'precondition_required')
  }
  const weak = await staff.delete('/strict/emma/', { headers: { 'If-Match': `W/${etag}` } })
  assert.equal(weak.status, 412)
  const strict = (await staff.get('/strict/emma/')).headers.get('etag') ?? ''
  assert.equal((await staff.delete('/strict/emma/', { headers: { 'If-Match': `"x", ${strict}` } })).status, 200)
})

use('lets one of two editors write, whatever they do, when both know the same state', async ({ staff, anyone }) => {
  await staff.post('/book/', { json: emma })
  for (let round = 0; round < 10; round += 1) {
    const headers = { 'If-Match': (await anyone.get('/book/emma/')).headers.get('etag') ?? '' }
    const responses = await Promise.all(
      Array.from({ length: 8 }, (_, editor) => {
        const pages = 100 + round * 10 + editor
        return editor % 2 === 0
          ? staff.put('/book/emma/', { json: { ...emma, pages }, headers })
          : staff.patch('/book/emma/', { json: { pages }, headers })
      }),
    )
    const statuses = responses.map(response => response.status).sort()
    assert.deepEqual(statuses, [200, 412, 412, 412, 412, 412, 412, 412])
    const won = responses.find(response => response.status === 200) as Response
    const after = await anyone.get('/book/emma/')
    assert.equal(after.headers.get('etag'), won.headers.get('etag'))
    assert.equal((await bodyOf(after)).data.pages, (await bodyOf(won)).data.pages)
  }
})

use('deletes once, and changes nothing that is gone', async ({ staff, anyone }) => {
  for (let round = 0; round < 5; round += 1) {
    const made = await staff.post('/book/', { json: emma })
    const headers = { 'If-Match': made.headers.get('etag') ?? '' }
    const responses = await Promise.all([
      staff.delete('/book/emma/', { headers }),
      staff.delete('/book/emma/', { headers }),
      staff.patch('/book/emma/', { json: { pages: 7 }, headers }),
      staff.put('/book/emma/', { json: emma }),
    ])
    for (const { status } of responses) assert([200, 404, 412].includes(status), String(status))
    const gone = (await anyone.get('/book/emma/')).status === 404
    const deleted = responses.slice(0, 2).filter(response => response.status === 200).length
    assert.equal(deleted, gone ? 1 : 0)
    if (!gone) await staff.delete('/book/emma/')
  }
})

use('keeps both changes when two change different parts without If-Match', async ({ staff, anyone }) => {
  await staff.post('/book/', { json: emma })
  const responses = await Promise.all([
    ...Array.from({ length: 5 }, (_, index) => staff.patch('/book/emma/', { json: { pages: 100 + index } })),
    staff.patch('/book/emma/', { json: { title: 'Emma, again' } }),
  ])
  assert.deepEqual([...new Set(responses.map(response => response.status))], [200])
  const { data } = await bodyOf(await anyone.get('/book/emma/'))
  assert.equal(data.title, 'Emma, again')
  assert(data.pages >= 100)
})

use('creates one of two with the same key: 201 and 409', async ({ staff }) => {
  const responses = await Promise.all(Array.from({ length: 6 }, () => staff.post('/book/', { json: emma })))
  assert.deepEqual(responses.map(response => response.status).sort(), [201, 409, 409, 409, 409, 409])
})

use('shows to a visitor only the rows that are there for it', async ({ app, staff, anyone, fill }) => {
  await fill(['A', 'B', 'C'])
  await app.db.updateTable('shelf_book').set({ owner: 'ada' }).where('slug', '=', 'book-a').execute()
  assert.equal((await anyone.get('/own/')).status, 401)
  const list = await staff.get('/own/')
  assert.equal(list.headers.get('cache-control'), 'private, no-cache')
  assert.deepEqual(
    (await bodyOf(list)).data.items.map(item => item.slug),
    ['book-a'],
  )
  assert.equal((await staff.get('/own/book-a/')).status, 200)
  assert.equal((await staff.get('/own/book-b/')).status, 404)
  const json = { ...emma, slug: 'book-b', title: 'B' }
  assert.equal((await staff.put('/own/book-b/', { json })).status, 404)
  assert.equal((await staff.delete('/own/book-b/')).status, 404)
  assert.equal((await staff.get('/own/?title=B')).status, 200)
  assert.equal((await bodyOf(await staff.get('/own/?title=B'))).data.total, 0)
})

use('has one address for an item', async ({ staff, anyone }) => {
  await staff.post('/book/', { json: emma })
  assert.equal((await anyone.get('/book/EMMA/')).status, 404)
  assert.equal((await staff.delete('/book/Emma/')).status, 404)
  for (const path of [
    '/own/emma%00/',
    '/own/%00/',
    '/author/9007199254740991/',
    '/author/3000000000/',
    '/author/01/',
  ]) {
    const { status } = await staff.get(path)
    assert.equal(status, path === '/author/01/' ? 200 : 404, path)
  }
})

use('lists pages, in an order, with a search and filters', async ({ anyone, fill }) => {
  await fill(['Emma', 'Evelina', 'Persuasion', '100 % sure', 'under_score', 'Ödland', 'a!b'])
  const slugs = async (query: string): Promise<string> => {
    const response = await anyone.get(`/book/?page_size=50&${query}`)
    assert.equal(response.status, 200, query)
    return (await bodyOf(response)).data.items.map(item => item.slug.slice(-1)).join('')
  }
  const first = (await bodyOf(await anyone.get('/book/'))).data
  assert.deepEqual({ ...first, items: first.items.length }, { items: 3, total: 7, page: 1, pageSize: 3 })
  assert.equal((await bodyOf(await anyone.get('/book/?page=3'))).data.items.length, 1)
  assert.equal((await bodyOf(await anyone.get('/book/?page=4'))).data.items.length, 0)
  assert.equal(await slugs('ordering=pages'), 'abcdefg')
  assert.equal(await slugs('ordering=-pages'), 'gfedcba')
  assert.equal(await slugs('ordering=-printed'), 'gfedcba')
  assert.equal(await slugs('ordering=pages&search=E'), 'abcde')
  assert.equal(await slugs('search=%25'), 'd')
  assert.equal(await slugs('search=_'), 'e')
  assert.equal(await slugs('search=!'), 'g')
  assert.equal(await slugs('search=%C3%96d'), 'f')
  assert.equal(await slugs("search=' or 1=1 --"), '')
  assert.equal(await slugs('search=%00emma'), 'a')
  assert.equal(await slugs('title=Emma'), 'a')
  assert.equal(await slugs('ordering=pages&title__in=Emma,Persuasion'), 'ac')
  assert.equal(await slugs('title__icontains=EMM'), 'a')
  assert.equal(await slugs('ordering=pages&title__istartswith=e'), 'ab')
  assert.equal(await slugs('title__istartswith=%25'), '')
  assert.equal(await slugs('ordering=pages&pages__gte=3&pages__lt=5'), 'cd')
  assert.equal(await slugs('ordering=pages&pages__in=1,2,99'), 'ab')
  assert.equal(await slugs('pages=9007199254740991'), '')
  assert.equal(await slugs('pages__gt=-9007199254740991&ordering=pages'), 'abcdefg')
  assert.equal(await slugs('printed__gte=2026-01-31T13:00:00%2B01:00&ordering=pages'), 'abcdefg')
  assert.equal(await slugs('printed__lt=2026-01-31T12:00:00Z'), '')
  assert.equal(await slugs('printed__lt=9999-12-29T23:59:59Z&ordering=pages'), 'abcdefg')
})

use('refuses a query that makes no sense, and names its field', async ({ anyone }) => {
  for (const [field, query] of [
    ['page', 'page=0'],
    ['page', 'page=1e3'],
    ['page', 'page=99999999'],
    ['page', 'page='],
    ['page_size', 'page_size=51'],
    ['search', `search=${'a'.repeat(101)}`],
    ['ordering', 'ordering=secret'],
    ['ordering', 'ordering=title;drop'],
    ['ordering', 'ordering=--title'],
    ['ordering', 'ordering='],
    ['ordering', 'ordering=toString'],
    ['fields', 'fields='],
    ['fields', 'fields=title,'],
    ['pages', 'pages=one'],
    ['pages', 'pages=1.5'],
    ['pages', 'pages=99999999999999999'],
    ['pages__in', `pages__in=${'1,'.repeat(200)}1`],
    ['pages__in', 'pages__in='],
    ['title', 'title=%00'],
    ['title', `title=${'a'.repeat(201)}`],
    ['printed__gte', 'printed__gte=yesterday'],
    ['printed__gte', 'printed__gte=2026-13-31T12:00:00Z'],
    ['printed__gte', 'printed__gte=0000-01-01T00:00:00Z'],
    ['printed__gte', 'printed__gte=0001-01-01T00:00:00%2B14:00'],
    ['printed__gte', 'printed__gte=9999-12-31T23:59:59Z'],
    ['slug', 'slug=emma'],
    ['pages__regex', 'pages__regex=.*'],
    ['cursor', 'cursor=x'],
    ['cursor', 'cursor=&page=1'],
  ] as const) {
    const response = await anyone.get(`/book/?${query}`)
    assert.equal(response.status, 422, query)
    assert.deepEqual(Object.keys((await bodyOf(response)).errors), [field], query)
  }
  assert.equal((await anyone.get('/book/?utm_source=mail')).status, 200)
})

use('shows some fields only, when asked', async ({ anyone, fill }) => {
  await fill(['Emma'])
  assert.deepEqual((await bodyOf(await anyone.get('/book/?fields=title,slug'))).data.items, [
    { title: 'Emma', slug: 'book-a' },
  ])
  const item = await anyone.get('/book/book-a/?fields=title')
  assert.deepEqual((await bodyOf(item)).data, { title: 'Emma' })
  assert.equal(item.headers.get('etag'), (await anyone.get('/book/book-a/')).headers.get('etag'))
})

use('walks by cursor through items that come and go: none twice, none left out', async ({ app, anyone, fill }) => {
  await fill(['Same', 'Tame', 'Ümlaut', 'Same too', 'Zoo', 'Apple', 'middle', 'Middle too', 'x', 'y'])
  await app.db.updateTable('shelf_book').set({ pages: 5 }).where('slug', '<', 'book-g').execute()
  for (const ordering of ['title', '-title', 'pages', '-pages', 'printed', '-printed', 'slug', '-slug']) {
    const all = await walk(anyone, `ordering=${ordering}`)
    const page = await anyone.get(`/book/?page_size=50&ordering=${ordering}`)
    assert.deepEqual(
      all,
      (await bodyOf(page)).data.items.map(item => item.slug),
      ordering,
    )
  }
  const first = (await bodyOf(await anyone.get('/book/?cursor=&page_size=4&ordering=slug&total=true'))).data
  assert.deepEqual([first.previous, first.total, first.items.length], [null, 10, 4])
  // What was seen goes, something new comes before: the next part is the same.
  await app.db.deleteFrom('shelf_book').where('slug', '=', 'book-d').execute()
  await app.db
    .insertInto('shelf_book')
    .values({ slug: 'aaa', title: 'New', pages: 1, author_id: 1, secret: '', owner: null, printed: new Date() })
    .execute()
  const next = (await bodyOf(await anyone.get(`/book/?cursor=${first.next}&page_size=4`))).data
  assert.deepEqual(
    next.items.map(item => item.slug),
    ['book-e', 'book-f', 'book-g', 'book-h'],
  )
  const back = (await bodyOf(await anyone.get(`/book/?cursor=${next.previous}&page_size=4`))).data
  assert.deepEqual(
    back.items.map(item => item.slug),
    ['aaa', 'book-a', 'book-b', 'book-c'],
  )
  assert.equal(back.previous, null)
  assert.notEqual(back.next, null)
  // A cursor keeps its order, and cannot be changed.
  assert.equal((await anyone.get(`/book/?cursor=${first.next}&ordering=-slug`)).status, 422)
  assert.equal((await anyone.get(`/book/?cursor=${first.next}&ordering=slug`)).status, 200)
  assert.equal((await anyone.get(`/author/?cursor=${first.next}`)).status, 422)
  const [payload = '', signature = ''] = (first.next ?? '').split('.')
  const forged = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('slug', 'secret')).toString(
    'base64url',
  )
  assert.equal((await anyone.get(`/book/?cursor=${forged}.${signature}`)).status, 422)
})

use('orders by times to the microsecond', async ({ app, anyone, fill }) => {
  await fill(['A', 'B', 'C', 'D'])
  for (const [index, slug] of ['book-c', 'book-a', 'book-d', 'book-b'].entries())
    await app.db
      .updateTable('shelf_book')
      .set({ printed: `2026-01-31 12:00:00.00000${index + 1}` })
      .where('slug', '=', slug)
      .execute()
  assert.deepEqual(await walk(anyone, 'ordering=printed', 1), ['book-c', 'book-a', 'book-d', 'book-b'])
  assert.deepEqual(await walk(anyone, 'ordering=-printed', 1), ['book-b', 'book-d', 'book-a', 'book-c'])
})

/** The slugs of all parts, one after the other, and back again. */
async function walk(client: Shelf['anyone'], query: string, pageSize = 3): Promise<string[]> {
  const slugs: string[] = []
  let cursor: string | null = ''
  let last: string | null = null
  while (cursor !== null) {
    const { data } = await bodyOf(await client.get(`/book/?${query}&page_size=${pageSize}&cursor=${cursor}`))
    slugs.push(...data.items.map(item => item.slug))
    last = data.previous
    cursor = data.next
  }
  const back = slugs.slice(-(slugs.length % pageSize || pageSize))
  while (last !== null) {
    const { data } = await bodyOf(await client.get(`/book/?${query}&page_size=${pageSize}&cursor=${last}`))
    back.unshift(...data.items.map(item => item.slug))
    last = data.previous
  }
  assert.deepEqual(back, slugs)
  return slugs
}

withDatabases('a resource on a table', it => {
  it('behaves', async ({ t, url }) => {
    const shelf = await openShelf(url)
    try {
      for (const [name, body] of tests) {
        await shelf.empty()
        await t.test(name, () => body(shelf))
      }
    } finally {
      await shelf.app.close()
    }
  })
})
