/**
 * The end of an exchange on Node.
 */

/** What this file uses of `ServerResponse`, and of `Http2ServerResponse`. */
export interface Closing {
  readonly writableFinished?: boolean
  /** Absent over HTTP/2. */
  readonly closed?: boolean
  /** Over HTTP/2, where a response whose client has gone away counts as finished. */
  readonly stream?: { readonly closed: boolean; readonly aborted: boolean } | undefined
  once(event: 'close', listener: () => void): unknown
}

/** Runs `done` when the answer is out or the client has gone away, at once when that is so already. */
export function onceClosed(outgoing: Closing, done: (isAnswered: boolean) => void): void {
  const { stream } = outgoing
  const close = (): void => done(stream === undefined ? outgoing.writableFinished === true : !stream.aborted)
  if (stream === undefined ? outgoing.closed : stream.closed) close()
  else outgoing.once('close', close)
}
