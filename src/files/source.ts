/**
 * The bytes of whatever is saved, chunk by chunk, until somebody calls it off.
 */
import { UploadedFile } from '../http/index.ts'
import type { StorageSource } from './storage.ts'

/**
 * The bytes of a source. When `signal` is aborted, whoever waits for the next hears so at once, with its reason; the source is let go of.
 */
export async function* storageChunks(
  source: StorageSource,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  signal?.throwIfAborted()
  if (typeof source === 'string') yield Buffer.from(source)
  else if (source instanceof Uint8Array) yield source
  else {
    const chunks = source instanceof UploadedFile ? source.chunks() : source
    if (signal === undefined) yield* chunks
    else yield* untilAborted(chunks, signal)
  }
}

async function* untilAborted(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const iterator = chunks[Symbol.asyncIterator]()
  let stop: (reason: unknown) => void = () => {}
  const onAbort = (): void => stop(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    for (;;) {
      signal.throwIfAborted()
      const result = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        stop = reject
        iterator.next().then(resolve, reject)
      })
      if (result.done === true) return
      yield result.value
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    // It may wait for a client that sends nothing more: nobody waits for that.
    iterator.return?.()?.catch(() => {})
  }
}
