/**
 * Which requests a stream of bytes holds, by the letter of RFC 9112: what two readers could take for two things is none.
 *
 * Lenient where Node is and nobody can gain by it: empty lines before a request, and several spaces in its first line.
 */
import { METHODS } from 'node:http'

/** A request with a head that is whole and right. */
export interface SentRequest {
  readonly method: string
  readonly target: string
  readonly fields: ReadonlyMap<string, readonly string[]>
  /** As latin-1, unchunked; as much as there was of it. */
  readonly body: string
  /** The connection ends after it. */
  readonly closes: boolean
  /** Its head is so large that it may be refused. */
  readonly isLarge: boolean
  /** Nobody takes it up: then too the connection ends. */
  readonly offersUpgrade: boolean
}

/**
 * How a stream ends: after a request that closes the connection, between two requests, in the middle of one, or at what is none.
 *
 * `trailing`: after the closing request come other bytes, which nobody may look at.
 */
export type StreamEnd = 'closed' | 'trailing' | 'idle' | 'cut' | 'wrong'

export interface SentStream {
  readonly requests: readonly SentRequest[]
  readonly end: StreamEnd
}

export const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const requestLine = new RegExp(`^(${token}) +((?:/|[A-Za-z]+://|\\*(?= ))[!-~]*) +HTTP/1\\.([01])$`)
const fieldLine = new RegExp(`^(${token}):[\\t ]*((?:[\\t -~\\x80-\\xff]*[!-~\\x80-\\xff])?)[\\t ]*$`)
/** Node lets the name or the value of an extension be empty, unless nothing follows: where the chunk ends is not in doubt. */
const chunkLine = new RegExp(
  `^(0*[0-9A-Fa-f]{1,16})(?!.*;$)(?:;(?:${token})?(?:=(?:${token}|"(?:[\\t !#-[\\]-~\\x80-\\xff]|\\\\[\\t -~\\x80-\\xff])*")?)?)*$`,
)

/** Node's limit is above: it counts bytes, and something for each field. */
const largeHead = { length: 8000, fields: 100 } as const

type Fields = Map<string, string[]>

/** A body and the place after it, or why there is none. */
type Body = { readonly body: string; readonly next: number | 'cut' | 'wrong' }

export function readRequests(stream: string): SentStream {
  const requests: SentRequest[] = []
  let at = 0
  for (;;) {
    while (stream[at] === '\r' || stream[at] === '\n') at += 1
    if (at === stream.length) return { requests, end: 'idle' }
    const headEnd = stream.indexOf('\r\n\r\n', at)
    if (headEnd < 0) return { requests, end: 'cut' }
    const head = readHead(stream.slice(at, headEnd))
    if (head === null) return { requests, end: 'wrong' }
    const { body, next } = readBody(stream, headEnd + 4, head.fields)
    requests.push({ ...head, body })
    // Node reports no mistake in a body whose head offers another protocol: it waits, as for one that is slow.
    if (typeof next === 'string') return { requests, end: head.offersUpgrade ? 'cut' : next }
    if (head.closes) return { requests, end: next < stream.length ? 'trailing' : 'closed' }
    at = next
  }
}

function readHead(head: string): (Omit<SentRequest, 'body'> & { readonly fields: Fields }) | null {
  const [first = '', ...lines] = head.split('\r\n')
  const [, method = '', target = '', minor] = requestLine.exec(first) ?? []
  // Node opens no tunnel: it closes the connection.
  if (!METHODS.includes(method) || method === 'CONNECT') return null
  const fields = readFields(lines)
  if (fields === null || !isFramed(fields, minor === '0')) return null
  if (minor === '1' && !fields.has('host')) return null
  // Anything else that is expected is refused, and the connection with it: a body may follow or not.
  const expected = minor === '1' ? fields.get('expect')?.join(', ') : undefined
  if (expected !== undefined && !/(?:^|\W)100-continue(?:$|\W)/i.test(expected)) return null
  const connection = (fields.get('connection') ?? [])
    .join(',')
    .toLowerCase()
    .split(/[ \t]*,[ \t]*/)
  const offersUpgrade = connection.includes('upgrade') && fields.has('upgrade')
  const closes = offersUpgrade || (minor === '1' ? connection.includes('close') : !connection.includes('keep-alive'))
  const isLarge = head.length > largeHead.length || lines.length > largeHead.fields
  return { method, target, fields, closes, offersUpgrade, isLarge }
}

function readFields(lines: readonly string[]): Fields | null {
  const fields: Fields = new Map()
  for (const line of lines) {
    const [, name, value = ''] = fieldLine.exec(line) ?? []
    if (name === undefined) return null
    const values = fields.get(name.toLowerCase())
    if (values === undefined) fields.set(name.toLowerCase(), [value])
    else values.push(value)
  }
  return fields
}

/** Where the body ends must have one answer (RFC 9112, 6.3). */
function isFramed(fields: Fields, isOld: boolean): boolean {
  const codings = fields.get('transfer-encoding')
  const lengths = fields.get('content-length')
  if (codings === undefined) return lengths === undefined || (lengths.length === 1 && isLength(lengths[0] as string))
  return !isOld && lengths === undefined && codings.length === 1 && codings[0]?.toLowerCase() === 'chunked'
}

/** Node counts with 64 bits. */
const isLength = (text: string): boolean => /^\d{1,40}$/.test(text) && BigInt(text) < 2n ** 64n

function readBody(stream: string, start: number, fields: Fields): Body {
  if (fields.has('transfer-encoding')) return readChunks(stream, start)
  const end = start + Number(fields.get('content-length')?.[0] ?? 0)
  return { body: stream.slice(start, end), next: end > stream.length ? 'cut' : end }
}

function readChunks(stream: string, start: number): Body {
  let body = ''
  let at = start
  for (;;) {
    const lineEnd = stream.indexOf('\r\n', at)
    if (lineEnd < 0) return { body, next: 'cut' }
    const [, digits] = chunkLine.exec(stream.slice(at, lineEnd)) ?? []
    if (digits === undefined) return { body, next: 'wrong' }
    const size = Number.parseInt(digits, 16)
    at = lineEnd + 2
    if (size === 0) return { body, next: readTrailers(stream, at) }
    body += stream.slice(at, at + size)
    at += size
    if (at + 2 > stream.length) return { body, next: 'cut' }
    if (!stream.startsWith('\r\n', at)) return { body, next: 'wrong' }
    at += 2
  }
}

/** The place after them. */
function readTrailers(stream: string, start: number): Body['next'] {
  if (stream.startsWith('\r\n', start)) return start + 2
  const end = stream.indexOf('\r\n\r\n', start)
  if (end < 0) return 'cut'
  const fields = readFields(stream.slice(start, end).split('\r\n'))
  return fields === null || fields.has('content-length') || fields.has('transfer-encoding') ? 'wrong' : end + 4
}
