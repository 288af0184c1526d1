import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { CookieError } from './errors.ts'
import { type CookieOptions, serializeCookie, serializeDeletedCookie } from './set-cookie.ts'

type DjangoTime = { readonly datetime: string } | { readonly seconds: number }

interface Vector {
  readonly id: string
  readonly op: 'cookie_set' | 'cookie_delete'
  readonly in: {
    readonly name: string
    readonly value: string
    readonly now: number
    readonly options: {
      readonly max_age?: number | DjangoTime | null
      readonly expires?: string | DjangoTime | null
      readonly samesite?: string | false | null
      readonly httponly?: boolean
      readonly secure?: boolean
      readonly path?: string | null
      readonly domain?: string | null
    }
  }
  readonly out: { readonly header?: string; readonly error?: string }
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../tests/vectors/set_cookie.json', import.meta.url), 'utf8'),
).cases

/** Deliberately refused: Django under Python 3.11 writes `Path=/a;b`, so that text from outside could add attributes. */
const refused = (vector: Vector): boolean => vector.in.options.path?.includes(';') ?? false

/** Python's datetime without zone is UTC here, as in the vectors. */
function toDate(iso: string): Date {
  return new Date(/[+-]\d\d:\d\d$/.test(iso) ? iso : `${iso}Z`)
}

/** Django's keyword arguments as options. */
function toOptions({ max_age, expires, samesite, httponly, ...same }: Vector['in']['options']): CookieOptions {
  const options: Record<string, unknown> = { ...same }
  if (httponly !== undefined) options.httpOnly = httponly
  if (samesite !== undefined) options.sameSite = samesite === false ? null : samesite
  if (typeof max_age === 'object' && max_age !== null) options.maxAge = 'seconds' in max_age ? max_age.seconds : null
  else if (max_age !== undefined) options.maxAge = max_age
  if (typeof expires === 'object' && expires !== null)
    options.expires = 'datetime' in expires ? toDate(expires.datetime) : null
  else if (expires !== undefined) options.expires = expires
  return options
}

describe('Set-Cookie and Django', () => {
  it('differs from Django in the refusal of a semicolon in a path only, in one vector', () => {
    const differing = vectors.filter(refused)
    assert.equal(differing.length, 1)
    for (const { in: input } of differing)
      assert.throws(() => serializeCookie(input.name, input.value, toOptions(input.options), 0), CookieError)
  })

  for (const vector of vectors.filter(vector => !refused(vector)))
    it(`writes ${vector.id}`, () => {
      const { name, value, now } = vector.in
      const options = toOptions(vector.in.options)
      const write = (): string =>
        vector.op === 'cookie_set'
          ? serializeCookie(name, value, options, now * 1000)
          : serializeDeletedCookie(name, options)
      if (vector.out.error !== undefined) assert.throws(write, CookieError)
      else assert.equal(write(), vector.out.header)
    })
})

describe('serializeCookie', () => {
  it('refuses what would break out of an attribute', () => {
    for (const bad of ['/;Domain=evil.com', '/\r\nSet-Cookie: a=b', '/\0', '/\x7f'])
      for (const options of [{ path: bad }, { domain: bad }, { expires: bad }])
        assert.throws(() => serializeCookie('c', 'v', options, 0), {
          name: 'CookieError',
          code: 'http/bad-cookie',
          cookie: 'c',
        })
  })

  it('refuses a name that could be an attribute or another cookie', () => {
    for (const name of ['', 'a=b', 'a;b', 'a b', 'a\r\nb', 'Max-Age', 'é'])
      assert.throws(() => serializeCookie(name, 'v', {}, 0), CookieError)
  })

  it('refuses a life that is no time', () => {
    for (const maxAge of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e15])
      assert.throws(() => serializeCookie('c', 'v', { maxAge }, 0), CookieError)
    assert.throws(() => serializeCookie('c', 'v', { expires: new Date(Number.NaN) }, 0), CookieError)
  })

  it('refuses a __Host- cookie that browsers would drop for its domain or path', () => {
    assert.throws(() => serializeCookie('__Host-c', 'v', { domain: 'example.com', secure: true }, 0), CookieError)
    assert.throws(() => serializeCookie('__Host-c', 'v', { path: '/app', secure: true }, 0), CookieError)
    assert.equal(serializeCookie('__Host-c', 'v', { secure: true }, 0), '__Host-c=v; Path=/; Secure')
  })

  it('writes Partitioned between Max-Age and Path, as Python 3.14 does', () => {
    assert.equal(
      serializeCookie('c', 'v', { maxAge: 1, partitioned: true, secure: true, sameSite: 'none' }, 0),
      'c=v; expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=1; Partitioned; Path=/; SameSite=none; Secure',
    )
  })
})
