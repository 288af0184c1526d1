/**
 * Reads the Cookie header as Django does, which is not quite as RFC 6265 does.
 *
 * Owns splitting and unquoting. Leaves writing to ./set-cookie.ts, signatures to the signing room.
 */
import { stripPython } from '../kit/index.ts'

/** What does not stand around the names that browsers send. */
const beyondPlainSpace = /[^ \t]/

/**
 * The cookies of a header by name, the last one of a name. Never throws: a client can send anything.
 *
 * Splits at every `;`, also between quotes. A piece without `=` is the value of the name `''`.
 *
 * Unlike Django, a name does not become `__Host-…` or `__Secure-…` by losing its U+2000: browsers let no other site set those names, and
 * know nothing of Python's white space.
 */
export function parseCookies(header: string): Map<string, string> {
  const cookies = new Map<string, string>()
  let start = 0
  let equals = header.indexOf('=')
  while (start < header.length) {
    const mark = header.indexOf(';', start)
    const end = mark < 0 ? header.length : mark
    // Looked for again only once it is passed: `;;;;…` would otherwise cost a scan of the rest for each piece.
    if (equals >= 0 && equals < start) equals = header.indexOf('=', start)
    const split = equals >= 0 && equals < end
    const name = split ? stripPython(header.slice(start, equals)) : ''
    const value = stripPython(header.slice(split ? equals + 1 : start, end))
    const isPlain = !name.startsWith('__') || !beyondPlainSpace.test(header.slice(start, equals).replace(name, ''))
    if (isPlain && (name !== '' || value !== '')) cookies.set(name, unquoteCookie(value))
    start = end + 1
  }
  return cookies
}

/** A backslash with three octal digits, the code of a character, or with any one character but a newline. */
const escaped = /\\(?:([0-3][0-7][0-7])|([^\n]))/g

/** Undoes the quoting of a cookie's value (Python's `http.cookies`); a value without quotes stays as it is. */
export function unquoteCookie(value: string): string {
  if (value.length < 2 || value.charCodeAt(0) !== 0x22 || value.charCodeAt(value.length - 1) !== 0x22) return value
  const inside = value.slice(1, -1)
  if (!inside.includes('\\')) return inside
  return inside.replace(escaped, (_, octal: string | undefined, char: string) =>
    octal === undefined ? char : String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
