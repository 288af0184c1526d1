/**
 * `nuages/http`: requests and responses.
 *
 * Start with `HttpRequest` and `HttpResponse`; `QueryDict`, cookies and dates are pure and work alone.
 *
 * @module
 */
export { parseCookies } from './cookies.ts'
export {
  BadFormEncoding,
  BadRequest,
  BodyTooLarge,
  ClientDisconnected,
  CookieError,
  DisallowedHost,
  MalformedBody,
  MalformedMultipart,
  MethodNotAllowed,
  NotFound,
  PermissionDenied,
  RequestLineTooLong,
  ServiceUnavailable,
  TooManyFields,
  TooManyFiles,
  UnsupportedMediaType,
} from './errors.ts'
export { BadHeaderError, CheckedFields, type RequestHeaders, ResponseHeaders } from './headers.ts'
export { httpDate, parseHttpDate } from './http-date.ts'
export { type MediaType, negotiate, parseMediaType, prefersHtml } from './media-type.ts'
export { type MultipartForm, UploadedFile } from './multipart.ts'
export { parseQueryString, QueryDict, type QueryInit, type QueryLimits } from './query-dict.ts'
export { UnsafeRedirect } from './redirect-target.ts'
export {
  createRequestContext,
  HttpRequest,
  isJson,
  type RequestBody,
  type RequestContext,
  type RequestSource,
} from './request.ts'
export {
  type DeleteCookieOptions,
  discardBody,
  fromResponse,
  HttpResponse,
  isBodiless,
  jsonResponse,
  type ResponseBody,
  type ResponseInit,
  redirect,
  toResponse,
} from './response.ts'
export { isSafeRedirect } from './safe-redirect.ts'
export { type CookieOptions, type SameSite, sameSites, serializeCookie, serializeDeletedCookie } from './set-cookie.ts'
export { statusTitle } from './status.ts'
