/** The example of resumable uploads in a real browser: a reload, a lost network, a pause, a refusal. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { skipWithout, temporaryFolder } from '../real-parts.ts'

const executablePath = '/usr/bin/chromium'
const program = fileURLToPath(new URL('../../examples/resumable/main.ts', import.meta.url))
const megabyte = 1_000_000

interface Site {
  readonly url: string
  readonly folder: string
}

async function startSite(t: TestContext): Promise<Site> {
  const folder = temporaryFolder(t)
  const server: ChildProcess = spawn(process.execPath, ['--conditions=nuages-source', program], {
    env: { ...process.env, PORT: '0', UPLOAD_FOLDER: join(folder, 'uploading'), MEDIA_ROOT: join(folder, 'arrived') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => server.kill('SIGKILL'))
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    server.on('exit', () => reject(new Error(`The example has ended:\n${output}`)))
    server.stdout?.on('data', text => {
      output += text
      const found = /"url":"([^"]+)"/.exec(output)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  return { url, folder }
}

async function openBrowser(t: TestContext): Promise<Browser | null> {
  if (!existsSync(executablePath)) {
    skipWithout(t, 'Chromium', 'apt-get install chromium')
    return null
  }
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
  const browser = await chromium.launch({
    executablePath,
    args: [...args, '--disable-component-update', '--disable-sync'],
  })
  t.after(() => browser.close())
  return browser
}

/** Sends no faster than this, in bytes a second; -1 is no limit. */
async function limitUpload(page: Page, uploadThroughput: number): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  const open = { offline: false, latency: 0, downloadThroughput: -1 }
  await session.send('Network.emulateNetworkConditions', { ...open, uploadThroughput })
}

function arrived({ folder }: Site): Buffer | null {
  const [file] = globSync('arrived/uploads/*', { cwd: folder })
  return file === undefined ? null : readFileSync(join(folder, file))
}

const isPast = (part: number) => `document.querySelector('progress').value > ${part}`

describe('the example of resumable uploads', () => {
  it('goes on after a reload, after a lost network and after a pause, and asks nobody but its own host', async t => {
    const browser = await openBrowser(t)
    if (browser === null) return
    const site = await startSite(t)
    const content = randomBytes(24 * megabyte)
    const file = join(site.folder, 'Wolken über Köln.bin')
    writeFileSync(file, content)
    const context = await browser.newContext()
    const page = await context.newPage()
    const offsets: number[] = []
    const elsewhere: string[] = []
    const problems: string[] = []
    page.on('request', request => {
      if (!request.url().startsWith(site.url)) elsewhere.push(request.url())
      if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']))
    })
    page.on('pageerror', error => problems.push(error.message))
    await page.goto(site.url)
    await limitUpload(page, 4 * megabyte)
    await page.setInputFiles('#file', file)
    await page.waitForFunction(isPast(0.2))
    await page.reload()
    await page.waitForSelector('output:has-text("Choose it again to go on")')
    assert.match((await page.textContent('output')) ?? '', /Wolken über Köln\.bin stands at [1-9]\d* %/)
    await limitUpload(page, 4 * megabyte)
    await page.setInputFiles('#file', file)
    await page.waitForFunction(isPast(0.45))
    await context.setOffline(true)
    await page.waitForSelector('output:has-text("connection is lost")')
    await context.setOffline(false)
    await limitUpload(page, 4 * megabyte)
    await page.waitForFunction(isPast(0.7))
    await page.click('[data-pause]')
    await page.waitForSelector('button:has-text("Go on")')
    assert.equal(arrived(site), null)
    await limitUpload(page, -1)
    await page.click('[data-pause]')
    await page.waitForSelector('output:has-text("has arrived")')
    assert.deepEqual(arrived(site), content)
    assert.equal(offsets[0], 0)
    assert.ok(offsets.length >= 4, String(offsets))
    for (const [index, offset] of offsets.entries()) if (index > 0) assert.ok(offset > (offsets[index - 1] as number))
    await page.reload()
    assert.match((await page.textContent('[data-arrived]')) ?? '', /Wolken über Köln\.bin 24\.0 MB/)
    assert.deepEqual([elsewhere, problems], [[], []])
    assert.equal(await page.evaluate(() => localStorage.length), 0)
  })

  it('says why a file is refused, and does not try again', async t => {
    const browser = await openBrowser(t)
    if (browser === null) return
    const site = await startSite(t)
    const page = await browser.newPage()
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
    await page.goto(site.url)
    await page.setInputFiles('#file', { name: '<b>x</b>.bin', mimeType: 'text/plain', buffer: Buffer.from('x') })
    await page.waitForSelector('output:has-text("was refused. Too large.")')
    assert.equal(requests, 1)
    assert.match((await page.textContent('output')) ?? '', /<b>x<\/b>\.bin/)
  })
})
