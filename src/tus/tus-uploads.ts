/**
 * Resumable uploads by tus 1.0: the views of the protocol.
 *
 * Owns the order of things: who asks, which version, whose turn, which offset, the bytes, the end. Leaves header fields to ./protocol.ts, the disk to
 * ./upload-folder.ts, turns to ./upload-locks.ts, what is never finished to ./discard-upload.ts.
 *
 * An upload is finished when the application has heard of it. Whoever finds one complete and not finished, a client that asks for its offset after the
 * server was killed say, finishes it.
 */
import { join } from 'node:path'
import type { Storage } from '../files/index.ts'
import { FileTypeRefused } from '../forms/index.ts'
import {
  detectFileType,
  fileTypeBytes,
  type HttpRequest,
  HttpResponse,
  httpDate,
  MethodNotAllowed,
  UnsupportedMediaType,
  UploadedFile,
} from '../http/index.ts'
import { type Awaitable, HttpError } from '../kit/index.ts'
import { type PathParams, path, type Route } from '../urls/index.ts'
import { discardUpload, removeExpiredUploads } from './discard-upload.ts'
import {
  BadUploadHeader,
  ChecksumMismatch,
  OffsetMismatch,
  TooManyUploads,
  tusVersion,
  UploadNotFound,
  UploadTooLarge,
} from './errors.ts'
import { defaults, type TusOptions } from './options.ts'
import {
  capabilities,
  chunkType,
  fileOf,
  parseMetadata,
  readBytes,
  readChecksum,
  readLength,
  requireVersion,
} from './protocol.ts'
import { receive } from './receive.ts'
import { storedName } from './stored-name.ts'
import { UploadData } from './upload-data.ts'
import { newUploadId, type OwnerFolder, UploadFolder } from './upload-folder.ts'
import type { UploadInfo } from './upload-info.ts'
import { type UploadLock, UploadLocks } from './upload-locks.ts'

/** A view of this room, as a table of routes knows it. */
export type TusView = (request: HttpRequest, params: PathParams<''>) => Promise<HttpResponse>

/** One upload of one owner, for one request. */
interface Place {
  readonly request: HttpRequest
  readonly owner: string
  readonly folder: OwnerFolder
  readonly id: string
}

/** What to do with an upload, as it is found. */
interface Visit<Result> {
  readonly done: (info: UploadInfo) => Awaitable<Result>
  readonly open: (data: UploadData, stop: AbortSignal) => Promise<Result>
}

/** How long to wait for whoever works on the same upload, in milliseconds. */
const lockWaitMs = 10_000

const collectionMethods = ['POST', 'OPTIONS'] as const
const itemMethods = ['HEAD', 'PATCH', 'DELETE', 'POST', 'OPTIONS'] as const

/**
 * Makes the views of resumable uploads, to be included where you like:
 *
 * ```ts no-run
 * const uploads = createTusUploads({ folder: 'uploading', storage: request => request.app.storage })
 * const urls = [path('api/upload/', include(uploads.urls))]
 * ```
 */
export function createTusUploads(options: TusOptions): TusUploads {
  return new TusUploads(options)
}

/** Resumable uploads of one kind. */
export class TusUploads {
  /** POST makes an upload; each upload has an address below. */
  readonly urls: readonly Route<TusView>[]
  readonly #options: Required<Omit<TusOptions, 'accept'>> & Pick<TusOptions, 'accept'>
  readonly #folder: UploadFolder
  readonly #locks: UploadLocks
  #sweptAt = Number.NEGATIVE_INFINITY

