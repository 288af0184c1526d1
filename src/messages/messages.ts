/**
 * The messages of one request: those that waited for it, and those for the next.
 *
 * Owns when a message is forgotten: once a page that asked for it is on its way, and not before. A view that throws, a save that fails, an answer
 * without a body leave what was waiting where it is. Leaves the cookie's text to ./message-cookie.ts.
 */
import type { HttpRequest, HttpResponse } from '../http/index.ts'
import { type Clock, systemClock } from '../kit/index.ts'
import { SessionInterrupted } from '../sessions/index.ts'
import type { Settings } from '../settings/index.ts'
import {
  type Message,
  type MessageLevel,
  type MessageOptions,
  messageJson,
  parseMessages,
  type StoredMessage,
  toLevel,
  toMessage,
} from './message.ts'
import { MessageCookies, messageCookieName } from './message-cookie.ts'

/** Django's key in the session. It holds a JSON text, inside the JSON of the session. */
const sessionKey: string = '_messages'

/** What a session keeps at most, the newest: a program that never asks for a page would fill it. */
const maxInSession = 100

/** The messages of an app. Made once, from its settings. */
export interface MessagePolicy {
  readonly settings: Settings
  readonly cookies: MessageCookies
}

export function createMessagePolicy(settings: Settings, clock: Clock = systemClock): MessagePolicy {
  return { settings, cookies: new MessageCookies(settings, clock) }
}

/** What had waited for a request, by where it was. */
interface Waiting {
  readonly all: readonly StoredMessage[]
  readonly inSession: readonly StoredMessage[]
  /** The browser has a cookie, good or not. */
  readonly hasCookie: boolean
}

/** The messages of one request: `request.messages`. */
export class Messages {
  /** Messages below it are dropped; `null`: that of the settings. */
  level: number | null = null
  readonly #request: HttpRequest
  readonly #policy: MessagePolicy
  readonly #added: StoredMessage[] = []
  #waiting: Promise<Waiting> | null = null
  /** What had waited was shown, and as many of those added. */
  #isShown = false
  #shownCount = 0
  /** The cookie to send: `null` deletes it, `undefined` leaves it as it is. */
  #cookie: string | null | undefined = undefined

  constructor(request: HttpRequest, policy: MessagePolicy) {
    this.#request = request
    this.#policy = policy
  }

