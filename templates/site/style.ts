/** `/style.css` */
import { readFileSync } from 'node:fs'
import { type HttpRequest, HttpResponse, View } from 'nuages'

const text = readFileSync(new URL('style.css', import.meta.url), 'utf8')

export class StyleSheet extends View {
  get(_request: HttpRequest): HttpResponse {
    return new HttpResponse(text, { contentType: 'text/css', headers: { 'Cache-Control': 'max-age=60' } })
  }
}
