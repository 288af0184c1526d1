/**
 * Text with the time of its signature behind it.
 *
 * Has a `Signer`, is none: its `unsign` takes an age, and what one signs the other must not be asked to read.
 */
import { type Clock, systemClock } from '../kit/index.ts'
import { base62Decode, base62Encode } from './base62.ts'
import { BadSignature, SignatureExpired } from './errors.ts'
import { Signer, type SignerOptions } from './signer.ts'

export interface TimestampSignerOptions extends SignerOptions {
  /** Default: the machine's clock. */
  readonly clock?: Clock
}

/** How old a signature may be. */
export interface AgeLimit {
  /** Seconds; exactly that age is still good. Default: any age. A time in the future is always good. */
  readonly maxAge?: number
}

/** Signs text as `django.core.signing.TimestampSigner`: `value:time:signature`, the time in seconds in base 62. */
export class TimestampSigner {
  readonly #signer: Signer
  readonly #sep: string
  readonly #clock: Clock

  /** @throws {ConfigError} as `Signer` does. */
  constructor(options: TimestampSignerOptions) {
    this.#signer = new Signer({ ...options, salt: options.salt || 'django.core.signing.TimestampSigner' })
    this.#sep = options.sep ?? ':'
    this.#clock = options.clock ?? systemClock
  }

  /** Now, as it is written. */
  timestamp(): string {
    return base62Encode(Math.floor(this.#clock() / 1000))
  }

  /** @throws {TypeError} for text with a lone surrogate, which has no UTF-8 form. */
  sign(value: string): string {
    return this.#signer.sign(value + this.#sep + this.timestamp())
  }

  /**
   * The value that was signed.
   *
   * @throws {SignatureExpired} when the signature is genuine but older than `maxAge`.
   * @throws {BadSignature} when it is not genuine, or was made without a time.
   */
  unsign(signed: string, options: AgeLimit = {}): string {
    const stamped = this.#signer.unsign(signed)
    const end = stamped.lastIndexOf(this.#sep)
    const signedAt = end < 0 ? null : base62Decode(stamped.slice(end + this.#sep.length))
    if (signedAt === null) throw new BadSignature('What was signed has no time.')
    const { maxAge } = options
    if (maxAge !== undefined) {
      const age = this.#clock() / 1000 - Number(signedAt)
      // Not `age > maxAge`: a limit that is no number must not mean "for ever".
      if (!(age <= maxAge)) throw new SignatureExpired(age, maxAge)
    }
    return stamped.slice(0, end)
  }
}
