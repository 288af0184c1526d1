import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openapiView } from '../../src/app/index.ts'
import { Client } from '../../src/testing/index.ts'
import { path } from '../../src/urls/index.ts'
import { libraryUrls, openLibrary } from './library.ts'

const withView = [
  ...libraryUrls,
  path('api/openapi.json', openapiView({ title: 'Library' })),
  path('api/staff.json', openapiView({ access: 'user' })),
]

describe('openapiView', () => {
  it('answers the description, without itself, to everybody', async t => {
    const app = openLibrary(t, { urls: withView, api: { title: 'Other', version: '3' } })
    const response = await app.fetch(new Request('http://localhost/api/openapi.json'))
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'application/json')
    assert.equal(response.headers.get('cache-control'), 'public, no-cache')
    assert.equal(response.headers.get('set-cookie'), null)
    const document = (await response.json()) as { info: object; paths: object }
    assert.deepEqual(document.info, { title: 'Library', version: '3' })
    assert.deepEqual(document.paths, app.describeApi().document.paths)
    assert.equal(Object.keys(document.paths).includes('/api/openapi.json'), false)
  })

  it('answers 304 to who has it, and 405 to other methods', async t => {
    const app = openLibrary(t, { urls: withView })
    const ask = (headers: Record<string, string>, method = 'GET'): Promise<Response> =>
      app.fetch(new Request('http://localhost/api/openapi.json', { headers, method }))
    const etag = (await ask({})).headers.get('etag') ?? ''
    assert.match(etag, /^"[\w-]{43}"$/)
    for (const field of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await ask({ 'If-None-Match': field })
      assert.deepEqual([response.status, response.headers.get('etag'), await response.text()], [304, etag, ''])
    }
    assert.equal((await ask({ 'If-None-Match': '"other"' })).status, 200)
    assert.equal((await ask({}, 'HEAD')).status, 200)
    assert.equal((await ask({}, 'POST')).status, 405)
  })

  it('keeps it for those who may read it', async t => {
    const response = await new Client(openLibrary(t, { urls: withView })).get('/api/staff.json')
    assert.equal(response.status, 401)
  })
})
