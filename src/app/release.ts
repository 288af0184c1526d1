/**
 * The end of what a request keeps: its uploaded files.
 */
import { type BodyChunks, chunksOf, type HttpRequest, type HttpResponse, isStreamed } from '../http/index.ts'

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
  else if (!request.releaseOnClose())
    response.body = { [Symbol.asyncIterator]: () => releasing(chunksOf(body), request) }
  return response
}

/** Released at the end, on failure, and when nobody wants the rest, even of a stream that was never begun. */
function releasing(chunks: BodyChunks, request: HttpRequest): BodyChunks {
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
      const [over] = await Promise.all([chunks.return(), request.release()])
      return over
    },
  }
}