  /** Keeps a message for the next page that shows messages, which may be that of this request. An empty one is none. */
  add(level: MessageLevel, text: string, { tags = '', isSafe = false }: MessageOptions = {}): void {
    const number = toLevel(level)
    if (text === '' || number < (this.level ?? this.#policy.settings.MESSAGE_LEVEL)) return
    this.#added.push({ level: number, text, extraTags: tags, isSafe })
  }

  /** What waits, the oldest first, for the page of this request. Forgotten when its answer goes out. */
  async read(): Promise<readonly Message[]> {
    const { all } = await this.#load()
    this.#isShown = true
    this.#shownCount = this.#added.length
    return [...all, ...this.#added].map(message => toMessage(message, this.#policy.settings))
  }

  /** What was read counts as not shown: another answer takes the place of the page. */
  putBack(): void {
    this.#isShown = false
    this.#shownCount = 0
  }

  #load(): Promise<Waiting> {
    this.#waiting ??= this.#find()
    return this.#waiting
  }

  async #find(): Promise<Waiting> {
    const { MESSAGE_STORAGE: storage } = this.#policy.settings
    const cookie = storage === 'session' ? undefined : this.#request.COOKIES.get(messageCookieName)
    const found = cookie === undefined ? null : this.#policy.cookies.read(cookie)
    // Without a cookie nothing has overflowed: no session is asked for.
    const isInSession = storage === 'session' || (storage === 'fallback' && found?.isWhole === false)
    const inSession = isInSession ? toList((await this.#request.session).get(sessionKey)) : []
    return { all: [...(found?.messages ?? []), ...inSession], inSession, hasCookie: cookie !== undefined }
  }

  /**
   * Puts away what is left for the next page. The session is stored with it, when it takes any.
   *
   * `isSent`: false for an answer without the page (HEAD, 304): what was read waits on.
   *
   * @throws what storing the session throws; then nothing is forgotten.
   */
  async store({ isSent = true }: { readonly isSent?: boolean } = {}): Promise<void> {
    if (!isSent) this.putBack()
    const added = this.#added.slice(this.#shownCount)
    if (!this.#isShown && added.length === 0) return
    if (this.#policy.settings.MESSAGE_STORAGE === 'session') {
      const shown = this.#isShown ? (await this.#load()).inSession : []
      return this.#storeInSession(shown, added)
    }
    const { all, inSession, hasCookie } = await this.#load()
    const left = this.#isShown ? added : [...all, ...added]
    const isAlone = this.#policy.settings.MESSAGE_STORAGE === 'cookie'
    const { cookie, rest } = this.#policy.cookies.fit(left, { keepNewest: isAlone })
    if (!isAlone) await this.#storeInSession(inSession, rest)
    if (cookie !== null || hasCookie) this.#cookie = cookie
  }

  /** By `update`: what other requests put there meanwhile stays. */
  async #storeInSession(gone: readonly StoredMessage[], added: readonly StoredMessage[]): Promise<void> {
    if (gone.length === 0 && added.length === 0) return
    const { DJANGO_VERSION: version } = this.#policy.settings
    const spell = (message: StoredMessage): string => messageJson(message, version, ', ')
    const session = await this.#request.session
    try {
      await session.update(sessionKey, stored => {
        const texts = toList(stored).map(spell)
        for (const text of gone.map(spell)) {
          const index = texts.indexOf(text)
          if (index >= 0) texts.splice(index, 1)
        }
        const left = [...texts, ...added.map(spell)].slice(-maxInSession)
        return left.length === 0 ? undefined : `[${left.join(', ')}]`
      })
    } catch (error) {
      // With a session that ended, what waited in it is gone anyway.
      if (!(error instanceof SessionInterrupted) || added.length > 0) throw error
    }
  }

  /** Puts the cookie on the answer, after `store`. No shared cache may keep a page that asked for messages. */
  finish(response: HttpResponse): void {
    const { settings } = this.#policy
    if (this.#waiting === null && this.#cookie === undefined) return
    response.headers.varyByVisitor()
    if (this.#cookie === undefined) return
    const { SESSION_COOKIE_DOMAIN: domain, SESSION_COOKIE_SAMESITE: sameSite } = settings
    if (this.#cookie === null) response.deleteCookie(messageCookieName, { domain, sameSite })
    else
      response.setCookie(messageCookieName, this.#cookie, {
        domain,
        sameSite,
        secure: settings.SESSION_COOKIE_SECURE,
        httpOnly: settings.SESSION_COOKIE_HTTPONLY,
      })
  }
}

/** What the session holds; anything but Django's text counts as nothing. */
function toList(stored: unknown): readonly StoredMessage[] {
  return (typeof stored === 'string' ? parseMessages(stored)?.messages : undefined) ?? []
}

/**
 * Keeps a line for the next page that shows messages.
 *
 * `level`: `'debug'`, `'info'`, `'success'`, `'warning'`, `'error'`, or a number of your own; below `MESSAGE_LEVEL` it is dropped.
 *
 * @example
 * addMessage(request, 'success', 'Your order is on its way.')
 * return redirect('/orders/')
 */
export function addMessage(request: HttpRequest, level: MessageLevel, text: string, options?: MessageOptions): void {
  request.messages.add(level, text, options)
}

/** What waits for this page, the oldest first. When its answer goes out they are forgotten; of an error's page, they are not. */
export function messages(request: HttpRequest): Promise<readonly Message[]> {
  return request.messages.read()
}

/** The lowest level that is kept in this request from here on; `null`: that of `MESSAGE_LEVEL`. */
export function setMessageLevel(request: HttpRequest, level: MessageLevel | null): void {
  request.messages.level = level === null ? null : toLevel(level)
}

declare module '../http/request.ts' {
  interface HttpRequest {
    /** The messages of this request; see `addMessage` and `messages`. */
    readonly messages: Messages
  }
}
