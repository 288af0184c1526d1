/**
 * The request as an app makes it: the head and body of the http room, with what the other rooms add.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Auth, User } from '../auth/index.ts'
import { Csrf } from '../csrf/index.ts'
import { type CheckedFiles, type FileRules, type ValidateOptions, validate } from '../forms/index.ts'
import { HttpRequest, type RequestSource } from '../http/index.ts'
import { handled } from '../kit/index.ts'
import { Messages } from '../messages/index.ts'
import { movedCookie, type Session, sessionCookie } from '../sessions/index.ts'
import type { App } from './app.ts'

/** What views get as `HttpRequest`. Everything here is made at first use. */
export class AppRequest extends HttpRequest {
  override readonly app: App
  readonly #onOpen: (() => void) | null
  #session: Promise<Session> | null = null
  #user: Promise<User | null> | null = null
  #csrf: Csrf | null = null
  #messages: Messages | null = null

  /** `onOpen` runs when the first is asked for, session, CSRF state or messages: from then on there may be something to save or to send. */
  constructor(source: RequestSource, app: App, onOpen: (() => void) | null = null) {
    super(source, app.context)
    this.app = app
    this.#onOpen = onOpen
  }

  override get auth(): Auth {
    return this.app.auth
  }

  override get session(): Promise<Session> {
    if (this.#session === null) {
      if (this.isStateless) this.#onOpen?.()
      const { sessions, settings } = this.app
      this.#session = handled(sessions.open(sessionCookie(this, settings), movedCookie(this, settings)))
    }
    return this.#session
  }

  override get user(): Promise<User | null> {
    this.#user ??= handled(this.app.auth.userOfRequest(this))
    return this.#user
  }

  override set user(user: Promise<User | null>) {
    this.#user = user
  }

  override get csrf(): Csrf {
    if (this.#csrf === null) {
      if (this.isStateless) this.#onOpen?.()
      this.#csrf = new Csrf(this, this.app.csrfPolicy)
    }
    return this.#csrf
  }

  override get messages(): Messages {
    if (this.#messages === null) {
      if (this.isStateless) this.#onOpen?.()
      this.#messages = new Messages(this, this.app.messagePolicy)
    }
    return this.#messages
  }

  override validate<Schema extends StandardSchemaV1>(schema: Schema): Promise<StandardSchemaV1.InferOutput<Schema>>
  override validate<Schema extends StandardSchemaV1, const Rules extends FileRules>(
    schema: Schema,
    options: ValidateOptions<Rules>,
  ): Promise<StandardSchemaV1.InferOutput<Schema> & CheckedFiles<Rules>>
  override validate(schema: StandardSchemaV1, options?: ValidateOptions<FileRules>): Promise<unknown> {
    if (options === undefined) return validate(this, schema)
    const { clock, settings, context } = this.app
    const date = { now: clock(), timeZone: settings.TIME_ZONE }
    return validate(this, schema, { date, onLeftFile: context.forms.onLeftFile, ...options })
  }

  /** True when nobody asked for session, CSRF token or messages. */
  get isStateless(): boolean {
    return this.#session === null && this.#csrf === null && this.#messages === null
  }

  /** The session if anybody asked for it. */
  get openedSession(): Promise<Session> | null {
    return this.#session
  }

  /** The messages if anybody asked for them. */
  get openedMessages(): Messages | null {
    return this.#messages
  }

  /** The CSRF state if anybody asked for it. */
  get openedCsrf(): Csrf | null {
    return this.#csrf
  }
}
