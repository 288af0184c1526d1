/**
 * `nuages/files`: where an application keeps files, and how visitors get them.
 *
 * Start with `createDiskStorage({ root: 'media' })`, or `app.storage`, which is one; `serveFiles(storage)` is its view.
 *
 * @module
 */
export { createDiskStorage, type DiskStorageOptions, removePartialFiles } from './disk-storage.ts'
export {
  PreconditionFailed,
  RangeNotSatisfiable,
  StorageNameRefused,
  StorageUnavailable,
  StoredFileNotFound,
} from './errors.ts'
export { storageChunks } from './source.ts'
export type {
  SaveToStorageOptions,
  Storage,
  StorageEntry,
  StorageRange,
  StorageSource,
  StoredFile,
} from './storage.ts'
export {
  cleanBaseName,
  cleanStorageName,
  requireStorageName,
  type StorageNamesOptions,
  storageNames,
  type UniqueName,
  uniqueNames,
} from './storage-names.ts'
export { datedFolder, type FolderDate } from './upload-to.ts'
