/**
 * `nuages/http`: requests and responses.
 *
 * Start with `HttpRequest` and `HttpResponse`; `QueryDict`, cookies and dates are pure and work alone.
 *
 * @module
 */

export { removeAbandonedFiles, temporaryFilePrefix } from './abandoned-files.ts'
export { type BodyChunks, chunksOf, isStreamed, type StreamedBody } from './body-chunks.ts'
export { BodyPace, type BodyPaceOptions, type BodyReading } from './body-pace.ts'
export { parseCookies } from './cookies.ts'
export {
  BadFormEncoding,
  BadRequest,
  BodyTooLarge,
  ClientDisconnected,
  CookieError,
  DisallowedHost,
  FieldsTooLarge,
  FileTooLarge,
  MalformedBody,
  MalformedMultipart,
  MethodNotAllowed,
  NotFound,
  PartHeaderTooLarge,
  PartNameTooLong,
  PermissionDenied,
  RequestLineTooLong,
  ServiceUnavailable,
  StorageFull,
  TooManyFields,
  TooManyFiles,
  UnsupportedMediaType,
  UploadStalled,
} from './errors.ts'
export { type Closing, onceClosed } from './exchange-end.ts'
export { cleanFileName } from './file-name.ts'
export { type FieldPart, type FileHead, FilePart, type Part } from './file-part.ts'
export { detectFileType, type FileType, fileTypeBytes, fileTypes } from './file-type.ts'
export { FileWriter } from './file-writer.ts'
export { freeChunk } from './free-chunk.ts'
export { BadHeaderError, CheckedFields, type RequestHeaders, ResponseHeaders } from './headers.ts'
export { httpDate, parseHttpDate } from './http-date.ts'
export { type MediaType, negotiate, parseMediaType, prefersHtml } from './media-type.ts'
export { MultiValueDict } from './multi-value-dict.ts'
export { type MultipartLimits, PartReader } from './parts.ts'
export { parseQueryString, QueryDict, type QueryInit, type QueryLimits } from './query-dict.ts'
export { UnsafeRedirect } from './redirect-target.ts'
export {
  HttpRequest,
  isJson,
  type RequestBody,
  type RequestSource,
} from './request.ts'
export {
  createRequestContext,
  type FormOptions,
  type RequestContext,
  type UploadHandlerFactory,
} from './request-context.ts'
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
export { discardRest, type RestSource } from './rest-of-body.ts'
export { isSafeRedirect } from './safe-redirect.ts'
export type { SaveOptions } from './save-file.ts'
export { type CookieOptions, type SameSite, sameSites, serializeCookie, serializeDeletedCookie } from './set-cookie.ts'
export { statusTitle } from './status.ts'
export { streamBody } from './stream-body.ts'
export type { UploadHandler } from './upload-handlers.ts'
export { type UploadContent, UploadedFile } from './uploaded-file.ts'
