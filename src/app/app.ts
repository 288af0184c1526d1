/**
 * The app: the only place where the rooms are wired together.
 */
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import {
  type AccountMails,
  type Auth,
  hasSessionIndex,
  type PermissionDefinition,
  SessionRows,
  Users,
  type UsersTable,
  VerifiedEmails,
} from '../auth/index.ts'
import { type CsrfPolicy, createCsrfPolicy } from '../csrf/index.ts'
import { type Database, openDatabase, type Tables } from '../db/index.ts'
import { removePartialFiles, type Storage } from '../files/index.ts'
import {
  createRequestContext,
  type HttpRequest,
  type HttpResponse,
  type RequestContext,
  type RequestSource,
  removeAbandonedFiles,
  toResponse,
  type UploadHandlerFactory,
} from '../http/index.ts'
import { type Awaitable, type Clock, HttpError, systemClock } from '../kit/index.ts'
import { Mail, type MailTransport } from '../mail/index.ts'
import { createMessagePolicy, type MessagePolicy } from '../messages/index.ts'
import {
  checkHost,
  compose,
  consoleLogger,
  type Logger,
  loggedPath,
  type Middleware,
  type Next,
  requestIdOf,
  requestLog,
  securityHeaders,
} from '../middleware/index.ts'
import { type ApiDescription, type ApiOptions, describeApi } from '../openapi/index.ts'
import type { SessionSchemas, SessionStore, Sessions } from '../sessions/index.ts'
import { defineSettings, type Settings } from '../settings/index.ts'
import { type Telemetry, traceRequests } from '../telemetry/index.ts'
import { createResolver, type PathParams, type Resolver, type Route } from '../urls/index.ts'
import { type ErrorView, errorResponse, type ViewFunction } from '../views/index.ts'
import { AppTables } from './app-tables.ts'
import { checkRequestLine, dispatch, finish } from './dispatch.ts'
import { type FetchPeer, fetchSource } from './fetch-source.ts'
import { openMediaFolder } from './media.ts'
import { openAuth } from './open-auth.ts'
import { openSessions } from './open-sessions.ts'
import { RedisConnections } from './redis-connections.ts'
import { owesRelease, releaseAfter } from './release.ts'
import { AppRequest } from './request.ts'
import { withPaths } from './route-settings.ts'
import { watchStream } from './streamed-answer.ts'
import { Sweep } from './sweep.ts'

/** A route to a view of an app; what the view asks of its path, the path has. */
export type AppRoute = Route<AppView>

/** A view whose parameters its route provides. */
export type AppView = ViewFunction<PathParams<''>>

export interface AppOptions {
  /** From `defineSettings`. */
  readonly settings: Settings
  readonly urls: readonly AppRoute[]
  /** Your own layers, outermost first, around the views and inside the security ones. */
  readonly middleware?: readonly Middleware[]
  /** The tables of your application, by name, run in the order of their names by `nuages migrate`. */
  readonly migrations?: Readonly<Record<string, Migration>>
  /** The table of the accounts, from `defineUsers`. Default: Django's `auth_user`. */
  readonly users?: UsersTable
  /** The permissions that the application asks for, from `modelPermissions`; `nuages migrate` creates them. */
  readonly permissions?: readonly PermissionDefinition[]
  /** The schemas of the session's keys, from `defineSessionData`. */
  readonly sessionData?: SessionSchemas
  /** A session engine of your own, in place of that of `SESSION_ENGINE`. Closed with the app. */
  readonly sessionStore?: SessionStore
  /** The texts of mail to account owners, in place of the English ones. */
  readonly accountMails?: Partial<AccountMails>
  /** Where mail goes, in place of `EMAIL_BACKEND`. Closed with the app. */
  readonly mailTransport?: MailTransport
  /** Where files are kept, in place of a folder: `MEDIA_ROOT` and the settings around it then mean nothing. Closed with the app. */
  readonly storage?: Storage
  /** What sees every uploaded file on its way to `request.FILES`, made anew for each form. Default: nothing. */
  readonly uploadHandlers?: UploadHandlerFactory
  /** `pino()`, or anything with its `info`, `warn` and `error`. Default: lines of JSON on standard output. `null`: silence. */
  readonly logger?: Logger | null
  /** The page of an error, for browsers. Default: a plain one. */
  readonly errorPage?: (request: HttpRequest, error: ErrorView) => Awaitable<HttpResponse>
  /** Title, version and the like of the API's description. */
  readonly api?: ApiOptions
  /** Spans and metrics, from `createTelemetry`. Default: none. */
  readonly telemetry?: Telemetry
  /** Default: the machine's. */
  readonly clock?: Clock
}

const silentLogger: Logger = { info() {}, warn() {}, error() {} }

