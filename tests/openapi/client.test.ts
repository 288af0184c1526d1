import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import createClient, { type Client } from 'openapi-fetch'
import { ApiProblem, problemFrom, sendCsrfToken, throwProblems } from '../../src/client/index.ts'
import { newCsrfSecret } from '../../src/csrf/index.ts'
import { apiTypes, checkedIn } from '../../tools/api-types.ts'
import { openLibrary } from './library.ts'
import type { paths } from './library-api.ts'

const baseUrl = 'http://localhost'

function openClient(t: TestContext): Client<paths> {
  const { fetch } = openLibrary(t)
  return createClient<paths>({ baseUrl, fetch: request => fetch(request) })
}

describe('a client with types from the description', () => {
  it('has types that are up to date', async () => {
    for (const { file, describe } of checkedIn) {
      const expected = await apiTypes(await describe())
      const now = readFileSync(file, 'utf8')
      assert.ok(now === expected, `${file} is old. Run: node --conditions=nuages-source tools/api-types.ts`)
    }
  })

  it('sends typed parameters and reads typed data', async t => {
    const client = openClient(t)
    const { data } = await client.GET('/api/book/{slug}/', { params: { path: { slug: 'emma' } } })
    const title: string | undefined = data?.data.title
    assert.equal(title, 'emma')
    const list = await client.GET('/api/book/', { params: { query: { q: 'clouds & rain', page: 2, tag: ['a', 'b'] } } })
    assert.deepEqual(list.data?.data, [])
  })

  it('gets a refusal as an error with its code and the messages by field', async t => {
    const client = openClient(t)
    client.use(throwProblems())
    await assert.rejects(client.GET('/api/book/', { params: { query: { page: 0 } } }), (error: ApiProblem) => {
      assert.ok(error instanceof ApiProblem)
      assert.deepEqual([error.status, error.code], [422, 'forms/invalid'])
      assert.deepEqual(Object.keys(error.errors), ['page'])
      assert.equal(error.message, 'Some of the values are missing or wrong.')
      return true
    })
    const { error } = await openClient(t).GET('/api/book/', { params: { query: { page: 0 } } })
    assert.equal(error?.code, 'forms/invalid')
  })

  it('sends the CSRF token with what changes something', async t => {
    const secret = newCsrfSecret()
    const headers = { Cookie: `a=1; csrftoken=${secret}` }
    const body = { name: 'ada', password: 'x' }
    const without = openClient(t)
    const { error } = await without.POST('/api/login/', { body, headers })
    assert.equal(error?.code, 'csrf_failed')
    const client = openClient(t)
    client.use(sendCsrfToken({ cookies: () => headers.Cookie }), throwProblems())
    const { response } = await client.POST('/api/login/', { body, headers })
    assert.equal(response.status, 200)
  })
})

describe('sendCsrfToken', () => {
  const sent = (method: string, cookies: string, options = {}): string | null => {
    const request = new Request('http://localhost/', { method })
    sendCsrfToken({ cookies: () => cookies, ...options }).onRequest({ request })
    return request.headers.get('x-csrftoken')
  }

  it('takes the cookie of just that name, for methods that change something', () => {
    assert.equal(sent('POST', 'xcsrftoken=no; csrftoken=yes; csrftoken2=no'), 'yes')
    assert.equal(sent('DELETE', 'csrftoken=a=b'), 'a=b')
    assert.equal(sent('POST', 'csrftoken'), null)
    assert.equal(sent('POST', ''), null)
    assert.equal(sent('GET', 'csrftoken=yes'), null)
    assert.equal(sent('POST', 'other=yes', { cookieName: 'other' }), 'yes')
  })

  it('gives the token to no other origin', t => {
    Object.assign(globalThis, { location: { origin: 'http://localhost' } })
    t.after(() => Reflect.deleteProperty(globalThis, 'location'))
    const tokenAt = (url: string): string | null => {
      const request = new Request(url, { method: 'POST' })
      sendCsrfToken({ cookies: () => 'csrftoken=yes' }).onRequest({ request })
      return request.headers.get('x-csrftoken')
    }
    assert.equal(tokenAt('http://localhost/api/'), 'yes')
    for (const url of [
      'http://localhost:81/',
      'https://localhost/',
      'http://localhost.evil.example/',
      'http://evil.example/',
    ])
      assert.equal(tokenAt(url), null, url)
  })
})

describe('problemFrom', () => {
  const problem = (body: string, type = 'application/problem+json'): Promise<ApiProblem> =>
    problemFrom(new Response(body, { status: 502, statusText: 'Bad Gateway', headers: { 'Content-Type': type } }))

  it('makes something of every answer', async () => {
    for (const body of ['', '<html>', 'null', '[]', '7', '{"code":', '{"code":7,"title":[],"errors":"x"}']) {
      const { status, code, title, errors } = await problem(body)
      assert.deepEqual([status, code, title, Object.keys(errors)], [502, 'unknown', 'Bad Gateway', []], body)
    }
    assert.equal((await problem('{"code":"not_found"}', 'text/html')).code, 'unknown')
    const { errors } = await problem('{"code":"a","errors":{"__proto__":["b",7],"toString":"c"}}')
    assert.deepEqual(Object.entries(errors), [['__proto__', ['b']]])
  })
})
