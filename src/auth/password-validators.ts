/**
 * What a new password must not be: Django's four rules, in Django's words.
 *
 * Owns the rules. Leaves which of them apply to `AUTH_PASSWORD_VALIDATORS`, and a largest length to the form.
 */
import { codePointLength, latePattern, stripPython } from '../kit/index.ts'
import type { PasswordValidator } from '../settings/index.ts'
import { commonPasswords } from './common-passwords.ts'

/** What is wrong with a password. */
export interface PasswordProblem {
  /** Stable name for programs: `password_too_short`. */
  readonly code: string
  /** For the visitor to read. */
  readonly message: string
}

/** What an account has that its password should not be like. What is no text is left out. */
export interface UserAttributes {
  readonly username?: string
  readonly firstName?: string
  readonly lastName?: string
  readonly email?: string
}

/**
 * All that is wrong with a new password, in the order of the rules; empty when it is good.
 *
 * A password with half a surrogate pair is refused whatever the rules: it cannot be hashed.
 */
export function validatePassword(
  password: string,
  attributes: UserAttributes,
  validators: readonly PasswordValidator[],
): readonly PasswordProblem[] {
  if (!password.isWellFormed())
    return [{ code: 'password_malformed', message: 'This password contains half of a character.' }]
  return validators
    .map(validator => problemBy(validator, password, attributes))
    .filter((problem): problem is PasswordProblem => problem !== null)
}

function problemBy(validator: PasswordValidator, password: string, attributes: UserAttributes): PasswordProblem | null {
  switch (validator.NAME) {
    case 'UserAttributeSimilarityValidator': {
      const { user_attributes: names, max_similarity: maxSimilarity } = validator.OPTIONS
      return userAttributeSimilarity(password, attributes, { names, maxSimilarity })
    }
    case 'MinimumLengthValidator':
      return minimumLength(password, validator.OPTIONS.min_length)
    case 'CommonPasswordValidator':
      return commonPassword(password)
    case 'NumericPasswordValidator':
      return numericPassword(password)
  }
}

/** Refuses less than `length` characters (code points, so that an emoji is one). */
export function minimumLength(password: string, length: number): PasswordProblem | null {
  if (codePointLength(password) >= length) return null
  const message = `This password is too short. It must contain at least ${length} character${length === 1 ? '' : 's'}.`
  return { code: 'password_too_short', message }
}

/** Refuses the 19,640 passwords that everybody tries first, however they are capitalised. */
export function commonPassword(password: string): PasswordProblem | null {
  if (!commonPasswords().has(stripPython(password.toLowerCase()))) return null
  return { code: 'password_too_common', message: 'This password is too common.' }
}

/** Python's `str.isdigit`: decimal digits of all scripts, and what else has a digit for its value, like `²` and `①`. */
const onlyDigits = latePattern(
  String.raw`^[\p{Nd}\u00b2\u00b3\u00b9\u1369-\u1371\u19da\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792\u{10a40}-\u{10a43}\u{10e60}-\u{10e68}\u{11052}-\u{1105a}\u{1f100}-\u{1f10a}]+$`,
  'u',
)

/** Refuses digits only. */
export function numericPassword(password: string): PasswordProblem | null {
  if (!onlyDigits().test(password)) return null
  return { code: 'password_entirely_numeric', message: 'This password is entirely numeric.' }
}

/** Which attributes are compared, by Django's names, and how alike is too alike: 0.1 to 1. */
export interface SimilarityOptions {
  readonly names: readonly string[]
  readonly maxSimilarity: number
}

/** The words of a text, as Python's `\w` has them. */
const betweenWords = latePattern(String.raw`[^\p{L}\p{N}_]+`, 'u')

/** Names of Django's fields in its messages, where they are not the field's own. */
const verboseNames: ReadonlyMap<string, string> = new Map([
  ['first_name', 'first name'],
  ['last_name', 'last name'],
  ['email', 'email address'],
])

/** Refuses what is like one of the account's attributes or a word of it. */
export function userAttributeSimilarity(
  password: string,
  attributes: UserAttributes,
  { names, maxSimilarity }: SimilarityOptions,
): PasswordProblem | null {
  const mine = countCharacters(password.toLowerCase())
  for (const name of names) {
    const value = attributeOf(attributes, name)?.toLowerCase()
    if (!value) continue
    if ([...value.split(betweenWords()), value].some(part => isTooAlike(mine, countCharacters(part), maxSimilarity))) {
      const message = `The password is too similar to the ${verboseNames.get(name) ?? name}.`
      return { code: 'password_too_similar', message }
    }
  }
  return null
}

/** `first_name` is `firstName` here. Own properties only: a name is no way to the prototype. */
function attributeOf(attributes: UserAttributes, name: string): string | undefined {
  const property = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const value = Object.hasOwn(attributes, property) ? attributes[property as keyof UserAttributes] : undefined
  return typeof value === 'string' ? value : undefined
}

/** How often each character stands in a text. */
interface CharacterCounts {
  readonly length: number
  readonly counts: ReadonlyMap<string, number>
}

function countCharacters(text: string): CharacterCounts {
  const counts = new Map<string, number>()
  let length = 0
  for (const character of text) {
    counts.set(character, (counts.get(character) ?? 0) + 1)
    length += 1
  }
  return { length, counts }
}

/** Python's `SequenceMatcher.quick_ratio`: twice the characters in common, in whatever order, by all there are. */
function isTooAlike(password: CharacterCounts, part: CharacterCounts, maxSimilarity: number): boolean {
  if (password.length >= 10 * part.length && part.length < (maxSimilarity / 2) * password.length) return false
  let common = 0
  for (const [character, count] of part.counts) common += Math.min(count, password.counts.get(character) ?? 0)
  const all = password.length + part.length
  return (all === 0 ? 1 : (2 * common) / all) >= maxSimilarity
}
