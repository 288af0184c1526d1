import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { BadHeaderError } from './headers.ts'
import { fromResponse, HttpResponse, jsonResponse, redirect, toResponse } from './response.ts'

describe('a response', () => {
  it('refuses header fields that break out of their line', () => {
    const response = new HttpResponse('x')
    for (const value of ['a\r\nSet-Cookie: x=1', 'a\nb', 'a\0', 'a\x7f', '雲'])
      assert.throws(() => response.headers.set('X-Test', value), BadHeaderError)
    for (const name of ['', 'a b', 'a:', 'é', 'a\r\n'])
      assert.throws(() => response.headers.set(name, 'x'), BadHeaderError)
  })

  it('finds header fields in any case, and keeps one of each', () => {
    const response = new HttpResponse('x', { headers: { 'X-One': '1' } })
    response.headers.set('x-one', '2')
    assert.equal(response.headers.get('X-ONE'), '2')
    assert.equal([...response.headers].filter(([name]) => name.toLowerCase() === 'x-one').length, 1)
    response.headers.vary('Cookie')
    response.headers.vary('cookie')
    response.headers.vary('Accept')
    assert.equal(response.headers.get('vary'), 'Cookie, Accept')
  })

  it('keeps one cookie of each name, each on its own line', async () => {
    const response = new HttpResponse('x')
      .setCookie('a', '1')
      .setCookie('b', 'ü')
      .setCookie('a', '2', { httpOnly: true })
    assert.deepEqual(toResponse(response, 'GET').headers.getSetCookie(), ['a=2; HttpOnly; Path=/', 'b="\\374"; Path=/'])
    response.deleteCookie('a')
    assert.match(toResponse(response, 'GET').headers.getSetCookie()[0] ?? '', /^a=""; expires=Thu, 01 Jan 1970/)
  })

  it('has a length, and no body for HEAD, 204 and 304', async () => {
    const head = toResponse(jsonResponse({ a: 'é' }), 'HEAD')
    assert.equal(head.headers.get('content-length'), '10')
    assert.equal(await head.text(), '')
    for (const status of [204, 304]) {
      const empty = toResponse(new HttpResponse('x', { status }), 'GET')
      assert.equal(empty.headers.get('content-length'), null)
      assert.equal(await empty.text(), '')
    }
  })

  it('closes a stream that is not sent', async () => {
    let closed = false
    async function* stream(): AsyncGenerator<Uint8Array> {
      try {
        yield new Uint8Array(1)
        yield new Uint8Array(1)
      } finally {
        closed = true
      }
    }
    const body = stream()
    await body.next()
    toResponse(new HttpResponse(body), 'HEAD')
    await new Promise(resolve => setImmediate(resolve))
    assert.equal(closed, true)
  })

  it('stops a stream that waits for its next chunk when the web response is not wanted any more', async () => {
    const stream = new Readable({ read() {} })
    stream.push('first')
    const reader = toResponse(new HttpResponse(stream), 'GET').body?.getReader()
    await reader?.read()
    const next = reader?.read()
    await reader?.cancel()
    assert.deepEqual([(await next)?.done, stream.destroyed], [true, true])
  })

  it('takes over a plain Response, several cookies included', async () => {
    const plain = new Response('hi', {
      status: 201,
      headers: [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['X-A', '1'],
      ],
    })
    const copy = toResponse(fromResponse(plain), 'GET')
    assert.equal(copy.status, 201)
    assert.deepEqual(copy.headers.getSetCookie(), ['a=1', 'b=2'])
    assert.equal(await copy.text(), 'hi')
  })
})

describe('a redirect', () => {
  it('can be given cookies afterwards', () => {
    const response = redirect('/next/').setCookie('a', '1')
    assert.equal(response.status, 302)
    assert.equal(toResponse(response, 'GET').headers.get('location'), '/next/')
  })

  it('percent-encodes what no URI holds, and never breaks its line', () => {
    assert.equal(redirect('/café/?q=a b').headers.get('location'), '/caf%C3%A9/?q=a%20b')
    assert.equal(redirect('/a\r\nSet-Cookie: x=1').headers.get('location'), '/a%0D%0ASet-Cookie:%20x=1')
    assert.equal(redirect('/\ud800').headers.get('location'), '/%EF%BF%BD')
  })

  it('goes nowhere that a browser would run', () => {
    for (const to of [
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      ' javascript:alert(1)',
      'java\nscript:alert(1)',
      '\u0001javascript:x',
      'data:text/html,x',
      'vbscript:x',
    ])
      assert.throws(() => redirect(to), /not a web address/)
  })
})

describe('a plain Response', () => {
  it('that was fetched loses what fetch has undone: length and encoding of other bytes', async t => {
    const server = createServer((_, answer) => {
      const body = gzipSync('hello '.repeat(1000))
      answer.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': body.length, ETag: '"a"' }).end(body)
    }).listen(0)
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    const response = fromResponse(await fetch(`http://127.0.0.1:${port}/`))
    for (const field of ['Content-Encoding', 'Content-Length', 'Connection', 'Keep-Alive'])
      assert.equal(response.headers.get(field), null, field)
    assert.equal(response.headers.get('ETag'), '"a"')
    assert.equal((await toResponse(response, 'GET').text()).length, 6000)
  })

  it('that a view made keeps its own', () => {
    const response = fromResponse(new Response('x', { headers: { 'Content-Encoding': 'br', 'Content-Length': '1' } }))
    assert.equal(response.headers.get('content-encoding'), 'br')
    assert.equal(response.headers.get('content-length'), '1')
  })
})

describe('a raw Set-Cookie', () => {
  it('that could end its line is refused', () => {
    assert.throws(() => new HttpResponse().addRawCookie('a=1\r\nX-Evil: 1'), BadHeaderError)
  })
})
