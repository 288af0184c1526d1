import { HttpError } from '../kit/index.ts'

/** A body arrives slower than `bodyBytesPerSecond` while somebody waits for it: a line that is too slow, or an attempt to keep connections busy (slowloris). */
export class BodyTooSlow extends HttpError {
  readonly code = 'node/body-too-slow'
  readonly status = 408
  readonly bytesPerSecond: number
  constructor(bytesPerSecond: number) {
    super(`The body arrives with less than ${bytesPerSecond} bytes a second.`)
    this.bytesPerSecond = bytesPerSecond
  }
}
