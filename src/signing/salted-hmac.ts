/**
 * Django's derived HMAC, under everything that is signed.
 */
import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/**
 * HMAC of `value` under the key `hash(salt + secret)`, as Django's `salted_hmac`. Text is taken as UTF-8.
 *
 * `algorithm`: a name that `node:crypto` knows. Default: `sha1`, as in Django; everything newer there passes `sha256`.
 *
 * @throws {TypeError} for text with a lone surrogate: it has no UTF-8 form, and as U+FFFD would share its HMAC with
 * other text.
 */
export function saltedHmac(
  salt: string | Uint8Array,
  value: string | Uint8Array,
  secret: string | Uint8Array,
  algorithm: string = 'sha1',
): Buffer {
  return createHmac(algorithm, derive(salt, secret, algorithm))
    .update(requireUtf8(value))
    .digest()
}

/** The key that `saltedHmac` uses, for those who use it often. */
export function derivedKey(salt: string, secret: string | Uint8Array, algorithm: string): KeyObject {
  return createSecretKey(derive(salt, secret, algorithm))
}

/** Always the digest, also of short secrets. */
function derive(salt: string | Uint8Array, secret: string | Uint8Array, algorithm: string): Buffer {
  return createHash(algorithm).update(requireUtf8(salt)).update(requireUtf8(secret)).digest()
}

function requireUtf8<T extends string | Uint8Array>(value: T): T {
  if (typeof value === 'string' && !value.isWellFormed())
    throw new TypeError('Text with a lone surrogate has no UTF-8 form.')
  return value
}
