/**
 * CWE-352: every combination of what a request can say about where it comes from.
 *
 * What is expected is computed from the table in docs/csrf.md, not from the code. `CSRF_MATRIX=1` tries all of it, else one in 41, by a seed.
 */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type App, createApp, HttpResponse } from 'nuages'
import { maskCsrfSecret } from 'nuages/csrf'
import { defineSettings, type SettingsInput } from 'nuages/settings'
import { Client } from 'nuages/testing'
import { path } from 'nuages/urls'
import type { ViewFunction } from 'nuages/views'

/** One in so many combinations, or all. A prime, so that each value meets each other one. */
const stride = process.env.CSRF_MATRIX === '1' ? 1 : 41
const seed = Number(process.env.SEED ?? Date.now() % stride)

const secret = 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fX'
const other = 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz'

const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'] as const
const schemes = ['http', 'https'] as const
const sites = [null, 'same-origin', 'none', 'same-site', 'cross-site', 'Same-Origin', 'same-origin, none', ''] as const
const origins = [
  null,
  'own',
  'own with the other scheme',
  'own with a port',
  'null',
  '',
  'https://evil.example',
  'https://shop.example.evil.example',
  'https://trusted.example',
  'http://trusted.example',
  'https://deep.wild.example',
  'https://evilwild.example',
] as const
const referers = [null, 'own', 'https://evil.example/page'] as const
const cookies = [null, 'theme=dark', `csrftoken=${secret}`, 'csrftoken=malformed'] as const
const tokens = {
  none: {},
  'good field': { field: maskCsrfSecret(secret) },
  'bad field': { field: maskCsrfSecret(other) },
  'good header': { header: maskCsrfSecret(secret) },
  'bad header': { header: 'malformed' },
  'bad field, good header': { field: other, header: secret },
  'good field, bad header': { field: secret, header: other },
  'empty field, good header': { field: '', header: secret },
} as const

interface Asked {
  readonly method: (typeof methods)[number]
  readonly scheme: (typeof schemes)[number]
  readonly site: (typeof sites)[number]
  readonly origin: (typeof origins)[number]
  readonly referer: (typeof referers)[number]
  readonly cookie: (typeof cookies)[number]
  readonly token: keyof typeof tokens
}

/** The table of docs/csrf.md, line by line. */
function passes({ method, scheme, site, origin, cookie, token }: Asked): boolean {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return true
  const isTrusted = origin === 'https://trusted.example' || origin === 'https://deep.wild.example'
  if (site === 'same-origin' || site === 'none') return true
  if (site === 'same-site' || site === 'cross-site') return isTrusted
  if (site !== null) return false
  if (origin !== null) return isTrusted || originOf(origin, scheme) === `${scheme}://shop.example`
  if (cookie === null) return true
  // Of field and header the field counts, unless it is empty, as in Django.
  return cookie === `csrftoken=${secret}` && /^(?:good field|good header|empty field, good header)/.test(token)
}

function originOf(origin: string, scheme: Asked['scheme']): string {
  if (origin === 'own') return `${scheme}://shop.example`
  if (origin === 'own with the other scheme') return `${scheme === 'http' ? 'https' : 'http'}://shop.example`
  return origin === 'own with a port' ? `${scheme}://shop.example:8443` : origin
}

function requestOf(asked: Asked): Request {
  const { method, scheme, site, origin, referer, cookie } = asked
  const { field, header }: { readonly field?: string; readonly header?: string } = tokens[asked.token]
  const headers = new Headers({ Host: 'shop.example' })
  if (site !== null) headers.set('Sec-Fetch-Site', site)
  if (origin !== null) headers.set('Origin', originOf(origin, scheme))
  if (referer !== null) headers.set('Referer', referer === 'own' ? `${scheme}://shop.example/form/` : referer)
  if (cookie !== null) headers.set('Cookie', cookie)
  if (header !== undefined) headers.set('X-CSRFToken', header)
  const hasBody = field !== undefined && method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? new URLSearchParams({ csrfmiddlewaretoken: field }) : null
  return new Request(`${scheme}://shop.example/transfer/`, { method, headers, body })
}

/** An app with one view, and how often that ran. */
async function open(t: TestContext, settings: Partial<SettingsInput> = {}): Promise<{ app: App; ran: () => number }> {
  let count = 0
  const transfer = async (request: { csrf: { token(): Promise<string> } }): Promise<HttpResponse> => {
    count += 1
    return new HttpResponse(await request.csrf.token())
  }
  const app = createApp({
    logger: null,
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of forged requests',
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['shop.example', 'localhost'],
      CSRF_TRUSTED_ORIGINS: ['https://trusted.example', 'https://*.wild.example'],
      ...settings,
    }),
    urls: [path('transfer/', transfer as ViewFunction)],
  })
  t.after(() => app.close())
  await app.migrate()
  return { app, ran: () => count }
}

