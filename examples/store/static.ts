/**
 * The store's own files, read once: style, icon, and what runs in the browser.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type HttpRequest, HttpResponse, NotFound, View } from 'nuages'
import { browserModule } from './browser-modules.ts'

const types: Readonly<Record<string, string>> = {
  'style.css': 'text/css; charset=utf-8',
  'favicon.svg': 'image/svg+xml',
}

interface StaticContent {
  readonly content: string | Uint8Array
  readonly contentType: string
  readonly etag: string
}

function toFile(content: string | Uint8Array, contentType: string): StaticContent {
  return { content, contentType, etag: `"${createHash('sha256').update(content).digest('base64url')}"` }
}

const files = new Map(
  Object.entries(types).map(([name, contentType]) => [
    name,
    toFile(readFileSync(new URL(name, import.meta.url)), contentType),
  ]),
)

/** Modules are made ready when the first browser asks for them. */
function fileOf(name: string): StaticContent | undefined {
  const known = files.get(name)
  if (known !== undefined) return known
  const module = browserModule(name)
  if (module === null) return undefined
  const file = toFile(module, 'text/javascript; charset=utf-8')
  files.set(name, file)
  return file
}

/** `static/<str:name>`: nothing but these files, whatever the name. */
export class StaticFile extends View {
  get(request: HttpRequest, { name }: { name: string }): HttpResponse {
    const file = fileOf(name)
    if (file === undefined) throw new NotFound()
    const headers = { 'Cache-Control': 'public, max-age=60', ETag: file.etag }
    if (request.headers.get('if-none-match') === file.etag) return new HttpResponse(null, { status: 304, headers })
    return new HttpResponse(file.content, { headers, contentType: file.contentType })
  }
}
