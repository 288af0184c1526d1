/** CWE-89: text in every place of a list that reaches the database, on each of the databases. */
import assert from 'node:assert/strict'
import { withDatabases } from '../real-parts.ts'
import { openShelf, type Shelf } from '../views/shelf.ts'

const titles = ['Emma', "O'Neill", '100% "pure"', 'under_score', 'back\\slash', '--', 'Zoo']

const hostile = [
  "'",
  '"',
  '\\',
  "\\'",
  "' OR '1'='1",
  "' OR 1=1 -- ",
  "') OR ('1'='1",
  "'; DROP TABLE shelf_book; --",
  "' UNION SELECT secret FROM shelf_book -- ",
  '1 OR 1=1',
  '\u02bc OR 1=1',
  '\u00bf\u0027 OR 1=1 -- ',
  '%',
  '_',
  '$1',
  '?',
  'secret',
  '(SELECT secret FROM shelf_book)',
  'shelf_book.secret',
]

const parameters = [
  'search',
  'ordering',
  'fields',
  'cursor',
  'page_size',
  'title',
  'title__icontains',
  'title__istartswith',
  'pages',
  'pages__gte',
  'printed__gte',
  'secret',
  'secret__icontains',
  'title__icontains)--',
]

interface List {
  readonly data: { readonly items: readonly Record<string, unknown>[] }
}

/** What a parameter asks for, by the documentation. */
const meanings: Readonly<Record<string, (title: string, text: string) => boolean>> = {
  search: (title, text) => title.includes(text),
  title: (title, text) => title === text,
  title__in: (title, text) => title === text,
  title__icontains: (title, text) => title.includes(text),
  title__istartswith: (title, text) => title.startsWith(text),
  pages: () => false,
  pages__in: () => false,
  pages__gte: () => false,
}

function titlesIn(body: string): unknown[] {
  return (JSON.parse(body) as List).data.items.map(item => item.title)
}

async function titlesOf(shelf: Shelf, query: string): Promise<unknown[]> {
  const response = await shelf.anyone.get(`/book/?page_size=50&${query}`)
  assert.equal(response.status, 200, query)
  return titlesIn(await response.text())
}

withDatabases('SQL injection', it => {
  it('through filters, search, ordering, fields and cursor finds no hidden column and changes nothing', async ({
    t,
    url,
  }) => {
    const shelf = await openShelf(url)
    t.after(() => shelf.app.close())
    await shelf.empty()
    await shelf.fill(titles)
    const everything = await shelf.app.db.selectFrom('shelf_book').selectAll().orderBy('slug').execute()
    for (const parameter of parameters)
      for (const text of hostile) {
        const query = `${encodeURIComponent(parameter)}=${encodeURIComponent(text)}`
        const order = parameter === 'ordering' ? '' : 'ordering=slug&'
        const response = await shelf.anyone.get(`/book/?${order}${query}`)
        const body = await response.text()
        assert.ok(
          response.status === 200 || response.status === 422 || response.status === 404,
          `${response.status} ${query}`,
        )
        assert.doesNotMatch(body, /hidden|syntax|SQL/, query)
        if (response.status === 200 && parameter in meanings)
          assert.deepEqual(
            titlesIn(body),
            titles.filter(title => meanings[parameter]?.(title, text)).slice(0, 3),
            query,
          )
      }
    for (const path of ["/book/book-a'%20OR%20'1'='1/", "/own/x'%20OR%201=1--/", '/author/1%20OR%201=1/'])
      assert.notEqual((await shelf.anyone.get(path)).status, 200, path)
    assert.deepEqual(await shelf.app.db.selectFrom('shelf_book').selectAll().orderBy('slug').execute(), everything)
  })

  it('through what a search looks for is text: wildcards and quotes stand for themselves', async ({ t, url }) => {
    const shelf = await openShelf(url)
    t.after(() => shelf.app.close())
    await shelf.empty()
    await shelf.fill(titles)
    for (const [text, found] of [
      ['%', ['100% "pure"']],
      ['_', ['under_score']],
      ['\\', ['back\\slash']],
      ["'", ["O'Neill"]],
      ['"', ['100% "pure"']],
      ['--', ['--']],
    ] as const)
      for (const name of ['search', 'title__icontains'])
        assert.deepEqual(await titlesOf(shelf, `${name}=${encodeURIComponent(text)}`), found, `${name} ${text}`)
    for (const title of titles) assert.deepEqual(await titlesOf(shelf, `title=${encodeURIComponent(title)}`), [title])
  })

  it('through a cursor that a client made up is refused, whatever it holds', async ({ t, url }) => {
    const shelf = await openShelf(url)
    t.after(() => shelf.app.close())
    await shelf.empty()
    await shelf.fill(titles)
    const first = await shelf.anyone.get('/book/?cursor=&ordering=pages&page_size=2')
    const { next } = ((await first.json()) as { data: { next: string } }).data
    assert.equal((await shelf.anyone.get(`/book/?ordering=pages&cursor=${encodeURIComponent(next)}`)).status, 200)
    const [, signature = ''] = next.split('.')
    for (const text of hostile)
      for (const place of [
        ['shelf_book', text, false, false, 2, 'book-b'],
        ['shelf_book', 'pages', false, false, text, text],
      ]) {
        const cursor = `${Buffer.from(JSON.stringify(place)).toString('base64url')}.${signature}`
        const response = await shelf.anyone.get(`/book/?ordering=pages&cursor=${encodeURIComponent(cursor)}`)
        assert.equal(response.status, 422, cursor)
        assert.doesNotMatch(await response.text(), /hidden|syntax|SQL/)
      }
  })
})
