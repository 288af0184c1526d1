/** CWE-601: a link to this site that ends on another one. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isSafeRedirect } from '../../src/http/index.ts'

const hosts: ReadonlySet<string> = new Set(['shop.example'])

/** Where a browser on our page would go: the WHATWG parser is the one browsers use. */
function destination(url: string): string | null {
  return URL.parse(url, 'http://shop.example/user/login/')?.host ?? null
}

const attacks: Readonly<Record<string, readonly string[]>> = {
  'another host in full': ['http://evil.example', 'https://evil.example/shop.example'],
  'a host without a scheme': ['//evil.example', '//evil.example/%2f..'],
  'three and more slashes': ['///evil.example', '////evil.example', '/////evil.example/'],
  'a scheme without slashes': ['http:evil.example', 'https:/evil.example', 'https:///evil.example'],
  'backslashes for slashes': [
    '\\\\evil.example',
    '/\\evil.example',
    '\\/evil.example',
    'http:\\\\evil.example',
    '/\\/evil.example',
  ],
  'tabs and newlines that browsers drop': [
    '/\t/evil.example',
    '/\n/evil.example',
    '/\r/evil.example',
    '\t//evil.example',
    'ht\ntp://evil.example',
    '/\t//evil.example',
    '/\t\\/evil.example',
    '/\\\t/evil.example',
    '\\\t\\evil.example',
  ],
  'control characters in front': [
    '\0//evil.example',
    '\x01//evil.example',
    '\x1f//evil.example',
    '\x08\\\\evil.example',
  ],
  'invisible characters in front': [
    '\u200b//evil.example',
    '\ufeff//evil.example',
    '\u202e//evil.example',
    '\u00a0//evil.example',
  ],
  'our name as user or password': [
    'http://shop.example@evil.example',
    'http://shop.example:80@evil.example',
    '//shop.example@evil.example',
  ],
  'our name as a password cut by a backslash': [
    'http://evil.example\\@shop.example',
    'http://shop.example\\@evil.example',
  ],
  'our name in front of theirs': ['http://shop.example.evil.example', 'http://shop.examplevil.example'],
  'our name in path, query or fragment': [
    'http://evil.example/shop.example',
    'http://evil.example?shop.example',
    'http://evil.example#shop.example',
  ],
  'our name with another port': ['http://shop.example:8080', '//shop.example:1'],
  'characters that normalise to a slash': ['http://shop.example\uff0f@evil.example', '//evil.example\uff0e'],
  'schemes that run code': [
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'java\nscript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
  ],
  'other schemes': [
    'ftp://shop.example',
    'file:///etc/passwd',
    'view-source:http://shop.example',
    'blob:http://shop.example/x',
  ],
  'a text too long to be judged': [`/${'a'.repeat(2048)}`],
  'no address at all': ['', ' ', '\t', '\n\n'],
}

describe('open redirect', () => {
  for (const [name, urls] of Object.entries(attacks))
    it(`is refused: ${name}`, () => {
      for (const url of urls) assert.equal(isSafeRedirect(url, { hosts }), false, JSON.stringify(url))
    })

  it('is refused: plain http from a page over https', () => {
    assert.equal(isSafeRedirect('http://shop.example/', { hosts, requireHttps: true }), false)
    assert.equal(isSafeRedirect('//shop.example/', { hosts, requireHttps: true }), false)
    assert.equal(isSafeRedirect('https://shop.example/', { hosts, requireHttps: true }), true)
  })

  it('is not found by a search: what is allowed, a browser reads as our host', () => {
    const piece = fc.constantFrom(
      ...[
        '/',
        '//',
        '\\',
        '\t',
        '\n',
        '\r',
        ':',
        '@',
        '?',
        '#',
        '.',
        '..',
        '%2f',
        '%5c',
        ' ',
        '\0',
        '\u00a0',
        '\u3000',
        '\ufeff',
        '\u00ad',
      ],
      ...[
        'http:',
        'https:',
        'javascript:',
        'shop.example',
        'evil.example',
        'a',
        '[',
        ']',
        '\x1c',
        '\x85',
        '\uff0f',
        '\u3002',
      ],
    )
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), pieces => {
        const url = pieces.join('')
        if (!isSafeRedirect(url, { hosts })) return
        const host = destination(url)
        assert.ok(host === 'shop.example' || host === null, `${JSON.stringify(url)} leads to ${host}`)
      }),
      { numRuns: 20_000 },
    )
  })
})
