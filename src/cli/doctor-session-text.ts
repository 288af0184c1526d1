/**
 * What a stored session tells, with the key of the site and without.
 *
 * Owns telling the forms apart. Nothing of a session's data is kept but whom it belongs to and when it ends.
 */
import { Buffer } from 'node:buffer'
import { inflateSync } from 'node:zlib'
import { base62Decode, DataSigner } from '../signing/index.ts'

/** Keys of the site: the first signs, the others are former ones. */
export type Keys = readonly string[]

export const signatures = ['key', 'fallback', 'other', 'unknown'] as const
/** By what a session is signed: the key, a former one, neither; `unknown`: there was no key to try. */
export type Signature = (typeof signatures)[number]

export const sessionForms = ['json', 'pickle', 'before 3.1', 'damaged', 'too long'] as const
export type SessionForm = (typeof sessionForms)[number]

export interface SessionText {
  readonly form: SessionForm
  readonly signature: Signature
  /** When it was written, in seconds since the Unix epoch. Anybody could have written this, as long as the signature is not checked. */
  readonly writtenAt: number | null
  /** Whom it belongs to. */
  readonly login: { readonly userId: string; readonly backend: string; readonly hash: string } | null
  /** It has an expiry of its own, and not the site's. */
  readonly hasOwnExpiry: boolean
}

/** Longest text that is looked at, in characters. */
export const longestText = 65_536
/** Most that a session may inflate to, in bytes. */
const maxInflatedBytes = 1024 * 1024

const saltOf = (className: string): string => `django.contrib.sessions.${className}`

/** All of Django's engines call their class so. */
const djangosClass = 'SessionStore'
/** What sites and packages have called theirs. */
const likelyClasses = [
  'CustomSessionStore',
  'MySessionStore',
  'DBStore',
  'DBSessionStore',
  'DatabaseSessionStore',
  'CachedSessionStore',
  'CachedDBStore',
  'UserSessionStore',
  'SessionBase',
  'SessionEngine',
  'Session',
]

const unread = { signature: 'unknown', writtenAt: null, login: null, hasOwnExpiry: false } as const

/** Reads one `session_data`. Never throws. */
export function readSessionText(text: string, keys: Keys): SessionText {
  if (text.length > longestText) return { ...unread, form: 'too long' }
  const [signed, time, packed] = partsOf(text)
  if (signed === null) return { ...unread, form: isOldForm(text) ? 'before 3.1' : 'damaged' }
  const written = base62Decode(time)
  const common = { signature: signatureOf(text, keys), writtenAt: typeof written === 'number' ? written : null }
  const json = unpack(packed)
  if (json === null) return { ...unread, ...common, form: 'damaged' }
  if (json.startsWith('\x80')) return { ...unread, ...common, form: 'pickle' }
  const data = parseObject(json)
  if (data === null) return { ...unread, ...common, form: 'damaged' }
  return { form: 'json', ...common, login: loginOf(data), hasOwnExpiry: data._session_expiry != null }
}

/** The class of the session engine, when it is one that others have, too; `null` when none of them fits. */
export function engineClassOf(text: string, keys: Keys): string | null {
  return likelyClasses.find(name => keys.some(key => isSigned(text, key, name))) ?? null
}

/** Payload, time and signature. */
function partsOf(text: string): readonly [signed: string, time: string, packed: string] | readonly [null, '', ''] {
  const match = /^(\.?[\w=-]*):(\w{1,12}):([\w-]{43})$/.exec(text)
  return match === null ? [null, '', ''] : [match[0], match[2] ?? '', match[1] ?? '']
}

/** Base64 of a hexadecimal SHA-1, a colon, and the data. */
function isOldForm(text: string): boolean {
  return /^[0-9a-f]{40}:/.test(Buffer.from(text.slice(0, 80), 'base64').toString('latin1'))
}

function signatureOf(text: string, keys: Keys): Signature {
  if (keys.length === 0) return 'unknown'
  const index = keys.findIndex(key => isSigned(text, key, djangosClass))
  return index === 0 ? 'key' : index > 0 ? 'fallback' : 'other'
}

function isSigned(text: string, key: string, className: string): boolean {
  try {
    new DataSigner({ key, salt: saltOf(className), maxInflatedBytes }).loadsText(text)
    return true
  } catch {
    // Any fault of a stored session: it is not one that was signed so.
    return false
  }
}

function unpack(packed: string): string | null {
  const isCompressed = packed.startsWith('.')
  const bytes = Buffer.from(isCompressed ? packed.slice(1) : packed, 'base64url')
  try {
    return (isCompressed ? inflateSync(bytes, { maxOutputLength: maxInflatedBytes }) : bytes).toString('latin1')
  } catch {
    // Cut off, or a bomb: damaged.
    return null
  }
}

function parseObject(json: string): Readonly<Record<string, unknown>> | null {
  try {
    const data: unknown = JSON.parse(json.replaceAll(/\b(?:NaN|-?Infinity)\b/g, 'null'))
    return typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as Record<string, unknown>) : null
  } catch {
    // Not JSON: the caller calls it damaged.
    return null
  }
}

/** The three keys of a login, in the form that Django gives them. */
function loginOf({
  _auth_user_id: userId,
  _auth_user_backend: backend,
  _auth_user_hash: hash,
}: Readonly<Record<string, unknown>>): SessionText['login'] {
  if (typeof userId !== 'string' || typeof backend !== 'string' || typeof hash !== 'string') return null
  return /^(?:\d{1,19}|[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12})$/i.test(userId) ? { userId, backend, hash } : null
}
