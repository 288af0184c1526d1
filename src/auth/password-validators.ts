/**
 * What a new password must not be, by Django's four rules with Django's words.
 */
import { codePointLength } from '../kit/index.ts'
import type { PasswordValidator } from '../settings/index.ts'

/** What is wrong with a password. */
export interface PasswordProblem {
  readonly code: string
  /** For the visitor to read. */
  readonly message: string
}

/** What an account has that a password should not be like. */
export type UserAttributes = Readonly<Partial<Record<string, unknown>>>

export function validatePassword(
  password: string,
  _attributes: UserAttributes,
  validators: readonly PasswordValidator[],
): readonly PasswordProblem[] {
  const problems: PasswordProblem[] = []
  for (const validator of validators) {
    if (validator.NAME === 'MinimumLengthValidator' && codePointLength(password) < validator.OPTIONS.min_length)
      problems.push({
        code: 'password_too_short',
        message: `This password is too short. It must contain at least ${validator.OPTIONS.min_length} characters.`,
      })
    if (validator.NAME === 'NumericPasswordValidator' && /^\p{Nd}+$/u.test(password))
      problems.push({ code: 'password_entirely_numeric', message: 'This password is entirely numeric.' })
  }
  return problems
}
