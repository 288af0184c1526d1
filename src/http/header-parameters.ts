/**
 * The parameters of a part's header field, `form-data; name="a"; filename*=UTF-8''%C3%A9.png`, as Python's `email` reads them,
 * which Django 5.2 goes by (RFC 2045, 5.1; RFC 2231).
 */

/** A header field in its parts. */
export interface HeaderValue {
  /** What stands before the first semicolon, in lower case. */
  readonly value: string
  /** By lower-case name; the last of a name counts, and `name*` before `name`. */
  readonly parameters: ReadonlyMap<string, string>
}

/** Reads a field. `null` for a parameter in a charset other than those of RFC 5987: what it says cannot be known. */
export function parseHeaderValue(text: string): HeaderValue | null {
  const [value = '', ...items] = splitParameters(text)
  const parameters = new Map<string, string>()
  const extended = new Map<string, Segment[]>()
  for (const item of items) {
    const equals = item.indexOf('=')
    const name = (equals < 0 ? item : item.slice(0, equals)).trim().toLowerCase()
    const content = equals < 0 ? '' : unquote(item.slice(equals + 1).trim())
    const match = segmentName.exec(name)
    if (match === null) {
      if (name !== '') parameters.set(name, content)
      continue
    }
    const [, base = '', number] = match
    const segment = { number: number === undefined ? -1 : Number(number), content, encoded: name.endsWith('*') }
    const segments = extended.get(base)
    if (segments === undefined) extended.set(base, [segment])
    else segments.push(segment)
  }
  for (const [name, segments] of extended) {
    const joined = joinSegments(segments)
    if (joined === null) return null
    parameters.set(name, joined)
  }
  return { value: value.trim().toLowerCase(), parameters }
}

/** One piece of a parameter: `filename*1*=…` is number 1, encoded. */
interface Segment {
  readonly number: number
  readonly content: string
  readonly encoded: boolean
}

const segmentName = /^(\w+)\*(?:([0-9]{1,9})\*?)?$/

/** At the semicolons that stand after an even number of quotes; a quote after a backslash is none. */
function splitParameters(text: string): string[] {
  const items: string[] = []
  let start = 0
  let quoted = false
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === 0x22) {
      if (text.charCodeAt(index - 1) !== 0x5c || index === start) quoted = !quoted
    } else if (code === 0x3b && !quoted) {
      items.push(text.slice(start, index))
      start = index + 1
    }
  }
  items.push(text.slice(start))
  return items
}

function unquote(text: string): string {
  if (text.length < 2) return text
  if (text.startsWith('"') && text.endsWith('"'))
    return text.slice(1, -1).replaceAll('\\\\', '\\').replaceAll('\\"', '"')
  return text.startsWith('<') && text.endsWith('>') ? text.slice(1, -1) : text
}

/** The pieces in order, decoded. */
function joinSegments(segments: readonly Segment[]): string | null {
  const ordered = segments.toSorted((a, b) => a.number - b.number)
  const isEncoded = ordered.some(segment => segment.encoded)
  const text = ordered.map(({ content, encoded }) => (encoded ? unescapeBytes(content) : content)).join('')
  if (!isEncoded) return text
  const [charset = '', ...rest] = text.split("'")
  return rest.length < 2 ? text : decode(rest.slice(1).join("'"), charset.toLowerCase())
}

/** Percent escapes as bytes, one character each. */
function unescapeBytes(text: string): string {
  // By runs: a call for each byte of a long one is mostly garbage.
  return text.replace(/(?:%[0-9a-f]{2}){1,1000}/gi, run =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('latin1'),
  )
}

const utf8: readonly string[] = ['utf-8', 'utf8', 'us-ascii', 'ascii', '']
const latin1: readonly string[] = ['iso-8859-1', 'latin-1', 'latin1']

/** `bytes`: one character each. Others than RFC 5987 (3.2) demands are not worth what an odd charset can smuggle. */
function decode(bytes: string, charset: string): string | null {
  if (latin1.includes(charset)) return bytes
  return utf8.includes(charset) ? Buffer.from(bytes, 'latin1').toString('utf8') : null
}
