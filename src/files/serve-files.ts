/**
 * Gives the files of a storage to visitors: ranges, conditions, and nothing of a stranger's that a browser would run.
 */
import { type HttpRequest, HttpResponse, httpDate } from '../http/index.ts'
import { type Clock, systemClock } from '../kit/index.ts'
import { type ByteRange, parseByteRange } from './byte-range.ts'
import { contentDisposition } from './content-disposition.ts'
import { RangeNotSatisfiable, StorageNameRefused, StoredFileNotFound } from './errors.ts'
import { mediaTypeOf } from './media-types.ts'
import { isNotModified, isSameForRange } from './preconditions.ts'
import type { Storage, StoredFile } from './storage.ts'

export interface FileResponseOptions {
  /** The name that a browser saves it under; it may come from a visitor. Default: the last piece of its name in the storage. */
  readonly filename?: string
  /** True offers images and the like for download, too. Default: false. */
  readonly download?: boolean
  /** Default: `no-cache`: a browser asks each time, and gets 304 while the file is the same. */
  readonly cacheControl?: string
  /** Default: the machine's. */
  readonly clock?: Clock
}

/**
 * What stands alone in a window has no origin, no scripts, no forms: for whatever slips through the types. A browser loads a film a second
 * time, into a page of its own, which must be allowed to, and be of this origin.
 */
function contentSecurityPolicy(type: string): string {
  return /^(?:audio|video)\//.test(type) ? "default-src 'none'; media-src 'self'" : "default-src 'none'; sandbox"
}

/** A view of files: `path('media/<path:name>', serveFiles(storage))`. */
export interface FilesView {
  (request: HttpRequest, params: { readonly name: string }): Promise<HttpResponse>
  readonly methods: readonly string[]
}

/** A view that gives the files of a storage to everybody; a function finds the storage of a request. */
export function serveFiles(
  storage: Storage | ((request: HttpRequest) => Storage),
  options: Omit<FileResponseOptions, 'filename'> = {},
): FilesView {
  const view = async (request: HttpRequest, { name }: { readonly name: string }): Promise<HttpResponse> => {
    try {
      return await fileResponse(request, typeof storage === 'function' ? storage(request) : storage, {
        ...options,
        name,
      })
    } catch (error) {
      // The address of a folder is no attack.
      if (error instanceof StorageNameRefused && /(?:^|\/)(?:\/|$)/.test(name)) throw new StoredFileNotFound(name)
      throw error
    }
  }
  return Object.assign(view, { methods: ['GET', 'HEAD'] })
}

/**
 * The answer that gives a file, for views that ask first who may have it. Answers `Range` with 206, what the client has already with 304.
 *
 * The type is told by the name's extension, from a short list; all the rest is downloaded. `name`: in the storage.
 *
 * @throws {StoredFileNotFound} with status 404, {RangeNotSatisfiable} 416, {PreconditionFailed} 412.
 */
export async function fileResponse(
  request: HttpRequest,
  storage: Storage,
  options: FileResponseOptions & { readonly name: string },
): Promise<HttpResponse> {
  const now = (options.clock ?? systemClock)()
  const asked = request.method === 'GET' ? parseByteRange(request.headers.get('range')) : null
  const opened = await openAsAsked(storage, options.name, asked)
  let { file, range } = opened
  try {
    if (isRead(request) && isNotModified(request, file, now))
      return await closed(file, new HttpResponse(null, { status: 304, headers: validators(file, options) }))
    if (range !== null && !isSameForRange(request, file, now)) {
      await file.close()
      file = await storage.open(options.name)
      range = null
    }
    return await answer(request, file, { ...options, range })
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Of other methods, conditions are about what they change: for their view to ask. */
function isRead({ method }: HttpRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

interface Opened {
  readonly file: StoredFile
  /** Of the file that was opened; `null` for all of it. */
  readonly range: { readonly start: number; readonly end: number } | null
}

/** Opened at the piece that is asked for, so that a distant storage sends no more than that. */
async function openAsAsked(storage: Storage, name: string, asked: ByteRange | null): Promise<Opened> {
  if (asked === null) return { file: await storage.open(name), range: null }
  if ('start' in asked) {
    const file = await storage.open(
      name,
      asked.end === null ? { start: asked.start } : { start: asked.start, end: asked.end },
    )
    return { file, range: { start: asked.start, end: Math.min(asked.end ?? file.size - 1, file.size - 1) } }
  }
  const size = await storage.size(name)
  const start = Math.max(0, size - asked.lastBytes)
  const file = await storage.open(name, { start })
  if (file.size === size) return { file, range: { start, end: size - 1 } }
  // Another file has taken its place meanwhile: its last bytes begin elsewhere.
  await file.close()
  return { file: await storage.open(name), range: null }
}

function validators(file: StoredFile, { cacheControl = 'no-cache' }: FileResponseOptions): Record<string, string> {
  return { ETag: file.etag, 'Last-Modified': httpDate(file.modifiedAt.getTime()), 'Cache-Control': cacheControl }
}

async function answer(
  request: HttpRequest,
  file: StoredFile,
  options: FileResponseOptions & Pick<Opened, 'range'> & { readonly name: string },
): Promise<HttpResponse> {
  const { name, range, download = false, filename = name.slice(name.lastIndexOf('/') + 1) } = options
  if (range !== null && range.start > range.end) throw new RangeNotSatisfiable(file.size)
  const { type, isShown } = mediaTypeOf(name)
  const headers: Record<string, string> = {
    ...validators(file, options),
    'Accept-Ranges': 'bytes',
    'Content-Disposition': contentDisposition(isShown && !download ? 'inline' : 'attachment', filename),
    'Content-Length': String(range === null ? file.size : range.end - range.start + 1),
    'Content-Security-Policy': contentSecurityPolicy(type),
    'X-Content-Type-Options': 'nosniff',
  }
  if (range !== null) headers['Content-Range'] = `bytes ${range.start}-${range.end}/${file.size}`
  const init = { status: range === null ? 200 : 206, headers, contentType: type }
  if (request.method === 'HEAD') return closed(file, new HttpResponse(null, init))
  return new HttpResponse(bodyOf(file), init)
}

async function closed(file: StoredFile, response: HttpResponse): Promise<HttpResponse> {
  await file.close()
  return response
}

/** Closes the file at the end, on failure, and when nobody wants the rest, also of what was never begun. */
function bodyOf(file: StoredFile): AsyncIterable<Uint8Array> {
  let chunks: AsyncIterator<Uint8Array> | null = null
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      chunks ??= file.chunks()[Symbol.asyncIterator]()
      try {
        const result = await chunks.next()
        if (result.done === true) await file.close()
        return result
      } catch (error) {
        await file.close()
        throw error
      }
    },
    async return() {
      try {
        await chunks?.return?.()
      } finally {
        await file.close()
      }
      return { done: true, value: undefined }
    },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}
