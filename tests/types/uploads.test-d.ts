/** What `request.validate` with files gives, and does not. */
import type { SavedFile } from 'nuages/forms'
import { type HttpRequest, HttpResponse, type UploadedFile } from 'nuages/http'
import { z } from 'zod'

const Title = z.object({ title: z.string() })

export async function view(request: HttpRequest): Promise<HttpResponse> {
  const { title, photo, scan, extra } = await request.validate(Title, {
    files: { photo: { accept: ['image/png'], required: true }, scan: {}, extra: { multiple: true } },
  })
  const name: string = title
  const one: UploadedFile = photo
  const maybe: UploadedFile | null = scan
  const list: readonly UploadedFile[] = extra
  // @ts-expect-error: a file that is not required may be missing
  const missing: UploadedFile = scan
  // @ts-expect-error: the content of this type cannot be told
  await request.validate(Title, { files: { photo: { accept: ['text/csv'] } } })
  // @ts-expect-error: without rules there are no files
  const none = (await request.validate(Title)).photo
  for await (const part of request.parts()) {
    // @ts-expect-error: a part may be a file
    const value: string = part.value
    if (part.kind === 'file') for await (const chunk of part) chunk.byteLength satisfies number
    else part.value satisfies string
    void value
  }
  return new HttpResponse(JSON.stringify([name, one, maybe, list, missing, none]))
}

export async function storing(request: HttpRequest): Promise<HttpResponse> {
  const { storage } = request.app
  const { photo, scan, extra, note } = await request.validate(Title, {
    files: {
      photo: { accept: ['image/png'], required: true, storage, uploadTo: 'photos/%Y/' },
      scan: { storage, uploadTo: ({ filename }) => `scans/${filename}` },
      extra: { multiple: true, storage },
      note: { required: true },
    },
  })
  const one: SavedFile = photo
  const maybe: SavedFile | null = scan
  const list: readonly SavedFile[] = extra
  const here: UploadedFile = note
  // @ts-expect-error: what is in a storage is no file of the request
  const wrong: UploadedFile = photo
  // @ts-expect-error: a folder is text, or made by a function
  await request.validate(Title, { files: { photo: { storage, uploadTo: 7 } } })
  return new HttpResponse(JSON.stringify([one, maybe, list, here, wrong]))
}
