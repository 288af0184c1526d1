/** The picture of a visitor: page and API. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { KyselyPlugin } from 'kysely'
import type { App } from 'nuages'
import { DatabaseUnavailable } from 'nuages/db'
import { StorageUnavailable } from 'nuages/files'
import type { Settings } from 'nuages/settings'
import { Client } from 'nuages/testing'
import sharp from 'sharp'
import { blackPng, corners, drawImage } from '../images.ts'
import { temporaryFolder, withDatabases } from '../real-parts.ts'
import { openStore } from './open-store.ts'

const password = 'quiet-rain-on-tin-roofs'

interface Opened {
  readonly app: App
  readonly ada: Client
  readonly id: number
  /** The files in the storage. */
  readonly files: () => readonly string[]
  readonly folder: string
}

async function openWithAda(t: TestContext, settings: Partial<Settings> = {}): Promise<Opened> {
  const folder = temporaryFolder(t)
  const app = await openStore(t, { MEDIA_ROOT: folder, ...settings })
  const { id } = await app.users.createUser({ username: 'ada', password })
  const ada = new Client(app)
  await ada.login({ username: 'ada', password })
  const files = (): readonly string[] =>
    globSync('**/*', { cwd: folder, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
  return { app, ada, id, files, folder }
}

function formWith(bytes: Uint8Array | null, name = 'me.png', type = 'image/png'): FormData {
  const form = new FormData()
  if (bytes !== null) form.set('headimg', new File([new Uint8Array(bytes)], name, { type }))
  return form
}

interface Answer {
  readonly status: number
  readonly code: unknown
  readonly errors: Readonly<Record<string, readonly string[]>>
  readonly data: { readonly url: string; readonly name: string; readonly size: number }
}

async function put(client: Client, id: number, body: FormData | string): Promise<Answer> {
  const headers = typeof body === 'string' ? { headers: { 'Content-Type': 'application/json' } } : {}
  const response = await client.put(`/api/backend/user/${id}/avatar/`, { body, ...headers })
  return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) }
}

/** The status of a picture, which is read to its end. */
async function statusOf(client: Client, address: string): Promise<number> {
  const response = await client.get(address)
  await response.arrayBuffer()
  return response.status
}

describe('the picture of a visitor, by the API', () => {
  it('is taken in each format, made anew, and served', async t => {
    const { ada, id, files } = await openWithAda(t)
    for (const format of ['png', 'jpeg', 'webp', 'gif'] as const) {
      const { status, data } = await put(ada, id, formWith(await drawImage(format), 'x.html', 'text/html'))
      assert.equal(status, 200)
      assert.deepEqual(Object.keys(data).sort(), ['name', 'size', 'url'])
      const picture = await ada.get(data.url)
      assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/webp'])
      assert.equal(picture.headers.get('x-content-type-options'), 'nosniff')
      const bytes = Buffer.from(await picture.arrayBuffer())
      assert.equal(bytes.length, data.size)
      const { width, height } = await sharp(bytes).metadata()
      assert.deepEqual([width, height], [256, 256])
      assert.equal(files().length, 1)
    }
  })

  it('replaces the one before, which is gone', async t => {
    const { ada, id, files } = await openWithAda(t)
    const first = await put(ada, id, formWith(await drawImage('png')))
    const second = await put(ada, id, formWith(await drawImage('jpeg')))
    assert.notEqual(first.data.url, second.data.url)
    assert.equal(await statusOf(ada, first.data.url), 404)
    assert.equal(await statusOf(ada, second.data.url), 200)
    assert.equal(files().length, 1)
  })

  it('stays when the new one is refused: 413, 415, 422, with the errors by field', async t => {
    const { ada, id, files } = await openWithAda(t)
    const { data } = await put(ada, id, formWith(await drawImage('png')))
    const [file = ''] = files()
    const before = readFileSync(file)
    const large = Buffer.concat([await drawImage('png'), Buffer.alloc(5_242_880)])
    const page = Buffer.from('<script>alert(1)</script>')
    const refused: readonly [number, FormData | string][] = [
      [413, formWith(large)],
      [415, formWith(page)],
      [415, formWith(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'me.svg', 'image/svg+xml')],
      [415, formWith(await corners(9, 9).avif().toBuffer())],
      [422, formWith((await drawImage('png')).subarray(0, 150))],
      [422, formWith(blackPng(50_000, 50_000))],
      [422, formWith(null)],
      [422, formWith(Buffer.alloc(0), '')],
      [422, '{}'],
    ]
    for (const [status, body] of refused) {
      const answer = await put(ada, id, body)
      assert.equal(answer.status, status)
      assert.ok((answer.errors.headimg ?? []).length > 0)
    }
    assert.deepEqual(files(), [file])
    assert.deepEqual(readFileSync(file), before)
    assert.equal(await statusOf(ada, data.url), 200)
  })

  it('is one’s own, or a matter of staff', async t => {
    const { app, ada, id } = await openWithAda(t)
    const { id: bobId } = await app.users.createUser({ username: 'bob', password })
    const { id: bossId } = await app.users.createUser({ username: 'boss', password, isStaff: true, isSuperuser: true })
    await app.users.createUser({ username: 'clerk', password, isStaff: true })
    const picture = formWith(await drawImage('png'))
    assert.equal((await put(new Client(app), id, picture)).status, 401)
    assert.equal((await put(ada, bobId, picture)).status, 403)
    assert.equal((await put(ada, 999, picture)).status, 403)
    const clerk = new Client(app)
    await clerk.login({ username: 'clerk', password })
    assert.equal((await put(clerk, bobId, picture)).status, 200)
    assert.equal((await put(clerk, 999, picture)).status, 404)
    assert.equal((await put(clerk, bossId, picture)).status, 403)
    const address = `/api/backend/user/${id}/avatar/`
    const foreign = await ada.put(address, { body: picture, headers: { 'Sec-Fetch-Site': 'cross-site' } })
    assert.equal(foreign.status, 403)
    assert.equal((await ada.get(address)).status, 405)
  })

  it('goes with its account', async t => {
    const { ada, id, files } = await openWithAda(t)
    await put(ada, id, formWith(await drawImage('png')))
    assert.equal((await ada.delete(`/api/backend/user/${id}/`)).status, 200)
    assert.deepEqual(files(), [])
  })

  it('keeps its account while it cannot be removed', async t => {
    const { ada, id, files, app } = await openWithAda(t)
    await put(ada, id, formWith(await drawImage('png')))
    t.mock.method(app.storage, 'delete', () => Promise.reject(new StorageUnavailable('the disk is away')), { times: 1 })
    assert.equal((await ada.delete(`/api/backend/user/${id}/`)).status, 503)
    assert.equal((await ada.delete(`/api/backend/user/${id}/`)).status, 200)
    assert.deepEqual(files(), [])
  })
})

