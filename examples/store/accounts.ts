/**
 * What the store asks of names and passwords, for its pages and its API.
 */
import type { App, FieldErrors } from 'nuages'
import { isValidUsername } from 'nuages/auth'
import { z } from 'zod'
import { english } from './texts.ts'

/** For a field that nobody has filled in. */
export const missing: string = english('This field is required.')

/** 1 to 150 letters, digits and `@ . + - _`, as Django's. */
export const usernameSchema = z
  .string(missing)
  .min(1, missing)
  .refine(name => isValidUsername(name), english('Use at most 150 letters, digits and @ . + - _.'))

/** 8 to 128 characters; the rest of the rules knows the whole account: see `passwordErrors`. */
export const newPasswordSchema = z
  .string(missing)
  .min(1, missing)
  .refine(text => text === '' || [...text].length >= 8, english('Use at least 8 characters.'))
  .refine(text => [...text].length <= 128, english('Use at most 128 characters.'))
  .refine(text => text.isWellFormed(), english('Some characters of this password are broken.'))

/** A password to compare with: any text that could be one. */
export const passwordSchema = z.string(missing).min(1, missing).max(1000, english('That is too long to be a password.'))

/** What the password rules of the settings have against a new password; `null` when it is good. */
export function passwordErrors(
  app: App,
  field: string,
  password: string,
  account: { username?: string; email?: string },
): FieldErrors | null {
  const problems = app.users.validatePassword(password, account)
  return problems.length === 0 ? null : { [field]: problems.map(({ message }) => message) }
}
