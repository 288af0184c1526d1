/** CWE-434, CWE-79: what a visitor has uploaded, opened by another, runs nothing on this site. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type App, createApp, csrfExempt, type HttpRequest, HttpResponse, serveMedia } from 'nuages'
import { defineSettings } from 'nuages/settings'
import { path } from 'nuages/urls'
import { temporaryFolder } from '../real-parts.ts'

const script = '<script>alert(document.domain)</script>'
const html = `<!doctype html><html><body>${script}</body></html>`
const svg = `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">${script}</svg>`

/** Types that a browser runs or renders as a page. */
const active = /html|xml(?!.*svg)|javascript|ecmascript|css|x-shockwave|pdf|message\/|multipart/

const uploads: readonly (readonly [name: string, content: string])[] = [
  ['page.html', html],
  ['page.HTM', html],
  ['page.xhtml', html],
  ['page.shtml', html],
  ['page.html.', html],
  ['page.html ', html],
  ['page.png.html', html],
  ['page.html;.png', html],
  ['page.html%00.png', html],
  ['page.html\u202egnp', html],
  ['picture.svg', svg],
  ['picture.SVGZ', svg],
  ['picture.svg.xml', svg],
  ['data.xml', svg],
  ['style.xsl', svg],
  ['code.js', 'alert(1)'],
  ['code.mjs', 'alert(1)'],
  ['worker.wasm', '\0asm'],
  ['page.mht', html],
  ['page.hta', html],
  ['film.swf', 'FWS'],
  ['.htaccess', 'AddType text/html .png'],
  ['page.php', '<?php phpinfo();'],
  ['page', html],
  ['html', html],
  ['picture.png', html],
  ['picture.gif', `GIF89a/*${script}*/=alert(1)`],
  ['notes.txt', html],
  ['letter.pdf', `%PDF-1.7 ${html}`],
]

async function open(t: TestContext): Promise<App> {
  const keep = async (request: HttpRequest): Promise<HttpResponse> => {
    const file = (await request.FILES).get('file')
    if (file === undefined) return new HttpResponse('none', { status: 422 })
    return new HttpResponse(await request.app.storage.save(file.name, file))
  }
  const app = createApp({
    logger: null,
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of active content',
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['localhost'],
      MEDIA_ROOT: temporaryFolder(t),
    }),
    urls: [path('keep/', csrfExempt(keep as never)), path('media/<path:name>', serveMedia)],
  })
  t.after(() => app.close())
  return app
}

describe('an uploaded file', () => {
  it('is a download, or of a type that runs nothing, whatever its name, type and content claim', async t => {
    const app = await open(t)
    let served = 0
    for (const [name, content] of uploads)
      for (const type of ['text/html', 'image/png']) {
        const form = new FormData()
        form.set('file', new File([content], name, { type }))
        const kept = await app.fetch(new Request('http://localhost/keep/', { method: 'POST', body: form }))
        if (kept.status === 422) continue
        const stored = await kept.text()
        const address = stored.split('/').map(encodeURIComponent).join('/')
        const response = await app.fetch(new Request(`http://localhost/media/${address}`))
        assert.equal(response.status, 200, `${name} as ${stored}`)
        const shown = response.headers.get('content-type') ?? ''
        served += 1
        const isDownload = (response.headers.get('content-disposition') ?? '').startsWith('attachment')
        assert.ok(isDownload || !active.test(shown), `${name} as ${shown}`)
        assert.ok(isDownload || !/svg/.test(shown), `${name} as ${shown}`)
        assert.equal(response.headers.get('x-content-type-options'), 'nosniff', name)
        assert.match(
          response.headers.get('content-security-policy') ?? '',
          /default-src 'none'.*(?:sandbox|media-src)/,
          name,
        )
        assert.notEqual(shown, '', name)
      }
    assert.ok(served > uploads.length)
  })

  it('is the same for a piece of it, a HEAD, and a copy that is still good', async t => {
    const app = await open(t)
    const name = await app.storage.save('page.html', html)
    const whole = await app.fetch(new Request(`http://localhost/media/${name}`))
    for (const [status, init] of [
      [206, { headers: { Range: 'bytes=0-3' } }],
      [200, { method: 'HEAD' }],
      [304, { headers: { 'If-None-Match': whole.headers.get('etag') as string } }],
    ] as const) {
      const response = await app.fetch(new Request(`http://localhost/media/${name}`, init))
      assert.equal(response.status, status)
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
      if (status !== 304) assert.match(response.headers.get('content-disposition') ?? '', /^attachment/)
    }
  })
})
