/**
 * What a way of hashing passwords is, and the salt that all of them share.
 */
import { codePointLength, randomString } from '../kit/index.ts'

/** Django's `RANDOM_STRING_CHARS`. */
export const alphanumerics = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** 131 random bits: the fewest characters that hold the 128 Django asks for. */
const saltLength = 22

/** Reads hashes of one algorithm, and never makes one. */
export interface PasswordReader {
  /** What an encoded hash of its kind begins with, up to the first `$`. */
  readonly algorithm: string
  /** `null` for text that is no such hash, or a greedy one: no time was spent on it. Never throws for what the database holds. */
  verify(password: string, encoded: string): Promise<boolean | null>
}

/** Makes hashes too. All work is done off the event loop. */
export interface PasswordHasher extends PasswordReader {
  /**
   * The hash as `auth_user.password` holds it. Default salt: a new one of 22 letters and digits.
   *
   * @throws {TypeError} for a salt that is empty or has a `$`; bcrypt has salts of its own.
   */
  encode(password: string, salt?: string): Promise<string>
  /** True when a hash was not made as this hasher makes them now: other costs, or a short salt. */
  mustUpdate(encoded: string): boolean
  /** After a wrong password: the time that a hash made today would have taken more. */
  hardenRuntime?(password: string, encoded: string): Promise<void>
}

/** A new salt. */
export function newSalt(): string {
  return randomString(saltLength, alphanumerics)
}

/** True for a salt that holds less than 128 bits, as those of Django before 3.2. */
export function isShortSalt(salt: string): boolean {
  return codePointLength(salt) < saltLength
}

/** @throws {TypeError} when the salt cannot stand between two `$`. */
export function requireSalt(salt: string): string {
  if (salt === '' || salt.includes('$')) throw new TypeError('A salt must not be empty and must not hold a $.')
  return salt
}

/** A count in an encoded hash, `null` for what is not one or is larger than `limit`. */
export function parseCount(text: string | undefined, limit: number): number | null {
  if (text === undefined || !/^[1-9][0-9]{0,9}$/.test(text)) return null
  const count = Number(text)
  return count <= limit ? count : null
}
