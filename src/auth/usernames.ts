/**
 * The form of names and addresses, as Django has it.
 */
import { codePointLength, latePattern, stripPython } from '../kit/index.ts'

/** Width of `auth_user.username`, in code points. */
const maxUsernameLength = 150

/** Python's `[\w.@+-]`: letters and digits of all scripts, no combining marks. */
const unicodeName = latePattern(String.raw`^[\p{L}\p{N}_.@+-]+$`, 'u')
const asciiName = /^[A-Za-z0-9_.@+-]+$/

export type UsernameAlphabet = 'unicode' | 'ascii'

/**
 * The name in NFKC: one spelling for what looks alike, so that `ﬁ` cannot pass as another `fi`.
 *
 * Validate its result, not its input: `℃` becomes `°C`. A name that is longer than the column stays as it is, as in Django's forms: it is
 * nobody's, and normalizing megabytes of `ﷺ`, each of which becomes 18 characters, would stop the event loop.
 * `maxLength`: width of the column, in code points. Default: 150.
 */
export function normalizeUsername(username: string, maxLength: number = maxUsernameLength): string {
  return codePointLength(username) > maxLength ? username : username.normalize('NFKC')
}

/** True for 1 to 150 letters, digits and `@ . + - _`. Letters of different scripts may look alike all the same. */
export function isValidUsername(username: string, alphabet: UsernameAlphabet = 'unicode'): boolean {
  if (codePointLength(username) > maxUsernameLength) return false
  return asciiName.test(username) || (alphabet === 'unicode' && unicodeName().test(username))
}

/** The address with its domain in lower case; what stands before the last `@` may be case-sensitive. */
export function normalizeEmail(email: string): string {
  const address = stripPython(email)
  const at = address.lastIndexOf('@')
  return at < 0 ? email : address.slice(0, at) + address.slice(at).toLowerCase()
}
