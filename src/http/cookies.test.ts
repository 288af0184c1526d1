import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { cpuMs } from '../../tests/cpu-time.ts'
import { parseCookies } from './cookies.ts'
import { quoteCookie, serializeCookie } from './set-cookie.ts'

interface Vector {
  readonly id: string
  readonly in: { readonly header?: string; readonly header_b64?: string }
  readonly out: { readonly cookies: [string, string][] }
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../tests/vectors/cookies.json', import.meta.url), 'utf8'),
).cases

describe('parseCookies', () => {
  for (const vector of vectors)
    it(`reads ${vector.id}`, () => {
      const header = vector.in.header ?? Buffer.from(vector.in.header_b64 ?? '', 'base64').toString('utf8')
      assert.deepEqual([...parseCookies(header)], vector.out.cookies)
    })

  it('reads back what serializeCookie wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), value => {
        const [pair = ''] = serializeCookie('c', value, {}, 0).split('; Path=')
        assert.equal(parseCookies(`a=1; ${pair}; b=2`).get('c'), value)
      }),
    )
  })

  it('takes no longer for hostile headers than for honest ones', () => {
    for (const header of [
      ';'.repeat(1_000_000),
      '='.repeat(1_000_000),
      `a="${'\\'.repeat(1_000_000)}"`,
      `a=${' \t'.repeat(500_000)}`,
      `${'a;'.repeat(500_000)}=`,
    ]) {
      const start = cpuMs()
      parseCookies(header)
      assert.ok(cpuMs() - start < 2000, `${header.slice(0, 8)}… is slow`)
    }
  })
})

describe('a cookie whose prefix only the browser can vouch for', () => {
  it('is not accepted under a name that Python strips to it: a subdomain could set that', () => {
    for (const space of ['\u2000', '\u00a0', '\u0085', '\u3000', '\x1c', '\v'])
      for (const name of ['__Host-sessionid', '__Secure-sessionid'])
        for (const written of [`${space}${name}`, `${name}${space}`])
          assert.equal(parseCookies(`${name}=own; ${written}=evil`).get(name), 'own', JSON.stringify(written))
    assert.equal(parseCookies('a=1;  __Host-sessionid =own').get('__Host-sessionid'), 'own')
  })
})

describe('quoteCookie', () => {
  it('leaves no way out of the value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), value => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not appear
        assert.doesNotMatch(quoteCookie(value), /[;,\u0000-\u001f\u007f-\u00ff]/)
      }),
    )
  })
})
