/** Files that visitors send, and get, through each door. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { check } from './checks.ts'
import type { DoorKind } from './doors.ts'
import { openSite, type Site, streams } from './shop.ts'
import { Visitor } from './visitor.ts'

type Body = (visitor: Visitor, site: Site & { readonly folder: string }) => Promise<void>

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3)
const mebibyte = 1_048_576

/** Adds all of them, for one door. */
export function addUploadChecks(kind: DoorKind): void {
  const it = (part: string, name: string, body: Body): void =>
    check(part, `${kind.name}: ${name}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'nuages-runtime-'))
      const site = await openSite(kind, { MEDIA_ROOT: join(folder, 'media'), FILE_UPLOAD_TEMP_DIR: folder })
      try {
        await body(new Visitor(site.door), { ...site, folder })
      } finally {
        await site.door.close()
        rmSync(folder, { recursive: true, force: true })
      }
    })
  addFormChecks(it)
  addFileChecks(it)
  if (kind.hasSocket) addBrokenConnectionChecks(it)
}

type It = (part: string, name: string, body: Body) => void

/** The same bytes each time, that no compression shortens. */
function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  let state = 12_345
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[index] = state >>> 24
  }
  return bytes
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Temporary files; the folder of the storage does not count. */
function leftIn(folder: string): readonly string[] {
  return readdirSync(folder).filter(name => name !== 'media')
}

async function untilEmpty(folder: string): Promise<void> {
  for (let turn = 0; leftIn(folder).length > 0 && turn < 200; turn += 1) await sleep(50)
  assert.deepEqual(leftIn(folder), [])
}

function addFormChecks(it: It): void {
  it(
    'uploads',
    'request.FILES keeps small files in memory, large ones on disk, none after the answer',
    async (visitor, { folder }) => {
      const [small, large] = [bytesOf(1000), bytesOf(4 * mebibyte)]
      const inMemory = new FormData()
      inMemory.append('title', 'é')
      inMemory.append('small', new File([small], 'résumé.txt'))
      assert.deepEqual(await visitor.data('POST', '/files/', { body: inMemory }), {
        files: [{ field: 'small', name: 'résumé.txt', size: 1000, onDisk: false, sha256: sha256(small) }],
        fields: { title: ['é'] },
      })
      const onDisk = new FormData()
      onDisk.append('large', new File([large], '../../large.bin'))
      assert.deepEqual(await visitor.data('POST', '/files/', { body: onDisk }), {
        files: [{ field: 'large', name: 'large.bin', size: large.length, onDisk: true, sha256: sha256(large) }],
        fields: {},
      })
      await untilEmpty(folder)
    },
  )

  it('uploads', 'request.parts() gives the bytes as they arrive', async (visitor, { folder }) => {
    const content = bytesOf(8 * mebibyte)
    const body = new FormData()
    body.append('film', new File([content], 'film.bin'))
    assert.deepEqual(await visitor.data('POST', '/parts/', { body }), {
      bytes: content.length,
      sha256: sha256(content),
    })
    assert.deepEqual(leftIn(folder), [])
  })

  it('uploads', 'a broken form is refused', async visitor => {
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x' }
    const body = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nhalf'
    assert.equal((await visitor.post('/files/', { headers, body })).status, 400)
  })
}

function addFileChecks(it: It): void {
  it('files', 'validate() keeps what a picture is, and refuses what it is not', async (visitor, { app }) => {
    const form = (bytes: Uint8Array<ArrayBuffer>): FormData => {
      const body = new FormData()
      body.append('photo', new File([bytes], 'my photo.html', { type: 'image/png' }))
      return body
    }
    const script = new TextEncoder().encode('<script>')
    assert.equal((await visitor.post('/keep/', { body: form(script) })).status, 415)
    assert.deepEqual(await visitor.data('POST', '/keep/', { body: form(png) }), {
      name: 'photos/my_photo.png',
      url: '/media/photos/my_photo.png',
    })
    assert.deepEqual(await Array.fromAsync(app.storage.list(''), ({ name }) => name), ['photos/my_photo.png'])
  })

  it('files', 'serveMedia answers whole, in ranges, and not again', async (visitor, { app }) => {
    const content = bytesOf(mebibyte)
    await app.storage.save('a.bin', content)
    const whole = await visitor.get('/media/a.bin')
    assert.equal(sha256(new Uint8Array(await whole.arrayBuffer())), sha256(content))
    const range = await visitor.get('/media/a.bin', { headers: { Range: 'bytes=1000-1999' } })
    assert.deepEqual([range.status, range.headers.get('content-range')], [206, `bytes 1000-1999/${mebibyte}`])
    assert.deepEqual(new Uint8Array(await range.arrayBuffer()), content.subarray(1000, 2000))
    const known = { 'If-None-Match': whole.headers.get('etag') ?? '' }
    assert.equal((await visitor.get('/media/a.bin', { headers: known })).status, 304)
    const head = await visitor.send('HEAD', '/media/a.bin')
    assert.deepEqual([head.status, (await head.arrayBuffer()).byteLength], [200, 0])
    assert.equal((await visitor.get('/media/%2e%2e%2fsecret')).status, 400)
  })
}

function addBrokenConnectionChecks(it: It): void {
  it('broken connections', 'an upload that is cut off leaves no file', async (visitor, { folder }) => {
    const boundary = 'cut'
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\n\r\n`
    const abort = new AbortController()
    const chunk = bytesOf(256 * 1024)
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        controller.enqueue(sent === 0 ? new TextEncoder().encode(head) : chunk)
        sent += 1
        if (sent > 20) {
          await sleep(20)
          if (leftIn(folder).length > 0) abort.abort()
        }
      },
    })
    const headers = { 'Content-Type': `multipart/form-data; boundary=${boundary}` }
    const sending = visitor.post('/files/', { headers, body, signal: abort.signal })
    assert.equal(await sending.then(({ status }) => status).catch(() => 'cut off'), 'cut off')
    await untilEmpty(folder)
  })

  it('broken connections', 'an answer that nobody reads any more is stopped', async visitor => {
    const before = streams.closed
    const abort = new AbortController()
    const answer = await visitor.get('/endless/', { signal: abort.signal })
    const reader = answer.body?.getReader()
    await reader?.read()
    abort.abort()
    for (let turn = 0; streams.closed === before && turn < 200; turn += 1) await sleep(50)
    assert.equal(streams.closed, before + 1)
  })
}
