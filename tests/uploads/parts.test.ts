/** `request.parts()`: a form as it arrives. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
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
