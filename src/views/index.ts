/**
 * `nuages/views`: what answers a request.
 *
 * Start with a class that extends `View`, or a plain function; answer with `responseSuccess(data)` or an `HttpResponse`.
 *
 * @module
 */
export { type ProblemInit, problemOf, responseError, responseSuccess } from './envelope.ts'
export { type ErrorResponseOptions, type ErrorView, errorResponse } from './error-response.ts'
export { AlreadyExists, ItemChanged, PreconditionRequired, StillInUse, TooManyChanges } from './errors.ts'
export { type Filter, type FilterKind, type Filters, type Lookup, lookups } from './filters.ts'
export { type ListQuery, type ListQueryOptions, listQuery } from './list-query.ts'
export {
  type Access,
  type AnswerDeclaration,
  type HeaderDeclarations,
  type Operation,
  type OperationDeclaration,
  type OperationInput,
  type OperationResult,
  operation,
} from './operation.ts'
export { type CursorPage, cursorPageOf, type Page, pageOf } from './pages.ts'
export { type ItemParams, Resource, type ResourceOptions } from './resource.ts'
export { type TableResource, type TableResourceClass, tableResource } from './table-resource.ts'
export type {
  ColumnValues,
  RowOf,
  TableAccess,
  TableAction,
  TableDescriptions,
  TableName,
  TableResourceOptions,
} from './table-resource-options.ts'
export { csrfExempt, requireHttpMethods, View, type ViewFunction, type ViewParams, type ViewResult } from './view.ts'
