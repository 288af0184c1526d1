/**
 * A mail, as one writes it and as a transport gets it.
 *
 * Owns the form of addresses, subject and header fields: a line break in one of them would begin a field, or a mail, of an attacker's choice
 * (CWE-93). Leaves encoding for the wire to the transport.
 */
import { latePattern } from '../kit/index.ts'
import { BadMailError } from './errors.ts'

/** A mail as an application writes it. Addresses: `ada@example.com` or `Ada Lovelace <ada@example.com>`, at most 100 in all. */
export interface MailMessage {
  readonly to: string | readonly string[]
  readonly cc?: string | readonly string[]
  /** Get it too, unseen by the others. */
  readonly bcc?: string | readonly string[]
  /** Default: `DEFAULT_FROM_EMAIL`. */
  readonly from?: string
  readonly replyTo?: string
  /** One line. */
  readonly subject: string
  readonly text: string
  /** The same for programs that show HTML. Escape what you put into it. Default: text alone. */
  readonly html?: string
  /** Further fields: `{ 'List-Unsubscribe': '<https://…>' }`. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface MailAddress {
  /** Empty: none. */
  readonly name: string
  readonly address: string
}

/** A mail that was checked, whole, as a transport gets it. */
export interface OutgoingMail {
  readonly from: MailAddress
  readonly to: readonly MailAddress[]
  readonly cc: readonly MailAddress[]
  readonly bcc: readonly MailAddress[]
  readonly replyTo: MailAddress | null
  readonly subject: string
  readonly text: string
  readonly html: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly date: Date
}

/** RFC 5321 (4.5.3.1): 64 for what stands before the `@`, and 254 in all. */
const maxAddressLength = 254
const maxLocalLength = 64
/** Most addresses of one mail: who writes to more wants a list. */
const maxRecipients = 100
/** RFC 5322 (2.1.1) bounds a line so; a field may have more, but nobody reads it. */
const maxLineLength = 998

/** Letters of all scripts and what RFC 5322 calls atext. No quotes, spaces or comments: programs disagree about those, and so about who is meant. */
const addressForm = latePattern(
  String.raw`^(?<local>[\p{L}\p{N}\p{M}.!#$%&'*+/=?^_\x60{|}~-]+)@[\p{L}\p{N}][\p{L}\p{N}\p{M}-]*(?:\.[\p{L}\p{N}][\p{L}\p{N}\p{M}-]*)*$`,
  'u',
)
/** The same, of ASCII alone: nearly all. */
const asciiForm = /^(?<local>[\w.!#$%&'*+/=?^`{|}~-]+)@[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9][A-Za-z0-9-]*)*$/
const namedForm = /^(?<name>[^<>]*)<(?<address>[^<>]+)>$/u
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029]/u
const fieldName = /^[A-Za-z][A-Za-z0-9-]{0,75}$/

/** Fields that a mail has anyway: a second one of a name is read differently by different programs. */
const ownFields =
  /^(?:from|sender|to|cc|bcc|reply-to|subject|date|message-id|return-path|mime-version|content-.*|dkim-.*|arc-.*|received)$/i

/** True for what mail can be sent to. */
export function isMailAddress(text: string): boolean {
  if (text.length > maxAddressLength) return false
  const local = (asciiForm.exec(text) ?? addressForm().exec(text))?.groups?.local
  return local !== undefined && local.length <= maxLocalLength
}

/** An address with or without a name before it; `null` for what is none. */
export function parseMailAddress(text: string): MailAddress | null {
  if (text.length > maxLineLength || unprintable.test(text)) return null
  const { name = '', address = text } = namedForm.exec(text.trim())?.groups ?? {}
  const bare = address.trim()
  return isMailAddress(bare) ? { name: unquote(name.trim()), address: bare } : null
}

function unquote(name: string): string {
  return /^".*"$/.test(name) ? name.slice(1, -1).replaceAll(/\\(.)/g, '$1') : name
}

const plainWords = latePattern(String.raw`^[\p{L}\p{N}\p{M} ]+$`, 'u')

/** How an address stands in a field that people read. */
export function formatMailAddress({ name, address }: MailAddress): string {
  if (name === '') return address
  const shown = plainWords().test(name) ? name : `"${name.replaceAll(/["\\]/g, '\\$&')}"`
  return `${shown} <${address}>`
}

/** What a message lacks. */
export interface MailDefaults {
  readonly from: MailAddress
  readonly date: Date
}

/**
 * The message as a transport gets it.
 *
 * @throws {BadMailError} for what cannot be sent as it is: nothing is mended in silence.
 */
export function toOutgoingMail(message: MailMessage, { from, date }: MailDefaults): OutgoingMail {
  const [to, cc, bcc] = [listOf(message.to), listOf(message.cc), listOf(message.bcc)]
  const count = to.length + cc.length + bcc.length
  if (count === 0) throw new BadMailError('A mail needs somebody to go to.')
  if (count > maxRecipients) throw new BadMailError(`A mail goes to at most ${maxRecipients} addresses.`)
  return {
    from: message.from === undefined ? from : requireAddress(message.from),
    to,
    cc,
    bcc,
    replyTo: message.replyTo === undefined ? null : requireAddress(message.replyTo),
    subject: requireLine('subject', message.subject),
    text: message.text.toWellFormed(),
    html: message.html?.toWellFormed() ?? null,
    headers: requireFields(message.headers ?? {}),
    date,
  }
}

function listOf(given: string | readonly string[] | undefined): readonly MailAddress[] {
  if (given === undefined) return []
  return (typeof given === 'string' ? [given] : given).map(requireAddress)
}

function requireAddress(text: string): MailAddress {
  const address = parseMailAddress(text)
  if (address === null) throw new BadMailError(`That is no mail address: ${JSON.stringify(text.slice(0, 80))}.`)
  return address
}

function requireLine(what: string, text: string): string {
  if (unprintable.test(text) || text.length > maxLineLength)
    throw new BadMailError(`The ${what} of a mail is one line of at most ${maxLineLength} characters.`)
  return text
}

function requireFields(fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(fields)) {
    if (!fieldName.test(name) || ownFields.test(name))
      throw new BadMailError(`A mail cannot be given the field ${JSON.stringify(name.slice(0, 80))}.`)
    requireLine(`field ${name}`, value)
  }
  return { ...fields }
}
