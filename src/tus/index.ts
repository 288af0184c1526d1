/**
 * `nuages/tus`: uploads that go on where they were cut off, by tus 1.0.
 *
 * Start with `createTusUploads()`, and include its `urls`.
 *
 * @module
 */
export {
  BadUploadHeader,
  ChecksumMismatch,
  OffsetMismatch,
  TooManyUploads,
  UnsupportedTusVersion,
  UploadLocked,
  UploadNotFound,
  UploadPaused,
  UploadTooLarge,
} from './errors.ts'
export type { FinishedUpload, NewUpload, TusOptions } from './options.ts'
export { createTusUploads, TusUploads, type TusView } from './tus-uploads.ts'
