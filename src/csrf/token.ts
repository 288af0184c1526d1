/**
 * Django's CSRF secret and its masked form.
 *
 * Pure. The mask makes each page's token another one, so that compression cannot leak the secret (BREACH); nothing here is signed.
 */
import { constantTimeEqual, randomString } from '../kit/index.ts'

const secretLength = 32
const tokenLength = 2 * secretLength
/** Lower case first, unlike base 62. */
const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const tokenForm = /^(?:[a-zA-Z0-9]{32}|[a-zA-Z0-9]{64})$/

/** A new secret: 32 characters of 62, 190 random bits. */
export function newCsrfSecret(): string {
  return randomString(secretLength, alphabet)
}

/** The secret under a mask: the mask itself, then the sum of both, character by character. Default: a new mask. */
export function maskCsrfSecret(secret: string, mask: string = newCsrfSecret()): string {
  let cipher = ''
  for (let index = 0; index < secretLength; index++)
    cipher += alphabet[(valueAt(secret, index) + valueAt(mask, index)) % alphabet.length]
  return mask + cipher
}

/** The secret in a well-formed masked token of 64 characters. For text from outside: `toCsrfSecret`. */
export function unmaskCsrfToken(token: string): string {
  let secret = ''
  for (let index = 0; index < secretLength; index++) {
    const difference = valueAt(token, secretLength + index) - valueAt(token, index)
    secret += alphabet[(difference + alphabet.length) % alphabet.length]
  }
  return secret
}

function valueAt(text: string, index: number): number {
  return alphabet.indexOf(text[index] as string)
}

/** The secret of a stored or sent text, bare (32) or masked (64); `null` for what is neither. */
export function toCsrfSecret(text: string): string | null {
  if (!tokenForm.test(text)) return null
  return text.length === tokenLength ? unmaskCsrfToken(text) : text
}

/** True when a sent token holds the secret; either may be bare or masked. Takes the same time wherever they differ. */
export function csrfTokensMatch(token: string, secret: string): boolean {
  const sent = toCsrfSecret(token)
  const own = toCsrfSecret(secret)
  return sent !== null && own !== null && constantTimeEqual(sent, own)
}
