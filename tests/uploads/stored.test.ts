/** `request.validate(schema, { files: { …: { storage } } })`: from the socket into a storage. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { App } from 'nuages'
import { createDiskStorage, type Storage, type StorageSource } from 'nuages/files'
import { HttpResponse, temporaryFilePrefix } from 'nuages/http'
import { z } from 'zod'
import { temporaryFolder } from '../real-parts.ts'
import { withSmallDisk } from '../small-disk.ts'
import { formOf, listen, openApp, send, startUpload, type TestView } from './open-app.ts'

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(5000, 1)])
const Profile = z.strictObject({ title: z.string().min(3) })

interface Part {
  readonly field: string
  readonly content: Uint8Array
  readonly filename?: string
}

function form(parts: readonly Part[], title: string = 'Wolken'): FormData {
  const made = new FormData()
  for (const { field, content, filename = 'x.png' } of parts)
    made.append(field, new File([new Uint8Array(content)], filename, { type: 'image/png' }))
  made.set('title', title)
  return made
}

/** Every file below a folder, also those that the storage does not list. */
function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => entry.name)
}

interface Site {
  readonly app: App
  readonly root: string
  readonly storage: Storage
  /** What it wrote to disk apart from the storage. */
  readonly temporary: () => Promise<readonly string[]>
  readonly post: (form: FormData) => Promise<{ readonly status: number; readonly body: unknown }>
}

async function open(t: TestContext, view: (storage: Storage) => TestView): Promise<Site> {
  const root = temporaryFolder(t)
  const storage = createDiskStorage({ root, clock: () => 1_763_726_400_000 })
  const opened = await openApp(t, view(storage), {
    settings: { TIME_ZONE: 'Europe/Zurich' },
    clock: () => Date.parse('2026-06-30T23:30:00Z'),
  })
  return {
    app: opened.app,
    root,
    storage,
    temporary: () => readdir(opened.folder),
    post: async body => {
      const response = await send(opened.app, body)
      return { status: response.status, body: await response.json() }
    },
  }
}

const profile =
  (isLate: boolean) =>
  (storage: Storage): TestView =>
  async request => {
    if (isLate) await request.POST
    const { title, headimg, extra, note } = await request.validate(Profile, {
      files: {
        headimg: {
          maxBytes: 6000,
          accept: ['image/png', 'image/jpeg'],
          required: true,
          storage,
          uploadTo: 'avatars/%Y/%m/%d/',
        },
        extra: { multiple: true, storage, uploadTo: ({ filename }) => `extra/${filename}` },
        note: {},
      },
    })
    const { name, size, type, filename } = headimg
    assert.equal(headimg.storage, storage)
    return new HttpResponse(
      JSON.stringify([title, { name, size, type, filename }, extra.map(file => file.name), note?.size]),
    )
  }

