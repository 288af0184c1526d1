/**
 * Mail by SMTP, through the optional package `nodemailer`.
 *
 * Owns its options and the translation of its errors. A connection for each mail, as Django has it: none stands idle until the server hangs up.
 */
import type { SendMailOptions, SMTPTransportOptions } from 'nodemailer'
import { loadOptionalPackage } from '../kit/index.ts'
import type { Settings } from '../settings/index.ts'
import { MailUnavailable, type MailUnavailableReason } from './errors.ts'
import type { MailAddress, OutgoingMail } from './message.ts'
import type { MailTransport } from './transport.ts'

type Nodemailer = typeof import('nodemailer')

/** For `EMAIL_TIMEOUT: null`, in seconds. */
const longTimeoutSeconds = 60

/** Longest silence of the server, in milliseconds. */
export function silenceMs({ EMAIL_TIMEOUT: seconds }: Settings): number {
  return (seconds ?? longTimeoutSeconds) * 1000
}

/** @throws {ConfigError} when `nodemailer` is not installed. */
export function createSmtpTransport(settings: Settings): MailTransport {
  const { createTransport } = loadOptionalPackage<Nodemailer>('nodemailer', 'EMAIL_BACKEND')
  const mailer = createTransport(optionsOf(settings))
  const place = `${settings.EMAIL_HOST}:${settings.EMAIL_PORT}`
  return {
    async send(mail, signal) {
      try {
        await mailer.sendMail({ ...toNodemailer(mail), signal })
      } catch (error) {
        throw toMailUnavailable(error, place)
      }
    },
    async close() {
      mailer.close()
    },
  }
}

function optionsOf(settings: Settings): SMTPTransportOptions {
  const ms = silenceMs(settings)
  return {
    host: settings.EMAIL_HOST,
    port: settings.EMAIL_PORT,
    secure: settings.EMAIL_USE_SSL,
    requireTLS: settings.EMAIL_USE_TLS,
    ignoreTLS: !settings.EMAIL_USE_TLS,
    connectionTimeout: ms,
    greetingTimeout: ms,
    socketTimeout: ms,
    dnsTimeout: ms,
    // A mail is what its sender wrote: no text in it is a path to read, or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(settings.EMAIL_HOST_USER !== '' && {
      auth: { user: settings.EMAIL_HOST_USER, pass: settings.EMAIL_HOST_PASSWORD },
    }),
  }
}

/** Addresses go as objects: text would be parsed once more, by other rules. */
function toNodemailer(mail: OutgoingMail): SendMailOptions {
  const address = ({ name, address }: MailAddress): { name: string; address: string } => ({ name, address })
  return {
    from: address(mail.from),
    to: mail.to.map(address),
    cc: mail.cc.map(address),
    bcc: mail.bcc.map(address),
    ...(mail.replyTo && { replyTo: address(mail.replyTo) }),
    subject: mail.subject,
    text: mail.text,
    ...(mail.html !== null && { html: mail.html }),
    headers: mail.headers,
    date: mail.date,
  }
}

/** https://nodemailer.com/errors */
const reasons: Readonly<Record<string, MailUnavailableReason>> = {
  EAUTH: 'login-refused',
  ENOAUTH: 'login-refused',
  ETLS: 'tls-failed',
  EENVELOPE: 'refused',
  EMESSAGE: 'refused',
}

const advice: Readonly<Record<MailUnavailableReason, string>> = {
  unreachable: 'Check EMAIL_HOST and EMAIL_PORT, and whether the server runs.',
  'login-refused': 'Check EMAIL_HOST_USER and EMAIL_HOST_PASSWORD.',
  'tls-failed': 'Check EMAIL_USE_TLS and EMAIL_USE_SSL, and the certificate of the server.',
  refused: 'The server does not take this sender or this recipient: its answer says why.',
}

function toMailUnavailable(error: unknown, place: string): MailUnavailable {
  const { code, message = String(error) } = error as { code?: string; message?: string }
  const isTls =
    /^(?:ERR_(?:TLS|SSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code ?? '') || /certificate/i.test(message)
  const reason = isTls ? 'tls-failed' : (reasons[code ?? ''] ?? 'unreachable')
  return new MailUnavailable(reason, `${place}: ${message} ${advice[reason]}`, { cause: error })
}
