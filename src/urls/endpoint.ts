/**
 * A view with the whole of its route: the prefixes of every `include` around it joined.
 *
 * Owns how one path becomes one route's parameters, and parameters a path. Leaves the choice among routes to ./tree.ts.
 */
import { fit } from './fit.ts'
import type { Included, Route, View } from './path.ts'
import { type Part, type Placeholder, requireDistinctNames } from './route-text.ts'

/** What a path leads to. */
export interface Match<Target extends View = View> {
  readonly view: Target
  /** By name, as the converters gave them. Shared and frozen when the route has none. */
  readonly params: Readonly<Record<string, unknown>>
  /** Text of the route, its prefixes included: `'shop/<slug:slug>/'`. */
  readonly route: string
  /** The name, as `reverse` takes it: `'shop:product-detail'`. */
  readonly name: string | null
  /** Outermost first. */
  readonly namespaces: readonly string[]
}

/** A match within this room: `index` is the bar for others. */
export interface Found extends Match {
  readonly index: number
}

const noParams: Readonly<Record<string, unknown>> = Object.freeze({})

/** A text without placeholder, one placeholder, or a mixture, between two slashes. */
export type Segment = string | Placeholder | null

export class Endpoint {
  /** Place in the order of declaration: of two that match, the lower one is taken. */
  readonly index: number
  readonly view: View
  readonly route: string
  readonly name: string | null
  readonly namespaces: readonly string[]
  readonly placeholders: readonly Placeholder[]
  /** One list for each `include`, and the last for the route itself. */
  readonly #levels: readonly (readonly Part[])[]
  /** The pieces between slashes; `null` for one that is a mixture or may reach past its slash. */
  readonly segments: readonly Segment[]
  /** Whether each piece between slashes can be read alone. */
  readonly simple: boolean

  constructor(index: number, line: Line) {
    const parts = line.levels.flat()
    this.index = index
    this.view = line.view
    this.route = line.route
    requireDistinctNames(parts, this.route)
    this.name = line.name === null ? null : [...line.namespaces, line.name].join(':')
    this.namespaces = Object.freeze([...line.namespaces])
    this.placeholders = parts.filter(part => typeof part !== 'string')
    this.#levels = joinPlainPrefixes(line.levels)
    this.segments = toSegments(parts)
    this.simple = !this.segments.includes(null)
  }

  /** The match, or `null`. The text is the route's own when the tree led here by simple segments. */
  match(path: string): Found | null {
    const params = this.simple ? this.#readSegments(path) : this.#readParts(path)
    if (params === null) return null
    const { index, view, route, name, namespaces } = this
    return { index, view, params, route, name, namespaces }
  }

  /** The match of a route without placeholders: always the same, so made once. */
  matchPlain(): Found {
    const { index, view, route, name, namespaces } = this
    return Object.freeze({ index, view, params: noParams, route, name, namespaces })
  }

  /** The path for these parameters, not percent-encoded; `null` unless they are just the route's, and lead back here. */
  build(params: Readonly<Record<string, unknown>>): string | null {
    if (Object.keys(params).length !== this.placeholders.length) return null
    let path = '/'
    for (const part of this.#levels.flat()) {
      if (typeof part === 'string') path += part
      else {
        const value = Object.hasOwn(params, part.name) ? params[part.name] : undefined
        if (value === undefined || value === null) return null
        path += part.kind.converter.format(value)
      }
    }
    return this.placeholders.length === 0 || (path.isWellFormed() && this.#readParts(path) !== null) ? path : null
  }

  #readSegments(path: string): Record<string, unknown> | null {
    const params: Record<string, unknown> = {}
    let start = 1
    for (const segment of this.segments) {
      const slash = path.indexOf('/', start)
      const end = slash === -1 ? path.length : slash
      if (segment !== null && typeof segment !== 'string') {
        const value = segment.kind.converter.parse(path.slice(start, end))
        if (value === undefined) return null
        params[segment.name] = value
      }
      start = end + 1
    }
    return params
  }

  #readParts(path: string): Record<string, unknown> | null {
    const params: Record<string, unknown> = {}
    let start = 1
    for (const [level, parts] of this.#levels.entries()) {
      const open = level < this.#levels.length - 1
      const ends = fit(parts, path, { start, open })
      if (ends === null) return null
      for (const [index, part] of parts.entries()) {
        const end = ends[index] as number
        if (typeof part !== 'string') {
          const value = part.kind.converter.parse(path.slice(start, end))
          if (value === undefined) return null
          params[part.name] = value
        }
        start = end
      }
    }
    return params
  }
}

/** A prefix without placeholders decides nothing: it goes with what follows. */
function joinPlainPrefixes(levels: readonly (readonly Part[])[]): readonly (readonly Part[])[] {
  const joined: (readonly Part[])[] = []
  let plain = ''
  for (const [level, parts] of levels.entries()) {
    const [first, ...others] = parts
    const together = typeof first === 'string' ? [plain + first, ...others] : plain === '' ? parts : [plain, ...parts]
    const isPlain = together.every(part => typeof part === 'string')
    if (isPlain && level < levels.length - 1) plain = together.join('')
    else {
      joined.push(together)
      plain = ''
    }
  }
  return joined
}

function toSegments(parts: readonly Part[]): readonly Segment[] {
  const segments: Segment[] = ['']
  const add = (piece: string | Placeholder): void => {
    const before = segments.at(-1)
    if (piece === '') return
    if (typeof before === 'string' && typeof piece === 'string') segments[segments.length - 1] = before + piece
    else
      segments[segments.length - 1] =
        before === '' && typeof piece !== 'string' && piece.kind.withinSegment ? piece : null
  }
  for (const part of parts) {
    if (typeof part !== 'string') {
      add(part)
      continue
    }
    const [first = '', ...others] = part.split('/')
    add(first)
    for (const other of others) segments.push(other)
  }
  return segments
}

/** A route on its way to become an endpoint. */
interface Line {
  readonly view: View
  readonly route: string
  readonly levels: readonly (readonly Part[])[]
  readonly name: string | null
  readonly namespaces: readonly string[]
}

/**
 * Every route of the table, includes laid open, in the order of declaration.
 *
 * @throws {ConfigError} when a prefix and a route have a parameter of the same name.
 */
export function toEndpoints(routes: readonly Route[]): readonly Endpoint[] {
  return [...toLines(routes, { route: '', levels: [], namespaces: [] })].map((line, index) => new Endpoint(index, line))
}

function* toLines(routes: readonly Route[], around: Omit<Line, 'view' | 'name'>): Generator<Line> {
  for (const { route, parts, target, name } of routes) {
    const inside = { ...around, route: around.route + route, levels: [...around.levels, parts] }
    if (isIncluded(target)) {
      const namespaces = target.namespace === null ? around.namespaces : [...around.namespaces, target.namespace]
      yield* toLines(target.routes, { ...inside, namespaces })
    } else yield { ...inside, view: target, name }
  }
}

function isIncluded(target: View | Included): target is Included {
  return typeof target !== 'function'
}
