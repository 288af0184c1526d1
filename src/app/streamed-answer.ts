/**
 * An answer that is a stream: its source may fail when the head is out, and no page of an error can say so any more.
 */
import { Readable } from 'node:stream'
import { type BodyChunks, chunksOf, type HttpResponse, isStreamed } from '../http/index.ts'

/** Calls `onFailure` when the source of a streamed answer fails; whoever sends it meets the failure all the same. */
export function watchStream(response: HttpResponse, onFailure: (error: unknown) => void): void {
  const { body } = response
  if (!isStreamed(body)) return
  // It may fail before anybody reads it; its reader meets that, too.
  if (body instanceof Readable) body.on('error', () => {})
  response.body = { [Symbol.asyncIterator]: () => watched(chunksOf(body), onFailure) }
}

function watched(chunks: BodyChunks, onFailure: (error: unknown) => void): BodyChunks {
  return {
    async next() {
      try {
        return await chunks.next()
      } catch (error) {
        onFailure(error)
        throw error
      }
    },
    return: () => chunks.return(),
  }
}
