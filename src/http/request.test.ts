import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { defineSettings, type Settings } from '../settings/index.ts'
import { BodyTooLarge, DisallowedHost, MalformedBody, UnsupportedMediaType } from './errors.ts'
import { HttpRequest, type RequestSource } from './request.ts'
import { createRequestContext } from './request-context.ts'

interface Given {
  readonly method?: string
  readonly target?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | readonly Uint8Array[]
  readonly settings?: Partial<Settings>
}

async function* chunks(body: readonly Uint8Array[], pulled: { count: number }): AsyncGenerator<Uint8Array> {
  for (const chunk of body) {
    pulled.count += 1
    yield chunk
  }
}

function make(given: Given): { request: HttpRequest; pulled: { count: number } } {
  const pulled = { count: 0 }
  const body = given.body instanceof Uint8Array ? [given.body] : given.body
  const source: RequestSource = {
    method: given.method ?? 'POST',
    target: given.target ?? '/',
    headers: new Headers({ host: 'example.com', ...given.headers }),
    scheme: 'http',
    remoteAddress: '10.0.0.1',
    body: body === undefined ? null : chunks(body, pulled),
    signal: new AbortController().signal,
  }
  const settings = defineSettings({ SECRET_KEY: 'secret', ALLOWED_HOSTS: ['example.com'], ...given.settings })
  return { request: new HttpRequest(source, createRequestContext(settings)), pulled }
}

const json = { 'content-type': 'application/json' }
const bytes = (text: string): Uint8Array => Buffer.from(text)