/** An application: settings, database, accounts, sessions and views. Several can live in one process. */
export class App {
  readonly settings: Settings
  readonly clock: Clock
  readonly logger: Logger
  /** The prepared statements of the hot path, and the column formats of this database. */
  readonly database: Database
  readonly users: Users
  readonly auth: Auth
  readonly mail: Mail
  readonly sessions: Sessions
  /** Where files are kept: the storage given, or the folder `MEDIA_ROOT`. */
  readonly storage: Storage
  readonly resolver: Resolver<AppView>
  /** What all requests share. */
  readonly context: RequestContext
  readonly csrfPolicy: CsrfPolicy
  readonly messagePolicy: MessagePolicy
  readonly #api: ApiOptions
  readonly #tables: AppTables
  readonly #errorPage: AppOptions['errorPage']
  readonly #run: Next
  readonly #redis = new RedisConnections()
  readonly #sweep: Sweep
  #closing: Promise<void> | null = null

  constructor(options: AppOptions) {
    this.resolver = createResolver(options.urls)
    const settings = withPaths(options.settings, this.resolver)
    this.settings = settings
    this.clock = options.clock ?? systemClock
    this.logger = options.logger === undefined ? consoleLogger() : (options.logger ?? silentLogger)
    this.database = openAppDatabase(settings, options.telemetry)
    const rows = hasSessionIndex(settings) ? new SessionRows({ database: this.database, clock: this.clock }) : null
    const verified = settings.EMAIL_VERIFICATION ? new VerifiedEmails(this.database) : null
    this.users = new Users({
      database: this.database,
      settings,
      clock: this.clock,
      table: options.users,
      sessionRows: rows,
      onDelete: async id => verified?.remove(id),
      onHashWait: options.telemetry && (waitMs => options.telemetry?.recordHashWait(waitMs)),
    })
    const warn = (fields: object, message: string): void => this.logger.warn(fields, message)
    this.sessions = openSessions({
      settings,
      clock: this.clock,
      database: this.database,
      redis: url => this.#redis.get(url),
      store: options.sessionStore,
      telemetry: options.telemetry,
      warn,
      ...(rows && { index: rows }),
      ...(options.sessionData && { data: options.sessionData }),
    })
    this.mail = new Mail({ settings, clock: this.clock, logger: this.logger, transport: options.mailTransport })
    this.auth = openAuth({
      settings,
      clock: this.clock,
      database: this.database,
      redis: url => this.#redis.get(url),
      users: this.users,
      mail: this.mail,
      index: rows && { rows, sessions: this.sessions, warn },
      verified,
      mails: options.accountMails,
    })
    this.context = createRequestContext(settings, {
      onLeftFile: err => this.logger.warn({ err }, 'a file of a form was left behind'),
      ...(options.uploadHandlers && { uploadHandlers: options.uploadHandlers }),
    })
    this.storage = options.storage ?? openMediaFolder(settings, this.clock)
    this.#sweep = new Sweep(() => this.#removeAbandonedFiles(options.storage === undefined))
    this.csrfPolicy = createCsrfPolicy(settings)
    this.messagePolicy = createMessagePolicy(settings, this.clock)
    this.#api = options.api ?? {}
    this.#tables = new AppTables({
      settings,
      database: this.database,
      users: this.users,
      migrations: options.migrations ?? {},
      permissions: options.permissions ?? [],
    })
    this.#errorPage = options.errorPage
    this.#run = this.#layers(options)
  }

  #layers(options: AppOptions): Next {
    const log = options.logger === null ? [] : [requestLog(this.logger)]
    const trace = options.telemetry === undefined ? [] : [traceRequests(options.telemetry)]
    const inside = compose(options.middleware ?? [], request => this.#guard(request, this.#dispatch))
    return compose(
      [
        ...trace,
        ...log,
        securityHeaders(this.settings),
        (request, next) => this.#guard(request, next),
        checkHost(this.settings),
      ],
      request => this.#finish(request as AppRequest, this.#guard(request, inside)),
    )
  }

  readonly #dispatch: Next = request => {
    const own = request as AppRequest
    checkRequestLine(own, this.settings.REQUEST_LINE_MAX_BYTES)
    return dispatch(own, this.resolver)
  }

  /** Goes on, and turns whatever is thrown into an answer. */
  #guard(request: HttpRequest, next: Next): Awaitable<HttpResponse> {
    try {
      const response = next(request)
      return response instanceof Promise ? response.catch(error => this.answer(request, error)) : response
    } catch (error) {
      return this.answer(request, error)
    }
  }

  /** The answer to a request that ended in `error`, which is logged as far as it deserves: for a server that Nuages is inside of. Never rejects. */
  answer(request: HttpRequest, error: unknown): Promise<HttpResponse> {
    this.#record(request, error)
    // The page that was to show them does not go out.
    if (request instanceof AppRequest) request.openedMessages?.putBack()
    const onPageError = (err: unknown): void => this.logger.error({ ...placeOf(request), err }, 'the error page failed')
    return errorResponse(request, error, { debug: this.settings.DEBUG, errorPage: this.#errorPage, onPageError })
  }

  /** Bugs go to the log whole; of what visitors cause only what is suspicious, or our own failure. */
  #record(request: HttpRequest, error: unknown, bug = 'unhandled error'): void {
    const where = placeOf(request)
    if (!(error instanceof HttpError)) this.logger.error({ ...where, err: error }, bug)
    else if (error.status >= 500) this.logger.error({ ...where, err: error }, error.code)
    else if (error.suspicious)
      this.logger.warn({ ...where, ip: request.ip, code: error.code, reason: error.message }, 'suspicious request')
  }

  /** Sessions and cookies, when the response is there. A request that asked for neither waits for nothing. */
  #finish(request: AppRequest, response: Awaitable<HttpResponse>): Awaitable<HttpResponse> {
    if (response instanceof Promise) return response.then(ready => this.#finish(request, ready))
    watchStream(response, error => {
      // A source that ends with its visitor (`fetch(url, { signal: request.signal })`) has not failed.
      if (!request.signal.aborted) this.#record(request, error, 'a streamed answer broke off')
    })
    const answer =
      request.isStateless && !this.settings.SESSION_SAVE_EVERY_REQUEST
        ? response
        : finish(request, response, error => this.answer(request, error))
    return owesRelease(request, response) ? releaseAfter(request, answer) : answer
  }

  /** The application's own tables and Django's, by Kysely: `app.db.selectFrom('product')`. */
  get db(): Kysely<Tables> {
    return this.database.kysely
  }

  /** Answers a request from a door: `nuages/node`, or `fetch` below. Never throws. */
  handle(source: RequestSource): Awaitable<HttpResponse> {
    return this.#run(new AppRequest(source, this))
  }

  /** The whole contract with any fetch runtime: a web request in, a web response out. */
  readonly fetch = async (request: Request, peer: FetchPeer = {}): Promise<Response> => {
    const response = await this.handle(fetchSource(request, peer))
    return toResponse(response, request.method)
  }

  /** Creates the tables that are missing, Django's first, then the application's. Resolves their names. Safe to run twice, and at once. */
  migrate(): Promise<readonly string[]> {
    return this.#tables.migrate()
  }

  /** What `migrate` would still do: names of missing tables, of the application's migrations, of permissions. Empty: nothing. */
  pendingMigrations(): Promise<readonly string[]> {
    return this.#tables.pending()
  }

  /** The API as OpenAPI 3.1, made anew: what its views declare. `options` go before those of `createApp({ api })`. */
  describeApi(options: ApiOptions = {}): ApiDescription {
    return describeApi(this.resolver.routes(), this.settings, { ...this.#api, ...options })
  }

  /** Resolves when database and sessions answer. @throws {DatabaseUnavailable} or another `HttpError` of status 503. */
  async ping(): Promise<void> {
    await Promise.all([this.database.ping(), this.sessions.ping()])
  }

  /** Lets go of the database and of what keeps the sessions. Requests after this fail. Closing twice is no error. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Temporary files of a server that was killed, and what it had not saved whole. */
  async #removeAbandonedFiles(hasMediaFolder: boolean): Promise<void> {
    const { FILE_UPLOAD_TEMP_DIR, MEDIA_ROOT } = this.settings
    const removing = [
      removeAbandonedFiles(FILE_UPLOAD_TEMP_DIR),
      ...(hasMediaFolder ? [removePartialFiles(MEDIA_ROOT)] : []),
    ]
    for (const result of await Promise.allSettled(removing))
      if (result.status === 'rejected')
        this.logger.warn({ err: result.reason }, 'a folder for temporary files could not be cleaned')
  }

  async #close(): Promise<void> {
    await this.#sweep.finish()
    await this.storage.close()
    await this.mail.close()
    await this.auth.flushLastSeen()
    await this.sessions.close()
    await this.#redis.close()
    await this.database.close()
  }
}

function openAppDatabase(settings: Settings, telemetry: Telemetry | undefined): Database {
  const { DATABASE_URL: url, USE_TZ: useTz, TIME_ZONE: timeZone } = settings
  if (telemetry === undefined) return openDatabase(url, { useTz, timeZone })
  const database: Database = openDatabase(url, {
    useTz,
    timeZone,
    onQuery: query => telemetry.recordQuery(database.dialect, query),
  })
  return database
}

function placeOf(request: HttpRequest): object {
  return { requestId: requestIdOf(request), method: request.method, path: loggedPath(request) }
}

/**
 * Makes an app. Opens no connection: the first query does.
 *
 * @throws {ConfigError} for settings or urls that cannot work.
 */
export function createApp(options: AppOptions): App {
  return new App({ ...options, settings: defineSettings(options.settings) })
}

declare module '../http/request.ts' {
  interface HttpRequest {
    /** The app that serves this request: `request.app.db`, `request.app.users`. */
    readonly app: App
  }
}
