/**
 * The cookie `messages`, as Django signs it.
 *
 * Owns what fits. Leaves attributes to ./messages.ts.
 */
import type { Clock } from '../kit/index.ts'
import type { Settings } from '../settings/index.ts'
import { BadSignature, cookieKeys, DataSigner } from '../signing/index.ts'
import { messageJson, notFinishedJson, parseMessages, type ReadMessages, type StoredMessage } from './message.ts'

export const messageCookieName = 'messages'

/** Django's limit, half of what a server of 4 KiB for all headers takes. No character of a signed text is quoted in a cookie. */
const maxCookieLength = 2048

/** What the cookie is to hold, and what is left over. */
export interface FittedMessages {
  /** The cookie's value; `null` for none. */
  readonly cookie: string | null
  readonly rest: readonly StoredMessage[]
}

/** Signs and reads the cookies of an app. */
export class MessageCookies {
  readonly #signer: DataSigner
  readonly #version: string | null

  constructor({ SECRET_KEY: key, SECRET_KEY_FALLBACKS: fallbackKeys, DJANGO_VERSION }: Settings, clock: Clock) {
    this.#signer = new DataSigner({ ...cookieKeys({ key, fallbackKeys }), salt: 'django.contrib.messages', clock })
    this.#version = DJANGO_VERSION
  }

  /** `null` for a cookie that is not ours, or holds no messages. */
  read(cookie: string): ReadMessages | null {
    try {
      return parseMessages(this.#signer.loadsText(cookie))
    } catch (error) {
      if (error instanceof BadSignature) return null
      throw error
    }
  }

  /** As many as fit, from the first on; `keepNewest`: from the last. */
  fit(
    messages: readonly StoredMessage[],
    { keepNewest = false }: { readonly keepNewest?: boolean } = {},
  ): FittedMessages {
    if (messages.length === 0) return { cookie: null, rest: [] }
    const texts = messages.map(message => messageJson(message, this.#version))
    const whole = this.#sign(texts)
    if (whole.length <= maxCookieLength) return { cookie: whole, rest: [] }
    const some = (count: number): string =>
      this.#sign([...(keepNewest ? texts.slice(texts.length - count) : texts.slice(0, count)), notFinishedJson])
    // The most that fit, by halving: `low` fit, `high` do not. A sign for each message would be one too many for an attacker.
    let low = 0
    let high = texts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (some(middle).length > maxCookieLength) high = middle
      else low = middle
    }
    const rest = keepNewest ? messages.slice(0, messages.length - low) : messages.slice(low)
    return { cookie: some(low), rest }
  }

  #sign(texts: readonly string[]): string {
    return this.#signer.dumpsText(`[${texts.join(',')}]`, { compress: true })
  }
}
