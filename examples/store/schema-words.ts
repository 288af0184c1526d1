/**
 * What the schemas say where they do not say it themselves, in Django's words.
 *
 * Owns the words for each kind of mistake. zod keeps them for the whole process, which is the store's own.
 */
import { z } from 'zod'
import { english } from './texts.ts'

type Issue = Parameters<NonNullable<z.core.$ZodConfig['customError']>>[0]

/** Django's word for a value of another type, by the type that was expected. */
const types: Readonly<Record<string, string>> = {
  string: english('Enter a text.'),
  number: english('Enter a number.'),
  int: english('Enter a whole number.'),
  boolean: english('Enter true or false.'),
  object: english('Send an object.'),
}

function wordsFor(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return english('This field is required.')
      return types[issue.expected] ?? english('Enter a valid value.')
    case 'too_big':
      return issue.origin === 'string'
        ? english('Ensure this value has at most {most} characters.', { most: Number(issue.maximum) })
        : english('Ensure this value is less than or equal to {most}.', { most: Number(issue.maximum) })
    case 'too_small':
      return issue.origin === 'string'
        ? english('Ensure this value has at least {least} characters.', { least: Number(issue.minimum) })
        : english('Ensure this value is greater than or equal to {least}.', { least: Number(issue.minimum) })
    case 'invalid_value':
      return english('Choose one of {values}.', { values: issue.values.map(String).join(', ') })
    case 'unrecognized_keys':
      return english('There is no field {names}.', { names: issue.keys.join(', ') })
    default:
      return english('Enter a valid value.')
  }
}

z.config({ customError: wordsFor })
