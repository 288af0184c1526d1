/**
 * `nuages/views`: what answers a request.
 *
 * Start with a class that extends `View`, or a plain function; answer with `responseSuccess(data)` or an `HttpResponse`.
 *
 * @module
 */
export { type ProblemInit, problemOf, responseError, responseSuccess } from './envelope.ts'
export { type ErrorResponseOptions, type ErrorView, errorResponse } from './error-response.ts'
export {
  type Access,
  type AnswerDeclaration,
  type Operation,
  type OperationDeclaration,
  type OperationInput,
  type OperationResult,
  operation,
} from './operation.ts'
export { type ItemParams, Resource, type ResourceOptions } from './resource.ts'
export { csrfExempt, requireHttpMethods, View, type ViewFunction, type ViewParams, type ViewResult } from './view.ts'
