/**
 * `nuages/mail`: mail, printed while one develops, by SMTP when it matters.
 *
 * Start with `app.mail.send()`, or `app.mail.sendLater()`, which keeps no visitor waiting; write a `MailTransport` to send it another way.
 *
 * @module
 */
export {
  BadMailError,
  MailBusy,
  MailUnavailable,
  type MailUnavailableReason,
  mailUnavailableReasons,
} from './errors.ts'
export { Mail, type MailLogger, type MailOptions, type MailWork } from './mail.ts'
export {
  isMailAddress,
  type MailAddress,
  type MailMessage,
  type OutgoingMail,
  parseMailAddress,
} from './message.ts'
export {
  createConsoleTransport,
  createFileTransport,
  createMemoryTransport,
  type MailTransport,
} from './transport.ts'
