/**
 * What can be wrong with a signed text. Both classes stand directly under `HttpError`: a signature that has expired was
 * genuine, and catching the one must not swallow the other.
 */
import { HttpError } from '../kit/index.ts'

/**
 * The text was not signed by us, or not for this purpose, or what was signed cannot be read. Nothing of it may be used.
 *
 * Which of them it was is in `reason`, for the log; the visitor is told nothing that would help to forge.
 */
export class BadSignature extends HttpError {
  override readonly name = 'BadSignature'
  readonly code = 'signing/bad-signature'
  readonly status = 400
  override readonly suspicious = true
  readonly reason: string
  constructor(reason: string, cause?: unknown) {
    super('The signature is not valid.', { cause })
    this.reason = reason
  }
}

/** The signature is genuine but older than `maxAge` allows. */
export class SignatureExpired extends HttpError {
  override readonly name = 'SignatureExpired'
  readonly code = 'signing/expired'
  readonly status = 400
  /** Seconds since it was signed, with a fraction. */
  readonly ageSeconds: number
  readonly maxAgeSeconds: number
  constructor(ageSeconds: number, maxAgeSeconds: number) {
    super('The signature has expired.')
    this.ageSeconds = ageSeconds
    this.maxAgeSeconds = maxAgeSeconds
  }
}
