/** CWE-22: names from outside that lead out of the folder. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type App, createApp, type HttpRequest, HttpResponse, serveMedia } from 'nuages'
import { defineSettings, type SettingsInput } from 'nuages/settings'
import { path } from 'nuages/urls'
import type { ViewFunction } from 'nuages/views'
import { sendTarget } from '../raw-request.ts'
import { temporaryFolder } from '../real-parts.ts'
import { openStore } from '../store/open-store.ts'
import { openTus } from '../tus/open-tus.ts'

const secret = 'what nobody may read'

const ways = [
  '../secret.txt',
  '..%2fsecret.txt',
  '%2e%2e/secret.txt',
  '%2e%2e%2fsecret.txt',
  '%252e%252e%252fsecret.txt',
  '..%5csecret.txt',
  '..\\secret.txt',
  '....//secret.txt',
  './../secret.txt',
  'folder/../../secret.txt',
  'folder/%2e%2e/%2e%2e/secret.txt',
  '/../secret.txt',
  '%2fetc%2fpasswd',
  '/etc/passwd',
  'file:///etc/passwd',
  'a.txt%00/../../secret.txt',
  '%00',
  'a.txt%0a',
  '%c0%ae%c0%ae/secret.txt',
  '%e0%80%ae%e0%80%ae/secret.txt',
  '\u2025/secret.txt',
  '\uff0e\uff0e\uff0fsecret.txt',
  'link.txt',
  'linked/secret.txt',
  'C:%5csecret.txt',
  '%5c%5chost%5cshare',
  '~/secret.txt',
  'folder',
  '.',
  '..',
  '',
]

interface Site {
  readonly app: App
  /** Has `secret.txt`, and the folder of the site beside it. */
  readonly above: string
  readonly root: string
}

async function open(t: TestContext, settings: Partial<SettingsInput> = {}): Promise<Site> {
  const above = temporaryFolder(t)
  const root = join(above, 'media')
  mkdirSync(join(root, 'folder'), { recursive: true })
  writeFileSync(join(above, 'secret.txt'), secret)
  writeFileSync(join(root, 'a.txt'), 'public')
  symlinkSync(join(above, 'secret.txt'), join(root, 'link.txt'))
  symlinkSync(above, join(root, 'linked'))
  const count = async (request: HttpRequest): Promise<HttpResponse> => {
    const session = await request.session
    return new HttpResponse(String(await session.update('count' as string, (seen = 0) => Number(seen) + 1)))
  }
  const app = createApp({
    logger: null,
    settings: defineSettings({
      SECRET_KEY: 'the key of the tests of paths',
      DATABASE_URL: 'sqlite::memory:',
      ALLOWED_HOSTS: ['localhost'],
      MEDIA_ROOT: root,
      ...settings,
    }),
    urls: [path('media/<path:name>', serveMedia), path('count/', count as ViewFunction)],
  })
  t.after(() => app.close())
  await app.migrate()
  return { app, above, root }
}

describe('path traversal', () => {
  it('through the address of a file finds none outside the folder, and no link in it', async t => {
    const { app } = await open(t)
    assert.equal(await (await sendTarget(app, '/media/a.txt')).text(), 'public')
    for (const way of ways) {
      const response = await sendTarget(app, `/media/${Buffer.from(way).toString('latin1')}`)
      const body = await response.text()
      assert.ok([400, 404].includes(response.status), `${response.status} ${way}`)
      assert.doesNotMatch(body, /nobody may read|root:x:|public/, way)
    }
  })

  it('through the address of what belongs to the pages finds none either', async t => {
    const app = await openStore(t)
    for (const way of [...ways, '../store.ts', '..%2fstore.ts', 'style.css%00.txt', 'style.css/../../store.ts']) {
      const response = await sendTarget(app, `/static/${Buffer.from(way).toString('latin1')}`)
      assert.ok([400, 404].includes(response.status), `${response.status} ${way}`)
      assert.doesNotMatch(await response.text(), /import |root:x:/, way)
    }
  })

  it('through a name that is stored, read or deleted is refused, and touches nothing outside', async t => {
    const { app, above, root } = await open(t)
    const before = readdirSync(above).sort()
    const names = ways.map(way => decodeURIComponent(way.replaceAll(/%(?:c0%ae|e0%80%ae)/g, 'x')))
    const more = ['../new.txt', '/tmp/../new.txt', 'folder/../../new.txt', 'linked/new.txt', '..\\new.txt']
    const { storage } = app
    // What is cleaned lands inside; what cannot be is refused.
    for (const name of [...names, ...more])
      for (const step of [
        () => storage.save(name, 'overwritten'),
        () => storage.size(name),
        () => storage.delete(name),
      ])
        await step().then(
          () => {},
          error => assert.match(String(error.code), /^files\//, name),
        )
    assert.deepEqual(readdirSync(above).sort(), before)
    assert.equal(readFileSync(join(above, 'secret.txt'), 'utf8'), secret)
    assert.ok(readdirSync(root).includes('linked'))
  })

  it('through the cookie of a session in a file is an unknown session', async t => {
    const folder = join(temporaryFolder(t), 'sessions')
    mkdirSync(folder)
    const { app } = await open(t, { SESSION_ENGINE: 'file', SESSION_FILE_PATH: folder })
    // A good session, which a neighbour has put where only a path leads.
    const made = await sendTarget(app, '/count/')
    const key = /sessionid=(\w+)/.exec(made.headers.getSetCookie()[0] ?? '')?.[1]
    renameSync(join(folder, `sessionid${key}`), join(folder, '..', 'sessionid12345678'))
    for (const way of [
      '/../../sessionid12345678',
      '/../../sessions/../sessionid12345678',
      '../sessionid12345678',
      '..%2fsessionid12345678',
      '/etc/passwd',
      'abcdefgh/../../x',
      'abcdefgh\\0',
      'ABCDEFGH',
      '.',
      '',
    ]) {
      const response = await sendTarget(app, '/count/', { headers: { Cookie: `sessionid=${way}` } })
      assert.deepEqual([response.status, await response.text()], [200, '1'], way)
      assert.match(response.headers.getSetCookie()[0] ?? '', /^sessionid=[a-z0-9]{32};/)
    }
    assert.ok(readdirSync(folder).every(name => /^sessionid[a-z0-9]{32}$/.test(name) || !name.startsWith('sessionid')))
    assert.deepEqual(readdirSync(join(folder, '..')).sort(), ['sessionid12345678', 'sessions'])
  })

  it('through the id of an upload, or whose it is, is an unknown upload', async t => {
    const { app, create, folder } = await openTus(t)
    const address = await create(10)
    const id = address.replace(/\/$/, '').split('/').at(-1) as string
    const base = new URL(address, 'http://localhost').pathname.slice(0, -(id.length + (address.endsWith('/') ? 1 : 0)))
    const mine = readdirSync(folder, { recursive: true }).length
    for (const way of [...ways, `../${id}`, `..%2f${id}`, `${id}%2f..%2f${id}`, `${id}%00`])
      for (const method of ['HEAD', 'PATCH', 'DELETE']) {
        const headers = {
          'Tus-Resumable': '1.0.0',
          'Upload-Offset': '0',
          'Content-Type': 'application/offset+octet-stream',
        }
        const response = await sendTarget(app, `${base}${Buffer.from(way).toString('latin1')}/`, { method, headers })
        assert.ok([400, 404, 405].includes(response.status), `${response.status} ${method} ${way}`)
      }
    assert.equal(readdirSync(folder, { recursive: true }).length, mine)
  })
})
