/**
 * Django's CSRF secret and its masked form.
 *
 * Pure: the mask hides the secret from compression attacks on the page (BREACH); nothing here is signed.
 */
import { constantTimeEqual, randomString } from '../kit/index.ts'

const secretLength = 32
const tokenLength = 2 * secretLength
/** Lower case first, unlike base 62. */
const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const tokenForm = /^(?:[a-zA-Z0-9]{32}|[a-zA-Z0-9]{64})$/

/** A fresh secret: 32 characters of 62, 190 random bits. */
export function newCsrfSecret(): string {
  return randomString(secretLength, alphabet)
}

/** True for text of the form of a secret (32) or of a masked one (64): all that Django reads. */
export function isCsrfToken(text: string): boolean {
  return tokenForm.test(text)
}

/** The secret under a mask: `mask` itself, then the sum of both, character by character. Default: a fresh mask. */
export function maskCsrfSecret(secret: string, mask: string = newCsrfSecret()): string {
  let cipher = ''
  for (let index = 0; index < secretLength; index += 1)
    cipher += alphabet[(valueAt(secret, index) + valueAt(mask, index)) % alphabet.length]
  return mask + cipher
}

/** The secret of a masked token of 64 characters. */
export function unmaskCsrfToken(token: string): string {
  let secret = ''
  for (let index = 0; index < secretLength; index += 1) {
    const difference = valueAt(token, secretLength + index) - valueAt(token, index)
    secret += alphabet[(difference + alphabet.length) % alphabet.length]
  }
  return secret
}

function valueAt(text: string, index: number): number {
  return alphabet.indexOf(text[index] as string)
}

/** The secret of a stored or sent text, bare or masked; `null` for what is neither. */
export function toCsrfSecret(text: string): string | null {
  if (!isCsrfToken(text)) return null
  return text.length === tokenLength ? unmaskCsrfToken(text) : text
}

/** True when a sent token, bare or masked, holds the secret. Takes the same time wherever they differ. */
export function csrfTokensMatch(token: string, secret: string): boolean {
  const sent = toCsrfSecret(token)
  const own = toCsrfSecret(secret)
  return sent !== null && own !== null && constantTimeEqual(sent, own)
}
