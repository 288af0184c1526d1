/** The picture of a visitor in a real browser: with JavaScript and without. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { serve } from 'nuages/node'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { drawImage } from '../images.ts'
import { temporaryFolder } from '../real-parts.ts'
import { openStore } from '../store/open-store.ts'
import { openBrowser } from './open-browser.ts'

const password = 'quiet-rain-on-tin-roofs'
const form = 'form[action="/user/avatar/"]'

interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** What went to another host, or wrong. */
  readonly problems: readonly string[]
}

async function visit(t: TestContext, browser: Browser, javaScriptEnabled: boolean): Promise<Visit> {
  const app = await openStore(t, { MEDIA_ROOT: temporaryFolder(t) })
  await app.users.createUser({ username: 'ada', password })
  const { url, close } = await serve(app, { port: 0, host: '127.0.0.1', signals: false })
  t.after(close)
  const context = await browser.newContext({ javaScriptEnabled })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', error => problems.push(error.message))
  page.on('request', request => {
    if (!/^(?:data|blob):/.test(request.url()) && !request.url().startsWith(url)) problems.push(request.url())
  })
  await page.goto(`${url}/user/login/?next=/user/`)
  await page.fill('[name=username]', 'ada')
  await page.fill('[name=password]', password)
  await page.click('form[action="/user/login/"] button')
  await page.waitForURL('**/user/')
  return { page, context, problems }
}

async function choose(page: Page, buffer: Buffer, name = 'me.png'): Promise<void> {
  await page.setInputFiles('[name=headimg]', { name, mimeType: 'image/png', buffer })
}

describe('the picture of a visitor in a browser', () => {
  it('is shown as it is chosen, its progress as it is sent, and then on the whole page', async t => {
    const browser = await openBrowser(t)
    if (browser === null) return
    const { page, context, problems } = await visit(t, browser, true)
    const session = await context.newCDPSession(page)
    await session.send('Network.enable')
    const conditions = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 2_000_000 }
    await session.send('Network.emulateNetworkConditions', conditions)
    await choose(page, Buffer.concat([await drawImage('png'), Buffer.alloc(4_000_000)]))
    await page.waitForSelector('.me img[src^="data:image/png"]')
    assert.equal(await page.locator('header img').count(), 0)
    await page.click(`${form} button`)
    await page.waitForSelector(`${form}[aria-busy="true"] progress:not([hidden])`)
    while (Number(await page.getAttribute('progress', 'value')) < 0.3);
    await page.waitForSelector('.toast:has-text("Your picture is changed.")')
    await page.waitForSelector('header img[src^="/media/avatars/"]')
    await page.waitForSelector('.me img[src^="/media/avatars/"]')
    assert.equal(await page.isVisible('progress'), false)
    assert.equal(await page.inputValue('[name=headimg]'), '')
    assert.deepEqual(problems, [])
  })

  it('stays when another is refused, and the visitor hears why, of one that is far too large too', async t => {
    const browser = await openBrowser(t)
    if (browser === null) return
    const { page, problems } = await visit(t, browser, true)
    for (const [content, words] of [
      [Buffer.from('<script>alert(1)</script>'), 'Choose a PNG, JPEG, WebP or GIF.'],
      [Buffer.concat([await drawImage('png'), Buffer.alloc(10_000_000)]), 'larger than 5 MiB'],
      [(await drawImage('png')).subarray(0, 150), 'broken'],
    ] as const) {
      await choose(page, content)
      await page.click(`${form} button`)
      await page.waitForSelector(`.toast:has-text("${words}")`)
      assert.equal(await page.textContent('.me [data-face]'), 'A')
    }
    assert.deepEqual(problems, [])
  })

  it('works without JavaScript', async t => {
    const browser = await openBrowser(t)
    if (browser === null) return
    const { page } = await visit(t, browser, false)
    await choose(page, Buffer.from('no picture'))
    await page.click(`${form} button`)
    await page.waitForSelector('#headimg-error:has-text("Choose a PNG")')
    await choose(page, await drawImage('png'))
    await page.click(`${form} button`)
    await page.waitForSelector('.messages:has-text("Your picture is changed.")')
    await page.waitForSelector('header img[src^="/media/avatars/"]')
  })
})
