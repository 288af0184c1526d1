/** The advertisement in a browser: closed is closed, for a day, at whatever moment. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from './open-browser.ts'
import { openShop } from './visit-shop.ts'

const close = '[data-ad] button'

describe('the advertisement in a browser', () => {
  it('is closed at once, stays closed on every page and in every tab, and is back after a day', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    const { page, tab, context, cookie } = await shop.visit()
    const other = await tab()
    await other.goto('/cart/')
    await page.goto('/')
    const answer = page.waitForResponse('**/ad/close/')
    await page.click(close)
    assert.equal(await page.locator('[data-ad]').count(), 0)
    await answer
    for (const path of ['/', '/product/cumulus-lamp/', '/user/login/']) {
      await page.goto(path)
      assert.equal(await page.locator('[data-ad]').count(), 0, path)
    }
    await other.reload()
    assert.equal(await other.locator('[data-ad]').count(), 0)
    assert.ok(Math.abs(((await cookie('ad_closed'))?.expires ?? 0) - Date.now() / 1000 - 86_400) < 60)
    // What the browser does when the day is over.
    await context.clearCookies({ name: 'ad_closed' })
    await page.goto('/')
    assert.equal(await page.locator('[data-ad]').count(), 1)
  })

  it('is closed by a click while the page still loads its script', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    const { page } = await shop.visit()
    await page.route('**/static/shop.js', async route => {
      await new Promise(resolve => setTimeout(resolve, 1500))
      await route.continue().catch(() => undefined)
    })
    await page.goto('/?q=lamp', { waitUntil: 'commit' })
    await page.click(close, { noWaitAfter: true })
    await until(page, 'document.cookie.includes("ad_closed=") && document.querySelector("[data-ad]") === null')
    assert.equal(new URL(page.url()).search, '?q=lamp', 'one is back where one was')
  })

  it('is closed when the visitor goes on in the same moment', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    const { page } = await shop.visit()
    await page.goto('/')
    await page.evaluate('document.querySelector("[data-ad] button").click(); location.href = "/cart/"')
    await page.waitForURL('**/cart/')
    await until(page, 'document.cookie.includes("ad_closed=")')
    await page.goto('/')
    assert.equal(await page.locator('[data-ad]').count(), 0)
  })

  it('does not come back with a page that was being answered while it was closed', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    const { page, tab } = await shop.visit()
    await page.goto('/')
    const other = await tab()
    // Answered before it was closed, and arriving after.
    await other.route('**/cart/', async route => {
      const response = await route.fetch()
      await page.click(close)
      await until(page, 'document.cookie.includes("ad_closed=")')
      await route.fulfill({ response })
    })
    await other.goto('/cart/')
    assert.equal(await other.locator('[data-ad]').count(), 0)
  })
})