function* everything(): Generator<Asked> {
  for (const method of methods)
    for (const scheme of schemes)
      for (const site of sites)
        for (const origin of origins)
          for (const referer of referers)
            for (const cookie of cookies)
              for (const token of Object.keys(tokens) as (keyof typeof tokens)[])
                yield { method, scheme, site, origin, referer, cookie, token }
}

describe('a forged request', () => {
  it(`does nothing, and an honest one does, whatever the headers say (${stride === 1 ? 'all' : `seed ${seed}`})`, async t => {
    const { app, ran } = await open(t)
    let at = seed
    let tried = 0
    for (const asked of everything()) {
      at += 1
      // Where nothing but cookie and token can decide, nothing is left out.
      if (at % stride !== 0 && !(asked.site === null && asked.origin === null && asked.method === 'POST')) continue
      tried += 1
      const before = ran()
      const { status } = await app.fetch(requestOf(asked))
      const expected = passes(asked)
      assert.deepEqual([status, ran() - before], expected ? [200, 1] : [403, 0], JSON.stringify(asked))
    }
    t.diagnostic(`${tried} requests`)
    assert.ok(tried > 2000)
  })

  it('gains nothing by another spelling of a safe method', async t => {
    const { app, ran } = await open(t)
    for (const method of ['get', 'Get', 'head', 'OPTIONSX', 'post', 'GET,POST', 'XGET']) {
      const headers = new Headers({ Host: 'shop.example', 'Sec-Fetch-Site': 'cross-site' })
      const source = { target: '/transfer/', headers, scheme: 'http', remoteAddress: null, body: null } as const
      const response = await app.handle({ ...source, method, signal: AbortSignal.abort() })
      assert.equal(response.status, 403, method)
    }
    assert.equal(ran(), 0)
  })

  it('gains nothing by a field of the override of methods that other frameworks know', async t => {
    const { app, ran } = await open(t)
    const headers = { Host: 'shop.example', 'Sec-Fetch-Site': 'cross-site', 'X-HTTP-Method-Override': 'GET' }
    const body = new URLSearchParams({ _method: 'GET' })
    const request = new Request('http://shop.example/transfer/?_method=GET', { method: 'POST', headers, body })
    assert.equal((await app.fetch(request)).status, 403)
    assert.equal(ran(), 0)
  })

  it('finds a token nowhere but in a form and in the header field', async t => {
    const { app, ran } = await open(t)
    const headers = { Host: 'shop.example', Cookie: `csrftoken=${secret}` }
    const send = async (type: string, body: string, query = ''): Promise<number> => {
      const url = `http://shop.example/transfer/${query}`
      const request = new Request(url, { method: 'POST', headers: { ...headers, 'Content-Type': type }, body })
      return (await app.fetch(request)).status
    }
    const field = `csrfmiddlewaretoken=${secret}`
    assert.equal(await send('application/x-www-form-urlencoded', '', `?${field}`), 403)
    assert.equal(await send('application/json', JSON.stringify({ csrfmiddlewaretoken: secret })), 403)
    assert.equal(await send('text/plain', field), 403)
    assert.equal(await send('application/x-www-form-urlencoded;', field), 200)
    const part = `--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n${secret}\r\n--x--\r\n`
    assert.equal(await send('multipart/form-data; boundary=x', part), 200)
    assert.equal(ran(), 2)
  })

  it('with CSRF_USE_SESSIONS is told by the secret of the session: a cookie that a neighbour set counts for nothing', async t => {
    const { app } = await open(t, { CSRF_USE_SESSIONS: true })
    const client = new Client(app, { headers: {}, origin: 'http://shop.example' })
    const token = await (await client.get('/transfer/')).text()
    const post = async (form: Record<string, string>, cookie?: string): Promise<number> => {
      const headers: Record<string, string> = cookie === undefined ? {} : { Cookie: cookie }
      return (await client.post('/transfer/', { form, headers })).status
    }
    assert.equal(await post({ csrfmiddlewaretoken: token }), 200)
    assert.equal(await post({ csrfmiddlewaretoken: secret }), 403)
    const key = client.cookies.get('sessionid') as string
    assert.equal(await post({ csrfmiddlewaretoken: secret }, `csrftoken=${secret}; sessionid=${key}`), 403)
    assert.equal(await post({ csrfmiddlewaretoken: token }, `csrftoken=${secret}; sessionid=${key}`), 200)
  })
})
