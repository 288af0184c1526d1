/**
 * A message, and the form in which Django keeps it.
 *
 * Owns the JSON. Leaves signing to ./message-cookie.ts, and when to keep and forget to ./messages.ts.
 */
import { isDjangoAtLeast, parseJson, serializeJson } from '../kit/index.ts'
import { type MessageLevelName, messageLevels, type Settings } from '../settings/index.ts'

export { messageLevels }

/** Django's names of its levels, or any number. */
export type MessageLevel = MessageLevelName | number

export interface MessageOptions {
  /** Further words for `tags`, for a page's style sheet. Default: none. */
  readonly tags?: string
  /** True for HTML that may go into a page as it is (Django's `mark_safe`). Whoever can put text into it can run scripts there. Default: false. */
  readonly isSafe?: boolean
}

/** What is kept. */
export interface StoredMessage {
  readonly level: number
  readonly text: string
  /** `null`: none, spelled otherwise than the empty text. */
  readonly extraTags: string | null
  readonly isSafe: boolean
}

/** What a page shows. */
export interface Message {
  /** 10, 20, 25, 30, 40 for Django's levels. */
  readonly level: number
  /** The level's name, of Django or `MESSAGE_TAGS`: `success`; empty for a level without. */
  readonly levelTag: string
  /** `extraTags` and `levelTag`, with a space between: for a class attribute. */
  readonly tags: string
  readonly extraTags: string
  /** To be escaped, unless `isSafe`. */
  readonly text: string
  readonly isSafe: boolean
}

/** @throws {RangeError} for what is neither a name nor a whole number. */
export function toLevel(level: MessageLevel): number {
  if (typeof level === 'number' && Number.isSafeInteger(level)) return level
  if (typeof level === 'string' && Object.hasOwn(messageLevels, level)) return messageLevels[level]
  throw new RangeError(
    `There is no level ${JSON.stringify(level)} of messages: take ${Object.keys(messageLevels).join(', ')} or a whole number.`,
  )
}

const levelNames: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(messageLevels).map(([name, level]) => [level, name]),
)

/** A message as a page shows it. */
export function toMessage({ level, text, extraTags, isSafe }: StoredMessage, { MESSAGE_TAGS }: Settings): Message {
  const levelTag = MESSAGE_TAGS[level] ?? levelNames[level] ?? ''
  const tags = [extraTags, levelTag].filter(Boolean).join(' ')
  return { level, levelTag, tags, extraTags: extraTags ?? '', text, isSafe }
}

/** How Django's encoder marks what is a message, and how its cookie ends when there is more in the session. */
const messageKey = '__json_message'
const notFinished = '__messagesnotfinished__'

/** The JSON of one message, compact, or with Python's spaces. `version`: of the Django that reads it; `null`: none does. */
export function messageJson(message: StoredMessage, version: string | null, comma: ',' | ', ' = ','): string {
  const { level, text, extraTags, isSafe } = message
  const isOld = version !== null && !isDjangoAtLeast(version, '4.0')
  const hasTags = isOld ? Boolean(extraTags) : extraTags !== null
  const fields = [messageKey, isSafe ? 1 : 0, level, text, ...(hasTags ? [extraTags] : [])]
  return `[${fields.map(field => serializeJson(field)).join(comma)}]`
}

/** What the cookie ends with when there is more in the session. */
export const notFinishedJson: string = JSON.stringify(notFinished)

/** What was read; `isWhole` is false where more messages wait in the session. */
export interface ReadMessages {
  readonly messages: readonly StoredMessage[]
  readonly isWhole: boolean
}

/** The messages in a JSON text; what is no message in it is left out. `null` for what is not JSON. */
export function parseMessages(json: string): ReadMessages | null {
  const value = parsed(json)
  if (!Array.isArray(value)) return value === undefined ? null : { messages: [], isWhole: true }
  const messages = value.map(toStoredMessage).filter(message => message !== null)
  return { messages, isWhole: value.at(-1) !== notFinished }
}

function parsed(json: string): unknown {
  try {
    return parseJson(json)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function toStoredMessage(item: unknown): StoredMessage | null {
  if (!Array.isArray(item) || item[0] !== messageKey) return null
  const [, isSafe, given, text, extraTags = null] = item
  const level = typeof given === 'string' && /^-?\d{1,9}$/.test(given) ? Number(given) : given
  if (!Number.isSafeInteger(level) || typeof text !== 'string') return null
  return { level, text, extraTags: typeof extraTags === 'string' ? extraTags : null, isSafe: Boolean(isSafe) }
}
