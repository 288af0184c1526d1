/**
 * The store's three own files, read once.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type HttpRequest, HttpResponse, NotFound, View } from 'nuages'

const types: Readonly<Record<string, string>> = {
  'style.css': 'text/css; charset=utf-8',
  'shop.js': 'text/javascript; charset=utf-8',
  'favicon.svg': 'image/svg+xml',
}

const files = new Map(
  Object.entries(types).map(([name, contentType]) => {
    const content = readFileSync(new URL(name, import.meta.url))
    return [name, { content, contentType, etag: `"${createHash('sha256').update(content).digest('base64url')}"` }]
  }),
)

/** `static/<str:name>`: nothing but these files, whatever the name. */
export class StaticFile extends View {
  get(request: HttpRequest, { name }: { name: string }): HttpResponse {
    const file = files.get(name)
    if (file === undefined) throw new NotFound()
    const headers = { 'Cache-Control': 'public, max-age=60', ETag: file.etag }
    if (request.headers.get('if-none-match') === file.etag) return new HttpResponse(null, { status: 304, headers })
    return new HttpResponse(file.content, { headers, contentType: file.contentType })
  }
}
