/**
 * Files in a bucket.
 *
 * Owns reading, lists and addresses. Leaves saving to ./s3-save.ts and requests to ./s3-client.ts.
 */
import {
  cleanStorageName,
  mediaTypeOf,
  requireStorageName,
  type SaveToStorageOptions,
  type Storage,
  type StorageEntry,
  type StorageRange,
  type StorageSource,
  type StoredFile,
  StoredFileNotFound,
  storageNames,
} from '../files/index.ts'
import { BodyTooLarge } from '../http/index.ts'
import { readOptions, type S3StorageOptions } from './options.ts'
import { encodeKey, S3Client } from './s3-client.ts'
import { s3Object, totalOf } from './s3-object.ts'
import { contentHeaders, S3Saver } from './s3-save.ts'
import { elementsOf, elementText } from './s3-xml.ts'

export interface DirectUploadOptions {
  /** What the browser says that it will send, in bytes: the server takes exactly so many. */
  readonly size: number
  /** The most that `size` may be; 5 GiB (5_368_709_120) at most. */
  readonly maxBytes: number
  /** Must be sent along. Default: by the name's extension. */
  readonly contentType?: string
  /** How long the browser may wait before it begins. Default: 300. */
  readonly seconds?: number
}

/** What a browser needs to send a file to the bucket itself: `fetch(url, { method, headers, body: file })`. */
export interface DirectUpload {
  /** What the file is called when it has come: the name asked for with a random suffix. */
  readonly name: string
  readonly url: string
  readonly method: 'PUT'
  /** Signed: other ones are refused. */
  readonly headers: Readonly<Record<string, string>>
}

export interface S3Storage extends Storage {
  /**
   * Lets somebody put one file of a known size into the bucket, without a byte of it through this server. Whether it came, and what it is, is yours
   * to look at afterwards: `size`, `open`.
   *
   * @throws {BodyTooLarge} with status 413 for more than `maxBytes`, or 5 GiB, the most that S3 takes in one request.
   */
  directUpload(name: string, options: DirectUploadOptions): Promise<DirectUpload>
  /** Throws away parts of uploads that nobody has gone on with: those of servers that were killed. Resolves how many uploads. */
  removeUnfinished(options: { readonly olderThanSeconds: number }): Promise<number>
}

/**
 * Keeps files in a bucket that exists. A file is there when its last byte is, never in part.
 *
 * Needs the package `aws4fetch`.
 *
 * @throws {ConfigError} for options that cannot be, and without credentials.
 */
export function createS3Storage(options: S3StorageOptions): S3Storage {
  return new BucketStorage(options)
}

/** How long a browser may wait before it begins to send, in seconds. */
const uploadSeconds = 300
/** The most that S3 takes in one request: 5 GiB. */
const mostPutBytes = 5_368_709_120

class BucketStorage implements S3Storage {
  readonly copiesChunks = true
  readonly #client: S3Client
  readonly #saver: S3Saver

  constructor(options: S3StorageOptions) {
    this.#client = new S3Client(readOptions(options))
    this.#saver = new S3Saver(this.#client)
  }

  async save(name: string, source: StorageSource, options: SaveToStorageOptions = {}): Promise<string> {
    return this.#saver.save(name, source, options)
  }

