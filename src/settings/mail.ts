/** The settings of mail. */
import { ConfigError } from '../kit/index.ts'
import { count, type Definitions, flag, type Kind, line, nullable, oneOf, setting, text } from './kind.ts'
import type { Settings } from './settings.ts'

export interface MailSettings {
  /**
   * What becomes of mail: `'console'` prints it, `'smtp'` sends it (with the package `nodemailer`), `'file'` writes it into `EMAIL_FILE_PATH`, `'locmem'` keeps it in memory for tests, `'dummy'` drops it. Django's dotted names are accepted too. Default: `'console'`.
   *
   * Django's default is `'smtp'`. What is printed or written holds links that set a password: for development only.
   */
  readonly EMAIL_BACKEND: MailBackend
  /** Name of the mail server that takes mail from this site. Default: `'localhost'`. */
  readonly EMAIL_HOST: string
  /** Its port: 587 with `EMAIL_USE_TLS`, 465 with `EMAIL_USE_SSL`, as a rule. Default: `25`. */
  readonly EMAIL_PORT: number
  /** The name to log in with; empty: without a login. Default: `''`. */
  readonly EMAIL_HOST_USER: string
  /** The password to log in with. Default: `''`. */
  readonly EMAIL_HOST_PASSWORD: string
  /** Speaks TLS from STARTTLS on, and not at all with a server that has none. Default: `false`. */
  readonly EMAIL_USE_TLS: boolean
  /** Speaks TLS from the first byte. Not together with `EMAIL_USE_TLS`. Default: `false`. */
  readonly EMAIL_USE_SSL: boolean
  /**
   * Longest silence of the mail server, in seconds; no mail takes more than six times as long. Default: `10`.
   *
   * Django's default is `None`, for ever; `null` is 60 here, so that a server that hangs holds nothing up for long.
   */
  readonly EMAIL_TIMEOUT: number | null
  /** Folder into which `'file'` writes, a file for each mail. Default: `null`. */
  readonly EMAIL_FILE_PATH: string | null
  /** Sender of mail that names none: `ada@example.com` or `The shop <ada@example.com>`. Default: `'webmaster@localhost'`. */
  readonly DEFAULT_FROM_EMAIL: string
}

export const mailBackends = ['console', 'smtp', 'file', 'locmem', 'dummy'] as const
export type MailBackend = (typeof mailBackends)[number]

const path = (backend: string): string => `django.core.mail.backends.${backend}.EmailBackend`

const backend: Kind<MailBackend> = oneOf(mailBackends, {
  [path('console')]: 'console',
  [path('smtp')]: 'smtp',
  [path('filebased')]: 'file',
  [path('locmem')]: 'locmem',
  [path('dummy')]: 'dummy',
})

const port: Kind<number> = {
  expected: 'a port, 1 to 65535',
  read: given => {
    const read = count('ports', 1).read(given)
    return read !== undefined && read <= 65_535 ? read : undefined
  },
  fromText: count('ports').fromText,
}

const host = text('the name or address of a host', /^[A-Za-z0-9._:-]+$/)
const credential = text('text in one line', /^\P{Cc}*$/u)

export const mailDefinitions: Definitions<MailSettings> = {
  EMAIL_BACKEND: setting(backend, 'console'),
  EMAIL_HOST: setting(host, 'localhost'),
  EMAIL_PORT: setting(port, 25),
  EMAIL_HOST_USER: setting(credential, ''),
  EMAIL_HOST_PASSWORD: setting(credential, '', { secret: true }),
  EMAIL_USE_TLS: setting(flag, false),
  EMAIL_USE_SSL: setting(flag, false),
  EMAIL_TIMEOUT: setting(nullable(count('seconds', 1)), 10),
  EMAIL_FILE_PATH: setting(nullable(line), null),
  DEFAULT_FROM_EMAIL: setting(line, 'webmaster@localhost'),
}

/** Refuses mail settings that contradict each other. */
export function requireUsableMail(settings: Settings): void {
  if (settings.EMAIL_USE_TLS && settings.EMAIL_USE_SSL) {
    const problem = 'EMAIL_USE_TLS and EMAIL_USE_SSL are both true, and a connection begins in one way.'
    const fix = 'Keep EMAIL_USE_SSL for port 465, EMAIL_USE_TLS for others.'
    throw new ConfigError(problem, fix, { setting: 'EMAIL_USE_SSL' })
  }
  if (settings.EMAIL_BACKEND === 'file' && settings.EMAIL_FILE_PATH === null) {
    const problem = "EMAIL_BACKEND 'file' needs a folder, and EMAIL_FILE_PATH names none."
    throw new ConfigError(problem, "Set EMAIL_FILE_PATH, to 'mails' say.", { setting: 'EMAIL_FILE_PATH' })
  }
}
