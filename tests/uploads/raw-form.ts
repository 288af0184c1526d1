/** Multipart forms byte by byte, as no client library would write them. */
import type { App } from 'nuages'
import { HttpResponse } from 'nuages/http'
import type { TestView } from './open-app.ts'

export const multipart = 'multipart/form-data; boundary=cut'

/** A part with its delimiter; `header` goes before the empty line as it is. Text is latin-1: a character, a byte. */
export function rawPart(header: string, content: string = 'x'): string {
  return `--cut\r\n${header}\r\n\r\n${content}\r\n`
}

/** A file with these parameters of its Content-Disposition. */
export function rawFile(parameters: string, content: string = 'x', more: string = ''): string {
  return rawPart(`Content-Disposition: form-data; name="file"; ${parameters}${more && `\r\n${more}`}`, content)
}

/** The form of these parts. */
export function rawForm(...parts: readonly string[]): Buffer {
  return Buffer.from(`${parts.join('')}--cut--\r\n`, 'latin1')
}

/** As the bytes of UTF-8, for a `rawPart`. */
export function utf8(text: string): string {
  return Buffer.from(text).toString('latin1')
}

export async function sendRaw(
  app: App,
  body: Buffer | ReadableStream<Uint8Array>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const init = { method: 'POST', headers: { 'content-type': multipart, ...headers }, duplex: 'half' } as const
  return app.fetch(new Request('http://localhost/upload/', { ...init, body: body as NonNullable<RequestInit['body']> }))
}

export interface SeenForm {
  readonly fields: readonly (readonly [string, readonly string[]])[]
  /** Field, name, type and content. */
  readonly files: readonly (readonly [string, string, string, string])[]
}

/** Answers with all that a view can see of a form. */
export const showForm: TestView = async request => {
  const files: SeenForm['files'][number][] = []
  for (const [field, list] of (await request.FILES).lists())
    for (const file of list)
      files.push([field, file.name, file.contentType, Buffer.from(await file.bytes()).toString('latin1')])
  const seen: SeenForm = { fields: [...(await request.POST).lists()], files }
  return new HttpResponse(JSON.stringify(seen))
}

/** What `showForm` saw, or status and code. */
export async function seenBy(
  app: App,
  body: Buffer | ReadableStream<Uint8Array>,
  headers?: Readonly<Record<string, string>>,
): Promise<SeenForm | readonly [number, string | undefined]> {
  const response = await sendRaw(app, body, headers)
  const json = (await response.json()) as SeenForm & { readonly code?: string }
  return response.status === 200 ? json : [response.status, json.code]
}
