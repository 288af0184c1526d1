import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cpuMs } from '../../tests/cpu-time.ts'
import { createPath, createResolver, defineConverter, include, path } from './index.ts'

function resolve(route: string, text: string): Readonly<Record<string, unknown>> | undefined {
  return createResolver([path(route, () => null)]).resolve(text)?.params
}

describe('fitting placeholders to a path', () => {
  it('gives the leftmost placeholder as much as it can have', () => {
    assert.deepEqual(resolve('<str:a>-<str:b>-<str:c>', '/1-2-3-4-5'), { a: '1-2-3', b: '4', c: '5' })
    assert.deepEqual(resolve('<path:a>/<path:b>/end/', '/x/y/z/end/end/'), { a: 'x/y/z', b: 'end' })
    assert.deepEqual(resolve('<slug:a><int:b>.json', '/ab12.json'), { a: 'ab1', b: 2 })
    assert.deepEqual(resolve('<uuid:id>.pdf', '/7c9e6679-7425-40de-944b-e07fc1f90ae7.pdf'), {
      id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
    })
  })

  it('does not let two texts share a character', () => {
    const withAny = createPath({
      any: defineConverter<string>({ pattern: '.*', parse: text => text, format: text => text }),
    })
    const resolver = createResolver([withAny('a<any:x>a', () => null)])
    assert.equal(resolver.resolve('/a'), null)
    assert.deepEqual(resolver.resolve('/aa')?.params, { x: '' })
  })

  it('takes no integer of more than 4300 digits, as Python', () => {
    assert.deepEqual(resolve('<int:id>', `/${'7'.padStart(4300, '0')}`), { id: 7 })
    assert.equal(resolve('<int:id>', `/${'7'.padStart(4301, '0')}`), undefined)
  })

  it('never halves a character', () => {
    assert.deepEqual(resolve('<str:a><str:b>', '/😀😀'), { a: '😀', b: '😀' })
    assert.equal(resolve('<str:a><str:b>', '/😀'), undefined)
  })

  it('lets a prefix take all it can, and give nothing back to the routes inside, as Django does', () => {
    const resolver = createResolver([path('<path:p>/', include([path('edit/', () => 'edit')]))])
    assert.equal(resolver.resolve('/a/edit/'), null)
    assert.notEqual(createResolver([path('<path:p>/edit/', () => 'edit')]).resolve('/a/edit/'), null)
  })

  it('gives a custom converter that spans segments the longest text after which the rest matches', () => {
    const withTrail = createPath({
      trail: defineConverter({ pattern: '[a-z/]+', parse: text => text.split('/'), format: list => list.join('/') }),
    })
    const resolver = createResolver([withTrail('<trail:where>/<slug:page>/', () => null, { name: 'page' })])
    assert.deepEqual(resolver.resolve('/a/b/c/')?.params, { where: ['a', 'b'], page: 'c' })
    assert.equal(resolver.reverse('page', { where: ['a', 'b'], page: 'c' }), '/a/b/c/')
  })

  it('gives a custom converter of a few letters the longest text after which the rest matches', () => {
    const withCode = createPath({
      code: defineConverter<string>({ pattern: '[a-c]{1,3}x{2}', parse: text => text, format: text => text }),
    })
    const resolver = createResolver([withCode('<str:a><code:b><str:c>', () => null)])
    assert.deepEqual(resolver.resolve('/--abcxxxx--')?.params, { a: '--ab', b: 'cxx', c: 'xx--' })
    assert.deepEqual(resolver.resolve('/-axx-')?.params, { a: '-', b: 'axx', c: '-' })
    assert.equal(resolver.resolve('/-axx'), null)
  })

  it('takes time in proportion to the length, whatever a visitor sends', () => {
    const routes = [
      '<str:a>-<str:b>-<str:c>-<str:d>!',
      '<path:a>/<path:b>/<path:c>/end',
      '<slug:a><slug:b><slug:c><int:d>',
      '<str:a>-<uuid:b>-<path:c>',
      '<path:a><uuid:b><uuid:c><path:d>',
    ]
    const resolver = createResolver(routes.map(route => path(route, () => null)))
    const began = cpuMs()
    for (const unit of ['-', '/', 'a', '-/', '1']) assert.equal(resolver.resolve(`/${unit.repeat(16_000)}?`), null)
    // A backtracking matcher needs hours for these.
    assert.ok(cpuMs() - began < 1000)
  })

  it('searches a tree of ambiguous routes without repeating itself', () => {
    const names = 'abcdefghijklmnopqrst'
    const ambiguous = [...names].map(name => `<str:${name}>/`).join('')
    const slugs = [...names].map(name => `<slug:${name}>/`).join('')
    const resolver = createResolver([path(`${ambiguous}x`, () => null), path(`${slugs}y`, () => null)])
    const began = cpuMs()
    assert.equal(resolver.resolve(`/${'a/'.repeat(20)}z`), null)
    assert.ok(cpuMs() - began < 100)
  })
})
