/** The picture of a visitor in a real browser: with JavaScript and without. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { drawImage } from '../images.ts'
import { temporaryFolder } from '../real-parts.ts'
import { until } from './open-browser.ts'
import { logIn, openShop, password } from './visit-shop.ts'

const form = 'form[action="/user/avatar/"]'

interface OwnPage {
  readonly page: Page
  readonly context: BrowserContext
  /** Chooses a file of this content, and sends nothing yet. */
  choose(content: Uint8Array): Promise<void>
}

/** The page of somebody who has just logged in; `null` when the test was skipped. */
async function openOwnPage(t: TestContext, { javaScriptEnabled = true } = {}): Promise<OwnPage | null> {
  const shop = await openShop(t)
  if (shop === null) return null
  await shop.app.users.createUser({ username: 'ada', password })
  const { page, context } = await shop.visit({ javaScriptEnabled })
  await logIn(page)
  const file = join(temporaryFolder(t), 'me.png')
  const choose = (content: Uint8Array): Promise<void> => {
    writeFileSync(file, content)
    return page.setInputFiles('[name=headimg]', file)
  }
  return { page, context, choose }
}

describe('the picture of a visitor in a browser', () => {
  it('is shown as it is chosen, its progress as it is sent, and then on the whole page', async t => {
    const visit = await openOwnPage(t)
    if (visit === null) return
    const { page, context, choose } = visit
    const session = await context.newCDPSession(page)
    await session.send('Network.enable')
    const conditions = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 2_000_000 }
    await session.send('Network.emulateNetworkConditions', conditions)
    await choose(Buffer.concat([await drawImage('png'), Buffer.alloc(4_000_000)]))
    await page.waitForSelector('.me img[src^="data:image/png"]')
    assert.equal(await page.locator('header img').count(), 0)
    await page.click(`${form} button`)
    await page.waitForSelector(`${form}[aria-busy="true"] progress:not([hidden])`)
    await until(page, 'document.querySelector("progress").value >= 0.3')
    await page.waitForSelector('.toast:has-text("Your picture is changed.")')
    await page.waitForSelector('header img[src^="/media/avatars/"]')
    await page.waitForSelector('.me img[src^="/media/avatars/"]')
    assert.equal(await page.isVisible('progress'), false)
    assert.equal(await page.inputValue('[name=headimg]'), '')
  })

  it('stays when another is refused, and the visitor hears why, of one that is far too large too', async t => {
    const visit = await openOwnPage(t)
    if (visit === null) return
    const { page, choose } = visit
    for (const [content, words] of [
      [Buffer.from('<script>alert(1)</script>'), 'Choose a PNG, JPEG, WebP or GIF.'],
      [Buffer.concat([await drawImage('png'), Buffer.alloc(10_000_000)]), 'larger than 5 MiB'],
      [(await drawImage('png')).subarray(0, 150), 'broken'],
    ] as const) {
      await choose(content)
      await page.click(`${form} button`)
      await page.waitForSelector(`.toast:has-text("${words}")`)
      assert.equal(await page.textContent('.me [data-face]'), 'A')
    }
  })

  it('works without JavaScript', async t => {
    const visit = await openOwnPage(t, { javaScriptEnabled: false })
    if (visit === null) return
    const { page, choose } = visit
    await choose(Buffer.from('no picture'))
    await page.click(`${form} button`)
    await page.waitForSelector('#headimg-error:has-text("Choose a PNG")')
    await choose(await drawImage('png'))
    await page.click(`${form} button`)
    await page.waitForSelector('.messages:has-text("Your picture is changed.")')
    await page.waitForSelector('header img[src^="/media/avatars/"]')
  })
})
