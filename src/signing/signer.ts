/**
 * Text with a signature behind it.
 *
 * Owns keys, their rotation and the comparison. Leaves time to ./timestamp-signer.ts and data to ./payload.ts.
 */
import { createHmac, type KeyObject } from 'node:crypto'
import { ConfigError, constantTimeEqual, type JsonValue, parseJson, serializeJson } from '../kit/index.ts'
import { BadSignature } from './errors.ts'
import { packPayload, readPayload } from './payload.ts'
import { derivedKey } from './salted-hmac.ts'

/** The secrets to sign with. */
export interface SigningKeys {
  /** `SECRET_KEY`: signs, and verifies first. Text is taken as UTF-8. */
  readonly key: string | Uint8Array
  /** `SECRET_KEY_FALLBACKS`: retired keys that still verify. Default: none. */
  readonly fallbackKeys?: readonly (string | Uint8Array)[]
}

export interface SignerOptions extends SigningKeys {
  /** Keeps the signatures of different purposes apart. Default: the name of the Django class. */
  readonly salt?: string
  /** Between value and signature. Default: `:`. Must hold a character that base64 does not use. */
  readonly sep?: string
  /** A hash that `node:crypto` knows. Default: `sha256`. */
  readonly algorithm?: string
}

/** Django's `_SEP_UNSAFE`: could be part of a signature. Its `A-z` has six punctuation marks, its `$` a newline. */
const unsafeSeparator = /^[A-z0-9\-_=]*\n?$/

/**
 * Signs text as `django.core.signing.Signer`: `value:signature`.
 *
 * The value stays readable; it is protected from change, not from view. A signature is good for ever: use
 * `TimestampSigner` where it should not be.
 */
export class Signer {
  readonly #secrets: readonly (string | Uint8Array)[]
  readonly #salt: string
  readonly #sep: string
  readonly #algorithm: string
  /** Derived at first use: a retired key is rarely needed. */
  readonly #derived: KeyObject[] = []

  /** @throws {ConfigError} for an empty key, an unsafe separator or an unknown algorithm. */
  constructor(options: SignerOptions) {
    this.#secrets = [options.key, ...(options.fallbackKeys ?? [])]
    this.#salt = `${options.salt || 'django.core.signing.Signer'}signer`
    this.#sep = options.sep ?? ':'
    this.#algorithm = options.algorithm ?? 'sha256'
    requireKeys(options)
    if (unsafeSeparator.test(this.#sep)) {
      const fix = 'Use one with a character other than A-z, 0-9, "-", "_" and "=".'
      throw new ConfigError(`The separator ${JSON.stringify(this.#sep)} could be part of a signature.`, fix)
    }
    this.#requireAlgorithm()
  }

  /** @throws {TypeError} for text with a lone surrogate, which has no UTF-8 form. */
  sign(value: string): string {
    if (!value.isWellFormed()) throw new TypeError('Text with a lone surrogate cannot be signed: it has no UTF-8 form.')
    return value + this.#sep + this.#signature(value, 0)
  }

  /**
   * The value that was signed.
   *
   * @throws {BadSignature} when there is no signature, or none of the keys made it.
   */
  unsign(signed: string): string {
    const end = signed.lastIndexOf(this.#sep)
    if (end < 0) throw new BadSignature(`There is no ${JSON.stringify(this.#sep)} in the text.`)
    const value = signed.slice(0, end)
    const signature = signed.slice(end + this.#sep.length)
    // As UTF-8, every lone surrogate is U+FFFD: a signature for one text would be good for others.
    if (!value.isWellFormed()) throw new BadSignature('The text has no UTF-8 form.')
    for (let index = 0; index < this.#secrets.length; index++) {
      if (constantTimeEqual(signature, this.#signature(value, index))) return value
    }
    throw new BadSignature('The signature does not match.')
  }

  /** Signs data as JSON in base64. `compress`: also try zlib, and use it when that is shorter. Default: false. */
  signObject(value: unknown, options: { compress?: boolean } = {}): string {
    return this.sign(packPayload(serializeJson(value), options.compress ?? false))
  }

  /** @throws {BadSignature} as `unsign` does, and when what was signed is not data. */
  unsignObject(signed: string): JsonValue {
    return readPayload(this.unsign(signed), parseJson)
  }

  #signature(value: string, index: number): string {
    return createHmac(this.#algorithm, this.#key(index)).update(value).digest('base64url')
  }

  #key(index: number): KeyObject {
    const known = this.#derived[index]
    if (known !== undefined) return known
    const key = derivedKey(this.#salt, this.#secrets[index] as string | Uint8Array, this.#algorithm)
    this.#derived[index] = key
    return key
  }

  #requireAlgorithm(): void {
    try {
      this.#key(0)
    } catch (cause) {
      const fix = 'Use a hash that node:crypto knows, such as sha256.'
      throw new ConfigError(`${JSON.stringify(this.#algorithm)} cannot be used for signatures.`, fix, { cause })
    }
  }
}

/** With an empty key anyone could sign, with an empty fallback key as well. @throws {ConfigError} */
export function requireKeys(keys: SigningKeys): void {
  requireKey(keys.key, 'SECRET_KEY')
  for (const key of keys.fallbackKeys ?? []) requireKey(key, 'SECRET_KEY_FALLBACKS')
}

function requireKey(key: string | Uint8Array, setting: string): void {
  if (key.length > 0 && (typeof key !== 'string' || key.isWellFormed())) return
  const fix = `Set ${setting} to 50 random characters.`
  throw new ConfigError('A key to sign with is empty or not valid text.', fix, { setting })
}
