/** Requests that two readers would take for two things (CWE-444), and answers that must not be taken for one another. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createRequestContext, HttpRequest, HttpResponse } from '../http/index.ts'
import { defineSettings } from '../settings/index.ts'
import { serve } from './serve.ts'

const context = createRequestContext(defineSettings({ SECRET_KEY: 'secret', ALLOWED_HOSTS: ['*'] }))

interface Answered {
  /** What came back, in one text. */
  readonly answer: string
  /** Paths that the app saw. */
  readonly seen: readonly string[]
}

/** Sends bytes at once, those of `body` after a `100 Continue`, and waits until the server ends the connection. */
async function send(t: TestContext, bytes: string, body = ''): Promise<Answered> {
  const seen: string[] = []
  const server = await serve(
    {
      handle: async source => {
        const request = new HttpRequest(source, context)
        seen.push(request.path)
        if (request.path === '/slow') await wait(20)
        return new HttpResponse(request.path === '/left' ? 'left' : await request.bytes())
      },
    },
    { port: 0, signals: false },
  )
  t.after(() => server.close())
  const socket = connect(server.port, '127.0.0.1')
  let answer = ''
  socket.on('data', chunk => {
    const hadContinue = answer.includes('100 Continue')
    answer += chunk.toString('latin1')
    if (!hadContinue && answer.includes('100 Continue')) socket.write(body)
  })
  socket.write(bytes)
  await once(socket, 'close')
  return { answer, seen }
}

const next = 'GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
const chunk = '1\r\na\r\n0\r\n\r\n'

const refused: Readonly<Record<string, readonly [status: number, request: string]>> = {
  'without a version': [505, 'GET /a\r\n\r\n'],
  'of HTTP/2.0': [505, 'GET /a HTTP/2.0\r\nHost: x\r\n\r\n'],
  'of HTTP/0.9': [505, 'GET /a HTTP/0.9\r\nHost: x\r\n\r\n'],
  'without a host': [400, 'GET /a HTTP/1.1\r\nX: y\r\n\r\n'],
  'of HTTP/1.0 with chunks': [
    400,
    `POST /a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
  ],
  'in another coding': [501, `POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${chunk}`],
  'in a coding that nobody knows': [
    501,
    `POST /left HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunke$\r\n\r\n${chunk}`,
  ],
  'with two codings': [
    400,
    `POST /left HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
  ],
  'that expects what nobody can do': [
    417,
    'POST /a HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\nContent-Length: 1\r\n\r\na',
  ],
}

describe('a connection', () => {
  for (const [what, [status, request]] of Object.entries(refused)) {
    it(`ends with a request ${what}: the app sees neither it nor what follows`, async t => {
      const { answer, seen } = await send(t, request + next)
      assert.deepEqual(seen, [])
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `))
      assert.match(answer, /\r\nConnection: close\r\n/)
      assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1)
    })
  }

  it('serves HTTP/1.0, and chunks in whatever case', async t => {
    assert.match((await send(t, 'GET /a HTTP/1.0\r\n\r\n')).answer, /^HTTP\/1\.1 200 /)
    const coded = await send(t, `POST /a HTTP/1.1\r\nHost: x\r\ntransfer-encoding: CHUNKED\r\n\r\n${chunk}${next}`)
    assert.deepEqual(coded.seen, ['/a', '/next'])
  })

  it('ends with an offer of another protocol, which is not taken up: what follows it is lost', async t => {
    const offer = 'GET /left HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n'
    const { answer, seen } = await send(t, offer + next)
    assert.deepEqual(seen, ['/left'])
    assert.match(answer, /^HTTP\/1\.1 200 .*\r\nConnection: close\r\n.*left$/s)
  })

  it('carries 100 Continue before the answer it belongs to, never within one', async t => {
    const body = (path: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody`
    const { answer } = await send(t, `GET /slow HTTP/1.1\r\nHost: x\r\n\r\n${body('/a')}${next}`)
    assert.match(
      answer,
      /^HTTP\/1\.1 200 OK\r\n(?:[\w-]+: [^\r]*\r\n)+\r\nHTTP\/1\.1 200 OK\r\n(?:[\w-]+: [^\r]*\r\n)+\r\nbody/,
    )
  })

  it('carries it in its turn to a client that waits for it behind another answer', async t => {
    const head = 'Host: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n'
    const { answer } = await send(t, `GET /slow HTTP/1.1\r\nHost: x\r\n\r\nPOST /a HTTP/1.1\r\n${head}`, 'body')
    assert.match(answer, /^HTTP\/1\.1 200 .*\r\n\r\nHTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 .*\r\n\r\nbody$/s)
  })
})