describe('validate with a storage', () => {
  for (const isLate of [false, true])
    it(`puts files where they belong, under good names${isLate ? ', also when the form was read before' : ''}`, async t => {
      const { post, storage } = await open(t, profile(isLate))
      const { body } = await post(
        form([
          { field: 'headimg', content: png, filename: '../../me & you.html' },
          { field: 'extra', content: Buffer.from('a'), filename: 'a.txt' },
          { field: 'extra', content: Buffer.from('b'), filename: 'a.txt' },
          { field: 'note', content: Buffer.from('note') },
          { field: 'other', content: Buffer.alloc(100_000) },
        ]),
      )
      const headimg = {
        name: 'avatars/2026/07/01/me__you.png',
        size: png.length,
        type: 'image/png',
        filename: 'me & you.html',
      }
      assert.deepEqual(body, ['Wolken', headimg, ['extra/a.txt', 'extra/a_1763726400000.txt'], 4])
      const names = []
      for await (const { name } of storage.list('')) names.push(name)
      assert.deepEqual(names, [headimg.name, 'extra/a.txt', 'extra/a_1763726400000.txt'])
      const chunks = []
      for await (const chunk of (await storage.open(headimg.name)).chunks()) chunks.push(chunk)
      assert.deepEqual(Buffer.concat(chunks), png)
    })

  it('takes what a refused form has stored out again', async t => {
    for (const isLate of [false, true]) {
      const { post, root, temporary } = await open(t, profile(isLate))
      const refused = async (parts: readonly Part[], status: number, title?: string): Promise<void> => {
        const answer = await post(form(parts, title))
        assert.equal(answer.status, status)
        assert.deepEqual(filesBelow(root), [])
        assert.deepEqual(await temporary(), [])
      }
      const good: Part = { field: 'headimg', content: png }
      const extra: Part = { field: 'extra', content: Buffer.alloc(100_000) }
      await refused([good, extra], 422, 'no')
      await refused([extra], 422)
      await refused([good, good], 422)
      await refused([extra, { field: 'headimg', content: Buffer.alloc(3000) }], 415)
      await refused([extra, { field: 'headimg', content: Buffer.concat([png, Buffer.alloc(2000)]) }], 413)
      await refused(
        [good, { field: 'extra', content: Buffer.alloc(10), filename: 'a\\..\\' }, { ...extra, filename: '$' }],
        400,
      )
      const answer = await post(form([good]))
      assert.equal(answer.status, 200)
      assert.equal(filesBelow(root).length, 1)
    }
  })

  it('answers a refusal as such when files cannot be taken out again, and writes them to the log', async t => {
    const root = temporaryFolder(t)
    const storage = createDiskStorage({ root })
    t.mock.method(storage, 'delete', () => Promise.reject(new Error('the disk is read-only')))
    const log: string[] = []
    const warn = ({ err }: { readonly err?: Error }): void => void log.push(err?.message ?? '')
    const { app } = await openApp(t, profile(false)(storage), {
      logger: { info() {}, error() {}, warn },
      uploadHandlers: () => [{ uploadInterrupted: () => Promise.reject(new Error('a handler fails')) }],
    })
    const good: Part = { field: 'headimg', content: png }
    const extra: Part = { field: 'extra', content: png, filename: 'a.txt' }
    const left = 'The file extra/a.txt of a form that was refused is still in its storage.'
    assert.equal((await send(app, form([extra, good], 'no'))).status, 422)
    assert.equal(log.length, 2)
    assert.ok(log.includes(left))
    log.length = 0
    assert.equal((await send(app, form([{ ...good, content: Buffer.alloc(3000) }]))).status, 415)
    assert.deepEqual(log, ['a handler fails'])
  })

  it('gives a name to files whose own is no name, and hides none', async t => {
    const { post } = await open(t, storage => async request => {
      const { file } = await request.validate(z.object({}), { files: { file: { multiple: true, storage } } })
      return new HttpResponse(JSON.stringify(file.map(({ name }) => name)))
    })
    const filenames = ['🎉.png', '.htaccess', '$$$', '.nuages-partial', 'a'.repeat(300), 'con\u202egnp.exe']
    const { body } = await post(form(filenames.map(filename => ({ field: 'file', content: png, filename }))))
    assert.deepEqual(body, ['file.png', 'file.htaccess', 'file', 'file.nuages-partial', 'a'.repeat(255), 'congnp.exe'])
  })

  it('streams: no temporary file, and no more of it in memory than is on its way', async t => {
    let largest = 0
    let given = 0
    const counting = (storage: Storage): Storage => ({
      ...storage,
      save: (name: string, source: StorageSource) =>
        storage.save(
          name,
          (async function* () {
            for await (const chunk of source as AsyncIterable<Uint8Array>) {
              given += chunk.byteLength
              largest = Math.max(largest, chunk.byteLength)
              yield chunk
            }
          })(),
        ),
    })
    const { app, temporary, storage } = await open(t, storage => async request => {
      const { file } = await request.validate(z.object({ title: z.string() }), {
        files: { file: { storage: counting(storage), required: true } },
      })
      assert.deepEqual(await temporary(), [])
      // What FILES has of it is in the storage.
      assert.equal((await request.FILES).get('file')?.size, 20_000_000)
      return new HttpResponse(JSON.stringify({ name: file.name, size: file.size }))
    })
    const address = `http://127.0.0.1:${await listen(t, app)}/upload/`
    const response = await fetch(address, { method: 'POST', body: formOf(20_000_000) })
    assert.deepEqual(await response.json(), { name: '0.bin', size: 20_000_000 })
    assert.equal(given, 20_000_000)
    assert.ok(largest <= 1_000_000, `a chunk of ${largest} bytes`)
    assert.equal(await storage.size('0.bin'), 20_000_000)
  })

  it('stops and leaves nothing when the client goes away, or the storage fails', async t => {
    const root = temporaryFolder(t)
    const storage = createDiskStorage({ root })
    let isWriting = false
    const { app, openFiles, leftFiles } = await openApp(t, async request => {
      isWriting = true
      await request.validate(z.object({}), { files: { file: { storage } } })
      return new HttpResponse('ok')
    })
    const port = await listen(t, app)
    const socket = startUpload(port, 10_000_000)
    socket.write(Buffer.alloc(300_000, 1))
    while (!isWriting || filesBelow(root).length === 0) await wait(5)
    socket.destroy()
    await once(socket, 'close')
    for (let waited = 0; waited < 2000 && filesBelow(root).length > 0; waited += 20) await wait(20)
    assert.deepEqual(filesBelow(root), [])
    assert.deepEqual(await leftFiles(), [])
    assert.deepEqual(openFiles(), [])
    const failing = {
      ...storage,
      save: async (): Promise<string> => {
        await wait(10)
        throw new Error('the storage is broken')
      },
    } as unknown as Storage
    const broken = await openApp(t, async request => {
      await request.validate(z.object({}), { files: { file: { storage: failing } } })
      return new HttpResponse('ok')
    })
    assert.equal((await send(broken.app, formOf(3_000_000))).status, 500)
    assert.deepEqual(await broken.leftFiles(), [])
  })

  it('answers 507 when the disk is full, leaves nothing, and serves others meanwhile', async t => {
    const root = temporaryFolder(t)
    await withSmallDisk(t, root, async () => {
      const storage = createDiskStorage({ root })
      const { app, leftFiles } = await openApp(t, async request => {
        const { file } = await request.validate(z.object({ title: z.string() }), {
          files: { file: { storage, required: true } },
        })
        return new HttpResponse(JSON.stringify({ name: file.name }))
      })
      // While the disk is full, whoever needs none of it is served.
      const other = new Request('http://localhost/nowhere/')
      const answers = await Promise.all([send(app, formOf(3_000_000)), app.fetch(other), send(app, formOf(5_000_000))])
      assert.deepEqual(
        answers.map(({ status }) => status),
        [507, 404, 507],
      )
      assert.deepEqual(filesBelow(root), [])
      assert.deepEqual(await leftFiles(), [])
      assert.equal((await send(app, formOf(200_000))).status, 200)
    })
  })
})

