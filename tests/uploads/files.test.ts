/** `request.FILES`: where uploaded files are, and that they are gone afterwards, whatever happens. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { HttpResponse, type UploadedFile } from 'nuages/http'
import type { SettingsInput } from 'nuages/settings'
import { temporaryFolder } from '../real-parts.ts'
import { withSmallDisk } from '../small-disk.ts'
import { formOf, listen, openApp, openFilesIn, send, startUpload } from './open-app.ts'

const large = 3_000_000

describe('an uploaded file', () => {
  it('is in memory when small, else in a temporary file that only its owner reads, until the answer', async t => {
    const opened = await openApp(t, async request => {
      const files = (await request.FILES).getList('file')
      const seen = await Promise.all(
        files.map(async file => {
          const { temporaryPath, name, size, contentType } = file
          assert.deepEqual(await file.bytes(), Buffer.alloc(size, Number(name[0]) + 1))
          const mode = temporaryPath === null ? null : statSync(temporaryPath).mode & 0o777
          return [name, size, contentType, mode]
        }),
      )
      return new HttpResponse(JSON.stringify([(await request.POST).get('title'), ...seen]))
    })
    const response = await send(opened.app, formOf(10, large, 0))
    assert.deepEqual(await response.json(), [
      'Wolken',
      ['0.bin', 10, 'image/png', null],
      ['1.bin', large, 'image/png', 0o600],
      ['2.bin', 0, 'image/png', null],
    ])
    assert.deepEqual(readdirSync(opened.folder), [])
    assert.deepEqual(opened.openFiles(), [])
  })

  it('shares the memory with the others of its form', async t => {
    const opened = await openApp(
      t,
      async request => {
        const files = (await request.FILES).getList('file')
        return new HttpResponse(JSON.stringify(files.map(file => file.temporaryPath === null)))
      },
      { settings: { FILE_UPLOAD_MAX_MEMORY_SIZE: 100 } },
    )
    assert.deepEqual(await (await send(opened.app, formOf(60, 60, 40, 1))).json(), [true, false, true, false])
  })

  it('is gone when the view fails, reads it only in part, or does not wait for it', async t => {
    for (const view of [
      async (file: UploadedFile) => {
        for await (const _ of file.chunks()) throw new Error('a bug')
        return new HttpResponse()
      },
      async (file: UploadedFile) => {
        for await (const _ of file.chunks()) break
        for (const late of [file.stream().getReader().read(), file.chunks()[Symbol.asyncIterator]().next()])
          late.catch(error => assert.match(String(error), /their request is over/))
        return new HttpResponse()
      },
      () => new HttpResponse(null, { status: 204 }),
    ]) {
      const opened = await openApp(t, async request => view((await request.FILES).get('file') as UploadedFile))
      await send(opened.app, formOf(large))
      assert.deepEqual(await opened.leftFiles(), [])
      assert.deepEqual(opened.openFiles(), [])
    }
    const opened = await openApp(t, request => {
      void request.FILES
      return new HttpResponse()
    })
    await send(opened.app, formOf(large))
    assert.deepEqual(await opened.leftFiles(), [])
  })

  it('stays while an answer streams it, through both doors, and goes when nobody wants the rest', async t => {
    const opened = await openApp(t, async request => {
      const file = (await request.FILES).get('file') as UploadedFile
      return new HttpResponse(request.headers.has('x-web') ? file.stream() : file.chunks())
    })
    const port = await listen(t, opened.app)
    for (const headers of [{}, { 'x-web': '1' }]) {
      for (const url of ['http://localhost/upload/', `http://127.0.0.1:${port}/upload/`]) {
        const request = new Request(url, { method: 'POST', body: formOf(large), headers })
        const response = await (url.startsWith('http://localhost') ? opened.app.fetch(request) : fetch(request))
        assert.equal((await response.arrayBuffer()).byteLength, large)
        assert.deepEqual(await opened.leftFiles(), [])
        assert.deepEqual(opened.openFiles(), [])
      }
      const request = new Request('http://localhost/upload/', { method: 'POST', body: formOf(large), headers })
      await (await opened.app.fetch(request)).body?.cancel()
      assert.deepEqual(await opened.leftFiles(), [])
    }
  })

  it('leaves nothing when its client goes away in the middle', async t => {
    const opened = await openApp(t, async request => new HttpResponse(String((await request.FILES).size)))
    const port = await listen(t, opened.app)
    for (const sent of [1, 100_000, large, 2 * large]) {
      const socket = startUpload(port, 100_000_000)
      socket.write(Buffer.alloc(sent))
      await new Promise(resolve => setTimeout(resolve, 30))
      socket.destroy()
      await once(socket, 'close')
      assert.deepEqual(await opened.leftFiles(), [])
      assert.deepEqual(opened.openFiles(), [])
    }
  })

  it('that finds the disk full, of temporary files or where it is saved, is answered with 507 and leaves nothing', async t => {
    const root = temporaryFolder(t)
    const [temporary, kept] = [join(root, 'temporary'), join(root, 'kept')]
    for (const disk of [temporary, kept]) {
      mkdirSync(disk)
      const saves = disk === kept
      const settings = saves ? {} : { FILE_UPLOAD_TEMP_DIR: temporary }
      const opened = await openApp(
        t,
        async request => {
          for (const file of (await request.FILES).getList('file')) if (saves) await file.saveAs(join(kept, file.name))
          return new HttpResponse('ok')
        },
        { settings },
      )
      await withSmallDisk(t, disk, async () => {
        const other = new Request('http://localhost/nowhere/')
        const answers = await Promise.all([send(opened.app, formOf(large)), opened.app.fetch(other)])
        assert.deepEqual(
          answers.map(({ status }) => status),
          [507, 404],
        )
        assert.deepEqual(readdirSync(disk), [])
        assert.deepEqual(await opened.leftFiles(), [])
        assert.deepEqual(openFilesIn(root), [])
        assert.equal((await send(opened.app, formOf(large / 10))).status, 200)
      })
    }
  })

  it('is saved whole, and never in the place of another unless that is said', async t => {
    const opened = await openApp(t, async request => {
      const to = request.GET.get('to') as string
      for (const file of (await request.FILES).getList('file')) {
        await file.saveAs(`${to}-${file.name}`)
        await file.saveAs(`${to}-${file.name}-again`, { mode: 0o600 })
        await assert.rejects(file.saveAs(`${to}-taken`), { code: 'EEXIST' })
        await file.saveAs(`${to}-replaced`, { replace: true })
      }
      return new HttpResponse()
    })
    const other = (await openApp(t, () => new HttpResponse())).folder
    const to = join(other, 'x')
    await writeFile(`${to}-taken`, 'mine')
    await writeFile(`${to}-replaced`, 'old')
    const request = new Request(`http://localhost/upload/?to=${to}`, { method: 'POST', body: formOf(5, large) })
    assert.equal((await opened.app.fetch(request)).status, 200)
    assert.deepEqual(readdirSync(other).toSorted(), [
      'x-0.bin',
      'x-0.bin-again',
      'x-1.bin',
      'x-1.bin-again',
      'x-replaced',
      'x-taken',
    ])
    assert.equal(readFileSync(`${to}-taken`, 'utf8'), 'mine')
    assert.deepEqual(readFileSync(`${to}-1.bin-again`), Buffer.alloc(large, 2))
    assert.deepEqual(readFileSync(`${to}-replaced`), Buffer.alloc(large, 2))
    assert.equal(statSync(`${to}-1.bin`).mode & 0o777, 0o644)
    assert.equal(statSync(`${to}-1.bin-again`).mode & 0o777, 0o600)
    assert.notEqual(statSync(`${to}-1.bin`).ino, statSync(`${to}-1.bin-again`).ino)
    assert.deepEqual(readdirSync(opened.folder), [])
  })
})

describe('a form that is refused', () => {
  it('leaves nothing, for each limit', async t => {
    for (const [settings, status, code] of [
      [{ FILE_UPLOAD_MAX_SIZE: large - 1 }, 413, 'http/file-too-large'],
      [{ DATA_UPLOAD_MAX_REQUEST_SIZE: large }, 413, 'http/body-too-large'],
      [{ DATA_UPLOAD_MAX_MEMORY_SIZE: 5 }, 413, 'http/fields-too-large'],
      [{ DATA_UPLOAD_MAX_NUMBER_FILES: 1 }, 400, 'http/too-many-files'],
      [{ DATA_UPLOAD_MAX_NUMBER_FIELDS: 0 }, 400, 'http/too-many-fields'],
      [{ DATA_UPLOAD_MAX_NAME_LENGTH: 3 }, 400, 'http/part-name-too-long'],
      [{ DATA_UPLOAD_MAX_PART_HEADER_SIZE: 128 }, 200, undefined],
    ] as const) {
      const opened = await openApp(t, async request => new HttpResponse(`{"size":${(await request.FILES).size}}`), {
        settings: settings as Partial<SettingsInput>,
      })
      const response = await send(opened.app, formOf(large, 10))
      assert.equal(response.status, status, code ?? 'taken')
      assert.equal(((await response.json()) as { code?: string }).code, code)
      assert.deepEqual(await opened.leftFiles(), [])
    }
  })

  it('by what its head says is not read', async t => {
    const opened = await openApp(t, async request => new HttpResponse(String((await request.FILES).size)))
    const port = await listen(t, opened.app)
    const socket = startUpload(port, 300_000_000)
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1.1 413 .*http\/body-too-large/s)
    socket.destroy()
  })
})
