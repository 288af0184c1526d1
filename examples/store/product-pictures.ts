/**
 * Pictures of products that staff sends.
 *
 * Owns what is taken and where it is kept: a drawing (SVG) in the database like the shop's own, pixels as a file of the storage. Either
 * is named by the MD5 of its content. Leaves decoding to `nuages/images`.
 */
import { createHash } from 'node:crypto'
import type { App, HttpRequest } from 'nuages'
import { ValidationError } from 'nuages'
import { UniqueViolation } from 'nuages/db'
import type { UploadedFile } from 'nuages/http'
import { canResizeImages, checkImage, type ImageType, resizeImage } from 'nuages/images'
import { isPlainDrawing } from './plain-drawing.ts'
import type { PictureTable } from './tables.ts'
import { english } from './texts.ts'

/** 5 MiB. */
const maxBytes = 5_242_880
/** In bytes. MariaDB's `text` holds 64 KiB. */
const maxDrawingBytes = 40_000
/** In pixels, of either side. */
const side = 800

const accept: readonly ImageType[] = ['image/png', 'image/jpeg', 'image/webp']
const extensions: Readonly<Record<string, string>> = {
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/webp': '.webp',
}

/** The types that the browser offers first. */
export const pictureTypes: string = [...accept, 'image/svg+xml'].join(',')

/** Resolves the digest. Sent twice, it is kept once. @throws {HttpError} for what is no picture, or too large a one. */
export async function savePicture(request: HttpRequest, file: UploadedFile): Promise<string> {
  const bytes = file.size > maxBytes ? new Uint8Array() : await file.bytes()
  const start = Buffer.from(bytes.subarray(0, 256)).toString('latin1')
  return /^(?:\xef\xbb\xbf)?\s*<(?:svg|\?xml)/.test(start) ? saveDrawing(request.app, file) : savePixels(request, file)
}

async function saveDrawing(app: App, file: UploadedFile): Promise<string> {
  const bytes = await file.bytes()
  const content = bytes.byteLength > maxDrawingBytes ? '' : Buffer.from(bytes).toString('utf8')
  if (!isPlainDrawing(content))
    throw new ValidationError({
      picture: [
        english('Use a drawing of at most 40 kB, of plain shapes: no scripts, styles, links or pictures in it.'),
      ],
    })
  return insert(app, { digest: digestOf(content), content_type: 'image/svg+xml', content })
}

async function savePixels(request: HttpRequest, file: UploadedFile): Promise<string> {
  const rules = { accept, maxBytes, field: 'picture' }
  const made = canResizeImages()
    ? await resizeImage(file, { ...rules, width: side, height: side, signal: request.signal })
    : { bytes: await file.bytes(), type: (await checkImage(file, rules)).type }
  const digest = digestOf(made.bytes)
  const name = `products/${digest}${extensions[made.type]}`
  // The same name is the same content: whoever is second replaces it by itself.
  await request.app.storage.save(name, made.bytes, { replace: true })
  return insert(request.app, { digest, content_type: made.type, content: name })
}

function digestOf(content: string | Uint8Array): string {
  return createHash('md5').update(content).digest('hex')
}

async function insert(app: App, row: PictureTable): Promise<string> {
  try {
    await app.db.insertInto('store_picture').values(row).execute()
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error
  }
  return row.digest
}
