import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { openapiView } from '../../src/app/index.ts'
import { serve } from '../../src/node/index.ts'
import { apiDocs } from '../../src/openapi/index.ts'
import { path } from '../../src/urls/index.ts'
import { violations } from '../browser/axe.ts'
import { openBrowser } from '../browser/open-browser.ts'
import { libraryUrls, openLibrary } from './library.ts'

const urls = [
  ...libraryUrls,
  path('api/openapi.json', openapiView()),
  path('api/docs/', apiDocs({ title: 'The <library>' })),
  path('api/staff/', apiDocs({ access: 'user' })),
]

describe('apiDocs', () => {
  it('serves the page and its files, the files for good, packed for who takes that', async t => {
    const app = openLibrary(t, { urls })
    const page = await app.fetch(new Request('http://localhost/api/docs/'))
    const text = await page.text()
    assert.match(text, /<title>The &lt;library&gt;<\/title>/)
    assert.match(
      page.headers.get('content-security-policy') ?? '',
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    )
    const [, file] = /src="([0-9a-f]{16}\/swagger-ui-bundle\.js)"/.exec(text) ?? []
    const address = `http://localhost/api/docs/${file}`
    const plain = await app.fetch(new Request(address))
    assert.equal(plain.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    assert.equal(plain.headers.get('vary'), 'Accept-Encoding')
    assert.equal(plain.headers.get('content-encoding'), null)
    const packed = await app.fetch(new Request(address, { headers: { 'Accept-Encoding': 'br, gzip;q=0.8' } }))
    assert.equal(packed.headers.get('content-encoding'), 'gzip')
    const bytes = new Uint8Array(await packed.arrayBuffer())
    assert.deepEqual(gunzipSync(bytes), Buffer.from(await plain.arrayBuffer()))
    const refused = await app.fetch(new Request(address, { headers: { 'Accept-Encoding': 'gzip;q=0' } }))
    assert.equal(refused.headers.get('content-encoding'), null)
  })

  it('serves no other file of the package, or around it', async t => {
    const app = openLibrary(t, { urls })
    const text = await (await app.fetch(new Request('http://localhost/api/docs/'))).text()
    const [, digest] = /src="([0-9a-f]{16})\//.exec(text) ?? []
    for (const name of [
      'package.json',
      '..%2Fpackage.json',
      'swagger-ui.css.map',
      'toString',
      '__proto__',
      'index.html',
    ])
      assert.equal((await app.fetch(new Request(`http://localhost/api/docs/${digest}/${name}`))).status, 404, name)
    assert.equal((await app.fetch(new Request('http://localhost/api/docs/', { method: 'POST' }))).status, 405)
    assert.equal((await app.fetch(new Request('http://localhost/api/staff/'))).status, 401)
  })

  it('is no part of the description', t => {
    const { document } = openLibrary(t, { urls }).describeApi()
    assert.deepEqual(
      Object.keys(document.paths).filter(at => /docs|staff|openapi/.test(at)),
      [],
    )
  })

  it('shows the operations in a browser, with no error and no request to another host', async t => {
    const browser = await openBrowser(t)
    if (browser === null) return
    const page = await browser.newPage()
    t.after(() => page.close())
    const app = openLibrary(t, { urls, settings: { SECURE_CSP: "default-src 'self'; img-src 'self' data:" } })
    const { url, close } = await serve(app, { port: 0, host: '127.0.0.1', signals: false })
    t.after(() => close())
    const faults: string[] = []
    page.on('console', message => message.type() === 'error' && faults.push(message.text()))
    page.on('pageerror', error => faults.push(error.message))
    page.on('request', request => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) faults.push(request.url())
    })
    await page.goto(`${url}/api/docs/`)
    await page.locator('.opblock').first().waitFor()
    assert.equal(await page.locator('.opblock').count(), 14)
    assert.match(await page.locator('.opblock').first().innerText(), /GET\s+\/api\/book\/\s+Find books/)
    await lookForViolations(page)
    await tryOut(page)
    assert.deepEqual(faults, [])
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/docs.png`, fullPage: true })
  })
})

/** Of the page around the viewer there are none. Those of the viewer stand in docs/openapi.md. */
async function lookForViolations(page: Page): Promise<void> {
  assert.deepEqual(await violations(page, { exclude: '.swagger-ui' }), [])
  const rules = new Set((await violations(page)).map(line => line.split(' ')[1]))
  assert.deepEqual([...rules].sort(), ['color-contrast', 'heading-order', 'nested-interactive', 'region'])
}

/** Sends one operation from the page and sees its answer; opens the form with files. */
async function tryOut(page: Page): Promise<void> {
  const list = page.locator('#operations-books-getBookList')
  await list.click()
  await list.getByRole('button', { name: 'Try it out' }).click()
  await list.getByRole('button', { name: 'Execute' }).click()
  await list.locator('.live-responses-table').waitFor()
  assert.match(await list.locator('.live-responses-table').innerText(), /"message": "success"/)
  const cover = page.locator('#operations-cover-setCover')
  await cover.click()
  await cover.getByRole('button', { name: 'Try it out' }).click()
  assert.ok((await cover.locator('input[type=file]').count()) >= 1)
}
