/** Chromium for tests, without a window. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { type PartUser, skipWithout } from '../real-parts.ts'

const executablePath = '/usr/bin/chromium'

/** It asks nobody for updates, and runs as root in a container. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A browser of its own, closed after the test; `null` when the test was skipped. */
export async function openBrowser(t: PartUser): Promise<Browser | null> {
  if (!existsSync(executablePath)) {
    skipWithout(t, 'Chromium', 'apt-get install chromium')
    return null
  }
  const browser = await chromium.launch({ executablePath, args })
  t.after(() => browser.close())
  return browser
}
