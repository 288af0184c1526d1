/**
 * The first minute with the package: installed from its tarball in an empty folder, `npx nuages startproject`,
 * `npm start`, and a visitor who registers, logs out and logs in.
 */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { emptyFolder, Running, repository } from '../cli/site.ts'

const execute = promisify(execFile)
const password = 'quiet-rain-on-tin-roofs'

/** What a user's shell has: this Node, none of the variables of the npm run around this test. */
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_TEST/i.test(name))),
  PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  npm_config_prefer_offline: 'true',
}

async function run(cwd: string, program: string, ...args: readonly string[]): Promise<string> {
  try {
    return (await execute(program, args, { cwd, env })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error })
  }
}

/** The tarball, built beside the repository's own `dist`, which other tests may be building. */
async function pack(folder: string): Promise<string> {
  const copy = join(folder, 'package')
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'tools', 'src', 'templates'])
    cpSync(join(repository, name), join(copy, name), { recursive: true })
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'))
  await run(copy, 'npm', 'run', 'build')
  const listing = await run(copy, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder)
  return join(folder, (JSON.parse(listing) as [{ filename: string }])[0].filename)
}

/** A visitor without a browser: keeps cookies, and fills in the hidden field of a page's form. */
class Visitor {
  readonly #origin: string
  readonly #cookies = new Map<string, string>()

  constructor(origin: string) {
    this.#origin = origin
  }

  async get(path: string): Promise<string> {
    return (await this.#send(path, {})).text()
  }

  /** Posts a form from the page that shows it; the path it is sent on to. */
  async post(page: string, path: string, fields: Readonly<Record<string, string>>): Promise<string | null> {
    const token = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(await this.get(page))?.[1] ?? 'none'
    const body = new URLSearchParams({ csrfmiddlewaretoken: token, ...fields })
    return (await this.#send(path, { method: 'POST', body })).headers.get('location')
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = cookie === '' ? {} : { Cookie: cookie }
    const response = await fetch(this.#origin + path, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      this.#cookies.set(name, value)
    }
    return response
  }
}

describe('a new site from the installed package', () => {
  const folder = emptyFolder({ after })
  const site = join(folder, 'home/site')
  before(async () => {
    const tarball = await pack(folder)
    mkdirSync(dirname(site))
    await run(dirname(site), 'npm', 'install', '--no-audit', '--no-fund', tarball)
    await run(dirname(site), 'npx', 'nuages', 'startproject', 'site', '--nuages', `file:${tarball}`)
  })

  it('passes its own tests, and its own check once it is migrated', async () => {
    assert.match(await run(site, 'npm', 'test'), /pass 4/)
    await run(site, 'npm', 'run', 'migrate')
    assert.match(await run(site, 'npm', 'run', 'check'), /All is well\./)
  })

  it('runs with npm start: a visitor registers, logs out and logs in, and Ctrl-C ends it', async t => {
    const child = spawn('npm', ['start', '--', '--port', '0'], { cwd: site, env, stdio: 'pipe', detached: true })
    const running = new Running(child, t, { whole: true })
    const [, origin = ''] = await running.waitFor(/The site is at (http:\/\/127\.0\.0\.1:\d+)\//)
    const visitor = new Visitor(origin)
    assert.match(await visitor.get('/'), /You are not logged in/)
    assert.equal(await visitor.post('/register/', '/register/', { username: 'ada', password, again: password }), '/')
    assert.match(await visitor.get('/'), /logged in as <strong>ada<\/strong>/)
    assert.equal(await visitor.post('/', '/logout/', {}), '/')
    assert.match(await visitor.get('/'), /You are not logged in/)
    assert.equal(await visitor.post('/login/', '/login/', { username: 'ada', password: 'wrong' }), null)
    assert.equal(
      await visitor.post('/login/', '/login/', { username: 'ada', password, next: '/?welcome' }),
      '/?welcome',
    )
    assert.match(await visitor.get('/'), /logged in as <strong>ada<\/strong>/)
    assert.match(await visitor.get('/style.css'), /--accent/)
    assert.doesNotMatch((await running.stop('SIGINT')).stderr, /Error|at .*\.js/)
    await assert.rejects(fetch(origin))
  })
})
