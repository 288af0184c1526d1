/**
 * The table of routes, as the application writes it.
 *
 * Owns `path` and `include`, and the types that carry parameters from a route to its view and to `reverse`.
 * Leaves matching to ./resolver.ts.
 */
import { ConfigError } from '../kit/index.ts'
import { type BuiltInConverters, builtInKinds, type Converter, type Kind, PatternKind } from './converter.ts'
import { type Part, type PathParams, parseRoute } from './route-text.ts'

/**
 * What a route leads to: a function of the request and the route's parameters. This room never calls it.
 *
 * `appendSlash: false` on the function keeps a path without its final slash a 404 (Django's `no_append_slash`).
 */
export interface View<Params = never> {
  (request: never, params: Params): unknown
  readonly appendSlash?: boolean
}

/** For `reverse`: a name, and the parameters it takes. */
export interface RouteName<Name extends string = string, Params = Readonly<Record<string, unknown>>> {
  readonly name: Name
  readonly params: Params
}

/**
 * One line of a table of routes, made by `path`.
 *
 * `Target` is its view (of an `include`, any of its views), as one that still needs only the parameters from around it.
 */
export interface Route<out Target extends View = View, out Names extends RouteName = RouteName> {
  readonly route: string
  readonly parts: readonly Part[]
  readonly target: Target | Included<Target>
  readonly name: string | null
  /** Exists in types only: what `reverse` may ask for. */
  readonly names?: Names
}

/** A table under a prefix, made by `include`. */
export interface Included<out Target extends View = View, out Names extends RouteName = RouteName> {
  readonly routes: readonly Route<Target>[]
  readonly namespace: string | null
  /** Exists in types only: what `reverse` may ask for. */
  readonly names?: Names
}

/** The views of routes. */
export type ViewOf<Routes> = Routes extends Route<infer Target> ? Target : never

/** The names of routes. */
export type NameOf<Routes> = Routes extends Route<View, infer Names> ? Names : never

/** A view, all of whose parameters but `Params` are provided for. */
type Needing<Params, Target> = Target extends (request: infer Request, ...rest: never[]) => infer Answer
  ? (request: Request, params: Params) => Answer
  : never

type InNamespace<Names extends RouteName, Namespace extends string> =
  Names extends RouteName<infer Name, infer Params>
    ? RouteName<Namespace extends '' ? Name : `${Namespace}:${Name}`, Params>
    : never

type WithParams<Names extends RouteName, More> =
  Names extends RouteName<infer Name, infer Params> ? RouteName<Name, Params & More> : never

/** The type of `path`: what `createPath` gives. The form for views stands last: the compiler explains that one. */
export interface Path<Converters, Under extends string> {
  /** A prefix for a whole table. */
  <const Text extends string, Target extends View<PathParams<`${Under}${Text}`, Converters>>, Names extends RouteName>(
    prefix: Text,
    included: Included<Target, Names>,
  ): Route<Needing<PathParams<Under, Converters>, Target>, WithParams<Names, PathParams<Text, Converters>>>
  /**
   * A route to a view. The view may ask for the parameters of the route, no others.
   *
   * @throws {ConfigError} for a route or a name that is not allowed.
   */
  <
    const Text extends string,
    Target extends View<PathParams<`${Under}${Text}`, Converters>>,
    const Name extends string = never,
  >(
    route: Text,
    view: Target,
    options?: { readonly name?: Name },
  ): Route<Needing<PathParams<Under, Converters>, Target>, RouteName<NoInfer<Name>, PathParams<Text, Converters>>>
}

/**
 * A `path` that knows more converters than Django's five.
 *
 * ```ts
 * const md5 = defineConverter({ pattern: '[0-9a-f]{32}', parse: text => text, format: digest => digest })
 * const path = createPath({ md5 })
 * path('picture/<md5:digest>/', (request: HttpRequest, { digest }) => …)
 * ```
 *
 * `under` names the prefix that the routes will be included under, so that their views may ask for its parameters too:
 * `createPath({}, { under: '<slug:shop>/' })`. Including them elsewhere then does not compile.
 *
 * @throws {ConfigError} for a name that is taken or not allowed, and for a pattern that does not compile.
 */
export function createPath<
  const Converters extends Readonly<Record<string, Converter>>,
  const Under extends string = '',
>(converters: Converters, _options: { readonly under?: Under } = {}): Path<BuiltInConverters & Converters, Under> {
  const kinds = withCustom(converters)
  return (route: string, target: View | Included, options: { readonly name?: string } = {}): Route<never, never> => {
    const name = options.name ?? null
    if (name !== null) requireName(name, 'route')
    if (typeof target !== 'function') {
      if (typeof target !== 'object' || !Array.isArray(target?.routes)) {
        throw new ConfigError(
          `The route "${route}" leads to no view.`,
          'Give path() a function (MyView.asView()) or include([…]).',
        )
      }
      if (name !== null) {
        throw new ConfigError(
          `The prefix "${route}" has a name.`,
          'Name the routes inside, or give include() a namespace.',
        )
      }
    }
    return { route, parts: parseRoute(route, kinds), target: target as never, name }
  }
}

/** A route to a view, or a prefix for an `include`, with Django's converters. */
export const path: Path<BuiltInConverters, ''> = createPath({})

/**
 * A table of routes to put under a prefix: `path('shop/', include(shopUrls, { namespace: 'shop' }))`.
 *
 * As in Django, a prefix takes all it can before the routes inside are tried, and gives nothing back to them.
 *
 * @throws {ConfigError} for a namespace that is empty or has a colon.
 */
export function include<const Routes extends readonly Route[], const Namespace extends string = ''>(
  routes: Routes,
  options: { readonly namespace?: Namespace } = {},
): Included<ViewOf<Routes[number]>, InNamespace<NameOf<Routes[number]>, Namespace>> {
  const namespace = options.namespace ?? null
  if (namespace !== null) requireName(namespace, 'namespace')
  return { routes: routes as readonly Route[] as readonly Route<never>[], namespace }
}

function requireName(name: string, what: 'route' | 'namespace'): void {
  if (typeof name === 'string' && name !== '' && !name.includes(':')) return
  throw new ConfigError(
    `"${name}" cannot name a ${what}.`,
    'Use at least one character, and no colon: it separates namespaces.',
  )
}

function withCustom(converters: Readonly<Record<string, Converter>>): ReadonlyMap<string, Kind> {
  const kinds = new Map(builtInKinds)
  for (const [name, converter] of Object.entries(converters)) {
    if (kinds.has(name)) throw new ConfigError(`The converter "${name}" exists already.`, 'Choose another name.')
    if (!/^[^<>:\s]+$/.test(name)) {
      throw new ConfigError(
        `"${name}" cannot name a converter.`,
        'Use at least one character, and no <, >, : or white space.',
      )
    }
    kinds.set(name, new PatternKind(converter))
  }
  return kinds
}
