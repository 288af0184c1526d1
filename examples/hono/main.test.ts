import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { CookieJar } from 'nuages/testing'

/** Runs the example on a free port, as its reader would; resolves its address. */
function start(t: TestContext): Promise<string> {
  const child = spawn(process.execPath, ['--conditions=nuages-source', join(import.meta.dirname, 'main.ts')], {
    env: { ...process.env, PORT: '0', DATABASE_URL: 'sqlite::memory:' },
  })
  t.after(() => child.kill('SIGKILL'))
  let log = ''
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      log += chunk.toString()
      const url = /"url":"([^"]+)"/.exec(log)?.[1]
      if (url !== undefined) resolve(url)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', code => reject(new Error(`The example ended with ${code}: ${log}`)))
  })
}

it('counts, refuses a form without its token, logs in and out', async t => {
  const url = await start(t)
  const cookies = new CookieJar(Date.now)
  const open = async (path: string, form?: Record<string, string>): Promise<Response> => {
    const headers = { Cookie: cookies.header('/', false) ?? '', Accept: 'text/html' }
    const init = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }
    const response = await fetch(`${url}${path}`, { headers, redirect: 'manual', ...init })
    cookies.store(response.headers.getSetCookie())
    return response
  }
  const tokenOf = async (path: string): Promise<string> =>
    /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(await (await open(path)).text())?.[1] ?? ''
  /** Opens a page, sends its form, and shows where that leads. */
  const submit = async (page: string, action: string, fields: Record<string, string> = {}): Promise<string> => {
    const sent = await open(action, { csrfmiddlewaretoken: await tokenOf(page), ...fields })
    return sent.status === 303 ? (await open(sent.headers.get('location') ?? '')).text() : sent.text()
  }

  assert.match(await (await open('/')).text(), /Hello, stranger.*Counted: 0/s)
  await submit('/', '/count')
  assert.match(await submit('/', '/count'), /Counted: 2/)
  assert.equal((await open('/count', {})).status, 403)

  const refused = await open('/account')
  assert.equal(refused.headers.get('location'), '/login?next=/account')
  const ada = { username: 'ada', next: '/account' }
  assert.match(await submit('/login', '/login', { ...ada, password: 'wrong' }), /Wrong name or password/)
  assert.match(await submit('/login', '/login', { ...ada, password: 'correct horse' }), /You are ada/)
  assert.match(await (await open('/')).text(), /Hello, ada.*Counted: 2/s)
  assert.match(await submit('/', '/logout'), /Hello, stranger.*Counted: 0/s)
  const elsewhere = { ...ada, password: 'correct horse', next: '//evil.example' }
  assert.match(await submit('/login', '/login', elsewhere), /Hello, ada/)
})
