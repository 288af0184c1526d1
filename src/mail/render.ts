/**
 * A mail as text, for who develops: RFC 5322 with UTF-8 where it was, as mail programs open it from a file.
 */
import { randomUUID } from 'node:crypto'
import { formatMailAddress, type MailAddress, type OutgoingMail } from './message.ts'

/** The whole mail, lines ended by `\n`. */
export function renderMail(mail: OutgoingMail): string {
  const fields = [
    ['From', formatMailAddress(mail.from)],
    ['To', list(mail.to)],
    ['Cc', list(mail.cc)],
    ['Bcc', list(mail.bcc)],
    ['Reply-To', mail.replyTo === null ? '' : formatMailAddress(mail.replyTo)],
    ['Subject', mail.subject],
    ['Date', mail.date.toUTCString().replace('GMT', '+0000')],
    ...Object.entries(mail.headers),
    ['MIME-Version', '1.0'],
  ].filter(([, value]) => value !== '')
  const head = fields.map(([name, value]) => `${name}: ${value}\n`).join('')
  const text = part('plain', mail.text)
  if (mail.html === null) return head + text
  const boundary = randomUUID()
  const parts = [text, part('html', mail.html)].map(each => `--${boundary}\n${each}`)
  return `${head}Content-Type: multipart/alternative; boundary="${boundary}"\n\n${parts.join('')}--${boundary}--\n`
}

function list(addresses: readonly MailAddress[]): string {
  return addresses.map(formatMailAddress).join(', ')
}

function part(subtype: 'plain' | 'html', body: string): string {
  const lines = body.replaceAll(/\r\n?/g, '\n')
  const end = lines.endsWith('\n') ? '' : '\n'
  return `Content-Type: text/${subtype}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${lines}${end}`
}
