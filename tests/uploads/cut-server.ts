/**
 * A server of its own process that keeps uploads in each of the ways there are, to be cut off and killed.
 *
 * `node --expose-gc cut-server.ts TEMPORARY KEPT`: two folders. Prints its port.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createApp } from 'nuages'
import { type HttpRequest, HttpResponse, type UploadedFile } from 'nuages/http'
import { serve } from 'nuages/node'
import { defineSettings } from 'nuages/settings'
import { path } from 'nuages/urls'
import { csrfExempt, type ViewFunction } from 'nuages/views'
import { z } from 'zod'

const [temporary = '', kept = ''] = process.argv.slice(2)

const place = (): string => join(kept, `${randomUUID()}.bin`)

/** Saves after the whole form is here. */
async function keepFiles(request: HttpRequest): Promise<HttpResponse> {
  const files = await request.FILES
  for (const file of files.getList('file')) await file.saveAs(place())
  return new HttpResponse('kept')
}

/** The same, of files that were checked as they came. */
async function keepChecked(request: HttpRequest): Promise<HttpResponse> {
  const rules = { file: { multiple: true, maxBytes: 10_000_000 } } as const
  const { file } = await request.validate(z.object({ title: z.string() }), { files: rules })
  for (const each of file as readonly UploadedFile[]) await each.saveAs(place())
  return new HttpResponse('kept')
}

/** The same, into the storage while they come. */
async function storeChecked(request: HttpRequest): Promise<HttpResponse> {
  const rules = { file: { multiple: true, storage: request.app.storage } } as const
  await request.validate(z.object({ title: z.string() }), { files: rules })
  return new HttpResponse('kept')
}

/** By hand: what is in the storage when the form breaks off is the view's to remove. */
async function storeParts(request: HttpRequest): Promise<HttpResponse> {
  const { storage } = request.app
  const names: string[] = []
  try {
    for await (const part of request.parts()) if (part.kind === 'file') names.push(await storage.save('part.bin', part))
  } catch (error) {
    await Promise.all(names.map(name => storage.delete(name)))
    throw error
  }
  return new HttpResponse('kept')
}

/** What is alive in memory, in bytes. */
function memory(): HttpResponse {
  const collect = (globalThis as { gc?: () => void }).gc as () => void
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return new HttpResponse(String(heapUsed + external))
}

const view = (keep: (request: HttpRequest) => Promise<HttpResponse>): ViewFunction => csrfExempt(keep as ViewFunction)

const app = createApp({
  logger: null,
  settings: defineSettings({
    SECRET_KEY: 'the key of the server that is cut off',
    DATABASE_URL: 'sqlite::memory:',
    ALLOWED_HOSTS: ['127.0.0.1'],
    FILE_UPLOAD_TEMP_DIR: temporary,
    FILE_UPLOAD_MAX_MEMORY_SIZE: 100_000,
    MEDIA_ROOT: kept,
  }),
  urls: [
    path('files/', view(keepFiles)),
    path('checked/', view(keepChecked)),
    path('stored/', view(storeChecked)),
    path('parts/', view(storeParts)),
    path('memory/', memory),
  ],
})
await app.migrate()
const { port } = await serve(app, { port: 0 })
console.log(port)