describe('the head of a request', () => {
  it('is read without the body', () => {
    const { request, pulled } = make({
      target: '/caf%C3%A9/?a=1&a=2',
      headers: { cookie: 'x=1; y="a\\054b"' },
      body: bytes('x'),
    })
    assert.equal(request.path, '/café/')
    assert.deepEqual(request.GET.getList('a'), ['1', '2'])
    assert.equal(request.COOKIES.get('y'), 'a,b')
    assert.equal(request.host, 'example.com')
    assert.equal(request.buildAbsoluteUri(), 'http://example.com/caf%C3%A9/?a=1&a=2')
    assert.equal(request.buildAbsoluteUri('/x'), 'http://example.com/x')
    assert.equal(pulled.count, 0)
  })

  it('has a host that is allowed, or none at all', () => {
    assert.throws(() => make({ headers: { host: 'evil.example' } }).request.host, DisallowedHost)
    assert.equal(
      make({ target: 'http://example.com:81/', headers: { host: 'evil.example' } }).request.host,
      'example.com:81',
    )
    assert.throws(() => make({ target: 'http://evil.example/' }).request.host, DisallowedHost)
  })

  it('believes a proxy only when told to', () => {
    const headers = { 'x-forwarded-for': '9.9.9.9', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' }
    const plain = make({ headers }).request
    assert.equal(plain.ip, '10.0.0.1')
    assert.equal(plain.scheme, 'http')
    assert.equal(plain.host, 'example.com')
    const settings: Partial<Settings> = {
      TRUSTED_PROXIES: ['10.0.0.0/8'],
      SECURE_PROXY_SSL_HEADER: ['HTTP_X_FORWARDED_PROTO', 'https'],
    }
    const behind = make({ headers, settings }).request
    assert.equal(behind.ip, '9.9.9.9')
    assert.equal(behind.isSecure, true)
  })
})

describe('the body of a request', () => {
  it('is read once, however often it is asked for', async () => {
    const { request, pulled } = make({ headers: json, body: [bytes('{"a"'), bytes(':1}')] })
    assert.deepEqual(await Promise.all([request.json(), request.json()]), [{ a: 1 }, { a: 1 }])
    assert.equal(Buffer.from(await request.bytes()).toString(), '{"a":1}')
    assert.equal(pulled.count, 2)
  })

  it('is refused over the limit, by what it announces and by what it is', async () => {
    const settings = { DATA_UPLOAD_MAX_MEMORY_SIZE: 10 }
    const announced = make({ headers: { ...json, 'content-length': '11' }, body: bytes('x'), settings })
    await assert.rejects(announced.request.bytes(), BodyTooLarge)
    assert.equal(announced.pulled.count, 0)
    const lying = make({
      headers: { ...json, 'content-length': '1' },
      body: [bytes('123456'), bytes('78901'), bytes('2')],
      settings,
    })
    await assert.rejects(lying.request.bytes(), BodyTooLarge)
    assert.equal(lying.pulled.count, 2)
    const fitting = make({ headers: json, body: bytes('1234567890'), settings })
    assert.equal((await fitting.request.bytes()).byteLength, 10)
  })

  it('reads an escaped name in JSON as what it is, whatever another visitor sent before', async () => {
    const read = (text: string): Promise<unknown> => make({ headers: json, body: bytes(text) }).request.json()
    await read('{"sent-before":1,"\\\\":2}')
    assert.deepEqual(await read('{"sent-before":1,"\\u00e9":2}'), { 'sent-before': 1, é: 2 })
  })

  it('is JSON only when it says so and is', async () => {
    assert.equal(
      await make({
        headers: { 'content-type': 'application/vnd.api+json; charset=utf-8' },
        body: bytes('7'),
      }).request.json(),
      7,
    )
    await assert.rejects(make({ body: bytes('7') }).request.json(), UnsupportedMediaType)
    await assert.rejects(make({ headers: json, body: bytes('{"secret": ') }).request.json(), (error: unknown) => {
      assert(error instanceof MalformedBody)
      assert.doesNotMatch(error.message, /secret/)
      return true
    })
    await assert.rejects(make({ headers: json, body: Uint8Array.of(0x22, 0xc3, 0x22) }).request.json(), MalformedBody)
    await assert.rejects(
      make({ headers: { ...json, 'content-encoding': 'gzip' }, body: bytes('7') }).request.json(),
      UnsupportedMediaType,
    )
  })

  it('gives the fields and files of a multipart form', async () => {
    const form = new FormData()
    form.append('title', 'Wolken')
    form.append('file', new Blob(['abc'], { type: 'text/plain' }), '../a.txt')
    const web = new Response(form)
    const { request } = make({
      headers: { 'content-type': web.headers.get('content-type') ?? '' },
      body: new Uint8Array(await web.arrayBuffer()),
    })
    assert.equal((await request.POST).get('title'), 'Wolken')
    const file = (await request.FILES).get('file')
    assert.equal(file?.name, 'a.txt')
    assert.equal(file?.size, 3)
  })
})

interface Case {
  readonly id: string
  readonly op: string
  readonly in: { readonly body_b64: string; readonly content_type: string; readonly settings?: Partial<Settings> }
  readonly out: { readonly lists?: unknown; readonly error?: string }
}

describe('request_form, for bodies that are no form or too large', () => {
  const file = new URL('../../tests/vectors/querydict.json', import.meta.url)
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }
  const ours = cases.filter(
    ({ op, in: given, out }) =>
      op === 'request_form' && (out.error === 'RequestDataTooBig' || !given.content_type.includes('form')),
  )
  assert.equal(ours.length, 7)
  for (const vector of ours)
    it(vector.id, async () => {
      const { request } = make({
        headers: vector.in.content_type === '' ? {} : { 'content-type': vector.in.content_type },
        body: Buffer.from(vector.in.body_b64, 'base64'),
        settings: vector.in.settings ?? {},
      })
      if (vector.out.error === undefined) assert.deepEqual([...(await request.POST).lists()], vector.out.lists)
      else await assert.rejects(request.POST, BodyTooLarge)
    })
})

describe('a body that cannot be read', () => {
  it('ends no process when a view that asked for it does not wait', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown): number => unhandled.push(error)
    process.on('unhandledRejection', note)
    const { request } = make({
      headers: { ...json, 'content-length': '99' },
      settings: { DATA_UPLOAD_MAX_MEMORY_SIZE: 1 },
      body: bytes('x'),
    })
    void request.bytes()
    void request.POST
    void request.FILES
    await new Promise(resolve => setTimeout(resolve, 20))
    process.off('unhandledRejection', note)
    assert.deepEqual(unhandled, [])
  })
})

describe('a multipart body', () => {
  it('that says itself that it is too large is refused unread', async () => {
    const { request, pulled } = make({
      headers: { 'content-type': 'multipart/form-data; boundary=b', 'content-length': '1000' },
      settings: { DATA_UPLOAD_MAX_REQUEST_SIZE: 999 },
      body: bytes('--b\r\n'),
    })
    await assert.rejects(request.POST, BodyTooLarge)
    assert.equal(pulled.count, 0)
  })

  it('that is compressed is refused, as any other body', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=b', 'content-encoding': 'gzip' }
    await assert.rejects(make({ headers, body: bytes('--b--') }).request.POST, UnsupportedMediaType)
  })
})
