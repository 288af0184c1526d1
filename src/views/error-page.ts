/**
 * The pages shown when the application brings none of its own, and the stack page of development.
 */
import type { SafeHtml } from '@remix-run/html-template'
import { type HttpRequest, HttpResponse } from '../http/index.ts'
import { loadPackage } from '../kit/index.ts'
import type { ErrorView } from './error-response.ts'

const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 60rem; margin: 12vh auto; padding: 0 1.5rem }
  h1 { font-size: 1.5rem; margin: 0 } .status { opacity: .6; margin: 0 } .detail { font-size: 1.125rem }
  pre { overflow-x: auto; padding: 1rem; background: color-mix(in srgb, currentColor 8%, transparent); border-radius: .5rem }
  table { border-collapse: collapse; width: 100% } th { text-align: start; vertical-align: top; padding-inline-end: 1rem; white-space: nowrap }
  td { overflow-wrap: anywhere }
`

function loadTemplate(): typeof import('@remix-run/html-template') {
  return loadPackage('@remix-run/html-template')
}

function page(title: string, content: SafeHtml, status: number): HttpResponse {
  const { html } = loadTemplate()
  const document = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>${title}</title><style>${html.raw`${style}`}</style></head>
<body>${content}</body>
</html>
`
  const headers = { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'" }
  return new HttpResponse(String(document), { status, headers })
}

/** The plain page of an error. */
export function errorPage({ status, title, detail }: ErrorView): HttpResponse {
  const words = detail === '' ? 'Something went wrong on our side. The error has been recorded.' : detail
  const { html } = loadTemplate()
  return page(title, html`<p class="status">${status}</p><h1>${title}</h1><p class="detail">${words}</p>`, status)
}

/** Values of header fields and fields of the query with such names never stand on a page, not even in development: screenshots travel. */
const secret = /cookie|auth|token|secret|pass|session|key|signature|credential|csrf/i
const masked = '********'

/** The query, its secrets masked. */
function shownQuery(query: string): string {
  const fields = query.split('&').map(field => {
    const [name = ''] = field.split('=', 1)
    return secret.test(name) && name !== field ? `${name}=${masked}` : field
  })
  return fields.join('&')
}

/** The stack page. Only with `DEBUG`: it shows paths and code. */
export function debugPage(request: HttpRequest, error: unknown): HttpResponse {
  const { html } = loadTemplate()
  const headers = [...request.headers.entries()].map(
    ([name, value]) => html`<tr><th>${name}</th><td>${secret.test(name) ? masked : value}</td></tr>`,
  )
  const content = html`<p class="status">500 at ${request.method} ${request.path}</p>
<h1>${error instanceof Error ? error.name : 'Thrown value'}</h1>
<p class="detail">${error instanceof Error ? error.message : String(error)}</p>
${causes(error).map(stack => html`<pre>${stack}</pre>`)}
<h2>Request</h2>
<table><tr><th>Route</th><td>${request.route ?? 'none'}</td></tr><tr><th>Query</th><td>${shownQuery(request.queryString)}</td></tr>${headers}</table>
<p>You see this page because <code>DEBUG</code> is on. In production visitors get a plain page, and the log gets the stack.</p>`
  return page('Error', content, 500)
}

/** The stack of an error and of what caused it. */
function causes(error: unknown): string[] {
  const stacks: string[] = []
  let current: unknown = error
  while (current instanceof Error && stacks.length < 10) {
    stacks.push(`${stacks.length === 0 ? '' : 'Caused by: '}${current.stack ?? String(current)}`)
    current = current.cause
  }
  return stacks
}
