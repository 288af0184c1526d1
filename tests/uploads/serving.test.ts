/** How visitors get the files of a storage. */
import assert from 'node:assert/strict'
import { readdirSync, readlinkSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type App, createApp, serveMedia } from 'nuages'
import { fileResponse, serveFiles } from 'nuages/files'
import type { HttpRequest } from 'nuages/http'
import { serve } from 'nuages/node'
import { defineSettings } from 'nuages/settings'
import { path } from 'nuages/urls'
import { temporaryFolder } from '../real-parts.ts'

const media = {
  'a.txt': '0123456789',
  'empty.txt': '',
  'folder/b.png': 'PNG',
  'x.html': '<script>alert(1)</script>',
  'x.svg': '<svg/>',
}

interface Site {
  readonly app: App
  readonly root: string
  readonly get: (name: string, headers?: Record<string, string>, method?: string) => Promise<Response>
  readonly openFiles: () => number
}

async function site(t: TestContext): Promise<Site> {
  const root = temporaryFolder(t)
  const app = createApp({
    logger: null,
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of serving files',
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['localhost', '127.0.0.1'],
      MEDIA_ROOT: root,
    }),
    urls: [
      path('media/<path:name>', serveMedia),
      path(
        'cached/<path:name>',
        serveFiles(request => request.app.storage, { cacheControl: 'max-age=60', download: true }),
      ),
      path('named/', (request: HttpRequest) =>
        fileResponse(request, request.app.storage, { name: 'a.txt', filename: 'été "1".txt' }),
      ),
    ],
  })
  t.after(() => app.close())
  for (const [name, content] of Object.entries(media)) await app.storage.save(name, content)
  return {
    app,
    root,
    get: (name, headers = {}, method = 'GET') =>
      app.fetch(new Request(`http://localhost/${name}`, { method, headers })),
    openFiles: () =>
      readdirSync('/proc/self/fd').filter(fd => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(root)
        } catch {
          return false
        }
      }).length,
  }
}