  constructor(options: TusOptions) {
    this.#options = { ...defaults, ...options }
    this.#folder = new UploadFolder(options.folder)
    this.#locks = new UploadLocks(join(this.#folder.path, '.guard'))
    const collection = (request: HttpRequest): Promise<HttpResponse> => answer(request, this.#collection(request))
    const item = (request: HttpRequest, { id }: { readonly id: string }): Promise<HttpResponse> =>
      answer(request, this.#item(request, id))
    this.urls = [
      path('', Object.assign(collection, { methods: collectionMethods })),
      path('<str:id>/', Object.assign(item, { methods: itemMethods })),
    ]
  }

  /**
   * Removes what nobody has gone on with for `expireSeconds`, and what is in the storage of it. Creating uploads does so by itself, ten times in that
   * time. Resolves how many.
   *
   * @throws {AggregateError} when some could not be removed; the others are.
   */
  removeExpired(storage: Storage): Promise<number> {
    const { clock, expireSeconds } = this.#options
    const time = clock() - expireSeconds * 1000
    return removeExpiredUploads({ folder: this.#folder, locks: this.#locks, storage, time })
  }

  async #collection(request: HttpRequest): Promise<HttpResponse> {
    if (request.method === 'OPTIONS') return this.#capabilities()
    const owner = await this.#options.owner(request)
    requireVersion(request)
    return this.#create(request, owner)
  }

  async #item(request: HttpRequest, id: string): Promise<HttpResponse> {
    if (request.method === 'OPTIONS') return this.#capabilities()
    const owner = await this.#options.owner(request)
    requireVersion(request)
    const place = { request, owner, folder: this.#folder.of(owner), id }
    switch (methodOf(request)) {
      case 'HEAD':
        return this.#head(place)
      case 'PATCH':
        return this.#patch(place)
      case 'DELETE':
        return this.#delete(place)
      default:
        throw new MethodNotAllowed(itemMethods)
    }
  }

  #capabilities(): HttpResponse {
    return new HttpResponse(null, { status: 204, headers: capabilities(this.#options.maxBytes) })
  }

  async #create(request: HttpRequest, owner: string): Promise<HttpResponse> {
    const { maxBytes, maxUnfinished, name, onCreate, clock } = this.#options
    const length = readLength(request)
    const header = request.headers.get('upload-metadata') ?? ''
    const metadata = parseMetadata(header)
    if (length !== null && length > maxBytes) throw new UploadTooLarge(maxBytes)
    const hasBytes = isChunk(request)
    const upload = { owner, length, metadata, ...fileOf(metadata) }
    await onCreate(request, upload)
    await this.#folder.make()
    await this.#sweepSometimes(request)
    const folder = this.#folder.of(owner)
    const id = newUploadId()
    const info = { length, metadata: header, name: storedName(name({ ...upload, id }), id) }
    await folder.create(id, info, clock())
    // Counted afterwards: of many that begin at once, the last to count sees all of them.
    if ((await folder.countOpen()) > maxUnfinished) {
      await folder.remove(id)
      throw new TooManyUploads(maxUnfinished)
    }
    const created = await this.#begin({ request, owner, folder, id }, hasBytes)
    created.status = 201
    created.headers.set('Location', `${request.rawPath.replace(/\/?$/, '/')}${id}/`)
    return created
  }

  /** The first bytes may come with the upload itself. Cut off here, the client would not know its address. */
  #begin(place: Place, hasBytes: boolean): Promise<HttpResponse> {
    return this.#visit(place, {
      done: offsetOfDone,
      open: async (data, stop) => {
        try {
          if (hasBytes) await this.#write(place.request, data, { stop, offset: 0 })
          return await this.#answerOffset(place, data)
        } catch (error) {
          await this.#discard(place)
          throw error
        }
      },
    })
  }

  #head(place: Place): Promise<HttpResponse> {
    return this.#visit(place, { done: offsetOfDone, open: data => this.#answerOffset(place, data) })
  }

