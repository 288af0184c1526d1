/**
 * The example of a Django site and a Nuages service behind one nginx, as a visitor sees it.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { CookieJar } from '../../src/testing/index.ts'
import { skipWithout } from '../real-parts.ts'

const start = join(import.meta.dirname, '../../examples/beside-django/start.mjs')
/** Debian's, which has Debian's Django. */
const python = process.env.TEST_PYTHON ?? '/usr/bin/python3'
const firstPassword = 'quiet-rain-on-tin-roofs'

/** A browser from before 2020, which sends no `Origin`: only the token tells whose form it is. */
class Visitor {
  readonly #site: string
  readonly #cookies = new CookieJar(Date.now)

  constructor(site: string) {
    this.#site = site
  }

  /** Follows a redirect as a browser does. */
  async open(path: string, fields?: Readonly<Record<string, string>>): Promise<{ status: number; text: string }> {
    const cookie = this.#cookies.header(path, false)
    const response = await fetch(this.#site + path, {
      redirect: 'manual',
      headers: { Accept: 'text/html', ...(cookie !== null && { Cookie: cookie }) },
      ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
    })
    this.#cookies.store(response.headers.getSetCookie())
    const text = await response.text()
    if (response.status !== 302) return { status: response.status, text }
    return this.open(response.headers.get('location') ?? '/')
  }

  /** Sends a form of `page` to `action`. */
  async send(page: string, action: string, fields: Readonly<Record<string, string>> = {}): Promise<string> {
    const { text } = await this.open(page)
    const token = /csrfmiddlewaretoken" value="([^"]+)"/.exec(text)?.[1] ?? ''
    const { status, text: answer } = await this.open(action, { csrfmiddlewaretoken: token, next: page, ...fields })
    assert.equal(status, 200, answer)
    return answer
  }

  /** What both pages say. */
  async pages(): Promise<readonly string[]> {
    return [(await this.open('/')).text, (await this.open('/nuages/')).text]
  }
}

const django = '/'
const nuages = '/nuages/'

/** Starts the example; `null` when the test was skipped. */
async function startExample(t: TestContext): Promise<{ site: string; stop(): Promise<number | null> } | null> {
  try {
    execFileSync(python, ['-c', 'import django'], { stdio: 'ignore' })
    execFileSync('/usr/sbin/nginx', ['-v'], { stdio: 'ignore' })
  } catch {
    skipWithout(t, 'Django or nginx', 'apt-get install python3-django nginx-light')
    return null
  }
  const { DATABASE_URL: _, SECRET_KEY: __, TEST_DJANGO_PATH: folder = '', ...inherited } = process.env
  const env = { ...inherited, PYTHON: python, PYTHONPATH: folder, PORT: '0' }
  const child = spawn(process.execPath, [start], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close') as Promise<[number | null]>
  const stop = async (): Promise<number | null> => {
    child.kill('SIGTERM')
    return (await closed)[0]
  }
  t.after(stop)
  for await (const line of createInterface(child.stdout)) {
    const site = /^Open (http:\S+)\/ /.exec(line)?.[1]
    if (site !== undefined) return { site, stop }
  }
  throw new Error('The example did not start.')
}

test('one login, one session, one password for a Django site and a Nuages service', { timeout: 90_000 }, async t => {
  const example = await startExample(t)
  if (example === null) return
  const { site, stop } = example
  const ada = new Visitor(site)
  const phone = new Visitor(site)
  for (const text of await ada.pages()) assert.match(text, /Nobody is logged in/)
  assert.match(await ada.send(nuages, '/login/', { username: 'ada', password: 'wrong' }), /role="alert">The name or/)

  await t.test('a login at Django counts at both, and both count in one session', async () => {
    assert.match(await ada.send(django, '/login/', { username: 'ada', password: firstPassword }), /as <strong>ada</)
    for (const [page, action] of [
      [django, '/count/'],
      [django, '/nuages/count/'],
      [nuages, '/count/'],
      [nuages, '/nuages/count/'],
    ] as const)
      await ada.send(page, action)
    for (const text of await ada.pages()) {
      assert.match(text, /as <strong>ada</)
      assert.match(text, /<output>4<.*2 by Django.*2 by Nuages/s)
    }
  })

  await t.test('a form without the token of the other is refused by each', async () => {
    for (const action of ['/count/', '/nuages/count/']) {
      assert.equal((await ada.open(action, { csrfmiddlewaretoken: 'a'.repeat(64) })).status, 403)
      assert.equal((await ada.open(action, {})).status, 403)
    }
  })

  await t.test('a password changed at one ends the other devices at both', async () => {
    let old = firstPassword
    for (const [at, other] of [
      ['', '/nuages'],
      ['/nuages', ''],
    ] as const) {
      await phone.send(nuages, `${other}/login/`, { username: 'ada', password: old })
      for (const text of await phone.pages()) assert.match(text, /as <strong>ada</)
      assert.match(await ada.send(django, `${at}/password/`, { old: 'wrong', new: 'long-enough' }), /role="alert"/)
      const password = `another-${old}`
      await ada.send(other === '' ? django : nuages, `${at}/password/`, { old, new: password })
      for (const text of await phone.pages()) assert.match(text, /Nobody is logged in/)
      for (const text of await ada.pages()) assert.match(text, /as <strong>ada<.*<output>4</s)
      old = password
    }
    assert.match(await phone.send(django, '/nuages/login/', { username: 'ada', password: old }), /as <strong>ada</)
  })

  await t.test('a logout at one is a logout at the other', async () => {
    await ada.send(django, '/nuages/logout/')
    for (const text of await ada.pages()) assert.match(text, /Nobody is logged in/)
    for (const text of await phone.pages()) assert.match(text, /as <strong>ada</)
    await phone.send(nuages, '/logout/')
    for (const text of await phone.pages()) assert.match(text, /Nobody is logged in/)
  })

  assert.equal(await stop(), 0)
  await assert.rejects(fetch(site))
})
