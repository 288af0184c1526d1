/**
 * The types of accounts, by the users table of the application.
 */
import type { NoFields, UserTypes } from './users-table.ts'

/**
 * The users table of an application, for the compiler to know.
 *
 * @example
 * declare module 'nuages/auth' {
 *   interface AccountTypes { users: typeof users } // from defineUsers
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: applications fill it
export interface AccountTypes {}

type KnownTypes = AccountTypes extends { users: { readonly types?: infer Types } }
  ? NonNullable<Types>
  : UserTypes<number, NoFields, NoFields>

/** The id of an account: a number, a UUID in text where the users table says so. */
export type UserId = KnownTypes extends { readonly id: infer Id extends number | string } ? Id : never
/** The columns of your own that an account has. */
export type UserFields = KnownTypes extends { readonly fields: infer Fields } ? Fields : never
/** What of them a new account is given. */
export type NewUserFields = KnownTypes extends { readonly newFields: infer Fields } ? Fields : never