describe('the picture of a visitor, by the page', () => {
  it('is sent as a form, and shown on every page', async t => {
    const { ada, files } = await openWithAda(t)
    assert.match(await (await ada.get('/user/')).text(), /<span class="face"[^>]*>A<\/span>/)
    const response = await ada.post('/user/avatar/', { body: formWith(await drawImage('gif')) })
    assert.deepEqual([response.status, response.headers.get('location')], [302, '/user/'])
    const page = await (await ada.get('/user/')).text()
    assert.match(page, /Your picture is changed\./)
    const [, address = ''] = /<img class="face" data-face src="([^"]+)"/.exec(page) ?? []
    assert.equal(await statusOf(ada, address), 200)
    assert.ok((await (await ada.get('/')).text()).includes(address))
    assert.equal(files().length, 1)
  })

  it('is refused with the page, and a word at the field', async t => {
    const { ada, files } = await openWithAda(t)
    const refused: readonly [number, FormData, RegExp][] = [
      [413, formWith(Buffer.alloc(6_000_000)), /larger than/],
      [422, formWith(Buffer.from('plain text')), /Choose a PNG/],
      [422, formWith((await drawImage('webp')).subarray(0, 100)), /broken/],
      [422, formWith(null), /Choose a file/],
    ]
    for (const [status, body, words] of refused) {
      const response = await ada.post('/user/avatar/', { body })
      assert.equal(response.status, status)
      const page = await response.text()
      assert.match(page, /id="headimg-error"/)
      assert.match(page, words)
      assert.match(page, /Change password/)
    }
    assert.deepEqual(files(), [])
  })

  it('asks a stranger to log in', async t => {
    const { app } = await openWithAda(t)
    const body = formWith(await drawImage('png'))
    const response = await new Client(app).post('/user/avatar/', { body, headers: { Accept: 'text/html' } })
    assert.match(response.headers.get('location') ?? '', /^\/user\/login\//)
  })

  it('needs the token of a browser that says nothing of itself, which may stand in the form', async t => {
    const { app, ada } = await openWithAda(t)
    const old = new Client(app, { headers: {} })
    old.cookies.set('sessionid', ada.cookies.get('sessionid') as string)
    const page = await (await old.get('/user/')).text()
    const [, token = ''] = /csrfmiddlewaretoken" value="([^"]+)"/.exec(page) ?? []
    const form = formWith(await drawImage('png'))
    assert.equal((await old.post('/user/avatar/', { body: form })).status, 403)
    form.set('csrfmiddlewaretoken', token)
    assert.equal((await old.post('/user/avatar/', { body: form })).status, 302)
    const late = formWith(Buffer.alloc(6_000_000))
    late.set('csrfmiddlewaretoken', token)
    assert.equal((await old.post('/user/avatar/', { body: late })).status, 413)
  })
})

withDatabases('the picture of a visitor', it => {
  it('is one, however many come at once, and none is left over', async ({ t, url }) => {
    const { ada, id, files, app } = await openWithAda(t, { DATABASE_URL: url })
    const picture = await drawImage('png')
    const answers = await Promise.all(Array.from({ length: 12 }, () => put(ada, id, formWith(picture))))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.equal(files().length, 1)
    const rows = await app.db.selectFrom('store_avatar').selectAll().execute()
    assert.equal(rows.length, 1)
    assert.ok(files()[0]?.endsWith(rows[0]?.name ?? 'nothing'))
    await app.close()
  })

  it('does not outlive an account that is deleted while it is on its way', async ({ t, url }) => {
    const { ada, id, files, app } = await openWithAda(t, { DATABASE_URL: url })
    const picture = await drawImage('png')
    await put(ada, id, formWith(picture))
    const save = app.storage.save.bind(app.storage)
    t.mock.method(app.storage, 'save', async (...given: Parameters<typeof save>) => {
      assert.equal((await ada.delete(`/api/backend/user/${id}/`)).status, 200)
      return save(...given)
    })
    assert.equal((await put(ada, id, formWith(picture))).status, 404)
    assert.deepEqual(files(), [])
    assert.deepEqual(await rowsOf(app), [])
    await app.close()
  })

  it('is the new one when the answer to its writing is lost', async ({ t, url }) => {
    const { ada, id, files, app } = await openWithAda(t, { DATABASE_URL: url })
    for (const format of ['png', 'jpeg'] as const) {
      loseAnswers(t, app, ['InsertQueryNode', 'UpdateQueryNode'])
      assert.equal((await put(ada, id, formWith(await drawImage(format)))).status, 200)
      t.mock.restoreAll()
      await namesItsFile(app, files())
    }
    await app.close()
  })

  it('keeps a file that the row may name while the database cannot be asked', async ({ t, url }) => {
    const { ada, id, files, app } = await openWithAda(t, { DATABASE_URL: url })
    loseAnswers(t, app, ['InsertQueryNode'], 'and all after it')
    assert.equal((await put(ada, id, formWith(await drawImage('png')))).status, 503)
    t.mock.restoreAll()
    await namesItsFile(app, files())
    await app.close()
  })

  it('stays the old one, and the new file goes, when nothing was written', async ({ t, url }) => {
    const { ada, id, files, app } = await openWithAda(t, { DATABASE_URL: url })
    await put(ada, id, formWith(await drawImage('png')))
    const before = files()
    t.mock.method(app.database.kysely, 'updateTable', () => {
      throw new DatabaseUnavailable('read-only', 'the disk is read-only')
    })
    assert.equal((await put(ada, id, formWith(await drawImage('jpeg')))).status, 503)
    assert.deepEqual(files(), before)
    await namesItsFile(app, before)
    await app.close()
  })
})

function rowsOf(app: App): Promise<{ readonly name: string }[]> {
  return app.db.selectFrom('store_avatar').select('name').execute()
}

/** One file, which the one row names. */
async function namesItsFile(app: App, files: readonly string[]): Promise<void> {
  const [row, ...others] = await rowsOf(app)
  assert.deepEqual([files.length, others.length], [1, 0])
  assert.ok(files[0]?.endsWith(row?.name ?? 'nothing'))
}

/** The database does what it is told, and its connection is gone before it can say so: for statements of these kinds. */
function loseAnswers(
  t: TestContext,
  app: App,
  kinds: readonly string[],
  how: 'once' | 'and all after it' = 'once',
): void {
  const lost = new WeakSet<object>()
  let isLosing = true
  let isAway = false
  const plugin: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      if (isAway || (isLosing && kinds.includes(node.kind))) lost.add(queryId)
      return node
    },
    async transformResult({ result, queryId }) {
      if (!lost.has(queryId)) return result
      isLosing = false
      isAway = how !== 'once'
      throw new DatabaseUnavailable('unreachable', 'the connection is gone')
    },
  }
  t.mock.getter(app, 'db', () => app.database.kysely.withPlugin(plugin))
}
