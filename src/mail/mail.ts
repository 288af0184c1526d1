/**
 * Mail of an app: `app.mail`.
 *
 * Owns who sends when, and how much may wait. Leaves where mail goes to ./transport.ts and ./smtp.ts.
 */
import { type Awaitable, type Clock, ConfigError, systemClock } from '../kit/index.ts'
import type { Settings } from '../settings/index.ts'
import { MailBusy } from './errors.ts'
import { type MailAddress, type MailMessage, type OutgoingMail, parseMailAddress, toOutgoingMail } from './message.ts'
import { createSmtpTransport, silenceMs } from './smtp.ts'
import {
  createConsoleTransport,
  createDummyTransport,
  createFileTransport,
  createMemoryTransport,
  type MailTransport,
} from './transport.ts'

/** Works of `sendLater` at once: a mail server that hangs holds as many connections, and no more. */
const atOnce = 4
/** Most that wait. Each is the function that makes the mail, not the mail. */
const maxWaiting = 1000
/** Longest wait for mail on its way when the app closes, in milliseconds. */
const closeMs = 10_000
/** How many silences of the server a mail may take: greeting, login, sender, recipient, text, goodbye. */
const silencesPerMail = 6

export interface MailOptions {
  readonly settings: Settings
  /** In place of that of `EMAIL_BACKEND`. */
  readonly transport?: MailTransport | undefined
  readonly clock?: Clock
  /** Told what became of mail of `sendLater`. Default: warnings of the process. */
  readonly logger?: MailLogger
}

/** As much of a logger as mail needs. */
export interface MailLogger {
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What makes mail when its turn comes. */
export type MailWork = () => Awaitable<MailMessage | readonly MailMessage[] | null>

/** Sends mail. */
export class Mail {
  /** The mails of `EMAIL_BACKEND: 'locmem'`, oldest first; else empty. */
  readonly outbox: readonly OutgoingMail[]
  readonly #settings: Settings
  readonly #transport: MailTransport
  readonly #from: MailAddress
  readonly #clock: Clock
  readonly #logger: MailLogger
  readonly #waiting: MailWork[] = []
  readonly #closing = new AbortController()
  #running = 0
  #onIdle: (() => void)[] = []
  /** Mail is printed where nobody looks for it, and that was not said yet. */
  #isPrintedUnseen: boolean

  /** @throws {ConfigError} for a setting that cannot work, or a missing package. */
  constructor({ settings, transport, clock = systemClock, logger = processLogger }: MailOptions) {
    const from = parseMailAddress(settings.DEFAULT_FROM_EMAIL)
    if (from === null) {
      const problem = `DEFAULT_FROM_EMAIL is no mail address: ${settings.DEFAULT_FROM_EMAIL}.`
      throw new ConfigError(problem, "Write it like 'The shop <shop@example.com>'.", { setting: 'DEFAULT_FROM_EMAIL' })
    }
    const memory = createMemoryTransport()
    this.outbox = memory.outbox
    this.#settings = settings
    this.#transport = transport ?? (settings.EMAIL_BACKEND === 'locmem' ? memory : openTransport(settings))
    this.#from = from
    this.#clock = clock
    this.#logger = logger
    this.#isPrintedUnseen = transport === undefined && settings.EMAIL_BACKEND === 'console' && !settings.DEBUG
  }

  /**
   * Sends a mail, and resolves when the mail server has taken it: seconds, perhaps. What it does for an address that exists it must do for
   * one that does not, or its time tells; `sendLater` does not keep the visitor waiting.
   *
   * @throws {BadMailError} for a mail that cannot be: a line break in the subject, an address that is none.
   * @throws {MailUnavailable} with status 503 when the server does not take it.
   */
  async send(message: MailMessage): Promise<void> {
    const mail = toOutgoingMail(message, { from: this.#from, date: new Date(this.#clock()) })
    if (this.#isPrintedUnseen) {
      this.#isPrintedUnseen = false
      this.#logger.warn({}, "mail is printed, not sent, links to set passwords included: set EMAIL_BACKEND to 'smtp'")
    }
    const limit = AbortSignal.timeout(silenceMs(this.#settings) * silencesPerMail)
    await this.#transport.send(mail, AbortSignal.any([limit, this.#closing.signal]))
  }

  /**
   * Has mail made and sent after this, and returns at once: nobody can tell from it whether there was a mail, or what became of it. What goes
   * wrong is logged. Lost if the process is killed.
   *
   * @throws {MailBusy} with status 503 when 1000 wait already, or the app is closing.
   */
  sendLater(work: MailWork): void {
    if (this.#waiting.length >= maxWaiting || this.#closing.signal.aborted) throw new MailBusy()
    this.#waiting.push(work)
    if (this.#running < atOnce) {
      this.#running += 1
      setImmediate(() => void this.#run())
    }
  }

  /** Resolves when nothing of `sendLater` is left to do. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>(resolve => this.#onIdle.push(resolve))
  }

  /** Waits up to ten seconds for mail on its way, then gives it up. */
  async close(): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, closeMs)
      void this.idle().then(() => {
        clearTimeout(timer)
        resolve()
      })
    })
    const lost = this.#waiting.splice(0).length
    if (lost > 0) this.#logger.error({ lost }, 'mail was still waiting when the app closed, and is lost')
    this.#closing.abort()
    await this.#transport.close?.()
  }

  async #run(): Promise<void> {
    for (let work = this.#waiting.shift(); work !== undefined; work = this.#waiting.shift()) await this.#do(work)
    this.#running -= 1
    if (this.#running > 0) return
    for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  readonly #onError = (err: unknown): void => this.#logger.error({ err }, 'a mail was not sent')

  async #do(work: MailWork): Promise<void> {
    try {
      const made = (await work()) ?? []
      for (const message of Array.isArray(made) ? (made as readonly MailMessage[]) : [made as MailMessage])
        await this.send(message).catch(this.#onError)
    } catch (error) {
      this.#onError(error)
    }
  }
}

function openTransport(settings: Settings): MailTransport {
  switch (settings.EMAIL_BACKEND) {
    case 'smtp':
      return createSmtpTransport(settings)
    case 'file':
      return createFileTransport(settings.EMAIL_FILE_PATH as string)
    case 'locmem':
      return createMemoryTransport()
    case 'dummy':
      return createDummyTransport()
    case 'console':
      return createConsoleTransport()
  }
}

const processLogger: MailLogger = {
  warn: (_fields, message) => process.emitWarning(message),
  error: (fields, message) => {
    const err: unknown = 'err' in fields ? fields.err : undefined
    process.emitWarning(err instanceof Error ? err : message)
  },
}
