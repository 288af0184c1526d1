/** A whole visit, as a visitor makes it, and the cookies as the browser keeps them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from './open-browser.ts'
import { logIn, openShop, password } from './visit-shop.ts'

const secondsFromNow = (expires: number): number => expires - Date.now() / 1000
const near = (seconds: number, expected: number): boolean => Math.abs(seconds - expected) < 60

describe('a visit in a browser', () => {
  it('registers, looks around, fills a cart, logs out; the cart is gone', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    const { page, cookie } = await shop.visit()
    await page.goto('/')
    await page.click('text=Register')
    await page.fill('[name=username]', 'ada')
    await page.fill('[name=password1]', password)
    await page.fill('[name=password2]', password)
    await page.click('form[action="/user/register/"] button')
    await page.waitForURL('**/user/')
    assert.match(await page.innerText('.messages'), /Welcome, ada\./)
    await page.reload()
    assert.equal(await page.locator('.messages').count(), 0)

    for (const slug of ['morning-fog-mug', 'cumulus-lamp', 'umbrella-for-two', 'cumulus-lamp'])
      await page.goto(`/product/${slug}/`)
    assert.equal((await cookie('history'))?.value, 'cumulus-lamp.umbrella-for-two.morning-fog-mug')
    await page.goto('/')
    const strip = page.locator('.strip a')
    assert.deepEqual(await strip.evaluateAll(links => links.map(link => link.getAttribute('href'))), [
      '/product/cumulus-lamp/',
      '/product/umbrella-for-two/',
      '/product/morning-fog-mug/',
    ])

    await page.fill('[name=q]', 'lamp')
    await page.press('[name=q]', 'Enter')
    await page.click('.card button >> nth=0')
    await page.waitForSelector('.toast:has-text("1 piece in your cart")')
    assert.equal(await page.innerText('[data-cart-count]'), '1')
    await page.click('.cart')
    await page.fill('[name=quantity]', '3')
    await page.press('[name=quantity]', 'Tab')
    await page.waitForSelector('[data-pieces]:has-text("3 pieces")')
    const keyBefore = (await cookie('sessionid'))?.value

    await page.click('text=Log out')
    await page.waitForURL(`${shop.url}/`)
    assert.equal(await page.innerText('[data-cart-count]'), '0')
    await page.goBack()
    assert.equal(await page.locator('.lines').count(), 0, 'going back shows no cart')
    assert.equal(await cookie('sessionid'), undefined)
    await logIn(page)
    assert.notEqual((await cookie('sessionid'))?.value, keyBefore)
    assert.equal(await page.innerText('[data-cart-count]'), '0', 'and it is gone for good')
  })

  it('keeps a stranger’s cart when they log in', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    await shop.app.users.createUser({ username: 'ada', password })
    const { page } = await shop.visit()
    await page.goto('/product/cumulus-lamp/')
    await page.click('.add button')
    await page.waitForSelector('[data-cart-count]:has-text("1")')
    await logIn(page)
    assert.equal(await page.innerText('[data-cart-count]'), '1')
  })

  it('sets cookies with the right flags, path and end', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    await shop.app.users.createUser({ username: 'ada', password })
    const { page, cookie, context } = await shop.visit()
    await page.goto('/product/cumulus-lamp/')
    await page.click('[data-ad] button')
    await until(page, 'document.cookie.includes("ad_closed=")')
    await logIn(page)
    const host = { domain: '127.0.0.1', path: '/', sameSite: 'Lax', secure: false }
    const session = await cookie('sessionid')
    assert.partialDeepStrictEqual(session, { ...host, httpOnly: true, expires: -1 })
    const csrf = await cookie('csrftoken')
    assert.partialDeepStrictEqual(csrf, { ...host, httpOnly: false })
    assert.ok(near(secondsFromNow(csrf?.expires ?? 0), 364 * 24 * 3600))
    const history = await cookie('history')
    assert.partialDeepStrictEqual(history, { ...host, httpOnly: true })
    assert.ok(near(secondsFromNow(history?.expires ?? 0), 30 * 24 * 3600))
    const ad = await cookie('ad_closed')
    assert.partialDeepStrictEqual(ad, { ...host, httpOnly: false })
    assert.ok(near(secondsFromNow(ad?.expires ?? 0), 24 * 3600))
    assert.deepEqual((await context.cookies()).map(({ name }) => name).sort(), [
      'ad_closed',
      'csrftoken',
      'history',
      'sessionid',
    ])
  })

  it('stays logged in for two weeks with the box ticked, and else until the browser closes', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    await shop.app.users.createUser({ username: 'ada', password })
    const kept = await shop.visit()
    await logIn(kept.page, { remember: true })
    const cookie = await kept.cookie('sessionid')
    assert.ok(near(secondsFromNow(cookie?.expires ?? 0), 14 * 24 * 3600))
    const until = await shop.visit()
    await logIn(until.page)
    // A browser that closes forgets the cookies without an end.
    const lasting = (await until.context.cookies()).filter(({ expires }) => expires !== -1)
    const next = await shop.visit({ storageState: { cookies: lasting, origins: [] } })
    await next.page.goto('/user/')
    assert.match(next.page.url(), /\/user\/login\/\?next=\/user\/$/)
  })

  it('works without JavaScript', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    await shop.app.users.createUser({ username: 'ada', password })
    const { page } = await shop.visit({ javaScriptEnabled: false })
    await page.goto('/')
    await page.click('[data-ad] button')
    assert.equal(await page.locator('[data-ad]').count(), 0)
    await page.click('.card button >> nth=0')
    await page.waitForURL('**/cart/')
    await page.fill('[name=quantity]', '2')
    await page.click('.update button')
    assert.match(await page.innerText('[data-pieces]'), /^2 pieces$/)
    await page.click('form[action="/cart/remove/"] button')
    await page.waitForSelector('.empty')
    await logIn(page)
    await page.click('text=Log out')
    await page.waitForSelector('text=Register')
  })
})
