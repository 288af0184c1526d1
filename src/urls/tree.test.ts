/** The tree against its oracle: the routes tried one after the other as regular expressions, as Django does. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Converter, createPath, createResolver, defineConverter, include, type Route, type View } from './index.ts'

const custom: Readonly<Record<string, Converter<string>>> = {
  hex: defineConverter<string>({ pattern: '[0-9a-f]{2}', parse: text => text, format: text => text }),
  tail: defineConverter<string>({ pattern: '[ab/]*', parse: text => text, format: text => text }),
  notA: defineConverter<string>({
    pattern: '[^/]+',
    parse: text => (text === 'a' ? undefined : text),
    format: text => text,
  }),
}
const patterns: Readonly<Record<string, string>> = {
  int: '[0-9]+',
  str: '[^/]+',
  slug: '[-a-zA-Z0-9_]+',
  uuid: '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
  path: '[^\\n]+',
  hex: '[0-9a-f]{2}',
  tail: '[ab/]*',
  notA: '[^/]+',
}
const path = createPath(custom)

/** A line of a table: its route, and the lines below it when it is an include. */
interface Line {
  readonly route: string
  readonly inside: readonly Line[] | null
}

interface Answer {
  readonly view: View
  readonly params: Record<string, unknown>
}

/** Django's way: each level a regular expression, from the start, in order, nothing given back. */
function resolveInOrder(lines: readonly Line[], views: ReadonlyMap<Line, View>, rest: string): Answer | null {
  for (const line of lines) {
    const found = matchLevel(line, rest)
    if (found === null) continue
    if (line.inside === null) return { view: views.get(line) as View, params: found.params }
    const inner = resolveInOrder(line.inside, views, rest.slice(found.length))
    if (inner !== null) return { view: inner.view, params: { ...found.params, ...inner.params } }
  }
  return null
}

function matchLevel(line: Line, rest: string): { length: number; params: Record<string, unknown> } | null {
  const kinds: [kind: string, name: string][] = []
  const source = line.route.split(/(<[^>]*>)/).map(piece => {
    if (!piece.startsWith('<')) return RegExp.escape(piece)
    const [kind = '', name = ''] = piece.slice(1, -1).split(':')
    kinds.push([kind, name])
    return `(${patterns[kind]})`
  })
  const found = new RegExp(`^${source.join('')}${line.inside === null ? '$' : ''}`, 'u').exec(rest)
  if (found === null) return null
  const params: Record<string, unknown> = {}
  for (const [index, [kind, name]] of kinds.entries()) {
    const text = found[index + 1] as string
    if (kind === 'notA' && text === 'a') return null
    if (kind === 'int' && !Number.isSafeInteger(Number(text))) return null
    params[name] = kind === 'int' ? Number(text) : text
  }
  return { length: found[0].length, params }
}

function toRoutes(lines: readonly Line[], views: Map<Line, View>): Route<View<object>>[] {
  return lines.map(line => {
    if (line.inside !== null) return path(line.route, include(toRoutes(line.inside, views)))
    const view = (): string => line.route
    views.set(line, view)
    return path(line.route, view)
  })
}

const uuid = '7c9e6679-7425-40de-944b-e07fc1f90ae7'
const placeholder = fc.constantFrom(...Object.keys(patterns)).map(kind => `<${kind}:?>`)
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constant('/') },
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'ab', '5', '-', '.json', '😀') },
  { weight: 3, arbitrary: placeholder },
)
const routeText = fc.array(piece, { maxLength: 6 }).map(pieces => pieces.join('').replace(/^\/+/, ''))
const { line } = fc.letrec<{ line: Line }>(tie => ({
  line: fc.record({
    route: routeText,
    inside: fc.option(fc.array(tie('line'), { maxLength: 4 }), { depthSize: 'small', maxDepth: 2 }),
  }),
}))
const segment = fc.constantFrom(
  'a',
  'b',
  'ab',
  '5',
  '55',
  'a-b',
  'a-5-b',
  '5.json',
  'é',
  '😀',
  '😀😀',
  '\n',
  '',
  uuid,
  '9007199254740993',
)
const requested = fc.array(segment, { minLength: 1, maxLength: 5 }).map(segments => segments.join('/'))

/** Every placeholder its own name. */
function named(lines: readonly Line[], counter = { next: 0 }): Line[] {
  return lines.map(({ route, inside }) => ({
    route: route.replace(/\?/g, () => `p${counter.next++}`),
    inside: inside && named(inside, counter),
  }))
}

describe('the tree', () => {
  it('finds what trying every route in order finds', () => {
    const seed = Date.now() % 2 ** 31
    console.log(`seed ${seed}`)
    let matches = 0
    const property = fc.property(
      fc.array(line, { maxLength: 12 }),
      fc.array(requested, { maxLength: 8 }),
      (raw, paths) => {
        const lines = named(raw)
        const views = new Map<Line, View>()
        const resolver = createResolver(toRoutes(lines, views))
        for (const text of paths) {
          const match = resolver.resolve(`/${text}`)
          const wanted = resolveInOrder(lines, views, text)
          assert.equal(match?.view, wanted?.view, text)
          assert.deepEqual(match && { ...match.params }, wanted?.params ?? null, text)
          if (match !== null) matches++
        }
      },
    )
    fc.assert(property, { seed, numRuns: 3000 })
    assert.ok(matches > 500, `only ${matches} matches: the paths miss the routes`)
  })

  it('takes the earlier of two routes, whatever their shapes', () => {
    const shapes = [
      'a/b/',
      '<str:x>/b/',
      'a/<str:x>/',
      '<path:x>',
      '<str:x>/<str:y>/',
      '<slug:x>/<int:y>/',
      'a/<str:x>-<str:y>/',
    ]
    for (const first of shapes) {
      for (const second of shapes) {
        const resolver = createResolver([
          path(first, () => 1),
          path(second, () => 2),
          ...shapes.map(shape => path(shape, () => 3)),
        ])
        const alone = createResolver([path(first, () => 1)])
        for (const text of ['/a/b/', '/a/5/', '/a/b-c/', '/x/5/', '/x/y/']) {
          if (alone.resolve(text) !== null) assert.equal(resolver.resolve(text)?.route, first)
        }
      }
    }
  })

  it('answers null to a path without its leading slash', () => {
    const resolver = createResolver([path('<path:all>', () => 1), path('', () => 2)])
    for (const text of ['', '*', 'a', 'example.com:443']) assert.equal(resolver.resolve(text), null)
  })

  it('gives all routes without parameters one frozen empty object', () => {
    const resolver = createResolver([path('a/', () => 1), path('b/', () => 2)])
    const params = resolver.resolve('/a/')?.params
    assert.ok(Object.isFrozen(params))
    assert.equal(params, resolver.resolve('/b/')?.params)
  })
})
