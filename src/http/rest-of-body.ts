/**
 * What a client still sends after its answer is out.
 *
 * A connection that is closed on a client in the middle of sending is reset, and the answer is lost on it: browsers say that
 * the connection failed, instead of that the file is too large. So the rest is taken from the wire, as far as that is bearable.
 */

/** What this file uses of `IncomingMessage`. */
export interface RestSource {
  readonly complete: boolean
  readonly destroyed: boolean
  readonly socket: { destroy(): unknown }
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown
  once(event: 'end' | 'close', listener: () => void): unknown
  resume(): unknown
}

/** How much of a body nobody reads is let through: what is longer is cut. */
const maxRestBytes = 67_108_864

/** For how long, in milliseconds. */
const maxRestMs = 30_000

/** For how long nothing may come, in milliseconds. */
const maxSilentMs = 5000

/** Discards the rest. `done`: it is all here. The connection is cut when it is too much, or takes too long. */
export function discardRest(incoming: RestSource, done: () => void): void {
  if (incoming.complete || incoming.destroyed) {
    incoming.resume()
    done()
    return
  }
  let bytes = 0
  const cut = (): void => void incoming.socket.destroy()
  const whole = setTimeout(cut, maxRestMs).unref()
  const silent = setTimeout(cut, maxSilentMs).unref()
  const stop = (): void => {
    clearTimeout(whole)
    clearTimeout(silent)
  }
  incoming.on('data', chunk => {
    bytes += chunk.byteLength
    if (bytes > maxRestBytes) cut()
    else silent.refresh()
  })
  incoming.once('close', stop)
  incoming.once('end', () => {
    stop()
    done()
  })
  incoming.resume()
}
