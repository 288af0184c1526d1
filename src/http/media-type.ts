/**
 * Media types: `Content-Type` of a body, and `Accept`, the client's wishes for the answer.
 *
 * Owns the reading of both (RFC 9110, 8.3 and 12.5.1). Leaves what to do about them to views and ./body.ts.
 */

/** `text/html; charset=utf-8` in its parts. */
export interface MediaType {
  /** Type and subtype in lower case; empty when there is none. */
  readonly type: string
  /** By lower-case name, quotes removed; the first of a name counts, as browsers and multipart readers have it. */
  readonly parameters: ReadonlyMap<string, string>
}

const noParameters: ReadonlyMap<string, string> = new Map()

/** Reads a media type. Never throws: what makes no sense is left out. */
export function parseMediaType(header: string): MediaType {
  const semicolon = header.indexOf(';')
  if (semicolon < 0) return { type: header.trim().toLowerCase(), parameters: noParameters }
  return { type: header.slice(0, semicolon).trim().toLowerCase(), parameters: parseParameters(header, semicolon) }
}

/** Reads `; name=value; name="va\"lue"` from the first semicolon on. */
function parseParameters(header: string, semicolon: number): Map<string, string> {
  const parameters = new Map<string, string>()
  let index = semicolon
  while (index < header.length) {
    const end = endOfParameter(header, index + 1)
    const parameter = header.slice(index + 1, end)
    const equals = parameter.indexOf('=')
    const name = parameter.slice(0, Math.max(equals, 0)).trim().toLowerCase()
    if (name !== '' && !parameters.has(name)) parameters.set(name, unquote(parameter.slice(equals + 1).trim()))
    index = end
  }
  return parameters
}

/** The next semicolon that does not stand between quotes. */
function endOfParameter(header: string, start: number): number {
  let quoted = false
  for (let index = start; index < header.length; index += 1) {
    const char = header.charCodeAt(index)
    if (char === 0x22) quoted = !quoted
    else if (char === 0x5c && quoted) index += 1
    else if (char === 0x3b && !quoted) return index
  }
  return header.length
}

function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value
  return value.slice(1, -1).replace(/\\(.)/gs, '$1')
}

/** One range of `Accept` with its weight. */
interface AcceptRange {
  readonly type: string
  readonly q: number
}

function parseAccept(accept: string): AcceptRange[] {
  const ranges: AcceptRange[] = []
  for (const item of accept.split(',')) {
    const { type, parameters } = parseMediaType(item)
    if (type !== '') ranges.push({ type, q: toWeight(parameters.get('q')) })
  }
  return ranges
}

/** 0 to 1 in three decimals; what is not a weight counts as 0, as if it were not there. */
function toWeight(q: string | undefined): number {
  if (q === undefined) return 1
  return /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(q) ? Number(q) : 0
}

/** The weight of a type: that of the range that names it most exactly. */
function weightOf(type: string, ranges: readonly AcceptRange[]): number {
  const family = `${type.slice(0, type.indexOf('/'))}/*`
  for (const wanted of [type, family, '*/*']) {
    const range = ranges.find(candidate => candidate.type === wanted)
    if (range !== undefined) return range.q
  }
  return 0
}

/**
 * The offered type that the client likes best; the first of them on a tie, and when there is no `Accept`. `null` when it accepts none.
 *
 * @param offered Types in lower case, best first: `['application/json', 'text/html']`.
 */
export function negotiate(accept: string | null, offered: readonly string[]): string | null {
  if (accept === null || accept.trim() === '') return offered[0] ?? null
  const ranges = parseAccept(accept)
  let best: string | null = null
  let bestWeight = 0
  for (const type of offered) {
    const weight = weightOf(type, ranges)
    if (weight > bestWeight) {
      best = type
      bestWeight = weight
    }
  }
  return best
}

const pages: readonly string[] = ['text/html', 'application/xhtml+xml']
const documents: readonly string[] = ['application/json', 'application/problem+json']

/** True for a browser's `Accept`: it names HTML and likes JSON no better. Programs say JSON, or the asterisks of curl. */
export function prefersHtml(accept: string | null): boolean {
  if (accept === null) return false
  const ranges = parseAccept(accept)
  let html = 0
  for (const range of ranges) if (pages.includes(range.type) && range.q > html) html = range.q
  return html > 0 && documents.every(type => weightOf(type, ranges) <= html)
}
