/**
 * What mail to account owners says. Each text is a function that an application can replace.
 */

import type { Awaitable } from '../kit/index.ts'
import type { MailMessage } from '../mail/index.ts'
import type { User } from './user.ts'

/** What a text is made of. */
export interface AccountMailContext {
  /** Whose account it is. Its names are what somebody chose: escape them in HTML. */
  readonly user: User
  /** The whole address to open, of this site by the host of the request. */
  readonly link: string
  /** `shop.example`, the host of the request. */
  readonly host: string
  /** How long the link is good for: `PASSWORD_RESET_TIMEOUT`. */
  readonly validSeconds: number
}

/** Goes to the address of the account, from `DEFAULT_FROM_EMAIL` unless it says `from`. */
export type AccountMailText = Pick<MailMessage, 'subject' | 'text' | 'html' | 'from' | 'replyTo'>

/** The texts, by occasion. Give your own to `createApp` as `accountMails`. */
export interface AccountMails {
  /** Holds the link to set a new password. */
  passwordReset(context: AccountMailContext): Awaitable<AccountMailText>
  /** Holds the link that proves that the address is the account owner's. */
  emailVerification(context: AccountMailContext): Awaitable<AccountMailText>
}

/** In English, as plain text. */
export const defaultAccountMails: AccountMails = {
  passwordReset: ({ user, link, host, validSeconds }) => ({
    subject: `A new password on ${host}`,
    text: `Somebody, we hope you, asked for a new password on ${host}
for the account "${user.username}". Choose it here:

${link}

The link works once, and for ${duration(validSeconds)}. If it was not you, you need not do
anything: the password stays as it is.
`,
  }),
  emailVerification: ({ user, link, host, validSeconds }) => ({
    subject: `Is this your address? ${host} asks`,
    text: `The account "${user.username}" on ${host} gave this address.
If it is yours, and the account is, confirm it here:

${link}

The link works once, and for ${duration(validSeconds)}. If you know of no such account, you
need not do anything.
`,
  }),
}

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** The largest unit in which it is whole: "3 days", "90 minutes". */
export function duration(seconds: number): string {
  const [unit, length] = units.find(([, each]) => seconds >= each && seconds % each === 0) ?? ['second', 1]
  const count = seconds / length
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
