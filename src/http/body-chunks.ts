/**
 * The body of an answer that is a stream, whatever kind of stream it is.
 *
 * Owns how a source is stopped. A loop of `for await` would tell it only after its next chunk, which may never come.
 */
import { Readable } from 'node:stream'
import type { ResponseBody } from './response.ts'

export type StreamedBody = Extract<ResponseBody, AsyncIterable<Uint8Array>>

export interface BodyChunks extends AsyncIterator<Uint8Array, undefined> {
  /**
   * Nobody wants the rest. Streams of Node and of the web let go of what they hold at once, also those that were never begun; an async
   * generator does so after its next chunk. Twice, or at the end, is no error. Never rejects.
   */
  return(): Promise<IteratorReturnResult<undefined>>
}

export function isStreamed(body: ResponseBody): body is StreamedBody {
  return body !== null && typeof body !== 'string' && !(body instanceof Uint8Array)
}

/** The chunks of a body. Whoever stops before the end calls `return`. */
export function chunksOf(body: StreamedBody): BodyChunks {
  let source: Source | null = null
  let isStopped = false
  const stop = async (): Promise<void> => {
    isStopped = true
    try {
      source ??= sourceOf(body)
      await source.stop()
    } catch {
      // The source failed; nobody waits for its bytes.
    }
  }
  return {
    async next() {
      try {
        source ??= sourceOf(body)
        const { done, value } = await source.next()
        return done || isStopped ? over : { done: false, value: toBytes(value) }
      } catch (error) {
        if (isStopped) return over
        // Not every reader would, after a failure; the source may have given what is no chunk, and wait.
        stop()
        throw error
      }
    },
    async return() {
      await stop()
      return over
    },
  }
}

const over: IteratorReturnResult<undefined> = { done: true, value: undefined }

interface Source {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>
  stop(): unknown
}

function sourceOf(body: StreamedBody): Source {
  if (body instanceof ReadableStream) {
    const reader = body.getReader()
    return { next: () => reader.read(), stop: () => reader.cancel() }
  }
  const chunks = body[Symbol.asyncIterator]()
  const next = (): Promise<IteratorResult<Uint8Array>> => chunks.next()
  // Its iterator, never started, would leave a file open.
  if (body instanceof Readable) return { next, stop: () => body.on('error', ignored).destroy() }
  return { next, stop: () => chunks.return?.() }
}

/** Streams of Node give what their maker likes. */
function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk === 'string') return Buffer.from(chunk)
  throw new TypeError('The stream of an answer gave something else than bytes (Uint8Array) or text.')
}

function ignored(): void {}
