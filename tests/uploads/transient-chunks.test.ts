/**
 * Memory of uploads that is used again: only chunks that nobody holds. Through a socket, where chunks are ours to free.
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { createDiskStorage, type Storage } from 'nuages/files'
import { type FilePart, type HttpRequest, jsonResponse, type UploadHandler } from 'nuages/http'
import { z } from 'zod'
import { listen, openApp, type TestView } from './open-app.ts'

const content = randomBytes(3_000_000)
const text = 'W'.repeat(1_000_000)
const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

/** A long text, then a file: both come in many chunks. */
async function upload(t: TestContext, view: TestView): Promise<unknown> {
  const { app } = await openApp(t, view)
  const port = await listen(t, app)
  const body = new FormData()
  body.set('text', text)
  body.set('file', new File([content], 'a.bin'))
  const response = await fetch(`http://127.0.0.1:${port}/upload/`, { method: 'POST', body })
  return response.json()
}

async function* filesOf(request: HttpRequest): AsyncGenerator<FilePart> {
  for await (const part of request.parts())
    if (part.kind === 'file') yield part
    else assert.equal(part.value, text)
}

async function allOf(chunks: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return all
}

/** Sizes of chunks that were held until the last one had come: of transient ones all but a few are empty. */
function heldBytes(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((bytes, chunk) => bytes + chunk.byteLength, 0)
}

describe('chunks of a part', () => {
  it('stay as they are for who iterates over the part', async t => {
    const seen = await upload(t, async request => {
      const held: Uint8Array[] = []
      for await (const part of filesOf(request)) held.push(...(await allOf(part)))
      return jsonResponse(sha256(Buffer.concat(held)))
    })
    assert.equal(seen, sha256(content))
  })

  it('are empty after the next one for who takes them as transient, and were right before', async t => {
    const seen = (await upload(t, async request => {
      const hash = createHash('sha256')
      const held: Uint8Array[] = []
      for await (const part of filesOf(request))
        for await (const chunk of part.transientChunks()) {
          hash.update(chunk)
          held.push(chunk)
        }
      return jsonResponse({ hash: hash.digest('hex'), heldBytes: heldBytes(held) })
    })) as { hash: string; heldBytes: number }
    assert.equal(seen.hash, sha256(content))
    assert(seen.heldBytes < content.byteLength / 4, `${seen.heldBytes} bytes are still held`)
  })

  it('can be written into a file as they come', async t => {
    const { app, folder } = await openApp(t, async request => {
      const place = join(folder, 'place')
      for await (const part of filesOf(request)) await writeFile(place, part.transientChunks())
      return jsonResponse(sha256(await readFile(place)))
    })
    const port = await listen(t, app)
    const body = new FormData()
    body.set('file', new File([content], 'a.bin'))
    const response = await fetch(`http://127.0.0.1:${port}/upload/`, { method: 'POST', body })
    assert.equal(await response.json(), sha256(content))
  })
})

describe('chunks that upload handlers see', () => {
  const holding = (held: Uint8Array[], copiesChunks: boolean): UploadHandler => ({
    copiesChunks,
    receiveChunk(chunk) {
      held.push(chunk)
      return chunk
    },
  })

  it('stay as they are, unless every handler of the form copies them', async t => {
    for (const [handlers, isHeld] of [
      [[true, true], false],
      [[true, false], true],
      [[false, true], true],
    ] as const) {
      const held: Uint8Array[] = []
      const seen = await upload(t, async request => {
        request.uploadHandlers = handlers.map((copies, index) => holding(index === 0 ? held : [], copies))
        const file = (await request.FILES).get('file')
        return jsonResponse(sha256((await file?.bytes()) ?? ''))
      })
      assert.equal(seen, sha256(content))
      if (isHeld) assert.equal(sha256(Buffer.concat(held)), sha256(content))
      else assert(heldBytes(held) < content.byteLength / 4)
    }
  })
})

describe('chunks that a storage saves', () => {
  it('stay as they are for one that does not say that it copies them', async t => {
    const held: Uint8Array[] = []
    const keeping = (disk: Storage): Storage => ({
      ...(Object.fromEntries(
        ['open', 'delete', 'exists', 'size', 'url', 'list', 'close'].map(name => [
          name,
          (disk[name as keyof Storage] as () => unknown).bind(disk),
        ]),
      ) as unknown as Storage),
      async save(name, source) {
        held.push(...(await allOf(source as AsyncIterable<Uint8Array>)))
        return name
      },
    })
    const seen = await upload(t, async request => {
      const storage = keeping(createDiskStorage({ root: '/nowhere' }))
      const { file } = await request.validate(z.object({ text: z.string() }), { files: { file: { storage } } })
      return jsonResponse(file?.size)
    })
    assert.equal(seen, content.byteLength)
    assert.equal(sha256(Buffer.concat(held)), sha256(content))
  })

  it('come whole into a storage on disk', async t => {
    const { app, folder } = await openApp(t, async request => {
      const storage = createDiskStorage({ root: join(folder, 'media') })
      for await (const part of filesOf(request)) {
        const name = await storage.save('a.bin', part)
        return jsonResponse(sha256(await readFile(join(folder, 'media', name))))
      }
      return jsonResponse(null)
    })
    const port = await listen(t, app)
    const body = new FormData()
    body.set('file', new File([content], 'a.bin'))
    const response = await fetch(`http://127.0.0.1:${port}/upload/`, { method: 'POST', body })
    assert.equal(await response.json(), sha256(content))
  })
})
