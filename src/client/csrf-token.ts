/**
 * The CSRF token of the cookie, as a header field.
 */

/** The part of an openapi-fetch middleware that sees requests. */
export interface RequestMiddleware {
  onRequest(context: { readonly request: Request }): undefined
}

export interface CsrfTokenOptions {
  /** As `CSRF_COOKIE_NAME`. Default: `'csrftoken'`. */
  readonly cookieName?: string
  /** As `CSRF_HEADER_NAME`, the way HTTP spells it. Default: `'X-CSRFToken'`. */
  readonly headerName?: string
  /** All cookies, as a `Cookie` field has them. Default: `document.cookie`, and none where there is no document. */
  readonly cookies?: () => string
}

/** What a browser has of its own; elsewhere it is missing. */
const page = globalThis as unknown as {
  readonly document?: { readonly cookie: string }
  readonly location?: { readonly origin: string }
}
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Sends the token with each request that changes something, and to this page's own origin only: another site that has it may forge requests.
 *
 * Nuages itself needs none from a browser that sends `Origin`; a Django beside it does.
 */
export function sendCsrfToken(options: CsrfTokenOptions = {}): RequestMiddleware {
  const { cookieName = 'csrftoken', headerName = 'X-CSRFToken' } = options
  const cookies = options.cookies ?? (() => page.document?.cookie ?? '')
  return {
    onRequest({ request }) {
      if (safeMethods.has(request.method) || !isOwnOrigin(request.url)) return undefined
      const token = cookieOf(cookies(), cookieName)
      if (token !== null && !request.headers.has(headerName)) request.headers.set(headerName, token)
      return undefined
    },
  }
}

function isOwnOrigin(url: string): boolean {
  return page.location === undefined || new URL(url).origin === page.location.origin
}

function cookieOf(cookies: string, name: string): string | null {
  for (const pair of cookies.split(';')) {
    const [key = '', ...value] = pair.split('=')
    if (key.trim() === name && value.length > 0) return value.join('=').trim()
  }
  return null
}
