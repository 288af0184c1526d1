import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { isSafeRedirect } from './safe-redirect.ts'

interface Vector {
  readonly id: string
  readonly in: {
    readonly url: string | null
    readonly hosts: string[] | string | null
    readonly require_https: boolean
  }
  readonly out: { readonly allowed: boolean }
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../tests/vectors/safe_redirect.json', import.meta.url), 'utf8'),
).cases

describe('isSafeRedirect', () => {
  for (const vector of vectors)
    it(`agrees with Django on ${vector.id}`, () => {
      const { url, hosts, require_https: requireHttps } = vector.in
      const allowed = new Set(typeof hosts === 'string' ? [hosts] : hosts)
      assert.equal(isSafeRedirect(url ?? '', { hosts: allowed, requireHttps }), vector.out.allowed)
    })

  it('allows paths and queries of this host, whatever the hosts', () => {
    for (const url of ['/user/', '?page=2', 'a/b', '#top', '/a?next=http://evil.com', '/é'])
      assert.ok(isSafeRedirect(url, { hosts: new Set() }), url)
  })
})
