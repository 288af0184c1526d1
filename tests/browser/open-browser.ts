/** Chromium for tests, without a window: one for all tests of a process. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type PartUser, skipWithout } from '../real-parts.ts'

/** The first has no parts of a desktop: a visitor costs it a third of the time. */
const programs = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium']

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

/** So long a busy machine may take; only a failure waits for it. */
export const patienceMs = 30_000

let launched: Promise<Browser> | null = null
after(async () => (await launched)?.close())

/** A test closes the contexts and pages that it opens. `null` when the test was skipped. */
export async function openBrowser(t: PartUser): Promise<Browser | null> {
  const executablePath = programs.find(program => existsSync(program))
  if (executablePath === undefined) {
    skipWithout(t, 'Chromium', 'apt-get install chromium-headless-shell')
    return null
  }
  launched ??= chromium.launch({ executablePath, args })
  return launched
}

/** Waits until an expression is true in the page. The page's policy forbids it to evaluate text on its own, so it is asked again and again. */
export async function until(page: Page, expression: string): Promise<void> {
  const end = Date.now() + patienceMs
  // A page that is just going away answers nothing.
  while ((await page.evaluate(expression).catch(() => false)) !== true) {
    assert.ok(Date.now() < end, expression)
    await page.waitForTimeout(20)
  }
}
