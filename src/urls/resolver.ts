/**
 * From a path to a view, and from a name to a path.
 *
 * Owns the finished table. Leaves calling the view, and the answer when there is none, to the app room.
 */
import { type Endpoint, type Match, toEndpoints } from './endpoint.ts'
import { NoReverseMatch } from './errors.ts'
import { escapeQuery, escapeRequested, escapeReversed } from './escape.ts'
import type { NameOf, Route, RouteName, View, ViewOf } from './path.ts'
import type { PathParams } from './route-text.ts'
import { Tree } from './tree.ts'

/** A value in a query: a list becomes the field once for each. */
export type QueryValue = string | number | boolean | readonly (string | number | boolean)[] | undefined

export interface ReverseOptions {
  /** Appended as `?page=2`; a field that is `undefined` is left out. */
  readonly query?: Readonly<Record<string, QueryValue>> | URLSearchParams
}

/** The parameters a name takes. */
type ParamsOf<Names extends RouteName, Name> =
  Names extends RouteName<infer Known, infer Params> ? (Name extends Known ? Params : never) : never

/** Parameters may be left out where there are none, or none known to the compiler. */
type ReverseArguments<Params> = Params extends unknown
  ? [keyof Params] extends [never]
    ? [params?: Readonly<Record<string, never>>, options?: ReverseOptions]
    : string extends keyof Params
      ? [params?: Params, options?: ReverseOptions]
      : [params: Params, options?: ReverseOptions]
  : never

/** A placeholder of a route, as a program that describes the route needs it. */
export interface RouteParameter {
  readonly name: string
  /** `int`, or the name of a converter of the application. */
  readonly converter: string
  /** A regular expression for the whole text, with the flag `u`. */
  readonly pattern: string
}

/** A route as `routes()` lists it. */
export interface ListedRoute<out Target extends View = View> {
  readonly route: string
  readonly name: string | null
  readonly view: Target
  /** In the order in which they stand in the route. */
  readonly parameters: readonly RouteParameter[]
}

/** A finished table of routes. */
export class Resolver<out Target extends View = View, out Names extends RouteName = RouteName> {
  /** Exists in types only: what `reverse` may ask for. */
  declare readonly names?: Names
  readonly #endpoints: readonly Endpoint[]
  readonly #tree: Tree
  readonly #byName: ReadonlyMap<string | null, readonly Endpoint[]>

  /** Made by `createResolver`. */
  constructor(routes: readonly Route[]) {
    this.#endpoints = toEndpoints(routes)
    this.#tree = new Tree(this.#endpoints)
    // Among routes of one name Django tries the last one first.
    this.#byName = Map.groupBy(this.#endpoints.toReversed(), endpoint => endpoint.name)
  }

  /**
   * The first route, in the order of declaration, that matches; `null` when none does.
   *
   * `path` is decoded and begins with its slash, as `request.path`.
   */
  resolve(path: string): Match<Target> | null {
    return this.#tree.find(path) as Match<Target> | null
  }

  /**
   * The path of a route, percent-encoded: `resolver.reverse('shop:product', { slug: 'kite' })` is `'/shop/kite/'`.
   *
   * It never leads to another host, whatever the values: a leading `//` becomes `/%2F`.
   *
   * @throws {NoReverseMatch} when no route has the name, or none of that name takes just these parameters and values.
   */
  reverse<Name extends Names['name']>(name: Name, ...rest: ReverseArguments<ParamsOf<Names, Name>>): string {
    const [params = {}, options = {}] = rest as readonly unknown[] as ReverseArguments<RouteName['params']>
    const candidates = this.#byName.get(name) ?? []
    for (const candidate of candidates) {
      const path = candidate.build(params)
      if (path !== null) return escapeReversed(path) + toQuery(options.query)
    }
    throw new NoReverseMatch(
      name,
      params,
      candidates.map(candidate => candidate.route),
    )
  }

  /**
   * Where APPEND_SLASH sends a path that lacks its final slash, percent-encoded, with its query; `null` for nowhere.
   *
   * `query` is the raw text after the question mark.
   *
   * The path does not match, matches with a slash, and the view there has not set `appendSlash: false`.
   * The redirect is for GET and HEAD; the answer to another method would lose its body.
   */
  slashRedirect(path: string, query = ''): string | null {
    if (path.endsWith('/') || this.#tree.find(path) !== null) return null
    const match = this.#tree.find(`${path}/`)
    if (match === null || match.view.appendSlash === false) return null
    return escapeRequested(`${path}/`) + (query === '' ? '' : `?${escapeQuery(query)}`)
  }

  /** Every route, in the order of declaration, prefixes included; `name` as `reverse` takes it. */
  *routes(): Generator<ListedRoute<Target>> {
    for (const { route, name, view, placeholders } of this.#endpoints) {
      const parameters = placeholders.map(({ name, kind, kindName }) => ({
        name,
        converter: kindName,
        pattern: kind.converter.pattern,
      }))
      yield { route, name, view: view as Target, parameters }
    }
  }
}

/**
 * Finishes a table of routes: `createResolver([path('', home), path('shop/', include(shopUrls))])`.
 *
 * @throws {ConfigError} when a prefix and a route have a parameter of the same name.
 */
export function createResolver<const Routes extends readonly Route<View<PathParams<''>>>[]>(
  routes: Routes,
): Resolver<ViewOf<Routes[number]>, NameOf<Routes[number]>> {
  return new Resolver(routes)
}

function toQuery(query: ReverseOptions['query']): string {
  if (query === undefined) return ''
  const fields = new URLSearchParams(query instanceof URLSearchParams ? query : [...toFields(query)])
  return fields.size === 0 ? '' : `?${fields}`
}

function* toFields(query: Readonly<Record<string, QueryValue>>): Generator<[string, string]> {
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) yield [name, String(one)]
  }
}
