/** `request.parts()`: a form as it arrives. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type FilePart, HttpResponse } from 'nuages/http'
import { formOf, listen, openApp, send, startUpload } from './open-app.ts'

describe('the parts of a form', () => {
  it('come in order, on no disk; what is not read is skipped', async t => {
    const opened = await openApp(t, async request => {
      const seen: unknown[] = []
      for await (const part of request.parts()) {
        if (part.kind === 'field') seen.push([part.name, part.value])
        else if (part.filename === '1.bin') seen.push([part.name, (await part.bytes(3_000_000)).byteLength])
        else if (part.filename === '2.bin') for await (const _ of part) break
        else seen.push(part.filename)
      }
      assert.deepEqual(readdirSync(opened.folder), [])
      return new HttpResponse(JSON.stringify(seen))
    })
    const response = await send(opened.app, formOf(1_000_000, 3_000_000, 1_000_000, 0))
    assert.deepEqual(await response.json(), [['title', 'Wolken'], '0.bin', ['file', 3_000_000], '3.bin'])
  })

  it('are the same from where they are kept, when the form was read before', async t => {
    const opened = await openApp(t, async request => {
      await request.POST
      const seen: unknown[] = []
      for await (const part of request.parts())
        seen.push(part.kind === 'field' ? part.value : (await part.bytes(3_000_000)).byteLength)
      return new HttpResponse(JSON.stringify(seen))
    })
    assert.deepEqual(await (await send(opened.app, formOf(7, 3_000_000))).json(), ['Wolken', 7, 3_000_000])
    assert.deepEqual(await opened.leftFiles(), [])
  })

  it('make the client wait for who reads them', async t => {
    const gate = Promise.withResolvers<void>()
    const opened = await openApp(t, async request => {
      let size = 0
      for await (const part of request.parts())
        if (part.kind === 'file')
          for await (const chunk of part) {
            if (size === 0) await gate.promise
            size += chunk.byteLength
          }
      return new HttpResponse(String(size))
    })
    const port = await listen(t, opened.app)
    const content = 60_000_000
    const end = '\r\n--cut--\r\n'
    const head = '--cut\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    const socket = startUpload(port, head.length + content + end.length)
    socket.write(Buffer.alloc(content))
    socket.write(end)
    let stalled = -1
    while (stalled !== socket.bytesWritten) {
      stalled = socket.bytesWritten
      await wait(150)
    }
    // What the system keeps of a connection, on both ends of it.
    assert.ok(socket.writableLength > content / 3, `${socket.writableLength} bytes wait at the client`)
    gate.resolve()
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1.1 200 .*\r\n60000000$/s)
    socket.destroy()
  })

  it('need not be read to the end: the answer goes out at once', async t => {
    const opened = await openApp(t, async request => {
      for await (const part of request.parts()) return new HttpResponse(part.name, { status: 403 })
      return new HttpResponse()
    })
    const port = await listen(t, opened.app)
    const socket = startUpload(port, 100_000_000)
    socket.write('x')
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1.1 403 .*\r\nfile$/s)
    socket.destroy()
  })

  it('fail with what the form is refused for, and for good', async t => {
    const opened = await openApp(
      t,
      async request => {
        const parts = request.parts()[Symbol.asyncIterator]()
        await parts.next()
        const file = (await parts.next()).value as FilePart
        await assert.rejects(file.bytes(1_000_000), { code: 'http/file-too-large' })
        await parts.next()
        return new HttpResponse()
      },
      { settings: { FILE_UPLOAD_MAX_SIZE: 100 } },
    )
    assert.equal((await send(opened.app, formOf(101))).status, 413)
    const others = await openApp(t, async request => {
      const parts = request.parts()
      await assert.rejects(request.POST, /parts\(\)/)
      assert.throws(() => request.parts(), /pass by once/)
      for await (const part of parts) if (part.kind === 'file') await part.bytes(5)
      return new HttpResponse()
    })
    assert.equal((await send(others.app, formOf(6))).status, 413)
  })

  it('of another body are a 415', async t => {
    const opened = await openApp(t, request => {
      request.parts()
      return new HttpResponse()
    })
    const request = new Request('http://localhost/upload/', { method: 'POST', body: '{}' })
    assert.equal((await opened.app.fetch(request)).status, 415)
  })

  it('are read one chunk at a time, and a file only before the next part', async t => {
    const opened = await openApp(t, async request => {
      const parts = request.parts()[Symbol.asyncIterator]()
      await parts.next()
      const file = (await parts.next()).value as FilePart
      const [first, second] = await Promise.allSettled([file.bytes(1e6), file.bytes(1e6)])
      assert.equal(first.status, 'fulfilled')
      assert.match(String((second as PromiseRejectedResult).reason), /one chunk at a time/)
      await assert.rejects(file.bytes(1e6), /was read already/)
      return new HttpResponse()
    })
    const response = await send(opened.app, formOf(100_000))
    assert.equal(response.status, 200)
  })
})
