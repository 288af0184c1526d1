/**
 * Views: what answers a request.
 *
 * Owns the choice of the handler by method. Leaves the choice of the view to the urls room.
 */
import { type HttpRequest, HttpResponse, MethodNotAllowed } from '../http/index.ts'
import type { Awaitable } from '../kit/index.ts'
import type { OperationDeclaration } from './operation.ts'

/** A view's answer; a plain web `Response` will do. */
export type ViewResult = HttpResponse | Response

/** A view: called with the request and the typed values of its path. */
export interface ViewFunction<Params = unknown> {
  (request: HttpRequest, params: Params): Awaitable<ViewResult>
  /** The methods it answers, upper case; all others get 405 before anything else is looked at. Absent: every method. */
  readonly methods?: readonly string[]
  /** What its methods take and answer, by method in upper case, as far as they are declared. */
  readonly operations?: Readonly<Record<string, OperationDeclaration>>
  /** True: no CSRF check. Only for views that no browser session protects, such as webhooks with a signature of their own. */
  readonly csrfExempt?: boolean
}

/** The methods a `View` may handle, in the order `Allow` shows them. */
const handlerNames = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'] as const
type HandlerName = (typeof handlerNames)[number]
/** Answers a method of a view. */
export type Handler = (request: HttpRequest, params: unknown) => Awaitable<ViewResult>

type HandlerParams<Method> = Method extends (request: never, params: infer Params) => unknown
  ? (value: Params) => void
  : never
type EveryHandler<V> = { [Name in keyof V & HandlerName]: HandlerParams<V[Name]> }[keyof V & HandlerName]

/** What all handlers of a view together ask of its path. */
export type ViewParams<V> = [EveryHandler<V>] extends [never]
  ? unknown
  : EveryHandler<V> extends (value: infer Params) => void
    ? Params
    : never

/**
 * A view with a method for each HTTP method it answers. A fresh instance serves each request.
 *
 * ```ts no-run
 * class BookDetail extends View {
 *   async get(request: HttpRequest, { id }: { id: number }) { … }
 *   async delete(request: HttpRequest, { id }: { id: number }) { … }
 * }
 * path('book/<int:id>/', BookDetail.asView())
 * ```
 *
 * `get` answers HEAD as well; OPTIONS answers itself; other methods get 405 with `Allow`.
 */
export class View {
  /** The view as a function, for `path()`. */
  static asView<V extends View>(this: new () => V): ViewFunction<ViewParams<V>> {
    const prototype = this.prototype as Record<string, unknown>
    // Fields, which `operation()` makes, are the same for every instance: one will do for all requests.
    const fields = new this() as unknown as Record<string, unknown>
    const handlers: Partial<Record<HandlerName, Handler>> = {}
    for (const name of handlerNames) {
      if (typeof prototype[name] === 'function')
        handlers[name] = (request, params) =>
          (new this() as unknown as Record<HandlerName, Handler>)[name](request, params)
      else if (typeof fields[name] === 'function') handlers[name] = fields[name] as Handler
    }
    return byMethod(handlers) as ViewFunction<ViewParams<V>>
  }
}

/** Handlers by method as one view: HEAD is answered by `get`, OPTIONS by itself, other methods by 405. */
export function byMethod(handlers: Readonly<Partial<Record<HandlerName, Handler>>>): ViewFunction {
  const defined = handlerNames.filter(name => handlers[name] !== undefined)
  const methods = allowedMethods(defined)
  const known = new Map(defined.map(name => [name.toUpperCase(), handlers[name] as Handler]))
  if (handlers.get !== undefined && !known.has('HEAD')) known.set('HEAD', handlers.get)
  const view: Handler = (request, params) => {
    const handler = known.get(request.method)
    if (handler !== undefined) return handler(request, params)
    if (request.method === 'OPTIONS') return optionsResponse(methods)
    throw new MethodNotAllowed(methods)
  }
  return Object.assign(view, { methods, operations: declarationsOf(handlers) })
}

function declarationsOf(
  handlers: Readonly<Partial<Record<HandlerName, Handler>>>,
): Readonly<Record<string, OperationDeclaration>> {
  const found: Record<string, OperationDeclaration> = {}
  for (const [name, handler] of Object.entries(handlers))
    if ('declaration' in handler) found[name.toUpperCase()] = handler.declaration as OperationDeclaration
  return found
}

function allowedMethods(defined: readonly HandlerName[]): readonly string[] {
  const methods = new Set(defined.map(name => name.toUpperCase()))
  if (methods.has('GET')) methods.add('HEAD')
  return [...methods.add('OPTIONS')]
}

/** The answer to OPTIONS: nothing but `Allow`. */
export function optionsResponse(methods: readonly string[]): HttpResponse {
  return new HttpResponse(null, { status: 204, headers: { Allow: methods.join(', ') } })
}

/** Limits a function view to some methods: `requireHttpMethods(['GET', 'POST'], cart)`. `GET` brings HEAD along. */
export function requireHttpMethods<Params>(
  methods: readonly string[],
  view: ViewFunction<Params>,
): ViewFunction<Params> {
  const allowed = new Set(methods.map(method => method.toUpperCase()))
  if (allowed.has('GET')) allowed.add('HEAD')
  const listed = [...allowed.add('OPTIONS')]
  const limited = (request: HttpRequest, params: Params): Awaitable<ViewResult> => {
    if (request.method === 'OPTIONS' && !methods.includes('OPTIONS')) return optionsResponse(listed)
    if (!allowed.has(request.method)) throw new MethodNotAllowed(listed)
    return view(request, params)
  }
  return Object.assign(limited, { ...view, methods: listed })
}

/** Frees a view from the CSRF check. Only for views that no browser session protects. */
export function csrfExempt<Params>(view: ViewFunction<Params>): ViewFunction<Params> {
  const exempt = (request: HttpRequest, params: Params): Awaitable<ViewResult> => view(request, params)
  return Object.assign(exempt, { ...view, csrfExempt: true })
}
