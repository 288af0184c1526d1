/** Cookies: the header as Python reads it, and what is written comes back and breaks out of nothing. */
import assert from 'node:assert/strict'
import { CookieError, parseCookies, serializeCookie } from '../../src/http/index.ts'
import { anyText, below, mutate, pick, type Random, several } from './random.ts'
import type { Target } from './run.ts'

const frequent: readonly string[] = [
  ';',
  '; ',
  '=',
  '"',
  '\\',
  '\\"',
  '\\054',
  '\\377',
  'a',
  'sessionid',
  'csrftoken',
  '1',
]

/** `str.isspace` of Python. */
const space = '[\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const around = new RegExp(`^${space}+|${space}+$`, 'g')

/** Django's `parse_cookie`, piece by piece; names with a prefix of browsers only when they come with it. */
function wanted(header: string): Map<string, string> {
  const cookies = new Map<string, string>()
  for (const piece of header.split(';')) {
    const [before, ...after] = piece.split('=')
    const rawName = after.length === 0 ? '' : (before as string)
    const name = rawName.replace(around, '')
    const value = (after.length === 0 ? piece : after.join('=')).replace(around, '')
    if (name.startsWith('__') && rawName.replace(/^[ \t]+|[ \t]+$/g, '') !== name) continue
    if (name !== '' || value !== '') cookies.set(name, unquote(value))
  }
  return cookies
}

/** Python's `http.cookies._unquote`, character by character. */
function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value
  const inside = value.slice(1, -1)
  let text = ''
  for (let at = 0; at < inside.length; at += 1) {
    const octal = inside.slice(at + 1, at + 4)
    const next = inside[at + 1]
    if (inside[at] !== '\\' || next === undefined || next === '\n') text += inside[at]
    else if (octal.length === 3 && /^[0-3][0-7][0-7]$/.test(octal)) {
      text += String.fromCharCode(Number.parseInt(octal, 8))
      at += 3
    } else {
      text += next
      at += 1
    }
  }
  return text
}

function cookieOptions(random: Random): Parameters<typeof serializeCookie>[2] {
  const odd = <Value>(...values: readonly Value[]): Value => pick(values, random)
  return {
    path: odd('/', null, '/a b', anyText(3, random)),
    domain: odd(null, 'example.com', anyText(3, random)),
    maxAge: odd(null, 0, 60, -1, below(1e9, random), Number.NaN, 1e300),
    expires: odd(null, null, anyText(3, random)),
    httpOnly: odd(true, false),
    secure: odd(true, false),
    partitioned: odd(true, false),
    sameSite: odd(null, 'Lax', anyText(1, random) as 'none'),
  }
}

const attributeNames = 'Domain expires HttpOnly Max-Age Partitioned Path SameSite Secure'.split(' ')

/** What a browser makes of it (RFC 6265, 5.2): one cookie, no attribute that was not asked for. */
function checkWriting(random: Random): boolean {
  const name = random() < 0.7 ? pick(['a', 'sessionid', '__Host-a'], random) : anyText(2, random)
  const value = anyText(6, random).toWellFormed()
  const options = cookieOptions(random)
  let field: string
  try {
    field = serializeCookie(name, value, options, 1.7e12)
  } catch (error) {
    if (error instanceof CookieError) return false
    throw error
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
  assert.doesNotMatch(field, /[\0-\x1f\x7f]/)
  const [pair = '', ...attributes] = field.split('; ')
  assert.deepEqual([...parseCookies(pair)], [[name, value]], field)
  const names = attributes.map(attribute => attribute.split('=')[0] as string)
  assert.equal(new Set(names).size, names.length, field)
  for (const attribute of names) assert.ok(attributeNames.includes(attribute), field)
  assert.equal(field.split(';').length, attributes.length + 1, field)
  for (const [attribute, option] of Object.entries({ HttpOnly: 'httpOnly', Secure: 'secure' } as const))
    assert.equal(names.includes(attribute), options[option], field)
  return true
}

export function openCookies(): Target {
  return {
    name: 'cookies',
    check(random) {
      const pieces = several(24, random, () => (random() < 0.6 ? pick(frequent, random) : anyText(1, random)))
      const header = mutate(pieces.join(''), random)
      const cookies = parseCookies(header)
      assert.deepEqual([...cookies], [...wanted(header)], JSON.stringify(header))
      return `${cookies.size === 0 ? 'nothing' : 'cookies'} read, ${checkWriting(random) ? 'one written' : 'one refused'}`
    },
  }
}
