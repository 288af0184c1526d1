/**
 * `npm run screenshots`: the pictures in docs/images, taken of the running store.
 *
 * Starts a store of its own, in memory, and Debian's Chromium.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serve } from 'nuages/node'
import { defineSettings } from 'nuages/settings'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import sharp from 'sharp'
import { shopSettings } from '../examples/store/settings.ts'
import { createStore } from '../examples/store/store.ts'

const folder = fileURLToPath(new URL('../docs/images/', import.meta.url))
/** In bytes. */
const maxBytes = 150 * 1024
const password = 'quiet-rain-on-tin-roofs'
const wide = { viewport: { width: 1280, height: 900 } }
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }

/** By the name of the file: how it is looked at, and what is there to see. */
const shots: Readonly<Record<string, readonly [BrowserContextOptions, (page: Page) => Promise<unknown>]>> = {
  store: [wide, page => page.goto('/')],
  'store-dark': [{ ...wide, colorScheme: 'dark' }, page => page.goto('/')],
  'store-phone': [phone, page => page.goto('/')],
  product: [wide, page => page.goto('/product/cumulus-lamp/')],
  cart: [wide, showCart],
  staff: [wide, showStaff],
}

async function showCart(page: Page): Promise<void> {
  for (const slug of ['cumulus-lamp', 'morning-fog-mug', 'umbrella-for-two']) {
    await page.goto(`/product/${slug}/`)
    await page.click('.add button')
    await page.waitForSelector('.toast:not(:empty)')
  }
  await page.goto('/cart/')
}

async function showStaff(page: Page): Promise<void> {
  await page.goto('/user/login/?next=/staff/product/cumulus-lamp/')
  await page.fill('[name=username]', 'ada')
  await page.fill('[name=password]', password)
  await page.click('form[action="/user/login/"] button')
  await page.waitForURL('**/staff/**')
}

const media = mkdtempSync(join(tmpdir(), 'nuages-screenshots-'))
const app = createStore(
  defineSettings({
    ...shopSettings,
    SECRET_KEY: 'the key of a store that lives for some seconds, to be looked at',
    ALLOWED_HOSTS: ['127.0.0.1'],
    DATABASE_URL: 'sqlite::memory:',
    MEDIA_ROOT: media,
  }),
  null,
)
await app.migrate()
await app.users.createUser({ username: 'ada', password, isStaff: true })
const { url, close } = await serve(app, { port: 0, host: '127.0.0.1', signals: false })
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium-headless-shell', args })
mkdirSync(folder, { recursive: true })
try {
  for (const [name, [options, open]] of Object.entries(shots)) {
    const context = await browser.newContext({ locale: 'en-GB', ...options, baseURL: url })
    const page = await context.newPage()
    await open(page)
    await page.waitForLoadState('networkidle')
    const picture = await sharp(await page.screenshot())
      .webp({ quality: 80 })
      .toBuffer()
    if (picture.byteLength > maxBytes) throw new Error(`${name}.webp has ${picture.byteLength} bytes.`)
    writeFileSync(join(folder, `${name}.webp`), picture)
    process.stdout.write(`docs/images/${name}.webp: ${Math.ceil(picture.byteLength / 1024)} KiB\n`)
    await context.close()
  }
} finally {
  await browser.close()
  await close()
  await app.close()
  rmSync(media, { recursive: true, force: true })
}
