import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { it } from 'node:test'

/** Follows no redirect and keeps cookies, as somebody who clicks. */
class Visitor {
  readonly #url: string
  readonly #cookies = new Map<string, string>()

  constructor(url: string) {
    this.#url = url
  }

  async open(path: string, fields?: Record<string, string>): Promise<{ status: number; text: string }> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const init = fields === undefined ? {} : { method: 'POST', body: new URLSearchParams(fields) }
    const headers = { Accept: 'text/html', Cookie: cookie }
    const response = await fetch(this.#url + path, { redirect: 'manual', headers, ...init })
    for (const text of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? []
      this.#cookies.set(name, value)
    }
    return { status: response.status, text: await response.text() }
  }
}

const tokenOf = (text: string): string => /csrfmiddlewaretoken" value="([^"]+)"/.exec(text)?.[1] ?? ''

it('the example counts visits, refuses forged forms, logs in and out', async t => {
  const main = join(import.meta.dirname, 'main.ts')
  const env = { ...process.env, PORT: '0', DATABASE_URL: 'sqlite::memory:' }
  const server = spawn(process.execPath, ['--conditions=nuages-source', main], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => server.kill())
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  const visitor = new Visitor(String(line).trim())

  assert.match((await visitor.open('/')).text, /Visits: 1/)
  const home = await visitor.open('/')
  assert.match(home.text, /Visits: 2/)

  assert.equal((await visitor.open('/note', { note: 'forged' })).status, 403)
  const note = { csrfmiddlewaretoken: tokenOf(home.text), note: '<b>"milk"</b>' }
  assert.equal((await visitor.open('/note', note)).status, 302)
  assert.match((await visitor.open('/')).text, /value="&#60;b&#62;&#34;milk&#34;&#60;\/b&#62;"/)

  assert.equal((await visitor.open('/account')).status, 302)
  const form = { csrfmiddlewaretoken: tokenOf((await visitor.open('/login')).text), username: 'demo' }
  assert.equal((await visitor.open('/login', { ...form, password: 'wrong' })).status, 401)
  assert.equal((await visitor.open('/login', { ...form, password: 'demo-password' })).status, 302)
  const inside = await visitor.open('/')
  assert.match(inside.text, /Visits: 4.*You are demo\./)
  assert.equal((await visitor.open('/account')).text, '{"username":"demo"}')

  assert.equal((await visitor.open('/logout', { csrfmiddlewaretoken: tokenOf(inside.text) })).status, 302)
  assert.match((await visitor.open('/')).text, /Visits: 1.*Log in/)
})
