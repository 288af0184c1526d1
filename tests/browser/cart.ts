/** The cart in a browser: two tabs at once, impatience, and the way back. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from './open-browser.ts'
import { openShop, password } from './visit-shop.ts'

describe('the cart in a browser', () => {
  it('keeps what two tabs put into it at the same time', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    const { page, tab } = await shop.visit()
    await page.goto('/')
    // The first piece makes the session that both tabs share.
    await page.click('.card button >> nth=0')
    await page.waitForSelector('[data-cart-count]:has-text("1")')
    const other = await tab()
    await other.goto('/?page=2')
    const clickAll = 'for (const button of document.querySelectorAll(".card button")) button.click()'
    const buttons = (await page.locator('.card button').count()) + (await other.locator('.card button').count())
    await Promise.all([page.evaluate(clickAll), other.evaluate(clickAll)])
    const idle = 'document.querySelector(".card form[aria-busy]") === null'
    await Promise.all([until(page, idle), until(other, idle)])
    await page.goto('/cart/')
    assert.equal(await page.innerText('[data-pieces]'), `${buttons + 1} pieces`)
    assert.equal(await page.locator('.lines [data-sku]').count(), buttons)
  })

  it('takes a double click for one', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    const { page } = await shop.visit()
    await page.route('**/api/shop/cart/', async route => {
      await new Promise(resolve => setTimeout(resolve, 300))
      await route.continue()
    })
    await page.goto('/')
    await page.dblclick('.card button >> nth=0')
    await page.waitForSelector('.toast:has-text("1 piece in your cart")')
    await page.goto('/cart/')
    assert.equal(await page.innerText('[data-pieces]'), '1 piece')
  })

  it('says what is wrong with a quantity, and that the shop cannot be reached', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    const { page, context } = await shop.visit()
    await page.goto('/product/cumulus-lamp/')
    await page.click('.add button')
    await page.waitForSelector('[data-cart-count]:has-text("1")')
    const other = await context.newPage()
    await other.goto('/product/cumulus-lamp/')
    await other.evaluate('document.querySelector(".add input[type=number]").removeAttribute("max")')
    await other.fill('.add [name=quantity]', '100')
    await other.click('.add button')
    await other.waitForSelector('.toast:has-text("whole number from 1 to 99")')
    await other.route('**/api/**', route => route.abort())
    await other.click('.add button')
    await other.waitForSelector('.toast:has-text("could not be reached")')
    assert.equal(await other.innerText('[data-cart-count]'), '1')
  })

  it('sends a form once, however often one clicks, and not again on the way back', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    const { page } = await shop.visit()
    const sent: string[] = []
    page.on('request', request => {
      if (request.method() === 'POST') sent.push(new URL(request.url()).pathname)
    })
    await page.goto('/user/register/')
    await page.fill('[name=username]', 'ada')
    await page.fill('[name=password1]', password)
    await page.fill('[name=password2]', password)
    await page.dblclick('form[action="/user/register/"] button')
    await page.waitForURL('**/user/')
    assert.deepEqual(sent, ['/user/register/'])
    await page.goBack()
    await page.goForward()
    await page.waitForURL('**/user/')
    await page.reload()
    assert.deepEqual(sent, ['/user/register/'], 'no page is the answer to a POST')
  })

  it('without JavaScript: the page after a change can be reloaded, and going back changes nothing', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    const { page } = await shop.visit({ javaScriptEnabled: false })
    await page.goto('/product/cumulus-lamp/')
    await page.click('.add button')
    await page.waitForURL('**/cart/')
    await page.reload()
    await page.goBack()
    await page.goForward()
    assert.equal(await page.innerText('[data-pieces]'), '1 piece')
  })
})
