/** `request.validate(schema, { files })` and upload handlers. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { HttpResponse, PermissionDenied, type UploadedFile, type UploadHandler } from 'nuages/http'
import { z } from 'zod'
import { openApp, send, type TestView } from './open-app.ts'

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(5000)])
const Profile = z.strictObject({ title: z.string().min(3) })
const rules = {
  headimg: { maxBytes: 6000, accept: ['image/png', 'image/jpeg'], required: true },
  extra: { multiple: true },
  note: {},
} as const

function formWith(files: Readonly<Record<string, Buffer | readonly Buffer[]>>, title: string = 'Wolken'): FormData {
  const form = new FormData()
  form.set('title', title)
  for (const [name, contents] of Object.entries(files))
    for (const content of [contents].flat())
      form.append(name, new File([new Uint8Array(content)], content.length === 0 ? '' : 'x.png', { type: 'image/png' }))
  return form
}

const strict: TestView = async request => {
  const { title, headimg, extra, note } = await request.validate(Profile, { files: rules })
  return new HttpResponse(JSON.stringify([title, headimg.size, extra.length, note === null]))
}

/** The rules come after somebody has read the form. */
const late: TestView = async request => {
  await request.POST
  return strict(request)
}

describe('validate with files', () => {
  it('gives fields and files, typed, and skips what nobody asked for', async t => {
    for (const view of [strict, late]) {
      const opened = await openApp(t, view)
      const form = formWith({ headimg: png, extra: [png, Buffer.from('a')], other: Buffer.alloc(5_000_000) })
      const response = await send(opened.app, form)
      assert.deepEqual(await response.json(), ['Wolken', png.length, 2, true])
      assert.deepEqual(await opened.leftFiles(), [])
    }
  })

  it('answers 413, 415 or 422 with the errors by field', async t => {
    for (const view of [strict, late]) {
      const opened = await openApp(t, view)
      const errorsOf = async (form: FormData): Promise<unknown> => {
        const response = await send(opened.app, form)
        const { code, errors } = (await response.json()) as { code: string; errors: Record<string, string[]> }
        return [response.status, code, Object.keys(errors)]
      }
      const large = Buffer.concat([png, Buffer.alloc(2000)])
      assert.deepEqual(await errorsOf(formWith({ headimg: large })), [413, 'http/file-too-large', ['headimg']])
      const page = Buffer.from('<html><script>alert(1)</script>')
      for (const content of [
        page,
        Buffer.concat([page, Buffer.alloc(3000, ' ')]),
        Buffer.from('GIF89a'),
        Buffer.from('\x89PNG'),
      ])
        assert.deepEqual(await errorsOf(formWith({ headimg: content })), [415, 'forms/file-type-refused', ['headimg']])
      assert.deepEqual(await errorsOf(formWith({}, '')), [422, 'forms/invalid', ['title', 'headimg']])
      assert.deepEqual(await errorsOf(formWith({ headimg: Buffer.alloc(0) })), [422, 'forms/invalid', ['headimg']])
      assert.deepEqual(await errorsOf(formWith({ headimg: [png, png] })), [422, 'forms/invalid', ['headimg']])
      assert.deepEqual(await opened.leftFiles(), [])
    }
  })

  it('misses the file in another kind of body', async t => {
    const opened = await openApp(t, strict)
    for (const body of ['{"title":"Wolken"}', 'null', '[]']) {
      const request = new Request('http://localhost/upload/', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      assert.equal((await opened.app.fetch(request)).status, 422)
    }
  })
})

describe('upload handlers', () => {
  const hashing = (hashes: Map<string, string>): UploadHandler => {
    let name = ''
    let hash = createHash('sha256')
    return {
      newFile(file) {
        name = file.name
        hash = createHash('sha256')
      },
      receiveChunk(chunk) {
        hash.update(chunk)
        return chunk
      },
      fileComplete() {
        hashes.set(name, hash.digest('hex'))
      },
    }
  }
  const inverting: UploadHandler = { receiveChunk: chunk => chunk.map(byte => byte ^ 0xff) }

  it('see each file in order, those of the view or of the app', async t => {
    const hashes = new Map<string, string>()
    const content = async (file: UploadedFile | undefined): Promise<HttpResponse> =>
      new HttpResponse(Buffer.from((await file?.bytes()) ?? []))
    const ofView = await openApp(t, async request => {
      request.uploadHandlers = [hashing(hashes), inverting]
      return content((await request.FILES).get('file'))
    })
    const ofApp = await openApp(t, async request => content((await request.FILES).get('file')), {
      uploadHandlers: () => [hashing(hashes), inverting],
    })
    const sent = Buffer.alloc(4_000_000, 'abc')
    for (const { app } of [ofView, ofApp]) {
      hashes.clear()
      const response = await send(app, formWith({ file: sent }))
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), Buffer.from(sent.map(byte => byte ^ 0xff)))
      assert.equal(hashes.get('file'), createHash('sha256').update(sent).digest('hex'))
    }
  })

  it('refuse a form, and hear that nothing is kept of it', async t => {
    const heard: unknown[] = []
    const opened = await openApp(t, async request => new HttpResponse(String((await request.FILES).size)), {
      uploadHandlers: () => [
        {
          receiveChunk(chunk, start) {
            if (start + chunk.byteLength > 3_000_000) throw new PermissionDenied()
            return chunk
          },
        },
        { uploadInterrupted: error => void heard.push(error) },
      ],
    })
    assert.equal((await send(opened.app, formWith({ file: Buffer.alloc(5_000_000) }))).status, 403)
    assert.ok(heard[0] instanceof PermissionDenied)
    assert.deepEqual(await opened.leftFiles(), [])
  })

  it('may skip a file, swallow its bytes, and are set before the form is read', async t => {
    const opened = await openApp(t, async request => {
      request.uploadHandlers = [
        { newFile: file => (file.name === 'skipped' ? 'skip' : undefined), receiveChunk: () => null },
      ]
      const files = await request.FILES
      assert.throws(() => {
        request.uploadHandlers = []
      }, /read already/)
      return new HttpResponse(JSON.stringify([...files].map(([name, { size }]) => [name, size])))
    })
    const response = await send(opened.app, formWith({ skipped: png, file: png }))
    assert.deepEqual(await response.json(), [['file', 0]])
  })
})
