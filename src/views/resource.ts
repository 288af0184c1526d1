/**
 * The two addresses of a REST resource, from one class: the list, and one item of it.
 *
 * Owns which method of the class answers which method of HTTP. Leaves tables to ./table-resource.ts.
 */
import type { HttpRequest } from '../http/index.ts'
import type { Awaitable } from '../kit/index.ts'
import {
  createResolver,
  type Included,
  include,
  type Path,
  type PathParams,
  path,
  type Resolver,
  type RouteName,
} from '../urls/index.ts'
import { byMethod, type Handler, type ViewFunction, type ViewResult } from './view.ts'

/** Methods of the list, by HTTP's. */
const listActions = { get: 'list', post: 'create' } as const
/** Methods of an item. */
const itemActions = { get: 'retrieve', put: 'update', patch: 'partialUpdate', delete: 'destroy' } as const
type ItemAction = (typeof itemActions)[keyof typeof itemActions]

/** What the methods for an item ask of its path. */
export type ItemParams<R> = [Asked<R>] extends [never] ? unknown : Asked<R> extends (value: infer P) => void ? P : never
type Asked<R> = { [Name in keyof R & ItemAction]: AskedBy<R[Name]> }[keyof R & ItemAction]
type AskedBy<Method> = Method extends (request: never, params: infer Params) => unknown
  ? (value: Params) => void
  : never

export interface ResourceOptions<Name extends string> {
  /** Names the routes: `product` gives `product-list` and `product-detail`. Default: they have no names. */
  readonly name?: Name
  /** From `createPath`, for placeholders with converters of your own. */
  readonly path?: Path<never, ''>
}

type Names<Name extends string, Key extends string> = [Name] extends [never]
  ? never
  : RouteName<`${Name}-list`, PathParams<''>> | RouteName<`${Name}-detail`, PathParams<Key>>

/**
 * A resource: any of `list` (GET) and `create` (POST) for the list, `retrieve` (GET), `update` (PUT: the whole), `partialUpdate` (PATCH: a part)
 * and `destroy` (DELETE) for an item. Each is a method, or a field made by `operation()`. One instance serves all requests: keep nothing of
 * a request in it.
 *
 * ```ts no-run
 * class Products extends Resource {
 *   list = operation({ query: ListQuery, responses: { 200: ProductPage } }, (request, params, { query }) => find(request.app, query))
 *   async retrieve(request: HttpRequest, { slug }: { slug: string }) { … }
 * }
 * path('product/', Products.asResource('<slug:slug>', { name: 'product' }))
 * ```
 */
export class Resource {
  /** The routes of the list and of an item, for `path()`: `''` and `'<slug:slug>/'`. Other methods get 405 with `Allow`. */
  static asResource<R extends Resource, const Key extends string, const Name extends string = never>(
    this: new () => R,
    key: Key & (PathParams<Key> extends ItemParams<R> ? unknown : never),
    options: ResourceOptions<Name> = {},
  ): Included<ViewFunction<PathParams<''>>, Names<Name, Key>> {
    const resource = new this() as unknown as Readonly<Record<string, unknown>>
    const name = options.name === undefined ? null : options.name
    const route = (options.path ?? path) as unknown as (text: string, view: ViewFunction, named: object) => never
    const named = (kind: string): object => (name === null ? {} : { name: `${name}-${kind}` })
    const item = viewOf(resource, itemActions)
    itemResolvers.set(resource, createResolver([route(`${key}/`, item, { name: 'item' })]))
    return include([
      route('', viewOf(resource, listActions), named('list')),
      route(`${key}/`, item, named('detail')),
    ]) as unknown as Included<ViewFunction<PathParams<''>>, Names<Name, Key>>
  }

  /**
   * The address of an item, in a request to the list: for `Location`.
   *
   * @throws {NoReverseMatch} for values that the item's route does not take.
   */
  itemPath(request: HttpRequest, params: Readonly<Record<string, unknown>>): string {
    const below = itemResolvers.get(this)?.reverse('item', params) ?? '/'
    return `${request.rawPath}${below.slice(1)}`
  }
}

/** The routes of items, below their lists. */
const itemResolvers = new WeakMap<object, Resolver>()

function viewOf(resource: Readonly<Record<string, unknown>>, actions: Readonly<Record<string, string>>): ViewFunction {
  const handlers: Record<string, Handler> = {}
  for (const [method, action] of Object.entries(actions)) {
    const handler = resource[action]
    if (typeof handler !== 'function') continue
    handlers[method] =
      'declaration' in handler
        ? (handler as unknown as Handler)
        : (request: HttpRequest, params: unknown): Awaitable<ViewResult> => handler.call(resource, request, params)
  }
  return byMethod(handlers)
}
