/**
 * Resumable uploads by tus 1.0: the views of the protocol.
 *
 * Owns the order of things: who asks, which version, whose turn, which offset, the bytes, the end. Leaves header fields to ./protocol.ts, the disk to
 * ./upload-folder.ts, turns to ./upload-locks.ts.
 *
 * An upload is finished when the application has heard of it. Whoever finds one complete and not finished, a client that asks for its offset after the
 * server was killed say, finishes it.
 */
import { join } from 'node:path'
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
import { UploadData } from './upload-data.ts'
import { type OwnerFolder, UploadFolder } from './upload-folder.ts'
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
    const collection = (request: HttpRequest): Promise<HttpResponse> => this.#collection(request)
    const item = (request: HttpRequest, { id }: { readonly id: string }): Promise<HttpResponse> =>
      this.#item(request, id)
    this.urls = [
      path('', Object.assign(collection, { methods: collectionMethods })),
      path('<str:id>/', Object.assign(item, { methods: itemMethods })),
    ]
  }

  /** Removes what nobody has gone on with for `expireSeconds`. Creating uploads does so by itself, ten times in that time. Resolves how many. */
  async removeExpired(): Promise<number> {
    const { clock, expireSeconds } = this.#options
    const time = clock() - expireSeconds * 1000
    let count = 0
    for await (const owner of this.#folder.owners()) {
      for await (const id of owner.idleSince(time)) if (await this.#removeIdle(owner, id, time)) count += 1
      await owner.sweep(time)
    }
    return count
  }

  /** Somebody may have gone on with it at this moment. */
  async #removeIdle(owner: OwnerFolder, id: string, time: number): Promise<boolean> {
    let lock: UploadLock
    try {
      lock = await this.#locks.acquire(owner.folderOf(id), 0)
    } catch (error) {
      if (error instanceof HttpError) return false
      throw error
    }
    try {
      const data = await UploadData.open(owner.folderOf(id))
      const isIdle = await data.modifiedAt().finally(() => data.close())
      if (isIdle >= time) return false
      await owner.remove(id)
      return true
    } finally {
      await lock.release()
    }
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
    const { maxBytes, maxUnfinished, onCreate, clock } = this.#options
    const length = readLength(request)
    const header = request.headers.get('upload-metadata') ?? ''
    const metadata = parseMetadata(header)
    if (length !== null && length > maxBytes) throw new UploadTooLarge(maxBytes)
    const chunk = isChunk(request)
    await onCreate(request, { owner, length, metadata, ...fileOf(metadata) })
    await this.#sweepSometimes()
    const folder = this.#folder.of(owner)
    const id = await folder.create({ length, metadata: header, stored: null }, clock())
    // Counted afterwards: of many that begin at once, the last to count sees all of them.
    if ((await folder.countOpen()) > maxUnfinished) {
      await folder.remove(id)
      throw new TooManyUploads(maxUnfinished)
    }
    const place = { request, owner, folder, id }
    const answer = chunk ? await this.#createWith(place) : await this.#head(place)
    answer.status = 201
    answer.headers.set('Location', `${request.rawPath.replace(/\/?$/, '/')}${id}/`)
    return answer
  }

  /** The first bytes come with the upload itself. Cut off here, the client would not know its address. */
  async #createWith(place: Place): Promise<HttpResponse> {
    try {
      return await this.#visit(place, {
        done: offsetOfDone,
        open: async (data, stop) => {
          await this.#write(place.request, data, { stop, offset: 0 })
          return this.#answerOffset(place, data)
        },
      })
    } catch (error) {
      await place.folder.remove(place.id)
      throw error
    }
  }

  #head(place: Place): Promise<HttpResponse> {
    return this.#visit(place, { done: offsetOfDone, open: data => this.#answerOffset(place, data) })
  }

  async #patch(place: Place): Promise<HttpResponse> {
    const { request } = place
    if (!isChunk(request)) throw new UnsupportedMediaType(`Send ${chunkType}.`)
    const offset = readBytes(request, 'Upload-Offset')
    if (offset === null) throw new BadUploadHeader('Upload-Offset', 'is missing.')
    const answer = await this.#visit(place, {
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
    answer.status = 204
    return answer
  }

  /** What is in the storage already belongs to the application. */
  async #delete(place: Place): Promise<HttpResponse> {
    const { folder, id } = place
    await this.#visit(place, { done: () => folder.forgetDone(id), open: () => folder.remove(id) })
    return new HttpResponse(null, { status: 204, headers: { 'Tus-Resumable': tusVersion } })
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
        await place.folder.remove(place.id)
        throw new FileTypeRefused('file', accept)
      }
    }
    if (!isWhole) return offsetAnswer(data.info, data.size, clock() + expireSeconds * 1000)
    await place.folder.finish(place.id, { ...data.info, stored: await this.#finish(place, data) }, clock())
    return offsetAnswer(data.info, data.size, null)
  }

  /** Into the storage, and to the application. Resolves the name it has there. */
  async #finish({ request, owner, folder, id }: Place, data: UploadData): Promise<string> {
    const { onFinish, name } = this.#options
    const metadata = parseMetadata(data.info.metadata)
    const upload = { id, owner, length: data.size, metadata, ...fileOf(metadata) }
    const storage = this.#options.storage(request)
    const file = new UploadedFile({ ...upload, charset: null }, data)
    // The name is the upload's own: a file of it that is there already is of an attempt that was cut off.
    const stored = await storage.save(name(upload), file, { replace: true })
    try {
      await onFinish(request, { ...upload, name: stored })
    } catch (error) {
      if (error instanceof HttpError && error.status < 500) {
        await storage.delete(stored)
        await folder.remove(id)
      }
      throw error
    }
    return stored
  }

  async #sweepSometimes(): Promise<void> {
    const { clock, expireSeconds } = this.#options
    await this.#folder.make()
    const now = clock()
    if (now - this.#sweptAt < expireSeconds * 100) return
    this.#sweptAt = now
    await this.removeExpired()
  }
}

/** Some networks let only GET and POST through. The method must be another one than GET for the CSRF check to have run. */
function methodOf(request: HttpRequest): string {
  return request.method === 'POST' ? (request.headers.get('x-http-method-override') ?? 'POST') : request.method
}

/** True for a request that carries bytes of the file. */
function isChunk(request: HttpRequest): boolean {
  return request.contentType.type === chunkType
}

/** What must leave nothing behind: more than was allowed, or than the disk takes. */
function isRefused(error: unknown): boolean {
  return error instanceof HttpError && [413, 507].includes(error.status)
}

function offsetAnswer({ length, metadata }: UploadInfo, offset: number, expires: number | null): HttpResponse {
  const answer = new HttpResponse(null, {
    headers: { 'Tus-Resumable': tusVersion, 'Upload-Offset': String(offset), 'Cache-Control': 'no-store' },
  })
  if (length === null) answer.headers.set('Upload-Defer-Length', '1')
  else answer.headers.set('Upload-Length', String(length))
  if (metadata !== '') answer.headers.set('Upload-Metadata', metadata)
  if (expires !== null) answer.headers.set('Upload-Expires', httpDate(expires))
  return answer
}

function offsetOfDone(info: UploadInfo): HttpResponse {
  return offsetAnswer(info, info.length as number, null)
}
