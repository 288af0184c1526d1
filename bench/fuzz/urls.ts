/** Paths: decoded as Django decodes them, resolved as trying every route in order resolves them, and built so that they lead back. */
import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { decodePath, splitTarget } from '../../src/http/target.ts'
import {
  createResolver,
  include,
  NoReverseMatch,
  path,
  type Resolver,
  type Route,
  type View,
} from '../../src/urls/index.ts'
import { anyText, below, mutate, mutateBytes, pick, type Random, several } from './random.ts'
import type { Target } from './run.ts'

const patterns: Readonly<Record<string, string>> = {
  int: '[0-9]+',
  str: '[^/]+',
  slug: '[-a-zA-Z0-9_]+',
  uuid: '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
  path: '[^\\n]+',
}
const kinds = Object.keys(patterns)
/** Six placeholders in a row take the regular expressions that we are compared with seconds for a path of 200 characters. */
const longestForRegExp = 48
const texts: readonly string[] = ['a', 'b', 'ab', '5', '-', '.json', 'é', '😀', '%', 'admin', 'shop']

/** A line of a table: its route, and the lines below it when it is an include. */
interface Line {
  readonly route: string
  readonly pattern: RegExp
  /** Names of its integers. */
  readonly numbers: readonly string[]
  readonly inside: readonly Line[] | null
}

interface Counter {
  next: number
}

function anyLine(random: Random, counter: Counter, depth: number): Line {
  const pieces = several(6, random, () => {
    const chance = random()
    if (chance < 0.35) return '/'
    return chance < 0.7 ? pick(texts, random) : `<${pick(kinds, random)}:p${counter.next++}>`
  })
  const route = pieces.join('').replace(/^\/+/, '')
  const isView = depth >= 2 || random() < 0.7
  const inside = isView ? null : several(4, random, () => anyLine(random, counter, depth + 1))
  const numbers = [...route.matchAll(/<int:(\w+)>/g)].map(([, name = '']) => name)
  return { route, pattern: toPattern(route, !isView), numbers, inside }
}

const samples: Readonly<Record<string, readonly string[]>> = {
  int: ['5', '007', '9007199254740993'],
  str: ['a', 'a-b', '😀', 'é%2F', '..', ' '],
  slug: ['a', 'a-b', '-', '5'],
  uuid: ['7c9e6679-7425-40de-944b-e07fc1f90ae7'],
  path: ['a', 'a/b', '/', 'a/5/b', '/x', '\u2028'],
}

/** A path that may well fit a line of the table. */
function likelyPath(lines: readonly Line[], random: Random): string {
  if (lines.length === 0) return ''
  const { route, inside } = pick(lines, random)
  const start = route.replace(/<(\w+):\w+>/g, (_, kind: string) => pick(samples[kind] ?? [], random))
  return start + (inside === null ? '' : likelyPath(inside, random))
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

/** The route as Django makes it one: a prefix need not reach the end. */
function toPattern(route: string, isPrefix: boolean): RegExp {
  const source = route.replace(/<(\w+):(\w+)>|[^<]+/g, (text, kind: string | undefined, name: string) =>
    kind === undefined ? RegExp.escape(text) : `(?<${name}>${patterns[kind]})`,
  )
  return new RegExp(`^${source}${isPrefix ? '' : '$'}`, 'u')
}

function matchLevel(
  { pattern, numbers }: Line,
  rest: string,
): { length: number; params: Record<string, unknown> } | null {
  const found = pattern.exec(rest)
  if (found === null) return null
  const params: Record<string, unknown> = { ...found.groups }
  for (const name of numbers) {
    params[name] = Number(params[name])
    if (!Number.isSafeInteger(params[name])) return null
  }
  return { length: found[0].length, params }
}

function toRoutes(lines: readonly Line[], views: Map<Line, View>): Route<View<object>>[] {
  return lines.map(line => {
    if (line.inside !== null) return path(line.route, include(toRoutes(line.inside, views)))
    const view = (): string => line.route
    const name = `r${views.size}`
    views.set(line, view)
    return path(line.route, view, { name })
  })
}

/** A path that was built leads to the view it was built for, or to one that stands before it; and to no other host. */
function checkReverse(resolver: Resolver, name: string, params: Readonly<Record<string, unknown>>): void {
  let built: string
  try {
    built = resolver.reverse(name, params)
  } catch (error) {
    if (error instanceof NoReverseMatch) return
    throw error
  }
  // The characters of a path (RFC 3986, 3.3).
  assert.match(built, /^\/(?!\/)(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-F]{2})*$/)
  const found = resolver.resolve(decodePath(built))
  assert.ok(found !== null, built)
  if (found.name === name) assert.deepEqual({ ...found.params }, { ...params }, built)
}

function checkSlash(resolver: Resolver, decoded: string, query: string): void {
  const location = resolver.slashRedirect(decoded, query)
  if (location === null) return
  assert.match(location, /^\/(?![/\\])[!-~]*$/)
  assert.ok(resolver.resolve(decodePath(splitTarget(location).rawPath)) !== null, location)
}

/** Escapes as bytes, bytes as UTF-8, what is none as it was: one character at a time. */
function slowlyDecoded(rawPath: string): string {
  const escaped = rawPath.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const bytes = Buffer.from(escaped, 'latin1')
  let text = ''
  for (let at = 0, size = 1; at < bytes.length; at += size) {
    size = [1, 2, 3, 4].find(length => at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))) ?? 0
    text += size > 0 ? bytes.toString('utf8', at, at + size) : `%${bytes.toString('hex', at, at + 1).toUpperCase()}`
    size ||= 1
  }
  return text
}

function sentPath(lines: readonly Line[], random: Random): string {
  const likely = random() < 0.8 ? likelyPath(lines, random) : anyText(6, random)
  const text = random() < 0.5 ? likely : mutate(likely, random)
  const spelled = random() < 0.3 ? encodeURI(text.toWellFormed()) : text
  const bytes = Buffer.from(spelled).toString('latin1')
  return `/${random() < 0.7 ? bytes : mutateBytes(bytes, random)}`.slice(0, longestForRegExp)
}

export function openUrls(): Target {
  return {
    name: 'urls',
    check(random) {
      const counter = { next: 0 }
      const lines = several(8, random, () => anyLine(random, counter, 0))
      const views = new Map<Line, View>()
      const resolver: Resolver = createResolver(toRoutes(lines, views))
      let matches = 0
      for (let count = 0; count < 4; count += 1) {
        const { rawPath, query } = splitTarget(sentPath(lines, random))
        const decoded = decodePath(rawPath)
        assert.equal(decoded, slowlyDecoded(rawPath), rawPath)
        checkSlash(resolver, decoded, query)
        const match = resolver.resolve(decoded)
        const wanted = resolveInOrder(lines, views, decoded.slice(1))
        if (match?.view !== wanted?.view) throw new Error(`${JSON.stringify(decoded)} in ${JSON.stringify(lines)}`)
        if (match === null) continue
        matches += 1
        assert.deepEqual({ ...match.params }, wanted?.params, decoded)
        checkReverse(resolver, match.name as string, match.params)
      }
      checkLong(resolver, random)
      return `${matches} of 4 found`
    },
  }
}

/** Now and then as long as a request line may be: whoever takes more than a straight look at it would be noticed. */
function checkLong(resolver: Resolver, random: Random): void {
  if (random() > 0.002) return
  const piece = pick(['a', 'a/', '-', '5', 'a-', '/', '%2F', 'é', '%C3', '😀'], random)
  resolver.resolve(decodePath(`/${piece.repeat(below(8000, random))}`))
}