  async #patch(place: Place): Promise<HttpResponse> {
    const { request } = place
    if (!isChunk(request)) throw new UnsupportedMediaType(`Send ${chunkType}.`)
    const offset = readBytes(request, 'Upload-Offset')
    if (offset === null) throw new BadUploadHeader('Upload-Offset', 'is missing.')
    const written = await this.#visit(place, {
      done(info) {
        if (offset !== info.length) throw new OffsetMismatch(info.length as number)
        return offsetOfDone(info)
      },
      open: async (data, stop) => {
        if (offset !== data.size) throw new OffsetMismatch(data.size)
        await this.#declareLength(request, data)
        await this.#write(request, data, { stop, offset })
        return this.#answerOffset(place, data)
      },
    })
    written.status = 204
    return written
  }

  /** The file of a finished upload belongs to the application. */
  async #delete(place: Place): Promise<HttpResponse> {
    await this.#visit(place, { done: () => place.folder.forgetDone(place.id), open: () => this.#discard(place) })
    return new HttpResponse(null, { status: 204 })
  }

  #discard({ request, folder, id }: Place): Promise<void> {
    return discardUpload(this.#options.storage(request), folder, id)
  }

  /** Runs `open` on an unfinished upload, when it is its turn, or `done` on one that is finished by then. */
  async #visit<Result>({ folder, id }: Place, { done, open }: Visit<Result>): Promise<Result> {
    const finished = await folder.readDone(id)
    if (finished !== null) return done(finished)
    let lock: UploadLock
    try {
      lock = await this.#locks.acquire(folder.folderOf(id), lockWaitMs)
    } catch (error) {
      const since = error instanceof UploadNotFound ? await folder.readDone(id) : null
      if (since === null) throw error
      return done(since)
    }
    try {
      const data = await UploadData.open(folder.folderOf(id))
      try {
        const { clock, expireSeconds } = this.#options
        if ((await data.modifiedAt()) < clock() - expireSeconds * 1000) throw new UploadNotFound()
        return await open(data, lock.stop)
      } finally {
        await data.close()
      }
    } finally {
      await lock.release()
    }
  }

  /** A length that was left open is told once. */
  async #declareLength(request: HttpRequest, data: UploadData): Promise<void> {
    const length = readBytes(request, 'Upload-Length')
    if (length === null || length === data.info.length) return
    if (data.info.length !== null || length < data.size) throw new OffsetMismatch(data.size)
    if (length > this.#options.maxBytes) throw new UploadTooLarge(this.#options.maxBytes)
    await data.declareLength(length)
  }

  /** The body into the file. Bytes that a cut connection has brought stay; those that must not be there go. */
  async #write(
    request: HttpRequest,
    data: UploadData,
    { stop, offset }: { readonly stop: AbortSignal; readonly offset: number },
  ): Promise<void> {
    const { maxBytes, idleSeconds, clock } = this.#options
    const limit = data.info.length ?? maxBytes
    const checksum = readChecksum(request)
    const { body } = request
    if (offset + Number(request.headers.get('content-length') ?? 0) > limit) throw new UploadTooLarge(limit)
    if (checksum !== null) await data.beginUnproved()
    const take = async (chunk: Uint8Array): Promise<void> => {
      if (data.size + chunk.byteLength > limit) throw new UploadTooLarge(limit)
      checksum?.update(chunk)
      await data.append(chunk, () => body?.free?.(chunk))
    }
    try {
      if (body !== null) await receive(body, take, { stop, idleSeconds })
      await data.flush()
      if (checksum?.isRight() === false) throw new ChecksumMismatch()
    } catch (error) {
      const failure = await data.flush().then(
        () => error,
        full => full,
      )
      if (checksum !== null || isRefused(failure)) await data.truncate(offset)
      throw failure
    } finally {
      await data.settle(clock())
      if (checksum !== null) await data.proved()
    }
  }

  /** Where the upload stands, and its end when that is reached. */
  async #answerOffset(place: Place, data: UploadData): Promise<HttpResponse> {
    const { accept, clock, expireSeconds } = this.#options
    const isWhole = data.size === data.info.length
    if (accept !== undefined && (isWhole || data.size >= fileTypeBytes)) {
      const type = detectFileType(await data.firstBytes(fileTypeBytes))
      if (type === null || !accept.includes(type)) {
        await this.#discard(place)
        throw new FileTypeRefused('file', accept)
      }
    }
    if (!isWhole) return offsetAnswer(data.info, data.size, clock() + expireSeconds * 1000)
    await this.#finish(place, data)
    return offsetAnswer(data.info, data.size, null)
  }

  /** Into the storage, and to the application. */
  async #finish(place: Place, data: UploadData): Promise<void> {
    const { request, owner, folder, id } = place
    const { onFinish, storage, clock } = this.#options
    const { name } = data.info
    const metadata = parseMetadata(data.info.metadata)
    const upload = { id, owner, length: data.size, metadata, ...fileOf(metadata), name }
    const file = new UploadedFile({ ...upload, charset: null }, data)
    // The name is the upload's own: a file of it that is there already is of an attempt that was cut off.
    await storage(request).save(name, file, { replace: true })
    try {
      await onFinish(request, upload)
    } catch (error) {
      if (error instanceof HttpError && error.status < 500) await this.#discard(place)
      throw error
    }
    await folder.finish(id, clock())
  }

  /** What goes wrong with the uploads of others is not told to who begins one. */
  async #sweepSometimes(request: HttpRequest): Promise<void> {
    const { clock, expireSeconds, storage } = this.#options
    const now = clock()
    if (now - this.#sweptAt < expireSeconds * 100) return
    this.#sweptAt = now
    try {
      await this.removeExpired(storage(request))
    } catch (err) {
      request.app.logger.error({ err }, 'expired uploads could not be removed')
    }
  }
}

/** Every answer says which version is spoken, refusals and bugs too. */
async function answer(request: HttpRequest, work: Promise<HttpResponse>): Promise<HttpResponse> {
  const response = await work.catch(error => request.app.answer(request, error))
  response.headers.set('Tus-Resumable', tusVersion)
  return response
}

/** Some networks let only GET and POST through. The method must be another one than GET for the CSRF check to have run. */
function methodOf(request: HttpRequest): string {
  return request.method === 'POST' ? (request.headers.get('x-http-method-override') ?? 'POST') : request.method
}

/** True for a request that carries bytes of the file. @throws {UnsupportedMediaType} with status 415 for compressed ones: offsets count plain bytes. */
function isChunk({ contentType, headers }: HttpRequest): boolean {
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity')
    throw new UnsupportedMediaType('The bytes are compressed; send them as they are, without Content-Encoding.')
  return contentType.type === chunkType
}

/** What must leave nothing behind: more than was allowed, or than the disk takes. */
function isRefused(error: unknown): boolean {
  return error instanceof HttpError && [413, 507].includes(error.status)
}

function offsetAnswer({ length, metadata }: UploadInfo, offset: number, expires: number | null): HttpResponse {
  const response = new HttpResponse(null, {
    headers: { 'Upload-Offset': String(offset), 'Cache-Control': 'no-store' },
  })
  if (length === null) response.headers.set('Upload-Defer-Length', '1')
  else response.headers.set('Upload-Length', String(length))
  if (metadata !== '') response.headers.set('Upload-Metadata', metadata)
  if (expires !== null) response.headers.set('Upload-Expires', httpDate(expires))
  return response
}

function offsetOfDone(info: UploadInfo): HttpResponse {
  return offsetAnswer(info, info.length as number, null)
}
