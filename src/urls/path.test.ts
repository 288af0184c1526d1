import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ConfigError } from '../kit/index.ts'
import { type Converter, createPath, createResolver, defineConverter, include, path, type View } from './index.ts'

const view: View<object> = () => null
const hex = {
  pattern: '[0-9a-f]+',
  parse: (text: string) => Number.parseInt(text, 16),
  format: (value: number) => value.toString(16),
}

describe('path', () => {
  const refused: Readonly<Record<string, string>> = {
    'a leading slash': '/books/',
    'an unknown converter': '<float:x>/',
    'a converter named like a property of every object': '<constructor:x>/',
    'a parameter twice': '<int:x>/<str:x>/',
    'a parameter name that is no identifier': '<int:x-y>/',
    'an empty parameter name': '<int:>/',
    'a parameter named __proto__': '<__proto__>/',
    'white space in angle brackets': '<int: x>/',
  }
  for (const [what, route] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => path(route, view),
        error => error instanceof ConfigError && error.message.includes(route),
      )
    })
  }

  it('refuses a name that is empty or has a colon', () => {
    assert.throws(() => path('a/', view, { name: '' }), ConfigError)
    assert.throws(() => path('a/', view, { name: 'a:b' }), ConfigError)
    assert.throws(() => include([], { namespace: '' }), ConfigError)
    assert.throws(() => include([], { namespace: 'a:b' }), ConfigError)
  })

  it('refuses what is no view', () => {
    for (const wrong of [undefined, null, 'view', {}, [path('a/', view)]]) {
      assert.throws(() => path('a/', wrong as unknown as View<object>), ConfigError)
    }
  })

  it('refuses a name on a prefix', () => {
    assert.throws(() => path('a/', include([path('', view)]) as unknown as View<object>, { name: 'a' }), ConfigError)
  })

  it('keeps parameters apart from the properties of every object', () => {
    const resolver = createResolver([path('<str:constructor>/<int:toString>/', view)])
    assert.deepEqual({ ...resolver.resolve('/a/1/')?.params }, { constructor: 'a', toString: 1 })
  })
})

describe('include', () => {
  it('joins routes, names and parameters through every level', () => {
    const products = include([path('<int:id>/', view, { name: 'detail' })], { namespace: 'product' })
    const resolver = createResolver([path('<slug:shop>/', include([path('p/', products)], { namespace: 'shop' }))])
    const match = resolver.resolve('/toys/p/7/')
    assert.deepEqual(match?.params, { shop: 'toys', id: 7 })
    assert.equal(match?.route, '<slug:shop>/p/<int:id>/')
    assert.equal(match?.name, 'shop:product:detail')
    assert.deepEqual(match?.namespaces, ['shop', 'product'])
    assert.equal(resolver.reverse('shop:product:detail', { shop: 'toys', id: 7 }), '/toys/p/7/')
  })

  it('refuses a parameter that its prefix has too', () => {
    const inside = include([path('<int:id>/', view)])
    assert.throws(() => createResolver([path('<slug:id>/', inside)]), ConfigError)
  })

  it('lets one table stand under two prefixes', () => {
    const table = include([path('x/', view)])
    const resolver = createResolver([path('a/', table), path('b/', table)])
    assert.deepEqual(
      [...resolver.routes()].map(({ route }) => route),
      ['a/x/', 'b/x/'],
    )
  })
})

describe('createPath', () => {
  it('gives the values of its converters', () => {
    const resolver = createResolver([createPath({ hex })('c/<hex:colour>/', view, { name: 'colour' })])
    assert.deepEqual(resolver.resolve('/c/ff/')?.params, { colour: 255 })
    assert.equal(resolver.reverse('colour', { colour: 255 }), '/c/ff/')
    assert.equal(resolver.resolve('/c/FF/'), null)
  })

  it('goes on to the next route when a converter has no value for a text', () => {
    const month: Converter<number> = {
      pattern: '[0-9]{1,2}',
      parse: text => (Number(text) >= 1 && Number(text) <= 12 ? Number(text) : undefined),
      format: String,
    }
    const withMonth = createPath({ month: defineConverter(month) })
    const resolver = createResolver([
      withMonth('<month:m>/', view),
      withMonth('<month:m>.txt', view),
      path('<path:rest>', view),
    ])
    assert.deepEqual(resolver.resolve('/12/')?.params, { m: 12 })
    assert.deepEqual(resolver.resolve('/13/')?.params, { rest: '13/' })
    assert.deepEqual(resolver.resolve('/13.txt')?.params, { rest: '13.txt' })
  })

  it('refuses a name that is taken or cannot be written', () => {
    for (const name of ['int', 'path', '', 'a:b', 'a b', '<a'])
      assert.throws(() => createPath({ [name]: hex }), ConfigError)
  })

  it('refuses a pattern that does not compile, also one that only closes its anchors', () => {
    for (const pattern of ['(', '[a', '*', 'a)|(?:b'])
      assert.throws(() => defineConverter({ ...hex, pattern }), ConfigError)
  })

  it('refuses a pattern that repeats a repetition', () => {
    for (const pattern of ['(a+)+', '(?:[a-z]*)*', '(\\w+){2,}', 'x(.*)+y']) {
      assert.throws(() => defineConverter({ ...hex, pattern }), ConfigError)
    }
    for (const pattern of ['[a-z]+(?:-[a-z]+)*', '(?:a+){2}', '[(a+)+]+']) defineConverter({ ...hex, pattern })
  })

  it('anchors every alternative of a pattern', () => {
    const resolver = createResolver([
      createPath({ lang: { ...hex, pattern: 'en|de', parse: text => text } })('<lang:l>/', view),
    ])
    assert.equal(resolver.resolve('/enx/'), null)
    assert.equal(resolver.resolve('/xde/'), null)
    assert.notEqual(resolver.resolve('/de/'), null)
  })
})
