/**
 * Files in a bucket, on a real S3 server.
 */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { storageContract } from 'nuages/testing'
import { createS3Storage, type S3Storage, type S3StorageOptions } from '../../src/s3/index.ts'
import { type S3Server, startS3 } from '../s3-server.ts'
import { makeBucket } from './bucket.ts'

const skipped: string[] = []
const server = await startS3({ after, skip: why => void skipped.push(why) })
const bucket = 'media'
if (server !== null) await makeBucket(server, bucket)

function open(options: Partial<S3StorageOptions> = {}): S3Storage {
  const { endpoint, credentials, region } = server as S3Server
  return createS3Storage({ bucket, endpoint, credentials, region, ...options })
}

if (server === null) it('keeps files in a bucket', t => t.skip(skipped.join()))
else {
  describe('the contract of storages, kept by one in a bucket', () => storageContract(it, () => open()))
  describe('below a prefix', () => storageContract(it, () => open({ prefix: 'site/files/' })))
}
