/**
 * Turns an error into an answer: a page for browsers, problem details for programs.
 *
 * Owns what a visitor gets to see of an error: of an `HttpError` its message, of a bug nothing.
 */
import { type HttpRequest, HttpResponse, prefersHtml, statusTitle } from '../http/index.ts'
import { type Awaitable, HttpError } from '../kit/index.ts'
import { problemOf, responseError } from './envelope.ts'
import { debugPage, errorPage } from './error-page.ts'

/** What an error page shows. */
export interface ErrorView {
  readonly status: number
  /** The status in words: "Not Found". */
  readonly title: string
  /** For the visitor to read; empty for a bug. */
  readonly detail: string
  readonly code: string
  readonly errors: Readonly<Record<string, readonly string[]>> | null
}

export interface ErrorResponseOptions {
  /** Shows the stack of a bug. Never outside development. */
  readonly debug: boolean
  /** The application's own page. When it fails the plain one is shown. */
  readonly errorPage?: ((request: HttpRequest, error: ErrorView) => Awaitable<HttpResponse>) | undefined
  /** Told of the failure of the application's page. */
  readonly onPageError?: (error: unknown) => void
}

function viewOf(error: unknown): ErrorView {
  if (error instanceof HttpError)
    return {
      status: error.status,
      title: statusTitle(error.status),
      detail: error.message,
      code: error.code,
      errors: error.errors,
    }
  return { status: 500, title: statusTitle(500), detail: '', code: 'internal_error', errors: null }
}

/** The answer to a request that ended in `error`. Never throws. */
export async function errorResponse(
  request: HttpRequest,
  error: unknown,
  options: ErrorResponseOptions,
): Promise<HttpResponse> {
  const html = prefersHtml(request.headers.get('accept'))
  const response = html ? await pageFor(request, error, options) : problemFor(error, options.debug)
  response.headers.vary('Accept')
  response.headers.setDefault('Cache-Control', 'no-store')
  return response
}

function problemFor(error: unknown, debug: boolean): HttpResponse {
  if (error instanceof HttpError) return problemOf(error)
  const detail = debug ? { detail: error instanceof Error ? (error.stack ?? String(error)) : String(error) } : {}
  return responseError('internal_error', { status: 500, ...detail })
}

async function pageFor(request: HttpRequest, error: unknown, options: ErrorResponseOptions): Promise<HttpResponse> {
  const view = viewOf(error)
  if (!(error instanceof HttpError) && options.debug) return debugPage(request, error)
  let response = errorPage(view)
  try {
    const own = await options.errorPage?.(request, view)
    if (own instanceof HttpResponse) response = own
    else if (own !== undefined) throw new TypeError('The error page is not an HttpResponse.')
  } catch (failure) {
    // The page of the application needs what just failed (its database, say): the visitor still gets the first error.
    options.onPageError?.(failure)
  }
  response.status = view.status
  if (error instanceof HttpError)
    for (const [name, value] of Object.entries(error.headers)) response.headers.set(name, value)
  return response
}
