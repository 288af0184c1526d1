/** The example of resumable uploads in a real browser: a reload, a server that is killed, a pause, a refusal. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { serve } from 'nuages/node'
import type { Browser, Page } from 'playwright-core'
import { createSite } from '../../examples/resumable/site.ts'
import { temporaryFolder } from '../real-parts.ts'
import { openBrowser, patienceMs, until } from './open-browser.ts'

const program = fileURLToPath(new URL('../../examples/resumable/main.ts', import.meta.url))
const megabyte = 1_000_000

interface Site {
  readonly url: string
  readonly folder: string
  kill(): Promise<void>
}

/** The example as its own program. `before`: one that was killed, which this goes on for. */
async function startSite(t: TestContext, before?: Site): Promise<Site> {
  const folder = before?.folder ?? temporaryFolder(t)
  const own = {
    PORT: before === undefined ? '0' : new URL(before.url).port,
    SECRET_KEY: 'the key of the example of resumable uploads in its tests',
    DATABASE_URL: `sqlite:${join(folder, 'db.sqlite3')}`,
    UPLOAD_FOLDER: join(folder, 'uploading'),
    MEDIA_ROOT: join(folder, 'arrived'),
  }
  const server = spawn(process.execPath, ['--conditions=nuages-source', program], {
    env: { ...process.env, ...own },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  t.after(kill)
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    server.on('exit', () => reject(new Error(`The example has ended:\n${output}`)))
    server.stdout.on('data', text => {
      output += text
      const found = /"url":"([^"]+)"/.exec(output)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  return { url, folder, kill }
}

/** Sets how fast a page sends, in bytes a second: -1 is no limit. */
async function throttled(page: Page): Promise<(bytesPerSecond: number) => Promise<void>> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  return async bytesPerSecond => {
    const conditions = { offline: false, latency: 0, downloadThroughput: -1 }
    await session.send('Network.emulateNetworkConditions', { ...conditions, uploadThroughput: bytesPerSecond })
  }
}

/** Of a visitor who leaves after the test. */
async function newPage(t: TestContext, browser: Browser): Promise<Page> {
  const page = await browser.newPage()
  t.after(() => page.close())
  page.setDefaultTimeout(patienceMs)
  return page
}

function arrived({ folder }: Site): Buffer | null {
  const [file] = globSync('arrived/uploads/*', { cwd: folder })
  return file === undefined ? null : readFileSync(join(folder, file))
}

/** Resolves when so much of the file has gone, 0 to 1. */
async function pastPart(page: Page, part: number): Promise<void> {
  await until(page, `document.querySelector("progress").value > ${part}`)
}

describe('the example of resumable uploads', () => {
  it('goes on after a reload, after kill -9 of the server and after a pause, and asks nobody but its own host', async t => {
    const browser = await openBrowser(t)
    if (browser === null) return
    const site = await startSite(t)
    const content = randomBytes(24 * megabyte)
    const file = join(site.folder, 'Wolken über Köln.bin')
    writeFileSync(file, content)
    const page = await newPage(t, browser)
    const offsets: number[] = []
    const elsewhere: string[] = []
    const problems: string[] = []
    page.on('request', request => {
      if (!request.url().startsWith(site.url)) elsewhere.push(request.url())
      if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']))
    })
    page.on('pageerror', error => problems.push(error.message))
    const sendAtMost = await throttled(page)
    await page.goto(site.url)
    await sendAtMost(4 * megabyte)
    await page.setInputFiles('#file', file)
    await pastPart(page, 0.2)
    await page.reload()
    await page.waitForSelector('output:has-text("Choose it again to go on")')
    assert.match((await page.textContent('output')) ?? '', /Wolken über Köln\.bin stands at [1-9]\d* %/)
    await page.setInputFiles('#file', file)
    await pastPart(page, 0.45)
    await site.kill()
    await page.waitForSelector('output:has-text("connection is lost")')
    await startSite(t, site)
    await pastPart(page, 0.7)
    await page.click('[data-pause]')
    await page.waitForSelector('button:has-text("Go on")')
    assert.equal(arrived(site), null)
    await sendAtMost(-1)
    await page.click('[data-pause]')
    await page.waitForSelector('output:has-text("has arrived")')
    assert.deepEqual(arrived(site), content)
    assert.equal(offsets[0], 0)
    assert.ok(offsets.length >= 4, String(offsets))
    for (const [index, offset] of offsets.entries()) if (index > 0) assert.ok(offset > (offsets[index - 1] as number))
    await page.reload()
    assert.match((await page.textContent('[data-arrived]')) ?? '', /Wolken über Köln\.bin 24\.0 MB/)
    assert.deepEqual([elsewhere, problems], [[], []])
    assert.equal(await page.evaluate('localStorage.length'), 0)
  })

  it('says why a file is refused, and does not try again', async t => {
    const browser = await openBrowser(t)
    if (browser === null) return
    const app = createSite()
    await app.migrate()
    const { url, close } = await serve(app, { port: 0, host: '127.0.0.1', signals: false })
    const page = await newPage(t, browser)
    t.after(close)
    let requests = 0
    await page.route('**/upload/', route => {
      requests += 1
      const body = JSON.stringify({
        status: 413,
        title: 'Content Too Large',
        code: 'tus/too-large',
        detail: 'Too large.',
      })
      return route.fulfill({ status: 413, contentType: 'application/problem+json', body })
    })
    await page.goto(url)
    await page.setInputFiles('#file', { name: '<b>x.bin', mimeType: 'text/plain', buffer: Buffer.from('x') })
    await page.waitForSelector('output:has-text("was refused. Too large.")')
    assert.equal(requests, 1)
    assert.match((await page.textContent('output')) ?? '', /<b>x\.bin/)
  })
})
