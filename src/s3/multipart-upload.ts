/**
 * One file in parts: some of them on their way while the next one is read, and all gone when it fails.
 */
import { StorageUnavailable } from '../files/index.ts'
import type { PartReader, SourcePart } from './part-reader.ts'
import { errorOf, type S3Client } from './s3-client.ts'
import { elementText, escapeXml } from './s3-xml.ts'

/** S3's limit. */
const mostParts = 10_000

export interface UploadTarget {
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortController
}

/** A file of which S3 has parts, and that nobody sees before `complete`. */
export class MultipartUpload {
  readonly #client: S3Client
  readonly #target: UploadTarget
  readonly #id: string
  readonly #etags: string[] = []
  readonly #sending: Set<Promise<void>> = new Set()

  private constructor(client: S3Client, target: UploadTarget, id: string) {
    this.#client = client
    this.#target = target
    this.#id = id
  }

  static async begin(client: S3Client, target: UploadTarget): Promise<MultipartUpload> {
    const { key, headers, signal } = target
    const { response } = await client.send({
      method: 'POST',
      key,
      query: { uploads: '' },
      headers,
      signal: signal.signal,
    })
    const id = elementText(await response.text(), 'UploadId')
    if (id === null) throw new StorageUnavailable('POST: the S3 server begins no multipart upload')
    return new MultipartUpload(client, target, id)
  }

  /** Sends `first` and all parts after it. Rejects with what the source throws, or a part's failure, at once. */
  async sendAll(first: SourcePart, parts: PartReader): Promise<void> {
    const { partsAtOnce } = this.#client.config
    for (let part = first, number = 1; ; number += 1) {
      if (number > mostParts)
        throw new StorageUnavailable(`The file has more than ${mostParts} parts: a larger partBytes is needed`)
      const { bytes, isLast } = part
      const sending = this.#send(number, bytes).then(() => parts.release(bytes))
      // A failure ends the reading of the source, whatever it waits for; it is told by the promise itself.
      sending.catch(error => this.#target.signal.abort(error)).finally(() => this.#sending.delete(sending))
      this.#sending.add(sending)
      if (isLast) break
      if (this.#sending.size >= partsAtOnce) await Promise.race(this.#sending)
      part = await parts.next()
    }
    await Promise.all(this.#sending)
  }

  async #send(number: number, body: Uint8Array<ArrayBuffer>): Promise<void> {
    const query = { partNumber: String(number), uploadId: this.#id }
    const { key, signal } = this.#target
    const { headers } = await this.#client.send({ method: 'PUT', key, query, body, signal: signal.signal })
    this.#etags[number - 1] = headers.get('ETag') ?? ''
  }

  /** The status: 200, or one of `expects`. */
  async complete(
    headers: Readonly<Record<string, string>>,
    expects: readonly number[],
  ): Promise<{ readonly status: number; readonly isRepeated: boolean }> {
    const parts = this.#etags.map(
      (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`,
    )
    const xml = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`
    const { status, response, isRepeated } = await this.#client.send({
      method: 'POST',
      key: this.#target.key,
      query: { uploadId: this.#id },
      headers: { ...headers, 'Content-Type': 'application/xml' },
      body: new TextEncoder().encode(xml),
      signal: this.#target.signal.signal,
      expects,
    })
    // The head is sent before the work is done: a failure may come after a 200.
    const text = await response.text().catch(() => '')
    if (response.ok && elementText(text, 'ETag') === null) throw errorOf('POST', status, text)
    return { status, isRepeated }
  }

  /** Throws away all parts, those on their way too. Best done even when the server was away: lifecycle rules do the rest. */
  async abort(): Promise<void> {
    await Promise.allSettled(this.#sending)
    await this.#client.send({ method: 'DELETE', key: this.#target.key, query: { uploadId: this.#id }, expects: [404] })
  }
}
