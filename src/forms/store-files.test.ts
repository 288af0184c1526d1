/** What a refusal is when the files that were stored meanwhile cannot be taken out again. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { type Storage, type StorageSource, storageChunks } from '../files/index.ts'
import { createRequestContext, FileTooLarge, HttpRequest } from '../http/index.ts'
import { defineSettings } from '../settings/index.ts'
import { FileTypeRefused, ValidationError } from './errors.ts'
import { type ValidateOptions, validate } from './validate.ts'

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Takes files, and keeps them. */
const storage = {
  async save(name: string, source: StorageSource) {
    for await (const _ of storageChunks(source));
    return name
  },
  async delete() {
    throw new Error('the bucket is locked')
  },
} as unknown as Storage

const Profile = z.object({ title: z.string().min(3) })
const rules = {
  photo: { storage, accept: ['image/png'], uploadTo: 'photos/' },
  note: { storage, accept: ['image/png'], maxBytes: 10 },
} as const

async function requestOf(
  title: string,
  files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
): Promise<HttpRequest> {
  const form = new FormData()
  for (const [name, bytes] of Object.entries(files)) form.append(name, new File([bytes], 'x.png'))
  form.set('title', title)
  const sent = new Request('http://x/', { method: 'POST', body: form, headers: { host: 'x' } })
  const bytes = new Uint8Array(await sent.arrayBuffer())
  async function* body(): AsyncGenerator<Uint8Array> {
    yield bytes
  }
  const source = { method: 'POST', target: '/', headers: sent.headers, scheme: 'http', remoteAddress: null } as const
  const context = createRequestContext(defineSettings({ SECRET_KEY: 'secret', ALLOWED_HOSTS: ['x'] }))
  return new HttpRequest({ ...source, body: body(), signal: new AbortController().signal }, context)
}

/** What `validate` rejects with, and what it says is left. */
async function refusalOf(
  request: HttpRequest,
): Promise<{ readonly refusal: unknown; readonly left: readonly string[]; readonly causes: ReadonlySet<string> }> {
  const left: Error[] = []
  const options: ValidateOptions<typeof rules> = { files: rules, onLeftFile: error => void left.push(error as Error) }
  const refusal = await validate(request, Profile, options).then(
    () => assert.fail('it was not refused'),
    error => error,
  )
  return {
    refusal,
    left: left.map(({ message }) => message).sort(),
    causes: new Set(left.map(({ cause }) => (cause as Error).message)),
  }
}

describe('a form that is refused, whose files stay in their storage', () => {
  const isLeft = (name: string): string => `The file ${name} of a form that was refused is still in its storage.`
  const locked = new Set(['the bucket is locked'])

  for (const isLate of [false, true]) {
    const when = isLate ? ', when the form was read before' : ''
    const open = async (...given: Parameters<typeof requestOf>): Promise<HttpRequest> => {
      const request = await requestOf(...given)
      if (isLate) await request.FILES
      return request
    }

    it(`is refused for its fields all the same, and each file is told of${when}`, async () => {
      const { refusal, left, causes } = await refusalOf(await open('no', { photo: png, note: png }))
      assert.ok(refusal instanceof ValidationError)
      assert.deepEqual(Object.keys(refusal.errors), ['title'])
      assert.deepEqual(left, [isLeft('photos/x.png'), isLeft('x.png')])
      assert.deepEqual(causes, locked)
    })

    it(`is refused for another file all the same${when}`, async () => {
      const type = await refusalOf(await open('Wolken', { photo: png, note: new Uint8Array(9) }))
      assert.ok(type.refusal instanceof FileTypeRefused)
      const size = await refusalOf(await open('Wolken', { photo: png, note: new Uint8Array(11) }))
      assert.ok(size.refusal instanceof FileTooLarge)
      for (const { left, causes } of [type, size]) {
        assert.deepEqual(left, [isLeft('photos/x.png')])
        assert.deepEqual(causes, locked)
      }
    })
  }

  it('is refused all the same when an upload handler fails at hearing of it', async () => {
    const request = await requestOf('Wolken', { photo: png, note: new Uint8Array(9) })
    request.uploadHandlers = [{ uploadInterrupted: () => Promise.reject(new Error('the log is full')) }]
    const { refusal, left } = await refusalOf(request)
    assert.ok(refusal instanceof FileTypeRefused)
    assert.deepEqual(left, [isLeft('photos/x.png')])
  })
})
