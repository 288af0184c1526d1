/**
 * Sessions that the browser keeps: the engine `signed_cookies`, in Django's format.
 *
 * The one engine that cannot keep the promise: of two requests at once the later answer wins whole, and a copy of the cookie works after
 * logout until it is too old. Who has the cookie can read what is in it.
 */
import { type Clock, joinJsonObject, parseJson, splitJsonObject, systemClock } from '../kit/index.ts'
import type { Settings } from '../settings/index.ts'
import { BadSignature, DataSigner, SignatureExpired } from '../signing/index.ts'
import type { SessionTexts } from './codec.ts'
import { expiryAge, expiryDate, expiryKey } from './expiry.ts'
import { mergeChanges } from './merge.ts'
import { Session, type StoredSession } from './session.ts'
import { createReader, type Reader } from './session-data.ts'
import type { Sessions, SessionsOptions, SessionWrite } from './sessions.ts'

const salt = 'django.contrib.sessions.backends.signed_cookies'

/** What browsers keep of a cookie: name and value together (RFC 6265bis, 5.6). */
const maxCookieBytes = 4096

const nothingStored: StoredSession = { key: null, text: null, data: new Map(), isMoved: false }

class CookieSessions implements Sessions {
  readonly settings: Settings
  readonly clock: Clock
  readonly read: Reader
  readonly #signer: DataSigner
  readonly #warn: (fields: object, message: string) => void

  constructor(options: SessionsOptions) {
    const { settings } = options
    this.settings = settings
    this.clock = options.clock ?? systemClock
    this.#warn = options.warn ?? (() => {})
    this.read = createReader(options.data ?? {}, this.#warn)
    const keys = { key: settings.SECRET_KEY, fallbackKeys: settings.SECRET_KEY_FALLBACKS }
    this.#signer = new DataSigner({ ...keys, salt, clock: this.clock })
  }

  /** `key` is the whole cookie. */
  async open(key: string | null | undefined): Promise<Session> {
    const data = key === null || key === undefined ? null : this.#load(key)
    if (data === null) return new Session(this, nothingStored)
    return new Session(this, { key: key as string, text: null, data, isMoved: false })
  }

  /** The data of a cookie that is genuine and young enough. */
  #load(cookie: string): SessionTexts | null {
    try {
      const data = splitJsonObject(this.#signer.loadsText(cookie))
      if (data === null) return null
      const text = data.get(expiryKey)
      const expiry = text === undefined ? undefined : parseJson(text)
      if (typeof expiry === 'string' && expiryDate(expiry, this.clock(), this.settings) <= this.clock()) return null
      const maxAge = typeof expiry === 'string' ? undefined : expiryAge(expiry, this.clock(), this.settings)
      if (maxAge !== undefined) this.#signer.loadsText(cookie, { maxAge })
      return data
    } catch (error) {
      if (error instanceof BadSignature || error instanceof SignatureExpired) return null // whatever is wrong with it
      throw error
    }
  }

  async store({ stored, changes }: SessionWrite): Promise<StoredSession> {
    const { data } = mergeChanges(stored.data, changes)
    const key = this.#signer.dumpsText(joinJsonObject(data), { compress: true })
    const bytes = this.settings.SESSION_COOKIE_NAME.length + key.length
    if (bytes > maxCookieBytes)
      this.#warn({ bytes, limit: maxCookieBytes }, 'session cookie too large: browsers drop it')
    return { key, text: null, data, isMoved: false }
  }

  newKey(): string {
    return ''
  }

  /** A browser's copy is out of reach. */
  async remove(): Promise<boolean> {
    return false
  }

  /** The answer deletes the cookie; nothing else is kept. */
  async end(): Promise<boolean> {
    return true
  }

  async clearExpired(): Promise<number> {
    return 0
  }

  async countExpired(): Promise<number> {
    return 0
  }

  async ping(): Promise<void> {
    // Nothing to ask.
  }

  async close(): Promise<void> {
    // Nothing to let go of.
  }
}

/** The sessions of an app that the browser keeps. `docs/sessions.md` says what they cannot do. */
export function createCookieSessions(options: SessionsOptions): Sessions {
  return new CookieSessions(options)
}
