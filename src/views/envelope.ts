/**
 * Answers for programs: one shape for success, problem details (RFC 9457) for failure.
 */
import { HttpResponse, type ResponseInit, statusTitle } from '../http/index.ts'
import type { HttpError } from '../kit/index.ts'

/** `{"code":0,"message":"success","data":…}`. Default status: 200; `data` left out is `null`. */
export function responseSuccess(data: unknown = null, init: ResponseInit = {}): HttpResponse {
  return new HttpResponse(`{"code":0,"message":"success","data":${JSON.stringify(data) ?? 'null'}}`, {
    contentType: 'application/json',
    ...init,
  })
}

export interface ProblemInit {
  /** 400 to 599. Default: 400. */
  readonly status?: number
  /** What happened this time, for a person to read. */
  readonly detail?: string
  /** Field name to messages, for invalid input. */
  readonly errors?: Readonly<Record<string, readonly string[]>> | null
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Problem details: `status`, `title` (the status in words), `code` (stable, for programs), perhaps `detail` and `errors`.
 *
 * `responseError('invalid_login', { status: 401 })`
 */
export function responseError(code: string, init: ProblemInit = {}): HttpResponse {
  const status = init.status ?? 400
  const problem: Record<string, unknown> = { status, title: statusTitle(status), code }
  if (init.detail !== undefined) problem.detail = init.detail
  if (init.errors) problem.errors = init.errors
  return new HttpResponse(JSON.stringify(problem), {
    status,
    contentType: 'application/problem+json',
    ...(init.headers === undefined ? {} : { headers: init.headers }),
  })
}

/** The problem details of an error. */
export function problemOf(error: HttpError): HttpResponse {
  return responseError(error.code, {
    status: error.status,
    detail: error.message,
    errors: error.errors,
    headers: error.headers,
  })
}