  async open(name: string, range?: StorageRange): Promise<StoredFile> {
    const key = this.#keyOf(name)
    const headers = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end ?? ''}` }
    const answer = await this.#client.send({ method: 'GET', key, headers, expects: [404, 416] })
    const reading = { name, range, idleMs: this.#client.config.timeoutSeconds * 1000 }
    if (answer.status === 404) {
      await answer.response.body?.cancel()
      throw new StoredFileNotFound(name)
    }
    if (answer.status !== 416) return s3Object(answer, reading, null)
    await answer.response.body?.cancel()
    // The 416 tells neither the time nor the ETag.
    const head = await this.#head(name)
    return s3Object({ ...answer, headers: head }, reading, sizeOf(head))
  }

  async delete(name: string): Promise<boolean> {
    if (!(await this.exists(name))) return false
    await this.#client.send({ method: 'DELETE', key: this.#keyOf(name), expects: [404] })
    return true
  }

  async exists(name: string): Promise<boolean> {
    const { status } = await this.#client.send({ method: 'HEAD', key: this.#keyOf(name), expects: [404] })
    return status !== 404
  }

  async size(name: string): Promise<number> {
    return sizeOf(await this.#head(name))
  }

  async #head(name: string): Promise<Headers> {
    const { status, headers } = await this.#client.send({ method: 'HEAD', key: this.#keyOf(name), expects: [404] })
    if (status === 404) throw new StoredFileNotFound(name)
    return headers
  }

  async url(name: string): Promise<string> {
    const { publicUrl, urlSeconds, prefix } = this.#client.config
    const key = this.#keyOf(name)
    if (publicUrl !== null) return publicUrl + encodeKey(prefix + name)
    // Whatever type was stored: what a browser shows is what the name says, or a download.
    const { type, isShown } = mediaTypeOf(name)
    const query = {
      'response-content-type': type,
      ...(!isShown && { 'response-content-disposition': 'attachment' }),
    }
    return this.#client.presign({ method: 'GET', key, query }, urlSeconds)
  }

  async *list(folder: string): AsyncIterable<StorageEntry> {
    const { prefix } = this.#client.config
    const plain = folder.endsWith('/') ? folder.slice(0, -1) : folder
    const start = prefix + (plain === '' ? '' : `${requireStorageName(plain)}/`)
    for (let token: string | null = null; ; ) {
      const xml = await this.#getBucket({
        'list-type': '2',
        prefix: start,
        ...(token !== null && { 'continuation-token': token }),
      })
      for (const contents of elementsOf(xml, 'Contents')) {
        const name = (elementText(contents, 'Key') ?? '').slice(prefix.length)
        if (!isStorageName(name)) continue
        const modifiedAt = new Date(elementText(contents, 'LastModified') ?? 0)
        yield { name, size: Number(elementText(contents, 'Size')), modifiedAt }
      }
      const next = elementText(xml, 'IsTruncated') === 'true' ? elementText(xml, 'NextContinuationToken') : null
      if (next === null || next === token) return
      token = next
    }
  }

  async directUpload(name: string, options: DirectUploadOptions): Promise<DirectUpload> {
    const { size, maxBytes, contentType, seconds = uploadSeconds } = options
    if (!(Number.isSafeInteger(size) && size >= 0)) throw new RangeError(`${size} is no size of a file.`)
    const most = Math.min(maxBytes, mostPutBytes)
    if (size > most) throw new BodyTooLarge(most)
    const names = storageNames(cleanStorageName(name), { unique: 'random', now: 0 })
    names.next()
    const free = names.next().value
    const hasConditions = await this.#saver.hasConditions(free)
    const headers = { ...contentHeaders(free, contentType), ...(hasConditions && { 'If-None-Match': '*' }) }
    // Browsers set the length themselves, and a page cannot say another one.
    const signed = { ...headers, 'Content-Length': String(size) }
    const key = this.#keyOf(free)
    return {
      name: free,
      url: await this.#client.presign({ method: 'PUT', key, headers: signed }, seconds),
      method: 'PUT',
      headers,
    }
  }

  async removeUnfinished({ olderThanSeconds }: { readonly olderThanSeconds: number }): Promise<number> {
    const { prefix, clock } = this.#client.config
    const before = clock() - olderThanSeconds * 1000
    let removed = 0
    for (let marker: Record<string, string> | null = {}; marker !== null; ) {
      const xml = await this.#getBucket({ uploads: '', prefix, ...marker })
      for (const upload of elementsOf(xml, 'Upload')) {
        const key = elementText(upload, 'Key') ?? ''
        const uploadId = elementText(upload, 'UploadId') ?? ''
        const begunAt = Date.parse(elementText(upload, 'Initiated') ?? '')
        if (!(begunAt < before) || uploadId === '') continue
        await this.#client.send({ method: 'DELETE', key, query: { uploadId }, expects: [404] })
        removed += 1
      }
      const next = elementText(xml, 'IsTruncated') === 'true' ? elementText(xml, 'NextKeyMarker') : null
      const nextId = elementText(xml, 'NextUploadIdMarker') ?? ''
      marker = next ? { 'key-marker': next, 'upload-id-marker': nextId } : null
    }
    return removed
  }

  async #getBucket(query: Readonly<Record<string, string>>): Promise<string> {
    const { response } = await this.#client.send({ method: 'GET', key: '', query })
    return response.text()
  }

  #keyOf(name: string): string {
    return this.#client.config.prefix + requireStorageName(name)
  }

  async close(): Promise<void> {}
}

function sizeOf(headers: Headers): number {
  const total = totalOf(headers)
  return Number.isNaN(total) ? Number(headers.get('Content-Length')) : total
}

/** False for keys that somebody else made, and that no name is: `folder/`. */
function isStorageName(name: string): boolean {
  try {
    return requireStorageName(name) === name
  } catch {
    return false
  }
}
