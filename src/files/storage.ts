/**
 * Where an application keeps files: `app.storage`.
 *
 * Owns the seam. Leaves names to ./storage-names.ts, the disk to ./disk-storage.ts and object stores to `nuages/s3`.
 */
import type { UploadedFile } from '../http/index.ts'

/** What can be saved; text as UTF-8. A stream is read once, at the pace of the storage. */
export type StorageSource = Uint8Array | string | AsyncIterable<Uint8Array> | UploadedFile

export interface SaveToStorageOptions {
  /** Takes the place of what has the name, at once and whole. Default: false, a free name is made from it. */
  readonly replace?: boolean
  /** Most characters of the name that the file gets, folders included, as in Django's `FileField(max_length)`. Default: 1024 bytes. */
  readonly maxNameLength?: number
  /** Media type, for storages that keep one. Default: by the name's extension. */
  readonly contentType?: string
  /** Ends the saving with its reason; nothing is left behind. `request.signal`, say. */
  readonly signal?: AbortSignal
}

/** Piece of a file: both ends count, in bytes from 0, as in a `Range` header. `end` beyond the file is its last byte; `start` beyond it gives no bytes. */
export interface StorageRange {
  readonly start: number
  readonly end?: number
}

/** A file that was opened. Its content is read once; who does not read it all calls `close`. */
export interface StoredFile {
  readonly name: string
  /** Of the whole file, in bytes, whatever range was asked for. */
  readonly size: number
  readonly modifiedAt: Date
  /** Changes with the content, in quotes as in an `ETag` header; no `W/`: ranges of one are pieces of the same bytes. */
  readonly etag: string
  /** `null` for a storage that keeps none. It may be the client's word. */
  readonly contentType: string | null
  /** The bytes, or those of the range. Throws rather than end early when the file is cut off meanwhile. Stopping early closes. */
  chunks(): AsyncIterable<Uint8Array>
  /** Safe to call twice, and after all was read. */
  close(): Promise<void>
}

export interface StorageEntry {
  readonly name: string
  readonly size: number
  readonly modifiedAt: Date
}

/**
 * Keeps files under names like `avatars/7.png`: `/` between the pieces, no empty one, no `.` and `..`, never outside of it.
 *
 * Each method throws `StorageNameRefused` for a name that cannot be one, and an `HttpError` of status 503 when the storage does not answer.
 */
export interface Storage {
  /** True when `save` is done with a chunk of its source before it asks for the next one. The chunk may be empty then: its memory is used again. Default: false. */
  readonly copiesChunks?: boolean
  /**
   * Saves a file, whole or not at all, and resolves the name that it has: `cleanStorageName` of it, and another one than that when
   * it is taken, by somebody at the same moment too (`storageNames` gives those to try).
   *
   * @throws {StorageFull} with status 507. What the source throws is passed on. Nothing is left behind.
   */
  save(name: string, source: StorageSource, options?: SaveToStorageOptions): Promise<string>
  /** @throws {StoredFileNotFound} with status 404. */
  open(name: string, range?: StorageRange): Promise<StoredFile>
  /** False when there was none. */
  delete(name: string): Promise<boolean>
  exists(name: string): Promise<boolean>
  /** In bytes. @throws {StoredFileNotFound} with status 404. */
  size(name: string): Promise<number>
  /** Where a browser gets it: a path of this site, or an address that works for a while. Whether the file is there is not asked. */
  url(name: string): Promise<string>
  /** The files below a folder, those of its folders too, by name in the order of its UTF-8 bytes; all of them for `''`. */
  list(folder: string): AsyncIterable<StorageEntry>
  /** Lets go of connections. */
  close(): Promise<void>
}
