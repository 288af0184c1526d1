/** The store, served to a browser that is watched: for the tests of this folder. */
import assert from 'node:assert/strict'
import { after, type TestContext } from 'node:test'
import type { App } from 'nuages'
import { serve } from 'nuages/node'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { temporaryFolder } from '../real-parts.ts'
import { openStore } from '../store/open-store.ts'
import { openBrowser } from './open-browser.ts'

export const password = 'quiet-rain-on-tin-roofs'

export interface Shop {
  readonly app: App
  /** Without a slash at the end. */
  readonly url: string
  /** A visitor of their own: no cookies yet. When the test is over, nothing may have gone wrong in their pages. */
  visit(options?: BrowserContextOptions): Promise<Visit>
}

export interface Visit {
  readonly context: BrowserContext
  /** A first page, still empty. */
  readonly page: Page
  /** Another tab. */
  tab(): Promise<Page>
  /** The cookie of this name, as the browser keeps it. */
  cookie(name: string): Promise<Cookie | undefined>
}

type Cookie = Awaited<ReturnType<BrowserContext['cookies']>>[number]

/** One for all tests of a file: visitors share nothing, and starting one takes a second. */
let launched: Promise<Browser | null> | null = null
after(async () => (await launched)?.close())

/** `null` when the test was skipped for want of a browser. */
export async function openShop(t: TestContext): Promise<Shop | null> {
  const stays = { after: () => undefined, skip: () => undefined }
  launched ??= openBrowser(stays)
  const browser = await launched
  if (browser === null) {
    t.skip('Chromium is not there. To run this test: apt-get install chromium')
    return null
  }
  const problems: string[] = []
  const contexts: BrowserContext[] = []
  let stop = async (): Promise<void> => undefined
  // Steps run in this order: the visitors leave before the shop closes.
  t.after(async () => {
    for (const context of contexts) await context.close()
    await stop()
    assert.deepEqual(problems, [])
  })
  const app = await openStore(t, { MEDIA_ROOT: temporaryFolder(t) })
  const { url, close } = await serve(app, { port: 0, host: '127.0.0.1', signals: false })
  stop = close
  const newVisit: Shop['visit'] = async options => {
    const one = await visit(browser, { ...options, baseURL: url }, problems)
    contexts.push(one.context)
    return one
  }
  return { app, url, visit: newVisit }
}

async function visit(browser: Browser, options: BrowserContextOptions, problems: string[]): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  context.setDefaultTimeout(10_000)
  const tab = async (): Promise<Page> => {
    const page = await context.newPage()
    watch(page, options.baseURL ?? '', problems)
    return page
  }
  const cookie = async (name: string): Promise<Cookie | undefined> =>
    (await context.cookies()).find(one => one.name === name)
  return { context, page: await tab(), tab, cookie }
}

/** Notes errors of scripts, the console's errors, and every request to another host. That a page's own answer is a 404 or 422 is no error. */
function watch(page: Page, url: string, problems: string[]): void {
  page.on('pageerror', error => problems.push(`${page.url()}: ${error.message}`))
  page.on('console', message => {
    const isAnswer = /^Failed to load resource: the server responded with a status of (?:404|422|409|412)/.test(
      message.text(),
    )
    if (message.type() === 'error' && !isAnswer)
      problems.push(`${page.url()}: ${message.text()} (${message.location().url})`)
  })
  page.on('request', request => {
    if (!/^(?:data|blob):/.test(request.url()) && !request.url().startsWith(`${url}/`)) problems.push(request.url())
  })
}

/** Fills in the form to log in, and sends it. */
export async function logIn(page: Page, { username = 'ada', remember = false } = {}): Promise<void> {
  await page.goto('/user/login/')
  await page.fill('[name=username]', username)
  await page.fill('[name=password]', password)
  if (remember) await page.check('[name=remember]')
  await page.click('form[action="/user/login/"] button')
  await page.waitForURL('**/user/')
}

/** Waits until an expression is true in the page. The page's policy forbids it to evaluate text on its own, so it is asked again and again. */
export async function until(page: Page, expression: string): Promise<void> {
  const end = Date.now() + 10_000
  // A page that is just going away answers nothing.
  while ((await page.evaluate(expression).catch(() => false)) !== true) {
    assert.ok(Date.now() < end, expression)
    await page.waitForTimeout(20)
  }
}
