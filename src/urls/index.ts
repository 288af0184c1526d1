/**
 * `nuages/urls`: which view answers which path, and the path of a named route.
 *
 * Start with `path()` and `include()`; `createApp({ urls })` does the rest. Alone: `createResolver()`.
 *
 * @module
 */
export { type BuiltInConverters, type Converter, defineConverter } from './converter.ts'
export type { Match } from './endpoint.ts'
export { NoReverseMatch } from './errors.ts'
export { createPath, type Included, include, type Path, path, type Route, type RouteName, type View } from './path.ts'
export {
  createResolver,
  type ListedRoute,
  type QueryValue,
  Resolver,
  type ReverseOptions,
  type RouteParameter,
} from './resolver.ts'
export type { PathParams } from './route-text.ts'
