import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CsrfQuestion, checkCsrf, csrfFailureReasons, parseTrustedOrigins } from './origin.ts'
import { maskCsrfSecret, newCsrfSecret } from './token.ts'

const secret = newCsrfSecret()
const trustedOrigins = parseTrustedOrigins(['https://trusted.org', 'https://*.wild.org', 'app://shop'])

/** A browser's POST to https://example.com with a cookie, and nothing else known of it. */
const post: CsrfQuestion = {
  method: 'POST',
  secFetchSite: null,
  origin: null,
  hasCookies: true,
  host: 'example.com',
  scheme: 'https',
  trustedOrigins,
  secret: () => assert.fail('the secret was read'),
  token: () => assert.fail('the body was read'),
}

async function accepts(change: Partial<CsrfQuestion>): Promise<boolean> {
  return (await checkCsrf({ ...post, ...change })).ok
}

async function reason(change: Partial<CsrfQuestion>): Promise<string | null> {
  const answer = await checkCsrf({ ...post, ...change })
  return answer.ok ? null : answer.reason
}

describe('checkCsrf', () => {
  it('accepts safe methods whatever the headers say, and only as they are written', async () => {
    const hostile = { secFetchSite: 'cross-site', origin: 'https://evil.com' }
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE']) assert(await accepts({ ...hostile, method }))
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'CONNECT', 'get', 'GET ', ''])
      assert(!(await accepts({ ...hostile, method })), method)
  })

  it('believes Sec-Fetch-Site before Origin', async () => {
    assert(await accepts({ secFetchSite: 'same-origin', origin: 'null' }))
    assert(await accepts({ secFetchSite: 'none' }))
    for (const secFetchSite of ['same-site', 'cross-site']) {
      assert.equal(await reason({ secFetchSite }), csrfFailureReasons.crossSite)
      assert.equal(await reason({ secFetchSite, origin: 'null' }), csrfFailureReasons.crossSite)
      assert.equal(await reason({ secFetchSite, origin: 'https://example.com' }), csrfFailureReasons.crossSite)
      assert(await accepts({ secFetchSite, origin: 'https://trusted.org' }))
    }
  })

  it('refuses a Sec-Fetch-Site that no browser sends, also without cookies and from a trusted origin', async () => {
    const values = [
      '',
      'Same-Origin',
      'same-origin, same-origin',
      'same-origin,cross-site',
      '"none"',
      'same-origin;x',
      '?1',
    ]
    for (const secFetchSite of values) {
      const change = { secFetchSite, origin: 'https://trusted.org', hasCookies: false }
      assert.equal(await reason(change), csrfFailureReasons.secFetchSite, secFetchSite)
    }
  })

  it('accepts the origin of the host, character by character', async () => {
    assert(await accepts({ origin: 'https://example.com' }))
    assert(await accepts({ origin: 'http://[::1]:8000', scheme: 'http', host: '[::1]:8000' }))
    assert(await accepts({ origin: 'https://example.com:8443', host: 'example.com:8443' }))
    const others = ['http://example.com', 'https://example.com:443', 'https://example.com:8443', 'https://EXAMPLE.com']
    others.push('https://example.com/', 'https://example.com.evil.com', 'https://evil.com', 'https://sub.example.com')
    others.push(
      'null',
      '',
      'example.com',
      '//example.com',
      'https://example.com.',
      'https://example.com, https://evil.com',
    )
    others.push('https://example.com https://evil.com', 'https://example.com@evil.com', ' https://example.com')
    for (const origin of others) {
      assert.equal(await reason({ origin }), csrfFailureReasons.origin, origin)
      assert.equal(await reason({ origin, hasCookies: false }), csrfFailureReasons.origin, origin)
    }
  })

  it('accepts a request that says nothing and has no cookies: there is nothing to abuse', async () => {
    assert(await accepts({ hasCookies: false }))
  })

  it('wants the token from a request that says nothing and has cookies', async () => {
    const known = { secret: () => secret }
    assert(await accepts({ ...known, token: () => secret }))
    assert(await accepts({ ...known, token: async () => maskCsrfSecret(secret) }))
    assert(await accepts({ secret: async () => maskCsrfSecret(secret), token: () => secret }))
    assert.equal(await reason({ secret: () => null }), csrfFailureReasons.noSecret)
    for (const token of [null, ''])
      assert.equal(await reason({ ...known, token: () => token }), csrfFailureReasons.noToken)
    for (const token of [newCsrfSecret(), maskCsrfSecret(newCsrfSecret()), 'x', `${secret} `])
      assert.equal(await reason({ ...known, token: () => token }), csrfFailureReasons.wrongToken)
  })

  it('answers at once where the headers decide', () => {
    assert(!(checkCsrf({ ...post, origin: 'https://evil.com' }) instanceof Promise))
    assert(!(checkCsrf({ ...post, secFetchSite: 'same-origin' }) instanceof Promise))
  })
})

describe('parseTrustedOrigins', () => {
  it('matches exact origins, of any scheme', () => {
    for (const origin of ['https://trusted.org', 'app://shop']) assert(trustedOrigins(origin))
    for (const origin of ['http://trusted.org', 'https://trusted.org:8443', 'https://trusted.org/', 'null', ''])
      assert(!trustedOrigins(origin), origin)
  })

  it('matches a domain and all below it, with the same scheme and port', () => {
    for (const origin of ['https://wild.org', 'https://a.wild.org', 'https://a-1.b_2.wild.org'])
      assert(trustedOrigins(origin))
    const others = ['http://a.wild.org', 'https://awild.org', 'https://wild.org.evil.com', 'https://a.wild.org:8443']
    others.push(
      'https://evil.com/.wild.org',
      'https://evil.com@a.wild.org',
      'https://evil.com?.wild.org',
      'https://.wild.org',
    )
    others.push('https://evil.com#.wild.org', 'https://evil.com\\.wild.org', 'https://a..wild.org', 'https://wild.org.')
    others.push(
      'https://evil.com, https://a.wild.org',
      'https://A.wild.org',
      'https://*.wild.org',
      'https://é.wild.org',
    )
    for (const origin of others) assert(!trustedOrigins(origin), origin)
  })

  it('reads an origin as a browser writes it', () => {
    const trusts = parseTrustedOrigins([
      'HTTPS://Example.COM:443',
      'http://*.Example.com:80',
      'https://*.port.org:8443',
    ])
    for (const origin of ['https://example.com', 'http://a.example.com', 'https://a.port.org:8443'])
      assert(trusts(origin))
    for (const origin of ['https://example.com:443', 'https://a.port.org', 'https://a.port.org:443'])
      assert(!trusts(origin))
  })

  it('matches nothing with what is no origin', () => {
    const trusts = parseTrustedOrigins(['*', '', 'example.com', '*.example.com', 'https://*', 'https://*.', 'https://'])
    for (const origin of ['https://example.com', 'https://a.example.com', 'null', 'https://evil.com.', 'https://a.'])
      assert(!trusts(origin), origin)
  })
})
