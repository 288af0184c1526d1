/**
 * The form of names and addresses, as Django has it.
 */
import { codePointLength } from '../kit/index.ts'

const maxLength = 150
/** Python's `\w` and `.@+-`: letters and digits of all kinds, no combining marks. */
const unicodeName = /^[\p{L}\p{N}_.@+-]+$/u
const asciiName = /^[A-Za-z0-9_.@+-]+$/

/** NFKC: names that look alike are alike. */
export function normalizeUsername(username: string): string {
  return username.normalize('NFKC')
}

/** True for 1 to 150 letters, digits and `@ . + - _`. */
export function isValidUsername(username: string, alphabet: 'unicode' | 'ascii' = 'unicode'): boolean {
  return (alphabet === 'ascii' ? asciiName : unicodeName).test(username) && codePointLength(username) <= maxLength
}

/** The domain of an address in lower case. */
export function normalizeEmail(email: string): string {
  const at = email.lastIndexOf('@')
  return at < 0 ? email : email.slice(0, at + 1) + email.slice(at + 1).toLowerCase()
}
