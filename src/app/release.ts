/**
 * The end of what a request keeps: its uploaded files.
 */
import { finished, Readable } from 'node:stream'
import type { HttpRequest, HttpResponse } from '../http/index.ts'
import { isStreamed } from './streamed-answer.ts'

/** True when the request keeps something, or its answer can still make it do so: by reading the form while it is sent. */
export function owesRelease(request: HttpRequest, { body }: HttpResponse): boolean {
  return request.needsRelease || (isStreamed(body) && request.contentType.type === 'multipart/form-data')
}

/** The answer; the files of the request are gone before it is sent, or, when it is a stream that may read them, when that is out. */
export async function releaseAfter(
  request: HttpRequest,
  answer: HttpResponse | Promise<HttpResponse>,
): Promise<HttpResponse> {
  const response = await answer
  const { body } = response
  if (!isStreamed(body)) await request.release()
  else if (!request.releaseOnClose()) {
    if (body instanceof Readable) finished(body, () => request.release())
    else response.body = { [Symbol.asyncIterator]: () => releasing(body[Symbol.asyncIterator](), request) }
  }
  return response
}

/** Released at the end, on failure, and when nobody wants the rest, even of a stream that was never begun. */
function releasing(chunks: AsyncIterator<Uint8Array>, request: HttpRequest): AsyncIterator<Uint8Array> {
  return {
    async next() {
      let isOver = true
      try {
        const result = await chunks.next()
        isOver = result.done === true
        return result
      } finally {
        if (isOver) await request.release()
      }
    },
    async return() {
      // At once: the source may wait for what never comes.
      await Promise.all([chunks.return?.(), request.release()])
      return { done: true, value: undefined }
    },
  }
}
