import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Agent, get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { emptyFolder, newSite, nuages, start } from '../../tests/cli/site.ts'
import { isOpen } from '../../tests/is-open.ts'

/** Tells which process answers, waits for a file when asked to, dies when asked to. */
const testedApp = `
import { existsSync } from 'node:fs'
import { createApp, HttpResponse, path } from 'nuages'
import { settings } from './settings.ts'
const pid = () => new HttpResponse(String(process.pid))
const slow = async request => {
  console.log('slow began')
  while (!existsSync(request.GET.get('until'))) await new Promise(done => setTimeout(done, 10))
  return pid()
}
const crash = () => { process.kill(process.pid, 'SIGKILL'); return pid() }
export const app = createApp({ settings, urls: [path('', pid), path('slow', slow), path('crash', crash)], logger: null })
`

/** What `serve` asks of a site. Its key is in `.env`. */
const production = { DEBUG: 'false', ALLOWED_HOSTS: '127.0.0.1' }

/** How long an answer may take before the test says that there is none. */
const patienceMs = 60_000

describe('serve', () => {
  const folder = emptyFolder({ after })
  let site = ''
  before(async () => {
    site = await newSite(folder)
    writeFileSync(join(site, 'app.ts'), testedApp)
    writeFileSync(join(site, 'broken.ts'), "throw new RangeError('my own bug')")
  })

  it('serves in one process, and finishes at SIGTERM what runs and what is under way on an open connection', async t => {
    const running = start(site, ['serve', '--port', '0'], { scope: t, env: production })
    const [, url = ''] = await running.waitFor(/^Serving at (http:\/\/127\.0\.0\.1:\d+)\/ \(process \d+\)\.$/m)
    const agent = new Agent({ keepAlive: true })
    const onOneConnection = async (): Promise<string | undefined> => {
      const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage]
      await once(response.resume(), 'end')
      return response.headers.connection
    }
    assert.equal(await onOneConnection(), 'keep-alive')
    const slow = fetch(`${url}/slow?until=closed`)
    await running.waitFor(/slow began/)
    const ended = running.stop('SIGTERM')
    // A connection that meets the very moment of closing is told so a second later.
    while (await isOpen(Number(new URL(url).port))) await wait(10)
    assert.equal(await onOneConnection(), 'close')
    writeFileSync(join(site, 'closed'), '')
    assert.equal(await (await slow).text(), String(running.child.pid))
    assert.equal((await ended).code, 0)
  })

  it('serves with several workers, restarts one that dies, and ends them all at SIGTERM', async t => {
    const running = start(site, ['serve', '--workers', '2', '--port', '0'], { scope: t, env: production })
    const [, url = ''] = await running.waitFor(
      /^Serving at (http:\/\/127\.0\.0\.1:\d+)\/ with 2 workers \(process \d+\)\.$/m,
    )
    const once = { headers: { Connection: 'close' }, signal: AbortSignal.timeout(patienceMs) }
    const answering = async (): Promise<string> => (await fetch(url, once)).text()
    const some = (): Promise<readonly string[]> => Promise.all(Array.from({ length: 8 }, answering))
    const seen = new Set<string>()
    while (seen.size < 2) for (const pid of await some()) seen.add(pid)
    const [frozen = '', other = ''] = seen
    process.kill(Number(frozen), 'SIGSTOP')
    assert.deepEqual(new Set(await some()), new Set([other]), 'a worker that does not answer keeps a connection')
    process.kill(Number(frozen), 'SIGKILL')
    while (seen.size < 3) for (const pid of await some()) seen.add(pid)
    await assert.rejects(fetch(`${url}/crash`, once), TypeError)
    while (seen.size < 4) for (const pid of await some()) seen.add(pid)
    const slow = fetch(`${url}/slow?until=stopping`)
    await running.waitFor(/slow began/)
    const ended = running.stop('SIGTERM')
    writeFileSync(join(site, 'stopping'), '')
    assert.equal((await slow).status, 200)
    const { code, stderr } = await ended
    assert.equal(code, 0)
    assert.match(stderr, /^(Worker \d+ died \(SIGKILL\)\.\n){2}$/)
    for (const pid of seen) assert.throws(() => process.kill(Number(pid), 0), { code: 'ESRCH' })
  })

  it('gives up, and says so, when workers die at their start again and again', async () => {
    const { code, stderr } = await nuages(site, ['serve', '--workers', '2', '--port', '0', '--app', 'broken.ts'])
    assert.equal(code, 1)
    assert.match(stderr, /RangeError: my own bug/)
    assert.match(stderr, /5 workers in a row died at their start\. The reason stands above\.\n/)
  })

  it('prints once, not once for each worker, what is set up wrongly', async () => {
    const env = { SESSION_COOKIE_AGE: 'soon' }
    const { code, stderr } = await nuages(site, ['serve', '--workers', '2', '--port', '0'], { env })
    assert.equal(code, 1)
    assert.match(stderr, /^SESSION_COOKIE_AGE must be [^\n]*\n$/)
  })

  it('refuses a number of workers, and a port, that cannot be', async () => {
    for (const option of ['--workers=0', '--port=70000']) {
      const { code, stderr } = await nuages(site, ['serve', option])
      assert.equal(code, 1)
      assert.match(stderr, /It is a whole number from/)
    }
  })
})
