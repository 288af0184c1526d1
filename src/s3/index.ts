/**
 * `nuages/s3`: files in a bucket of Amazon S3, or of any server that speaks its language.
 *
 * Start with `createApp({ storage: createS3Storage({ bucket: 'media', region: 'eu-central-1' }) })`.
 *
 * @module
 */
export type { S3Credentials, S3StorageOptions } from './options.ts'
export { createS3Storage, type DirectUpload, type DirectUploadOptions, type S3Storage } from './s3-storage.ts'
