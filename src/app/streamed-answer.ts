/**
 * An answer that is a stream: its source may fail when the head is out, and no page of an error can say so any more.
 */
import { Readable } from 'node:stream'
import type { HttpResponse, ResponseBody } from '../http/index.ts'

export type StreamedBody = Extract<ResponseBody, AsyncIterable<Uint8Array>>

export function isStreamed(body: ResponseBody): body is StreamedBody {
  return body !== null && typeof body !== 'string' && !(body instanceof Uint8Array)
}

/** Calls `onFailure` when the source of the answer fails; whoever sends it meets the failure all the same. */
export function watchStream(response: HttpResponse, body: StreamedBody, onFailure: (error: unknown) => void): void {
  if (body instanceof Readable) body.once('error', onFailure)
  else response.body = { [Symbol.asyncIterator]: () => watched(body[Symbol.asyncIterator](), onFailure) }
}

function watched(chunks: AsyncIterator<Uint8Array>, onFailure: (error: unknown) => void): AsyncIterator<Uint8Array> {
  return {
    async next() {
      try {
        return await chunks.next()
      } catch (error) {
        onFailure(error)
        throw error
      }
    },
    async return() {
      await chunks.return?.()
      return { done: true, value: undefined }
    },
  }
}
