/**
 * The body of a web `Request`, chunk by chunk.
 *
 * Owns what becomes of the rest when its reader stops early. Leaves limits to whoever reads.
 */
import { HttpError } from '../kit/index.ts'
import { ClientDisconnected } from './errors.ts'

/** How much of a body nobody reads is still taken, in bytes, and for how long, in milliseconds. */
const maxRestBytes = 67_108_864
const maxRestMs = 30_000

/**
 * The chunks of a body. Whoever stops early does not cancel it: on many servers that would cut the connection that the answer
 * still has to go through. The rest is taken and thrown away, so that a client who sends all before it reads gets to its answer.
 *
 * @throws {ClientDisconnected} when the stream fails.
 */
export async function* streamBody(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const reader = stream.getReader()
  let isOver = false
  try {
    for (;;) {
      const result = await reader.read()
      if (result.done) break
      yield result.value
    }
    isOver = true
    reader.releaseLock()
  } catch (cause) {
    isOver = true
    throw cause instanceof HttpError ? cause : new ClientDisconnected({ cause })
  } finally {
    // A stream that fails now has no reader who would want to know.
    if (!isOver) discardRest(reader).catch(() => {})
  }
}

async function discardRest(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const end = performance.now() + maxRestMs
  for (let bytes = 0; bytes < maxRestBytes && performance.now() < end; ) {
    const result = await reader.read()
    if (result.done) return
    bytes += result.value.byteLength
  }
  await reader.cancel()
}
