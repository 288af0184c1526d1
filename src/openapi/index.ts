/**
 * `nuages/openapi`: the description of an API, made from what its views declare.
 *
 * Start with `path('api/openapi.json', openapiView())` of `nuages` and `nuages openapi`; `describeApi` works alone.
 *
 * @module
 */
export { type ApiDocsOptions, apiDocs } from './api-docs.ts'
export { type ApiDescription, type ApiOptions, type DescribedView, describeApi } from './describe.ts'
export type { OpenApiDocument, OperationObject, PathItemObject } from './document.ts'
