/**
 * The end of what a request keeps: its uploaded files.
 */
import { Readable } from 'node:stream'
import type { HttpRequest, HttpResponse } from '../http/index.ts'

/** The answer; the files of the request are gone before it is sent, or, when it is a stream that may read them, when that ends. */
export async function releaseAfter(
  request: HttpRequest,
  answer: HttpResponse | Promise<HttpResponse>,
): Promise<HttpResponse> {
  const response = await answer
  const { body } = response
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) await request.release()
  else if (body instanceof Readable) body.once('close', () => request.release())
  else response.body = { [Symbol.asyncIterator]: () => releasing(body[Symbol.asyncIterator](), request) }
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
      try {
        await chunks.return?.()
      } finally {
        await request.release()
      }
      return { done: true, value: undefined }
    },
  }
}
