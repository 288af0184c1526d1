import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createResolver, include, NoReverseMatch, path, type Route, type View } from './index.ts'

const view: View<object> = () => null

describe('reverse', () => {
  const resolver = createResolver([
    path('', view, { name: 'home' }),
    path('books/<int:id>/', view, { name: 'book' }),
    path('books/<slug:slug>/', view, { name: 'book' }),
    path('tags/<str:tag>/', view, { name: 'tag' }),
    path('files/<path:file>', view, { name: 'file' }),
    path('<path:anything>/', view, { name: 'anything' }),
    path('a?b#c%20/<int:id>', view, { name: 'odd text' }),
  ])

  it('picks the route whose parameters are given', () => {
    assert.equal(resolver.reverse('home'), '/')
    assert.equal(resolver.reverse('book', { id: 7 }), '/books/7/')
    assert.equal(resolver.reverse('book', { slug: 'kite' }), '/books/kite/')
  })

  it('tries the route declared last first, as Django does', () => {
    const table = createResolver([
      path('old/<int:id>/', view, { name: 'x' }),
      path('new/<int:id>/', view, { name: 'x' }),
    ])
    assert.equal(table.reverse('x', { id: 1 }), '/new/1/')
  })

  it('percent-encodes what RFC 3986 does not allow in a path', () => {
    assert.equal(
      resolver.reverse('tag', { tag: 'é ?#%&=+;:@!$\'()*,~[]"\\' }),
      "/tags/%C3%A9%20%3F%23%25&=+;:@!$'()*,~%5B%5D%22%5C/",
    )
    assert.equal(resolver.reverse('file', { file: 'a b/c\r' }), '/files/a%20b/c%0D')
    assert.equal(resolver.reverse('odd text', { id: 1 }), '/a%3Fb%23c%2520/1')
  })

  it('never leads to another host', () => {
    assert.equal(resolver.reverse('anything', { anything: '/evil.com' }), '/%2Fevil.com/')
    assert.equal(resolver.reverse('anything', { anything: '\\evil.com' }), '/%5Cevil.com/')
  })

  it('appends a query', () => {
    assert.equal(
      resolver.reverse('home', {}, { query: { q: 'a&b', page: 2, tag: ['x', 'y'], none: undefined } }),
      '/?q=a%26b&page=2&tag=x&tag=y',
    )
    assert.equal(resolver.reverse('home', {}, { query: new URLSearchParams({ next: '/x/' }) }), '/?next=%2Fx%2F')
    assert.equal(resolver.reverse('home', {}, { query: { none: undefined } }), '/')
  })

  it('refuses values that would not lead back', () => {
    const refused: [name: string, params: Record<string, unknown>][] = [
      ['book', { id: -1 }],
      ['book', { id: 1.5 }],
      ['book', { id: Number.NaN }],
      ['book', { id: 2 ** 53 }],
      ['book', { id: 1e21 }],
      ['book', { slug: 'a/b' }],
      ['book', { slug: '' }],
      ['tag', { tag: 'a/b' }],
      ['tag', { tag: '\ud800' }],
      ['tag', { tag: undefined }],
      ['tag', { tag: null }],
      ['file', { file: 'a\nb' }],
    ]
    const untyped = createResolver(
      [...resolver.routes()].map(({ route, name }): Route<View<object>> => path(route, view, { name: name as string })),
    )
    for (const [name, params] of refused) assert.throws(() => untyped.reverse(name, params), NoReverseMatch)
  })

  it('names what it tried', () => {
    const { reverse }: { reverse: (name: string, params?: object) => string } = {
      reverse: (name, params) => Reflect.apply(resolver.reverse, resolver, [name, params]) as string,
    }
    assert.throws(() => reverse('nobody'), { code: 'urls/no-reverse-match', message: /^No route is named "nobody"\./ })
    assert.throws(() => reverse('book', { id: 1, slug: 'x' }), {
      routeName: 'book',
      candidates: ['books/<slug:slug>/', 'books/<int:id>/'],
      message:
        'No route named "book" takes the parameters { id: 1, slug: "x" }. Tried: "books/<slug:slug>/", "books/<int:id>/".',
    })
    for (const name of ['toString', '__proto__', 'constructor']) assert.throws(() => reverse(name), NoReverseMatch)
    assert.throws(() => reverse('book', Object.create({ id: 1 })), NoReverseMatch)
  })

  it('is the inverse of resolve', () => {
    const seed = Date.now() % 2 ** 31
    console.log(`seed ${seed}`)
    const table = createResolver([path('x/<int:n>/<str:s>/<slug:g>/<path:p>', view, { name: 'all' })])
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    const values = fc.record({
      n: fc.maxSafeNat(),
      s: text.map(s => s.replaceAll('/', '|')),
      g: fc.stringMatching(/^[-a-zA-Z0-9_]+$/),
      p: text.map(s => s.replaceAll('\n', '|')),
    })
    const property = fc.property(values, params => {
      const url = table.reverse('all', params)
      assert.match(url, /^\/[!-~]+$/)
      assert.deepEqual(table.resolve(decodeURIComponent(url))?.params, { ...params })
    })
    fc.assert(property, { seed, numRuns: 500 })
  })
})

describe('slashRedirect', () => {
  const resolver = createResolver([
    path('ok/', view),
    path('both', view),
    path('both/', view),
    path('<path:any>/', view),
    path(
      'x/',
      include([
        path(
          'opt/',
          Object.assign(() => null, { appendSlash: false }),
        ),
      ]),
    ),
  ])

  it('leads to the same path with a slash, on this host', () => {
    assert.equal(resolver.slashRedirect('/ok'), '/ok/')
    assert.equal(resolver.slashRedirect('//evil.com'), '/%2Fevil.com/')
    assert.equal(resolver.slashRedirect('/a;b=c'), '/a%3Bb%3Dc/')
    assert.equal(resolver.slashRedirect('/\ud800'), '/%EF%BF%BD/')
  })

  it('keeps the query, and breaks no header with it', () => {
    assert.equal(resolver.slashRedirect('/ok', 'a=%20[1]&b=é\r\nX: 1'), '/ok/?a=%20[1]&b=%C3%A9%0D%0AX:%201')
    assert.equal(resolver.slashRedirect('/ok', '%25%5B'), '/ok/?%25%5B')
  })

  it('answers null when a slash would change nothing', () => {
    assert.equal(resolver.slashRedirect('/both'), null)
    assert.equal(resolver.slashRedirect('/ok/'), null)
    assert.equal(resolver.slashRedirect('/'), null)
    assert.equal(createResolver([]).slashRedirect('/a'), null)
  })

  it('answers null when the view has opted out', () => {
    const table = createResolver([
      path(
        'opt/',
        Object.assign(() => null, { appendSlash: false }),
      ),
    ])
    assert.equal(table.slashRedirect('/opt'), null)
    assert.notEqual(table.resolve('/opt/'), null)
  })
})

describe('routes', () => {
  it('lists every route in order, prefixes and namespaces included', () => {
    const resolver = createResolver([
      path('', view, { name: 'home' }),
      path('a/', include([path('<int:id>/', view, { name: 'b' })], { namespace: 'a' })),
    ])
    assert.deepEqual(
      [...resolver.routes()],
      [
        { route: '', name: 'home', view, parameters: [] },
        { route: 'a/<int:id>/', name: 'a:b', view, parameters: [{ name: 'id', converter: 'int', pattern: '[0-9]+' }] },
      ],
    )
  })
})