describe('the storage of an app', () => {
  it('is the folder of the settings, swept of what a killed server left when the app starts', async t => {
    const root = temporaryFolder(t)
    const gone = temporaryFilePrefix.replace(/-[0-9]+-$/, '-1-')
    mkdirSync(join(root, '.nuages-partial'))
    for (const prefix of [gone, temporaryFilePrefix])
      writeFileSync(join(root, '.nuages-partial', `${prefix}${'a'.repeat(32)}.tmp`), 'half')
    const { app } = await openApp(t, () => new HttpResponse('ok'), {
      settings: {
        MEDIA_ROOT: root,
        MEDIA_URL: '/files/',
        FILE_UPLOAD_PERMISSIONS: 0o600,
        FILE_UPLOAD_UNIQUE_NAME: 'random',
      },
    })
    for (let waited = 0; waited < 2000 && filesBelow(root).length > 1; waited += 10) await wait(10)
    assert.deepEqual(filesBelow(root), [`${temporaryFilePrefix}${'a'.repeat(32)}.tmp`])
    const name = await app.storage.save('a b.txt', 'a')
    assert.match(await app.storage.save(name, 'b'), /^a_b_[A-Za-z0-9]{7}\.txt$/)
    assert.equal(statSync(join(root, name)).mode & 0o777, 0o600)
    assert.equal(await app.storage.url(name), '/files/a_b.txt')
  })

  it('may be another one, which the app closes', async t => {
    const root = temporaryFolder(t)
    let closed = 0
    const storage = Object.assign(createDiskStorage({ root }), {
      close: async () => {
        closed += 1
      },
    })
    const { app } = await openApp(t, () => new HttpResponse('ok'), { storage })
    assert.equal(app.storage, storage)
    await app.close()
    assert.equal(closed, 1)
  })
})
