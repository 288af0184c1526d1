/**
 * The bytes of one request, chunk by chunk, for as long as they come.
 */
import { UploadLocked, UploadPaused } from './errors.ts'

export interface ReceiveOptions {
  /** Aborted when another request asks for the upload. */
  readonly stop: AbortSignal
  /** How long nothing may arrive, in seconds. */
  readonly idleSeconds: number
}

/**
 * Gives each chunk to `take`, and waits for it: the client waits too.
 *
 * @throws {UploadLocked} with status 423 when stopped, {UploadPaused} with status 408; what `take` and the body throw.
 */
export async function receive(
  body: AsyncIterable<Uint8Array>,
  take: (chunk: Uint8Array) => Promise<void>,
  { stop, idleSeconds }: ReceiveOptions,
): Promise<void> {
  const source = body[Symbol.asyncIterator]()
  let fail: (error: Error) => void = () => {}
  const onStop = (): void => fail(new UploadLocked())
  const timer = setTimeout(() => fail(new UploadPaused(idleSeconds)), idleSeconds * 1000)
  stop.addEventListener('abort', onStop)
  const next = (): Promise<IteratorResult<Uint8Array>> =>
    new Promise((resolve, reject) => {
      if (stop.aborted) throw new UploadLocked()
      fail = reject
      timer.refresh()
      source.next().then(resolve, reject)
    })
  let isOver = false
  try {
    for (let result = await next(); ; result = await next()) {
      isOver = result.done === true
      if (isOver) return
      await take(result.value)
    }
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', onStop)
    // A source that waits for the client ends when the client goes on; nobody waits for that.
    if (!isOver) source.return?.()?.catch(() => {})
  }
}
