/** What the forms of this folder ask for. Any Standard Schema library will do. */
import { isValidUsername } from 'nuages/auth'
import { z } from 'zod'

const required = z.string('Fill in this field.').min(1, 'Fill in this field.')

export const Registration = z
  .object({
    username: required.refine(isValidUsername, 'Use at most 150 letters, digits and @ . + - _'),
    password: required.max(128, 'Use at most 128 characters.'),
    again: required,
  })
  .refine(({ password, again }) => password === again, {
    path: ['again'],
    message: 'The two passwords are not the same.',
  })

export const Login = z.object({
  username: required.max(150, 'That is too long to be a username.'),
  password: required.max(1000, 'That is too long to be a password.'),
  next: z.string().optional(),
})