describe('serving files', () => {
  it('gives a file with all that a cache and a browser need', async t => {
    const { get, app } = await site(t)
    const response = await get('media/a.txt')
    assert.equal(response.status, 200)
    assert.equal(await response.text(), '0123456789')
    const fields = Object.fromEntries(response.headers)
    assert.match(fields.etag as string, /^"[^"]+"$/)
    assert.equal(Date.parse(fields['last-modified'] as string) % 1000, 0)
    assert.deepEqual(
      [
        'accept-ranges',
        'cache-control',
        'content-disposition',
        'content-length',
        'content-type',
        'x-content-type-options',
      ].map(name => fields[name]),
      ['bytes', 'no-cache', 'inline; filename="a.txt"', '10', 'text/plain; charset=utf-8', 'nosniff'],
    )
    assert.match(fields['content-security-policy'] as string, /^default-src 'none'; sandbox$/)
    assert.equal(await (await get(`${(await app.storage.url('folder/b.png')).slice(1)}`)).text(), 'PNG')
    assert.equal((await get('media/empty.txt')).headers.get('content-length'), '0')
    const other = await get('cached/a.txt')
    assert.equal(other.headers.get('cache-control'), 'max-age=60')
    assert.equal(other.headers.get('content-disposition'), 'attachment; filename="a.txt"')
    assert.match(
      (await get('named/')).headers.get('content-disposition') as string,
      /^inline; filename="_t_ _1_\.txt"; filename\*=UTF-8''%C3%A9t/,
    )
  })

  it('answers HEAD with the same fields, and other methods not at all', async t => {
    const { get, openFiles } = await site(t)
    const [whole, head] = [await get('media/a.txt'), await get('media/a.txt', { range: 'bytes=0-1' }, 'HEAD')]
    assert.equal(await whole.text(), '0123456789')
    assert.equal(await head.text(), '')
    assert.deepEqual([...head.headers], [...whole.headers])
    assert.equal(head.status, 200)
    const post = await get('media/a.txt', {}, 'DELETE')
    assert.equal(post.status, 405)
    assert.equal(post.headers.get('allow'), 'GET, HEAD')
    assert.equal(openFiles(), 0)
  })

  it('gives one range as it is asked for, and the whole file for others', async t => {
    const { get, openFiles } = await site(t)
    const ranges: readonly [string, number, string, string | null][] = [
      ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
      ['bytes=2-5', 206, '2345', 'bytes 2-5/10'],
      ['bytes=8-', 206, '89', 'bytes 8-9/10'],
      ['bytes=8-100', 206, '89', 'bytes 8-9/10'],
      ['bytes=0-', 206, '0123456789', 'bytes 0-9/10'],
      ['bytes=-3', 206, '789', 'bytes 7-9/10'],
      ['bytes=-30', 206, '0123456789', 'bytes 0-9/10'],
      ['bytes=0-1,4-5', 200, '0123456789', null],
      ['bytes=5-2', 200, '0123456789', null],
      ['items=0-1', 200, '0123456789', null],
    ]
    for (const [range, status, text, contentRange] of ranges) {
      const response = await get('media/a.txt', { range })
      assert.equal(response.status, status, range)
      assert.equal(response.headers.get('content-length'), String(text.length))
      assert.equal(await response.text(), text)
      assert.equal(response.headers.get('content-range'), contentRange)
    }
    for (const [name, range] of [
      ['a.txt', 'bytes=10-'],
      ['a.txt', `bytes=${'9'.repeat(25)}-`],
      ['a.txt', 'bytes=-0'],
      ['empty.txt', 'bytes=0-'],
      ['empty.txt', 'bytes=-5'],
    ] as const) {
      const response = await get(`media/${name}`, { range })
      assert.equal(response.status, 416, range)
      assert.equal(response.headers.get('content-range'), `bytes */${media[name].length}`)
      await response.text()
    }
    assert.equal((await get('media/missing.txt', { range: 'bytes=0-' })).status, 404)
    assert.equal((await get('media/missing.txt', { range: 'bytes=-5' })).status, 404)
    assert.equal(openFiles(), 0)
  })

  it('asks the conditions in their order', async t => {
    const { get, app, openFiles } = await site(t)
    const first = await get('media/a.txt')
    await first.text()
    const etag = first.headers.get('etag') as string
    const modified = first.headers.get('last-modified') as string
    const later = new Date(Date.parse(modified) + 5000).toUTCString()
    const before = new Date(Date.parse(modified) - 5000).toUTCString()
    const conditions: readonly [Record<string, string>, number][] = [
      [{ 'if-none-match': etag }, 304],
      [{ 'if-none-match': `"other", W/${etag}` }, 304],
      [{ 'if-none-match': '*' }, 304],
      [{ 'if-none-match': '"other"' }, 200],
      [{ 'if-none-match': '"other"', 'if-modified-since': later }, 200],
      [{ 'if-modified-since': modified }, 304],
      [{ 'if-modified-since': before }, 200],
      [{ 'if-modified-since': 'yesterday' }, 200],
      [{ 'if-match': etag }, 200],
      [{ 'if-match': '*' }, 200],
      [{ 'if-match': `W/${etag}` }, 412],
      [{ 'if-match': '"other"' }, 412],
      [{ 'if-match': '"other"', 'if-none-match': etag }, 412],
      [{ 'if-unmodified-since': before }, 412],
      [{ 'if-unmodified-since': modified }, 200],
      [{ 'if-none-match': etag, range: 'bytes=0-1' }, 304],
      [{ range: 'bytes=0-1', 'if-range': etag }, 206],
      [{ range: 'bytes=0-1', 'if-range': '"other"' }, 200],
      [{ range: 'bytes=0-1', 'if-range': `W/${etag}` }, 200],
      [{ range: 'bytes=0-1', 'if-range': before }, 200],
      [{ range: 'bytes=0-1', 'if-range': 'nonsense' }, 200],
      [{ range: 'bytes=50-', 'if-range': '"other"' }, 200],
      // Within its first second a date does not tell a file from the next.
      [{ range: 'bytes=0-1', 'if-range': modified }, 200],
    ]
    for (const [headers, status] of conditions) {
      const response = await get('media/a.txt', headers)
      assert.equal(response.status, status, JSON.stringify(headers))
      if (status !== 412) assert.equal(response.headers.get('etag'), etag)
      if (status === 304) assert.equal(response.headers.get('cache-control'), 'no-cache')
      if (status === 200) assert.equal(await response.text(), '0123456789')
      else await response.text()
    }
    await wait(3000 - (Date.now() - Date.parse(modified)))
    const response = await get('media/a.txt', { range: 'bytes=0-1', 'if-range': modified })
    assert.equal(response.status, 206)
    assert.equal(await response.text(), '01')
    await app.storage.save('a.txt', 'another', { replace: true })
    const changed = await get('media/a.txt', { range: 'bytes=0-1', 'if-range': etag, 'if-none-match': etag })
    assert.equal(await changed.text(), 'another')
    assert.equal(openFiles(), 0)
  })

  it("runs no visitor's HTML or SVG", async t => {
    const { get } = await site(t)
    for (const [name, type] of [
      ['x.html', 'application/octet-stream'],
      ['x.svg', 'image/svg+xml'],
    ]) {
      const { headers } = await get(`media/${name}`)
      assert.equal(headers.get('content-type'), type)
      assert.equal(headers.get('content-disposition'), `attachment; filename="${name}"`)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.match(headers.get('content-security-policy') as string, /^default-src 'none'; sandbox$/)
    }
  })

  it('reaches nothing outside, however the path is spelled', async t => {
    const { get, app } = await site(t)
    const server = await serve({ handle: source => app.handle(source) }, { port: 0, signals: false })
    t.after(() => server.close())
    const raw = (target: string): Promise<number> =>
      new Promise((resolve, reject) => {
        httpRequest({ port: server.port, path: target, headers: { host: 'localhost' } }, response => {
          response.resume()
          resolve(response.statusCode as number)
        })
          .on('error', reject)
          .end()
      })
    for (const spelled of [
      '../a.txt',
      'folder/../a.txt',
      '..%2fa.txt',
      '%2e%2e/a.txt',
      '%2e%2e%2f%2e%2e%2fetc/passwd',
      '..%5ca.txt',
      '..\\a.txt',
      '/etc/passwd',
      '%2fetc/passwd',
      '%00',
      'a.txt%00.png',
      'a.txt%0a',
      '.',
      '%2e',
      './a.txt',
      'folder//b.png',
      '.nuages-partial/x',
      '%c0%ae%c0%ae/a.txt',
      '%252e%252e%252fa.txt',
      'a.txt/',
      'folder',
      'folder/',
      `${'x'.repeat(300)}`,
      `${'x/'.repeat(1000)}`,
    ]) {
      const status = await raw(`/media/${spelled}`)
      assert.ok(status === 400 || status === 404, `${spelled}: ${status}`)
    }
    assert.equal(await raw('/media/%61.txt'), 200)
    assert.equal((await get('media/folder/')).status, 404)
  })

  it('waits for a slow client, and closes the file when it goes away', async t => {
    const { app, openFiles } = await site(t)
    await app.storage.save('large.bin', Buffer.alloc(40_000_000))
    const server = await serve({ handle: source => app.handle(source) }, { port: 0, signals: false, graceSeconds: 1 })
    t.after(() => server.close())
    const before = process.memoryUsage().rss
    const sockets = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const socket = connect(server.port, '127.0.0.1')
        socket.pause()
        socket.write('GET /media/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n')
        return socket
      }),
    )
    for (let waited = 0; waited < 2000 && openFiles() !== 8; waited += 10) await wait(10)
    await wait(200)
    assert.equal(openFiles(), 8)
    const grown = process.memoryUsage().rss - before
    assert.ok(grown < 100_000_000, `${grown} bytes are held for clients that read nothing`)
    for (const socket of sockets) socket.destroy()
    for (let waited = 0; waited < 2000 && openFiles() > 0; waited += 10) await wait(10)
    assert.equal(openFiles(), 0)
    // The same by `fetch`, when the answer is not read, or only begun.
    for (const isBegun of [false, true]) {
      const response = await app.fetch(new Request('http://localhost/media/large.bin'))
      const reader = response.body?.getReader()
      if (isBegun) await reader?.read()
      assert.equal(openFiles(), 1)
      await reader?.cancel()
      assert.equal(openFiles(), 0)
    }
  })

  it('survives answers that nobody reads: their files are closed in the end', { timeout: 20_000 }, async t => {
    const { get, openFiles } = await site(t)
    for (let round = 0; round < 20; round += 1) await get('media/a.txt')
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    while (openFiles() > 0) {
      collect()
      await wait(20)
    }
  })
})
