/**
 * `node --conditions=nuages-source tools/page-timing.ts`: what a first visit to the store's catalogue costs.
 *
 * Prints the first contentful paint, by the browser's own clock, and the bytes that came without those of pictures: the median of 9 visits, each by a
 * browser that has nothing in its cache, to a server that has answered before. `LOADS=3`: fewer.
 */
import { existsSync } from 'node:fs'
import { serve } from 'nuages/node'
import { defineSettings } from 'nuages/settings'
import { chromium, type Page } from 'playwright-core'
import { shopSettings } from '../examples/store/settings.ts'
import { createStore } from '../examples/store/store.ts'

export interface LoadCost {
  /** As they were sent, header fields included. */
  readonly bytes: number
  readonly paintMs: number
}

/** Opens an address in a page that has loaded nothing before. */
export async function loadCost(page: Page, address: string): Promise<LoadCost> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  const types = new Map<string, string>()
  let bytes = 0
  session.on('Network.responseReceived', ({ requestId, type }) => types.set(requestId, type))
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (types.get(requestId) !== 'Image') bytes += encodedDataLength
  })
  await page.goto(address, { waitUntil: 'networkidle' })
  const paintMs = await page.evaluate('performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN')
  return { bytes, paintMs: Number(paintMs) }
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN

async function main(loads: number): Promise<void> {
  const settings = {
    ...shopSettings,
    SECRET_KEY: 'the key of a store that lives for some seconds, to be looked at',
    ALLOWED_HOSTS: ['127.0.0.1'],
    DATABASE_URL: 'sqlite::memory:',
  }
  const app = createStore(defineSettings(settings), null)
  await app.migrate()
  const { url, close } = await serve(app, { port: 0, host: '127.0.0.1', signals: false })
  const executablePath = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find(program => existsSync(program))
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
  const browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args })
  try {
    const costs: LoadCost[] = []
    // The first one is not counted: it warms the server.
    for (let load = 0; load <= loads; load += 1) {
      const context = await browser.newContext({ locale: 'en-GB' })
      const cost = await loadCost(await context.newPage(), url)
      if (load > 0) costs.push(cost)
      await context.close()
    }
    const paint = Math.round(median(costs.map(({ paintMs }) => paintMs)))
    const kibibytes = (median(costs.map(({ bytes }) => bytes)) / 1024).toFixed(1)
    console.log(
      `The catalogue, ${loads} visits: first contentful paint after ${paint} ms, ${kibibytes} KiB without pictures.`,
    )
  } finally {
    await browser.close()
    await close()
    await app.close()
  }
}

if (import.meta.main) await main(Number(process.env.LOADS ?? 9))
