/** Makes buckets, which storages expect to be there. */
import { AwsClient } from 'aws4fetch'
import type { S3Server } from '../s3-server.ts'

export function clientOf({ credentials, region }: S3Server): AwsClient {
  return new AwsClient({ ...credentials, region, service: 's3', retries: 0 })
}

export async function makeBucket(server: S3Server, bucket: string): Promise<void> {
  const { status } = await clientOf(server).fetch(`${server.endpoint}/${bucket}`, { method: 'PUT' })
  if (status !== 200) throw new Error(`The bucket was not made: ${status}`)
}
