/**
 * A page that shows the description of an API and tries its operations: Swagger UI, from its own package.
 *
 * Owns the page, its policy and the files that it needs. Nothing comes from another host, and no script or style stands in the page.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { SafeHtml } from '@remix-run/html-template'
import { type HttpRequest, HttpResponse, NotFound } from '../http/index.ts'
import { type Awaitable, findOptionalPackage, loadPackage } from '../kit/index.ts'
import { type Included, include, type PathParams, path } from '../urls/index.ts'
import { type Access, operation, requireHttpMethods, type ViewFunction } from '../views/index.ts'

const packageName = 'swagger-ui-dist'
const compress = promisify(gzip)

export interface ApiDocsOptions {
  /** Where the description is, as the route of its view. Default: `'api/openapi.json'`. */
  readonly openapi?: string
  /** Of the page. Default: `'API'`. */
  readonly title?: string
  /** Who may see the page. Default: `'anyone'`. */
  readonly access?: Access
}

/** Stricter than a site's own: the page needs nothing else. Icons in the style sheet are `data:`. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

/** No validator of another host, no description from the address of the page, nothing kept. */
const startScript = `const api = document.getElementById('api')
SwaggerUIBundle({
  url: api.dataset.openapi,
  domNode: api,
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  queryConfigEnabled: false,
  presets: [SwaggerUIBundle.presets.apis],
})
`
const ownStyle = `body { margin: 0 }
noscript { display: block; padding: 2rem; font-family: system-ui, sans-serif }
`

const javascript = 'text/javascript; charset=utf-8'
const css = 'text/css; charset=utf-8'
/** What the page loads: from the package, or with its text here. */
const files: Readonly<Record<string, { readonly contentType: string; readonly text?: string }>> = {
  'swagger-ui-bundle.js': { contentType: javascript },
  'swagger-ui.css': { contentType: css },
  'start.js': { contentType: javascript, text: startScript },
  'own.css': { contentType: css, text: ownStyle },
}

/**
 * The routes of the page and of its files: `path('api/docs/', apiDocs())`, beside `path('api/openapi.json', openapiView())`.
 *
 * The page works under `Content-Security-Policy: default-src 'self'`, and sends a stricter one itself.
 *
 * @throws {ConfigError} when the package swagger-ui-dist is not installed.
 */
export function apiDocs(options: ApiDocsOptions = {}): Included<ViewFunction<PathParams<''>>, never> {
  const folder = findOptionalPackage(packageName, 'apiDocs()')
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly version: string }
  // In the address of each file, so that a browser may keep it for good.
  const digest = createHash('sha256').update(`${version}\n${startScript}\n${ownStyle}`).digest('hex').slice(0, 16)
  return include([
    path('', pageView(options, digest)),
    path(`${digest}/<str:name>`, fileView(folder)),
  ]) as unknown as Included<ViewFunction<PathParams<''>>, never>
}

function pageView(
  { openapi = 'api/openapi.json', title = 'API', access = 'anyone' }: ApiDocsOptions,
  digest: string,
): ViewFunction {
  const page = String(pageOf({ title, digest, url: openapi.startsWith('/') ? openapi : `/${openapi}` }))
  const headers = { 'Content-Security-Policy': pagePolicy, 'Cache-Control': 'private, no-cache' }
  const view = operation({ access }, () => new HttpResponse(page, { headers }))
  return Object.assign(requireHttpMethods(['GET'], view), { isApiDescription: true })
}

function pageOf({ title, digest, url }: Readonly<Record<'title' | 'digest' | 'url', string>>): SafeHtml {
  const { html } = loadPackage<typeof import('@remix-run/html-template')>('@remix-run/html-template')
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${digest}/swagger-ui.css"><link rel="stylesheet" href="${digest}/own.css">
<script src="${digest}/swagger-ui-bundle.js" defer></script><script src="${digest}/start.js" defer></script></head>
<body><div id="api" data-openapi="${url}"></div><noscript>This page needs JavaScript. The description itself is at <a href="${url}">${url}</a>.</noscript></body>
</html>
`
}

/** The public files of a page: whoever may not see the page finds nothing of the API in them. */
function fileView(folder: string): ViewFunction<{ name: string }> {
  const packed = new Map<string, Promise<Packed>>()
  const view = async (request: HttpRequest, { name }: { name: string }): Promise<HttpResponse> => {
    if (!Object.hasOwn(files, name)) throw new NotFound()
    const { contentType, text } = files[name] as (typeof files)[string]
    const packing = packed.get(name) ?? pack(text ?? readFile(join(folder, name)))
    packed.set(name, packing)
    // A file that could not be read is tried again at the next request.
    packing.catch(() => packed.delete(name))
    const { plain, gzipped } = await packing
    const isGzipTaken = /(?:^|[\s,])(?:gzip|\*)(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(
      request.headers.get('accept-encoding') ?? '',
    )
    const headers = {
      'Cache-Control': 'public, max-age=31536000, immutable',
      Vary: 'Accept-Encoding',
      ...(isGzipTaken && { 'Content-Encoding': 'gzip' }),
    }
    return new HttpResponse(isGzipTaken ? gzipped : plain, { headers, contentType })
  }
  return Object.assign(requireHttpMethods(['GET'], view), { isApiDescription: true })
}

interface Packed {
  readonly plain: Uint8Array
  readonly gzipped: Uint8Array
}

async function pack(content: Awaitable<string | Uint8Array>): Promise<Packed> {
  const plain = Buffer.from(await content)
  return { plain, gzipped: await compress(plain) }
}
