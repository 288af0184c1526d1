/** The store, served to a browser that is watched: for the tests of this folder. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { App } from 'nuages'
import { serve } from 'nuages/node'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { temporaryFolder } from '../real-parts.ts'
import { openStore } from '../store/open-store.ts'
import { openBrowser, patienceMs } from './open-browser.ts'

export const password = 'quiet-rain-on-tin-roofs'
/** What a hash costs is not looked at here. */
const cheapHashers = [{ NAME: 'pbkdf2_sha256', OPTIONS: { iterations: 2 } }] as const

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

/** `null` when the test was skipped. */
export async function openShop(t: TestContext): Promise<Shop | null> {
  const browser = await openBrowser(t)
  if (browser === null) return null
  const problems: string[] = []
  const contexts: BrowserContext[] = []
  let stop = async (): Promise<void> => undefined
  // Steps run in this order: the visitors leave before the shop closes.
  t.after(async () => {
    await Promise.all(contexts.map(context => context.close()))
    await stop()
    assert.deepEqual(problems, [])
  })
  const app = await openStore(t, { MEDIA_ROOT: temporaryFolder(t), PASSWORD_HASHERS: cheapHashers })
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
  context.setDefaultTimeout(patienceMs)
  const tab = async (): Promise<Page> => {
    const page = await context.newPage()
    watch(page, options.baseURL ?? '', problems)
    return page
  }
  const cookie = async (name: string): Promise<Cookie | undefined> =>
    (await context.cookies()).find(one => one.name === name)
  return { context, page: await tab(), tab, cookie }
}

/** Notes errors of scripts, the console's errors, and every request to another host. That an answer refuses what was asked is no error. */
function watch(page: Page, url: string, problems: string[]): void {
  page.on('pageerror', error => problems.push(`${page.url()}: ${error.message}`))
  page.on('console', message => {
    const isAnswer = /^Failed to load resource: the server responded with a status of (?:404|409|412|413|415|422)/.test(
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
