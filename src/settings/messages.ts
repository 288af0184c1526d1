/** The settings of messages. */
import { type Definitions, isRecord, type Kind, oneOf, parseJsonText, setting } from './kind.ts'

export interface MessageSettings {
  /** Messages below this level are dropped when they are added: a number, or a name such as `'debug'`. Default: `20` (info). */
  readonly MESSAGE_LEVEL: number
  /**
   * Where messages wait for the next page: `'fallback'` (a signed cookie, and the session for what does not fit into it), `'cookie'` (what does not fit is lost, the oldest first), `'session'`. Django's dotted names are accepted too. Default: `'fallback'`.
   */
  readonly MESSAGE_STORAGE: MessageStorage
  /** Names of levels, beside and in place of `debug`, `info`, `success`, `warning` and `error`: `{ 40: 'danger', 50: 'critical' }`. Default: `{}`. */
  readonly MESSAGE_TAGS: Readonly<Record<number, string>>
}

export const messageStorages = ['fallback', 'cookie', 'session'] as const
export type MessageStorage = (typeof messageStorages)[number]

/** Django's levels. */
export const messageLevels = { debug: 10, info: 20, success: 25, warning: 30, error: 40 } as const
export type MessageLevelName = keyof typeof messageLevels

const className: Readonly<Record<MessageStorage, string>> = {
  fallback: 'FallbackStorage',
  cookie: 'CookieStorage',
  session: 'SessionStorage',
}

const storage: Kind<MessageStorage> = oneOf(
  messageStorages,
  Object.fromEntries(messageStorages.map(name => [`django.contrib.messages.storage.${name}.${className[name]}`, name])),
)

const level: Kind<number> = {
  expected: "a whole number, 0 or more, or 'debug', 'info', 'success', 'warning' or 'error'",
  read: given => {
    if (typeof given === 'string' && Object.hasOwn(messageLevels, given))
      return messageLevels[given as MessageLevelName]
    return Number.isSafeInteger(given) && (given as number) >= 0 ? (given as number) : undefined
  },
  fromText: text => (/^\d+$/.test(text) ? Number(text) : text),
}

const tags: Kind<Readonly<Record<number, string>>> = {
  expected: "an object of names by level, like { 40: 'danger' }",
  read: given => {
    if (!isRecord(given)) return undefined
    const entries = Object.entries(given)
    const fits = entries.every(([key, tag]) => /^\d{1,9}$/.test(key) && typeof tag === 'string')
    return fits ? (Object.fromEntries(entries) as Record<number, string>) : undefined
  },
  fromText: parseJsonText,
}

export const messageDefinitions: Definitions<MessageSettings> = {
  MESSAGE_LEVEL: setting(level, messageLevels.info),
  MESSAGE_STORAGE: setting(storage, 'fallback'),
  MESSAGE_TAGS: setting(tags, {}),
}
