/**
 * The bytes of whatever is saved, chunk by chunk, until somebody calls it off.
 */
import { FilePart, UploadedFile } from '../http/index.ts'
import type { StorageSource } from './storage.ts'

export interface StorageChunksOptions {
  /** When it is aborted, whoever waits for the next chunk hears so at once, with its reason; the source is let go of. */
  readonly signal?: AbortSignal | undefined
  /** True for who is done with a chunk before he asks for the next one: the memory of some is used again then. Default: false. */
  readonly copiesChunks?: boolean
}

/** The bytes of a source. */
export async function* storageChunks(
  source: StorageSource,
  { signal, copiesChunks = false }: StorageChunksOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  signal?.throwIfAborted()
  if (typeof source === 'string') yield Buffer.from(source)
  else if (source instanceof Uint8Array) yield source
  else {
    const chunks = chunksOf(source, copiesChunks)
    if (signal === undefined) yield* chunks
    else yield* untilAborted(chunks, signal)
  }
}

function chunksOf(source: AsyncIterable<Uint8Array> | UploadedFile, copiesChunks: boolean): AsyncIterable<Uint8Array> {
  if (source instanceof UploadedFile) return source.chunks()
  return copiesChunks && source instanceof FilePart ? source.transientChunks() : source
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
