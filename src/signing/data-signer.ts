/**
 * Signed data: `django.core.signing.dumps` and `loads`.
 *
 * Owns the way from data to signed text and back. Leaves JSON to `nuages/kit`, the packing to ./payload.ts.
 */
import { type JsonValue, parseJson, serializeJson } from '../kit/index.ts'
import { defaultMaxInflatedBytes, packPayload, readPayload, unpackPayload } from './payload.ts'
import type { SigningKeys } from './signer.ts'
import { type AgeLimit, TimestampSigner, type TimestampSignerOptions } from './timestamp-signer.ts'

export interface DataSignerOptions extends SigningKeys, Pick<TimestampSignerOptions, 'clock'> {
  /** Keeps the signatures of different purposes apart. Default: `django.core.signing`. */
  readonly salt?: string
  /** Largest size after decompression, in bytes. Default: 8 MiB (8_388_608). Over it is `BadSignature`. */
  readonly maxInflatedBytes?: number
}

export interface CompressOption {
  /** Compress with zlib when that is shorter. Default: false. */
  readonly compress?: boolean
}

/** Signs data many times with the same keys and salt. */
export class DataSigner {
  readonly #signer: TimestampSigner
  readonly #maxInflatedBytes: number

  /** @throws {ConfigError} as `Signer` does. */
  constructor(options: DataSignerOptions) {
    this.#signer = new TimestampSigner({ ...options, salt: options.salt ?? 'django.core.signing' })
    this.#maxInflatedBytes = options.maxInflatedBytes ?? defaultMaxInflatedBytes
  }

  /** @throws {UnserializableError} for what JSON cannot hold exactly. */
  dumps(value: unknown, options: CompressOption = {}): string {
    return this.dumpsText(serializeJson(value), options)
  }

  /**
   * The data that was signed.
   *
   * @throws {SignatureExpired} when the signature is genuine but older than `maxAge`.
   * @throws {BadSignature} when it is not genuine, or what was signed is not data or too large.
   */
  loads(signed: string, options: AgeLimit = {}): JsonValue {
    return readPayload(this.#signer.unsign(signed, options), parseJson, this.#maxInflatedBytes)
  }

  /** Signs JSON text as it is: the caller answers for its being JSON. */
  dumpsText(jsonText: string, options: CompressOption = {}): string {
    return this.#signer.sign(packPayload(jsonText, options.compress ?? false))
  }

  /** The text that was signed, exactly and unparsed: it need not be JSON. Throws as `loads` does. */
  loadsText(signed: string, options: AgeLimit = {}): string {
    return unpackPayload(this.#signer.unsign(signed, options), this.#maxInflatedBytes)
  }
}

/** Signs data once, as Django's `signing.dumps`. To sign often, keep a `DataSigner`. */
export function dumps(value: unknown, options: DataSignerOptions & CompressOption): string {
  return new DataSigner(options).dumps(value, options)
}

/** Reads what `dumps` signed, as Django's `signing.loads`. Throws as `DataSigner.loads` does. */
export function loads(signed: string, options: DataSignerOptions & AgeLimit): JsonValue {
  return new DataSigner(options).loads(signed, options)
}
