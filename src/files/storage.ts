/**
 * Where an application keeps files: `app.storage`.
 *
 * Owns the seam. Leaves the disk to ./disk-storage.ts and object stores to `nuages/s3`.
 */
import type { UploadedFile } from '../http/index.ts'

/** What can be saved. A stream is read once, at the pace of the storage. */
export type StorageSource = Uint8Array | string | AsyncIterable<Uint8Array> | UploadedFile

export interface SaveToStorageOptions {
  /** Takes the place of what has the name, at once and whole. Default: false, a free name is made from it. */
  readonly replace?: boolean
  /** Media type, for storages that keep one. Default: by the name's extension. */
  readonly contentType?: string
  /** Ends the saving with its reason; nothing is left behind. `request.signal`, say. */
  readonly signal?: AbortSignal
}

/** Piece of a file: both ends count, in bytes from 0, as in a `Range` header. `end` beyond the file is its last byte. */
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
  /** Changes with the content, in quotes as in an `ETag` header. */
  readonly etag: string
  /** `null` for a storage that keeps none. */
  readonly contentType: string | null
  chunks(): AsyncIterable<Uint8Array>
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
  /**
   * Saves a file, whole or not at all, and resolves the name that it has: another one than `name` when that is taken, by somebody at the same moment too.
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
  /** The files below a folder, those of its folders too, by name; all of them for `''`. */
  list(folder: string): AsyncIterable<StorageEntry>
  /** Lets go of connections. */
  close(): Promise<void>
}
