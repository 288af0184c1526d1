/**
 * `nuages/files`: where an application keeps files, and how visitors get them.
 *
 * Start with `createDiskStorage({ root: 'media' })`, or `app.storage`, which is one; `serveFiles(storage)` is its view.
 *
 * @module
 */
export { contentDisposition } from './content-disposition.ts'
export { createDiskStorage, type DiskStorageOptions, removePartialFiles } from './disk-storage.ts'
export {
  PreconditionFailed,
  RangeNotSatisfiable,
  StorageNameRefused,
  StorageUnavailable,
  StoredFileNotFound,
} from './errors.ts'
export { type MediaTypeOf, mediaTypeOf, withExtensionOf } from './media-types.ts'
export { type FileResponseOptions, type FilesView, fileResponse, serveFiles } from './serve-files.ts'
export { type StorageChunksOptions, storageChunks } from './source.ts'
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
} from './storage-names.ts'
export { datedFolder, type FolderDate, nameInFolder } from './upload-to.ts'
