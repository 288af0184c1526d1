/** CWE-113: text from outside that ends a header field and begins another. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { HttpResponse, redirect } from 'nuages'
import { serve } from 'nuages/node'
import { Client } from 'nuages/testing'
import { openStore } from '../store/open-store.ts'

const breaks = ['\r\n', '\n', '\r', '\0', '\u2028', '\u010d\u010a', '%0d%0a', '\\r\\n']

/** The head of an answer to raw bytes, as the socket carries it. */
function headOf(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(bytes, 'latin1')))
    let answer = ''
    socket.on('data', chunk => {
      answer += chunk.toString('latin1')
    })
    socket.on('close', () => resolve(answer.split('\r\n\r\n')[0] as string))
    socket.on('error', reject)
  })
}

describe('header injection', () => {
  it('through where to go next stays inside Location', async t => {
    const client = new Client(await openStore(t))
    for (const text of breaks) {
      const response = await client.post('/ad/close/', {
        form: { next: `/${text}Set-Cookie: evil=1${text}${text}<script>` },
      })
      assert.equal(response.status, 302)
      assert.equal(response.headers.getSetCookie().length, 1, JSON.stringify(text))
      assert.match(response.headers.get('location') ?? '', /^\/[\x21-\x7e]*$/)
    }
  })

  it('through a path, query or Host never reaches the head of an answer', async t => {
    const server = await serve(await openStore(t), { port: 0, signals: false })
    t.after(() => server.close())
    const rest = 'Host: 127.0.0.1\r\nConnection: close\r\n\r\n'
    for (const target of [
      '/api/shop/product%0d%0aSet-Cookie:%20evil=1',
      '/api/shop/product?x=%0d%0aSet-Cookie:%20evil=1',
      '/api/shop/product?x=%E5%98%8A%E5%98%8DSet-Cookie:%20evil=1',
      '/user/?x=%0d%0aSet-Cookie:%20evil=1',
    ]) {
      const head = await headOf(server.port, `GET ${target} HTTP/1.1\r\nAccept: text/html\r\n${rest}`)
      assert.match(head, /^HTTP\/1\.1 [34]/)
      assert.doesNotMatch(head, /^Set-Cookie: evil/im, target)
    }
    const head = await headOf(server.port, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\nX-Evil: 1\r\nConnection: close\r\n\r\n')
    assert.match(head, /^HTTP\/1\.1 400/)
    assert.doesNotMatch(head, /X-Evil/)
  })

  it('through an application’s own fields and cookies is an error of the application', () => {
    for (const text of breaks.slice(0, 6)) {
      const response = new HttpResponse('x')
      assert.throws(() => response.headers.set('X-Name', `a${text}b`), { code: 'http/bad-header' })
      assert.throws(() => response.headers.append(`X-Name${text}`, 'a'), { code: 'http/bad-header' })
      assert.throws(() => new HttpResponse('x', { headers: { 'X-Name': `a${text}b` } }), { code: 'http/bad-header' })
      assert.throws(() => new HttpResponse('x', { contentType: `text/html${text}` }), { code: 'http/bad-header' })
      assert.throws(() => response.setCookie(`a${text}`, '1'), { code: 'http/bad-cookie' })
      assert.throws(() => response.addRawCookie(`a=1${text}X: 1`), { code: 'http/bad-header' })
      assert.match(redirect(`/a${text}b`).headers.get('location') as string, /^[\x21-\x7e]+$/)
    }
    for (const text of ['\r\n', '\n', '\0', ';'])
      assert.throws(() => new HttpResponse('x').setCookie('a', '1', { path: `/${text}` }), { code: 'http/bad-cookie' })
    const [cookie] = new HttpResponse('x').setCookie('a', 'b\r\nX: 1; Path=/evil').setCookies
    assert.match(cookie as string, /^a="b\\015\\012X: 1\\073 Path=\/evil"; Path=\/$/)
  })

  it('through a cookie of the visitor comes back escaped, or not at all', async t => {
    const client = new Client(await openStore(t))
    const response = await client.get('/product/fog-mug/', {
      headers: { Cookie: 'history="x\\015\\012Set-Cookie: evil=1"' },
    })
    for (const cookie of response.headers.getSetCookie()) assert.doesNotMatch(cookie, /evil/)
  })
})
