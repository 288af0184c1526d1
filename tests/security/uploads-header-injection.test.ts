/** CWE-113: line breaks and quotes in the header of a part, there and where a site repeats them. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { HttpResponse } from 'nuages/http'
import { listen, openApp } from '../uploads/open-app.ts'
import { multipart, rawFile, rawForm, rawPart, type SeenForm, seenBy, showForm } from '../uploads/raw-form.ts'

describe('the header of a part', () => {
  it('ends where its line ends: what follows a break is a field of its own, or nothing', async t => {
    const { app } = await openApp(t, showForm)
    const seen = (await seenBy(
      app,
      rawForm(
        rawFile('filename="a\r\nContent-Type: text/html\r\nX: .txt"'),
        rawFile('filename="b.txt"\r\n\r\n<script>', 'x'),
        rawFile('filename="c\rContent-Type: x\r.txt"'),
        rawFile('filename="d\nContent-Type: x\n.txt"'),
        rawPart('Content-Disposition: form-data; name="x\r\n"; filename="e.txt"'),
      ),
    )) as SeenForm
    assert.deepEqual(seen.files, [
      ['file', '"a', 'text/html', 'x'],
      ['file', 'b.txt', '', '<script>\r\n\r\nx'],
      ['file', 'cContent-Type: x.txt', '', 'x'],
      ['file', 'dContent-Type: x.txt', '', 'x'],
    ])
    assert.deepEqual(seen.fields, [['"x', ['x']]])
  })

  it('has one Content-Disposition that counts, the last', async t => {
    const { app } = await openApp(t, showForm)
    const twice = rawPart(
      'Content-Disposition: form-data; name="a"; filename="a.txt"\r\ncontent-disposition: form-data; name="b"',
    )
    assert.deepEqual(await seenBy(app, rawForm(twice)), { fields: [['b', ['x']]], files: [] })
  })
})

describe('a name of an upload that is repeated in an answer', () => {
  it('is one line of its head, or an error of the application, never more', async t => {
    const opened = await openApp(t, async request => {
      const [[field, file] = []] = [...(await request.FILES)]
      const response = new HttpResponse('x', { headers: { 'X-Begin': '1' } })
      try {
        response.headers.set('Content-Disposition', `attachment; filename="${file?.name}"`)
        response.headers.set('X-Field', String(field))
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'http/bad-header')
        response.headers.set('X-Refused', '1')
      }
      return response
    })
    const port = await listen(t, opened.app)
    for (const [name, isRefused] of [
      ['name="f"; filename="a%0d%0aSet-Cookie: evil=1.txt"', false],
      ['name="f"; filename*=utf-8\'\'a%0d%0aSet-Cookie:%20evil=1.txt', false],
      ["name*=utf-8''f%0d%0aSet-Cookie:%20evil=1; filename=a.txt", true],
      ['name="f\rSet-Cookie: evil=1"; filename=a.txt', true],
      ['name="f\nSet-Cookie: evil=1"; filename=a.txt', true],
      ['name="f\0"; filename=a.txt', true],
      ['name="f"; filename*=utf-8\'\'a%c4%8d%c4%8aSet-Cookie:%20evil=1.txt', true],
    ] as const) {
      const body = rawForm(rawPart(`Content-Disposition: form-data; ${name}`))
      const socket = connect(port, '127.0.0.1')
      socket.write(
        `POST /upload/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${multipart}\r\nContent-Length: ${body.length}\r\n\r\n`,
      )
      socket.write(body)
      let answer = ''
      socket.on('data', chunk => {
        answer += chunk.toString('latin1')
      })
      await once(socket, 'close')
      assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/, name)
      assert.equal(/X-Refused/.test(answer), isRefused, name)
      assert.doesNotMatch(answer, /[\r\n]Set-Cookie/, name)
      assert.equal(answer.split('\r\n\r\n').length, 2)
    }
  })
})
