/**
 * The text of a route: `'books/<int:id>/'`.
 *
 * Owns its grammar, Django's: `<kind:name>`, or `<name>` for `str`; every other character stands for itself.
 */
import { ConfigError, latePattern } from '../kit/index.ts'
import type { BuiltInConverters, Converter, Kind } from './converter.ts'

/** `int:id` and the like, for each pair of angle brackets. */
type Placeholders<Path extends string> = Path extends `${string}<${infer Inside}>${infer Rest}`
  ? Inside | Placeholders<Rest>
  : never

type NameOf<Placeholder extends string> = Placeholder extends `${string}:${infer Name}` ? Name : Placeholder

type ValueOf<Placeholder extends string, Converters> = Placeholder extends `${infer Kind}:${string}`
  ? Kind extends keyof Converters
    ? Converters[Kind] extends Converter<infer Value>
      ? Value
      : unknown
    : unknown
  : string

/**
 * The parameters of a path: `PathParams<'books/<int:id>/'>` is `{ readonly id: number }`.
 *
 * Of a path known only as `string`, every parameter is `unknown`.
 */
export type PathParams<Path extends string, Converters = BuiltInConverters> = string extends Path
  ? Readonly<Record<string, unknown>>
  : { readonly [Placeholder in Placeholders<Path> as NameOf<Placeholder>]: ValueOf<Placeholder, Converters> }

/** A piece of a route: text that stands for itself, or a placeholder. */
export type Part = string | Placeholder

export interface Placeholder {
  readonly name: string
  readonly kind: Kind
  /** As the route spells it: `int`. */
  readonly kindName: string
}

const placeholder = /<(?:([^>:]+):)?([^>]+)>/g
/** Python's identifiers. */
const identifier = latePattern(String.raw`^[\p{ID_Start}_][\p{ID_Continue}]*$`, 'u')
const asciiIdentifier = /^[A-Za-z_]\w*$/

/**
 * Splits a route into its parts.
 *
 * @throws {ConfigError} for a leading slash, an unknown converter, a name that is no identifier or stands there twice.
 */
export function parseRoute(route: string, kinds: ReadonlyMap<string, Kind>): readonly Part[] {
  if (route.startsWith('/')) {
    throw new ConfigError(`The route "${route}" begins with a slash.`, 'Remove it: every path begins with one anyway.')
  }
  const parts: Part[] = []
  let end = 0
  for (const found of route.matchAll(placeholder)) {
    if (found.index > end) parts.push(route.slice(end, found.index))
    parts.push(readPlaceholder(found, route, kinds))
    end = found.index + found[0].length
  }
  if (end < route.length) parts.push(route.slice(end))
  requireDistinctNames(parts, route)
  return parts
}

function readPlaceholder(found: RegExpExecArray, route: string, kinds: ReadonlyMap<string, Kind>): Placeholder {
  const [all, kindName = 'str', name = ''] = found
  if (/\s/.test(all)) {
    throw new ConfigError(`The route "${route}" has white space in ${all}.`, 'Write <kind:name> without any.')
  }
  if (!(asciiIdentifier.test(name) || identifier().test(name)) || name === '__proto__') {
    throw new ConfigError(
      `The parameter name "${name}" in the route "${route}" is not allowed.`,
      'Begin it with a letter, and use letters, digits and _ only.',
    )
  }
  const kind = kinds.get(kindName)
  if (kind === undefined) {
    const fix = `Use one of ${[...kinds.keys()].join(', ')}, or give createPath a converter of that name.`
    throw new ConfigError(`The route "${route}" uses an unknown converter "${kindName}".`, fix)
  }
  return { name, kind, kindName }
}

/** @throws {ConfigError} when two placeholders, prefixes of `include` counted, have one name. */
export function requireDistinctNames(parts: readonly Part[], route: string): void {
  const seen = new Set<string>()
  for (const part of parts) {
    if (typeof part === 'string') continue
    if (seen.has(part.name)) {
      const fix = 'Rename one, also if it comes from the prefix of an include.'
      throw new ConfigError(`The route "${route}" has two parameters named "${part.name}".`, fix)
    }
    seen.add(part.name)
  }
}
