/**
 * `nuages/signing`: text and data that a visitor may carry but not change, in the forms of Django's `core.signing`.
 *
 * Start with `dumps` and `loads` for data in a link, `TimestampSigner` for text; keep a `DataSigner` to sign often.
 *
 * @module
 */
export { base62Decode, base62Encode } from './base62.ts'
export { type CompressOption, DataSigner, type DataSignerOptions, dumps, loads } from './data-signer.ts'
export { BadSignature, SignatureExpired } from './errors.ts'
export { saltedHmac } from './salted-hmac.ts'
export {
  cookieKeys,
  type SignedCookie,
  type SignedCookieReading,
  signCookieValue,
  unsignCookieValue,
} from './signed-cookie.ts'
export { Signer, type SignerOptions, type SigningKeys } from './signer.ts'
export { type AgeLimit, TimestampSigner, type TimestampSignerOptions } from './timestamp-signer.ts'
