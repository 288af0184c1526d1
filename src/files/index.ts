/**
 * `nuages/files`: where an application keeps files.
 *
 * @module
 */
export type {
  SaveToStorageOptions,
  Storage,
  StorageEntry,
  StorageRange,
  StorageSource,
  StoredFile,
} from './storage.ts'
