/** CWE-644: who chooses the host chooses where links in mails and caches lead. Everything goes through a socket, byte by byte. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { createApp, type HttpRequest, HttpResponse } from 'nuages'
import { serve } from 'nuages/node'
import { defineSettings, type SettingsInput } from 'nuages/settings'
import { path } from 'nuages/urls'
import type { ViewFunction } from 'nuages/views'

interface Answer {
  readonly status: number
  readonly head: string
  readonly body: string
}

type Send = (...lines: string[]) => Promise<Answer>

/** A site on a socket, whose pages say which host they believe in; sends the lines of a head and gives the answer. */
async function open(t: TestContext, settings: Partial<SettingsInput> = {}): Promise<Send> {
  const here = (request: HttpRequest): HttpResponse => new HttpResponse(request.buildAbsoluteUri())
  const app = createApp({
    logger: null,
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of hosts',
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['shop.example', '.wild.example', '[2001:db8::7]'],
      ...settings,
    }),
    urls: [path('here/', here as ViewFunction)],
  })
  const server = await serve(app, { port: 0, signals: false })
  t.after(() => server.close())
  return async (...lines) => {
    const socket = connect(server.port, '127.0.0.1')
    socket.write(Buffer.from(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`, 'latin1'))
    let text = ''
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
    })
    await once(socket, 'close')
    const [head = '', body = ''] = text.split('\r\n\r\n')
    return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head, body }
  }
}

const get = 'GET /here/ HTTP/1.1'

describe('a Host', () => {
  it('that is this site’s, in any case, with port and final dot, is answered as it was written', async t => {
    const send = await open(t)
    for (const host of [
      'shop.example',
      'SHOP.example',
      'shop.example:8443',
      'shop.example.',
      'shop.example.:80',
      'wild.example',
      'a.b.wild.example',
      '[2001:db8::7]',
      '[2001:DB8::7]:8000',
    ]) {
      const { status, body } = await send(get, `Host: ${host}`)
      assert.deepEqual([status, body], [200, `http://${host}/here/`], host)
    }
  })

  it('that is somebody else’s, or no host at all, is refused, and not repeated in a link', async t => {
    const send = await open(t)
    for (const host of [
      'evil.example',
      'shop.example.evil.example',
      'evil-shop.example',
      'evilwild.example',
      'shop.example@evil.example',
      'evil.example@shop.example',
      'evil.example:80@shop.example',
      'shop.example:80@evil.example',
      'shop.example/evil.example',
      'shop.example#.evil.example',
      'shop.example?.evil.example',
      'shop.example\\evil.example',
      'shop.example, evil.example',
      'shop.example evil.example',
      'shop.example\t',
      'shop.example:port',
      'shop.example:80:80',
      'shop.example:-1',
      'shop.example..',
      '.wild.example.evil.example',
      '"shop.example"',
      '<script>.wild.example',
      'sh\u00f6p.wild.example',
      '%73hop.example',
      '[2001:db8::8]',
      '2001:db8::7',
      '[2001:db8::7',
      '[2001:db8::7]evil',
      '127.0.0.1',
      'localhost',
      '',
    ]) {
      const { status, head, body } = await send(get, `Host: ${host}`)
      // A tab at the end is white space around the value, not part of it.
      if (host === 'shop.example\t') assert.equal(status, 200)
      else {
        assert.equal(status, 400, JSON.stringify(host))
        assert.doesNotMatch(head, /evil/)
        assert.doesNotMatch(body, /https?:\/\/[^"]*evil/)
      }
    }
  })

  it('sent twice, or not at all, is refused', async t => {
    const send = await open(t)
    for (const fields of [
      ['Host: shop.example', 'Host: evil.example'],
      ['Host: evil.example', 'Host: shop.example'],
      ['Host: shop.example', 'host: shop.example'],
      ['Host : shop.example'],
      ['X: 1', ' Host: shop.example'],
      ['X: 1'],
    ]) {
      const { status } = await send(get, ...fields)
      assert.equal(status, 400, fields.join(' | '))
    }
    assert.equal((await send('GET /here/ HTTP/1.0')).status, 400)
  })

  it('in the request line counts before the field, and is checked like it', async t => {
    const send = await open(t)
    const own = await send('GET http://shop.example/here/ HTTP/1.1', 'Host: evil.example')
    assert.deepEqual([own.status, own.body], [200, 'http://shop.example/here/'])
    for (const target of [
      'http://evil.example/here/',
      'http://shop.example@evil.example/here/',
      'http://evil.example@shop.example/here/',
      'http://shop.example:80:80/here/',
      'https://evil.example?/here/',
    ])
      assert.equal((await send(`GET ${target} HTTP/1.1`, 'Host: shop.example')).status, 400, target)
  })

  it('of a proxy counts only where settings say that there is one', async t => {
    const fields = ['Host: shop.example', 'X-Forwarded-Host: a.wild.example', 'X-Forwarded-Port: 8443']
    const forged = [...fields, 'X-Forwarded-Proto: https', 'X-Host: evil.example', 'Forwarded: host=evil.example']
    assert.equal((await (await open(t))(get, ...forged)).body, 'http://shop.example/here/')
    const behind = await open(t, { USE_X_FORWARDED_HOST: true })
    assert.equal((await behind(get, ...fields)).body, 'http://a.wild.example/here/')
    for (const host of ['evil.example', 'shop.example, evil.example', 'evil.example, shop.example', ''])
      assert.equal((await behind(get, 'Host: shop.example', `X-Forwarded-Host: ${host}`)).status, 400, host)
  })

  it('is where http is sent on to https, and nowhere else, whatever the path', async t => {
    const send = await open(t, { SECURE_SSL_REDIRECT: true })
    for (const target of [
      '/here/',
      '//evil.example/',
      '/\\evil.example',
      '/@evil.example',
      '*.evil.example',
      '*@evil.example',
      '*',
    ]) {
      const { status, head } = await send(`GET ${target} HTTP/1.1`, 'Host: shop.example')
      assert.equal(status, 301, target)
      const location = /^Location: (.*)$/im.exec(head)?.[1] as string
      assert.equal(new URL(location).origin, 'https://shop.example', target)
    }
    assert.equal((await send(get, 'Host: evil.example')).status, 400)
  })
})
