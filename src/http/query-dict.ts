/**
 * The fields of a query string or an urlencoded form.
 *
 * Owns Django's reading and writing of them. Leaves multipart to ./multipart.ts, size limits to ./body.ts.
 */
import { decodeUtf8 } from '../kit/index.ts'
import { BadFormEncoding, TooManyFields } from './errors.ts'
import { MultiValueDict } from './multi-value-dict.ts'

/** What a `QueryDict` is made from: pairs (names may repeat), or an object (lists repeat the name). */
export type QueryInit = Iterable<readonly [string, string]> | Readonly<Record<string, string | readonly string[]>>

/**
 * Names with one or more values each, in the order they came. It reads like a `Map` of last values, and never changes.
 *
 * ```ts
 * const query = parseQueryString('tag=a&tag=b&page=2')
 * query.get('tag') // 'b': the last one
 * query.getList('tag') // ['a', 'b']
 * query.with({ page: '3' }).urlencode() // 'tag=a&tag=b&page=3'
 * ```
 */
export class QueryDict extends MultiValueDict<string> {
  static from(init: QueryInit): QueryDict {
    const lists = new Map<string, string[]>()
    if (Symbol.iterator in init)
      for (const [name, value] of init as Iterable<[string, string]>) append(lists, name, value)
    else
      for (const [name, value] of Object.entries(init))
        for (const one of typeof value === 'string' ? [value] : value) append(lists, name, one)
    return new QueryDict(lists)
  }

  /** For schemas: a plain object without prototype, so that a field `__proto__` is one like any other. Repeated names become lists. */
  toObject(): Record<string, string | string[]> {
    const object: Record<string, string | string[]> = Object.create(null)
    for (const [name, values] of this.lists()) object[name] = values.length === 1 ? (values[0] as string) : [...values]
    return object
  }

  /** A copy with other values for some names; `null` takes a name away. */
  with(changes: Readonly<Record<string, string | readonly string[] | null>>): QueryDict {
    const lists = new Map(this.lists())
    for (const [name, value] of Object.entries(changes))
      if (value === null) lists.delete(name)
      else lists.set(name, typeof value === 'string' ? [value] : [...value])
    return new QueryDict(lists)
  }

  /**
   * The fields as a query string, spaces as `+`.
   *
   * With `safe`, its ASCII characters stay as they are and spaces become `%20`, as in Django: `urlencode('/')` keeps paths readable.
   */
  urlencode(safe: string = ''): string {
    let text = ''
    for (const [name, values] of this.lists())
      for (const value of values) text += `${text === '' ? '' : '&'}${quote(name, safe)}=${quote(value, safe)}`
    return text
  }

  override toString(): string {
    return this.urlencode()
  }
}

function append(lists: Map<string, string[]>, name: string, value: string): void {
  const values = lists.get(name)
  if (values === undefined) lists.set(name, [value])
  else values.push(value)
}

/** Python's `quote` with `safe`, `quote_plus` without. A lone surrogate, which Python refuses, is sent as U+FFFD. */
function quote(text: string, safe: string): string {
  const escaped = encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  if (safe === '') return escaped.replaceAll('%20', '+')
  return escaped.replace(/%[0-7][0-9A-F]/g, hex => {
    const char = String.fromCharCode(Number.parseInt(hex.slice(1), 16))
    return safe.includes(char) ? char : hex
  })
}

export interface QueryLimits {
  /** Most fields, empty ones counted. Default, and `null`: no limit. Django's setting is 1000. */
  readonly maxFields?: number | null
}

/**
 * Reads the query of a request target: its bytes as latin-1 text, as `node:http` and `Request.url` give it.
 *
 * They are UTF-8; when they cannot be, latin-1. Never fails on bad escapes.
 *
 * @throws {TooManyFields} with status 400.
 */
export function parseQueryString(query: string, limits: QueryLimits = {}): QueryDict {
  return parseQueryText(isAscii(query) ? query : bytesToText(Buffer.from(query, 'latin1')), limits)
}

/** As `parseQueryString`, from bytes. */
export function parseQueryBytes(bytes: Uint8Array, limits: QueryLimits = {}): QueryDict {
  return parseQueryText(bytesToText(bytes), limits)
}

/**
 * Reads an urlencoded form.
 *
 * @throws {TooManyFields} with status 400.
 * @throws {BadFormEncoding} with status 400 for another charset than UTF-8.
 */
export function parseFormBytes(
  bytes: Uint8Array,
  options: QueryLimits & { readonly charset?: string | null } = {},
): QueryDict {
  const charset = options.charset ?? ''
  if (charset !== '' && charset.toLowerCase() !== 'utf-8') throw new BadFormEncoding(charset)
  return parseQueryText(bytesToText(bytes), options)
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false
  return true
}

function bytesToText(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Counts before anything is made of them: a hostile query costs one scan. */
function requireFewFields(text: string, limit: number): void {
  let fields = 1
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    fields += 1
    if (fields > limit) break
  }
  if (fields > limit) throw new TooManyFields(limit)
}

/** Reads a query that is text already: `title=Café&x=1`. */
export function parseQueryText(text: string, limits: QueryLimits = {}): QueryDict {
  const lists = new Map<string, string[]>()
  if (text === '') return new QueryDict(lists)
  if (limits.maxFields !== undefined && limits.maxFields !== null) requireFewFields(text, limits.maxFields)
  let start = 0
  while (start <= text.length) {
    const mark = text.indexOf('&', start)
    const end = mark < 0 ? text.length : mark
    if (end > start) {
      const pair = text.slice(start, end)
      const equals = pair.indexOf('=')
      if (equals < 0) append(lists, unquotePlus(pair), '')
      else append(lists, unquotePlus(pair.slice(0, equals)), unquotePlus(pair.slice(equals + 1)))
    }
    start = end + 1
  }
  return new QueryDict(lists)
}

/** Python's `unquote_plus`: bad escapes stay, escapes that are not UTF-8 become U+FFFD. */
function unquotePlus(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  return isAscii(spaced) ? unquoteAscii(spaced) : spaced.replace(asciiRun, unquoteAscii)
}

/** Escapes make up characters only with their ASCII neighbours: in `%C3é` the first stays a broken one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII, as Python's urllib has it
const asciiRun = /[\u0000-\u007f]+/g

function unquoteAscii(text: string): string {
  const bytes = Buffer.allocUnsafe(text.length)
  let size = 0
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index)
    const high = char === 0x25 ? hexDigit(text.charCodeAt(index + 1)) : -1
    const low = high >= 0 ? hexDigit(text.charCodeAt(index + 2)) : -1
    if (low >= 0) index += 2
    bytes[size] = low >= 0 ? high * 16 + low : char
    size += 1
  }
  return bytes.toString('utf8', 0, size)
}

/** -1 for what is none, NaN past the end of the text included. */
function hexDigit(char: number): number {
  if (char >= 0x30 && char <= 0x39) return char - 0x30
  const lower = char | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
