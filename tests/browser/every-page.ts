/** Every page of the store, as people with small screens, without a mouse, with a screen reader or a slow line meet it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { loadCost } from '../../tools/page-timing.ts'
import { violations } from './axe.ts'
import { logIn, openShop, password, type Shop } from './visit-shop.ts'

/** Looks at the page that is open: on a telephone and a wide screen, light and dark. */
async function inspect(page: Page): Promise<string[]> {
  await page.setViewportSize({ width: 320, height: 640 })
  await page.emulateMedia({ colorScheme: 'light' })
  const found = await violations(page)
  // Of a document that scrolls sideways on a narrow screen, half is never read.
  if ((await page.evaluate('document.documentElement.scrollWidth')) !== 320)
    found.push(`${page.url()} is wider than 320`)
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.emulateMedia({ colorScheme: 'dark' })
  found.push(...(await violations(page, { rules: ['color-contrast', 'target-size'] })))
  return found
}

/** Opens pages one after the other, and looks at each. */
async function inspectAll(page: Page, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await page.goto(path)
    assert.deepEqual(await inspect(page), [])
  }
}

/** How far things have moved that nobody has moved, by the browser's own measure. */
function layoutShift(page: Page): Promise<number> {
  return page.evaluate(`new Promise(resolve => {
    let sum = 0
    const observer = new PerformanceObserver(list => { for (const { value } of list.getEntries()) sum += value })
    observer.observe({ type: 'layout-shift', buffered: true })
    setTimeout(() => resolve(sum), 100)
  })`)
}

async function fillCart({ page }: { readonly page: Page }): Promise<void> {
  for (const slug of ['cumulus-lamp', 'morning-fog-mug']) {
    await page.goto(`/product/${slug}/`)
    await page.click('.add button')
    await page.waitForSelector('.toast:not(:empty)')
  }
}

async function addAda({ app }: Shop, isStaff = false): Promise<void> {
  await app.users.createUser({ username: 'ada', password, email: 'ada@example.com', isStaff })
}

describe('every page in a browser', () => {
  it('has nothing axe objects to, light or dark, and fits 320 pixels: for strangers', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    const { page } = await shop.visit()
    const paths = ['/', '/?q=nothing-is-called-that', '/product/cumulus-lamp/', '/?page=2', '/cart/', '/user/login/']
    await inspectAll(page, [...paths, '/user/register/', '/user/password/forgot/', '/user/password/sent/'])
    await inspectAll(page, ['/user/password/reset/MQ/abc-def/', '/nowhere/'])
    await page.goto('/user/register/')
    await page.evaluate('for (const form of document.forms) form.noValidate = true')
    await page.click('form[action="/user/register/"] button')
    await page.waitForSelector('.summary')
    assert.deepEqual(await inspect(page), [])
  })

  it('has nothing axe objects to, light or dark, and fits 320 pixels: for who is logged in', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    await addAda(shop)
    const { page } = await shop.visit()
    await logIn(page)
    await fillCart({ page })
    await inspectAll(page, ['/', '/cart/', '/user/', '/user/devices/', '/user/email/'])
  })

  it('has nothing axe objects to, light or dark, and fits 320 pixels: for staff', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    await addAda(shop, true)
    const { page } = await shop.visit()
    await logIn(page)
    await inspectAll(page, ['/staff/products/', '/staff/add-product/', '/staff/product/cumulus-lamp/'])
    await page.fill('[name=price]', 'a lot')
    await page.click('.narrow form >> nth=0 >> button')
    await page.waitForSelector('#price-error')
    assert.deepEqual(await inspect(page), [])
  })

  it('has nothing axe objects to, and fits 320 pixels: in Chinese, by the switch at its end', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    const { page, cookie } = await shop.visit()
    await page.goto('/?q=lamp')
    await page.click('[name=language][value=zh]')
    await page.waitForSelector('html[lang=zh]')
    assert.equal(new URL(page.url()).search, '?q=lamp', 'one stays where one was')
    assert.ok(Math.abs(((await cookie('language'))?.expires ?? 0) - Date.now() / 1000 - 365 * 86_400) < 60)
    await page.click('.card button >> nth=0')
    await page.waitForSelector('.toast:has-text("购物车里有1 件")')
    await inspectAll(page, ['/', '/product/cumulus-lamp/', '/cart/', '/user/register/'])
  })

  it('does not move while it loads', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    for (const viewport of [
      { width: 320, height: 640 },
      { width: 1280, height: 800 },
    ]) {
      const { page } = await shop.visit({ viewport })
      await fillCart({ page })
      for (const path of ['/', '/product/cumulus-lamp/', '/cart/', '/user/login/', '/nowhere/']) {
        await page.goto(path)
        assert.equal(await layoutShift(page), 0, `${path} at ${viewport.width}`)
      }
    }
  })

  it('comes in less than 100 KiB without its pictures', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    const { page } = await shop.visit()
    const { bytes } = await loadCost(page, '/')
    assert.ok(bytes > 10_000, 'something was counted')
    assert.ok(bytes < 100 * 1024)
  })

  it('can be used with nothing but the keyboard', async t => {
    const shop = await openShop(t)
    if (shop === null) return
    await addAda(shop)
    const { page } = await shop.visit()
    const focused = (): Promise<string> => page.evaluate('document.activeElement?.textContent?.trim() ?? ""')
    const tabTo = async (isThere: () => Promise<boolean>): Promise<void> => {
      for (let presses = 0; !(await isThere()); presses += 1) {
        assert.ok(presses < 60, 'it can be reached')
        await page.keyboard.press('Tab')
        assert.ok(await page.evaluate('document.activeElement.matches(":focus-visible")'), 'one sees where one is')
      }
    }
    await page.goto('/')
    await page.keyboard.press('Tab')
    assert.equal(await focused(), 'Skip to the content')
    await page.keyboard.press('Enter')
    await tabTo(async () => (await focused()).startsWith('Add to cart'))
    await page.keyboard.press('Enter')
    await page.waitForSelector('.toast:has-text("1 piece in your cart")')
    assert.match(await focused(), /^Add to cart/, 'one stays where one was')
    await tabTo(async () => (await page.evaluate('document.activeElement.closest("[data-ad]") !== null')) === true)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-ad]', { state: 'detached' })
    assert.equal(await page.evaluate('document.activeElement.id'), 'main', 'the place of what is gone is not lost')

    await page.goto('/user/login/')
    await tabTo(async () => (await page.evaluate('document.activeElement.name')) === 'username')
    await page.keyboard.type('ada')
    await page.keyboard.press('Tab')
    await page.keyboard.type(password)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    assert.ok(await page.isChecked('[name=remember]'))
    await page.keyboard.press('Enter')
    await page.waitForURL('**/user/')

    await page.goto('/cart/')
    await tabTo(async () => (await focused()).startsWith('Remove'))
    await page.keyboard.press('Enter')
    await page.waitForSelector('.empty')
  })
})
