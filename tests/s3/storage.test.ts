/**
 * Files in a bucket, on a real S3 server.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, afterEach, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createApp, defineSettings, path, serveMedia } from 'nuages'
import { BodyTooLarge, type HttpRequest, HttpResponse } from 'nuages/http'
import { Client, storageContract } from 'nuages/testing'
import { z } from 'zod'
import { createS3Storage, type S3Storage, type S3StorageOptions } from '../../src/s3/index.ts'
import { type S3Server, startS3 } from '../s3-server.ts'
import { clientOf, makeBucket } from './bucket.ts'
import { type Flaky, openFlaky } from './flaky.ts'

const skipped: string[] = []
const server = await startS3({ after, skip: why => void skipped.push(why) })
const bucket = 'media'
if (server !== null) await makeBucket(server, bucket)

function open(options: Partial<S3StorageOptions> = {}): S3Storage {
  const { endpoint, credentials, region } = server as S3Server
  return createS3Storage({ bucket, endpoint, credentials, region, ...options })
}

const partBytes = 5_242_880

async function* pieces(count: number, bytes: number = 262_144): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index += 1) yield new Uint8Array(bytes).fill(index)
}

/** What `work` fails with: a 503 for the visitor, and a reason for the log that has nothing secret. */
async function failureOf(work: Promise<unknown>): Promise<{ readonly status: number; readonly detail: string }> {
  const error = await work.then(
    () => assert.fail('it works'),
    failure => failure,
  )
  const { accessKeyId, secretAccessKey } = (server as S3Server).credentials
  for (let told = error; told instanceof Error; told = told.cause as Error) {
    const text = `${told.message} ${told.stack} ${JSON.stringify(told)}`
    for (const secret of [accessKeyId, secretAccessKey, 'Signature=', 'X-Amz-Credential'])
      assert.ok(!text.includes(secret), text)
  }
  return error
}

/** Keys of uploads that are neither complete nor thrown away. */
async function unfinished(): Promise<readonly string[]> {
  const { endpoint } = server as S3Server
  const answer = await clientOf(server as S3Server).fetch(`${endpoint}/${bucket}?uploads`)
  assert.equal(answer.status, 200)
  return [...(await answer.text()).matchAll(/<Key>([^<]*)</g)].map(([, key]) => key as string)
}

async function namesIn(storage: S3Storage, folder: string): Promise<string[]> {
  return (await Array.fromAsync(storage.list(folder))).map(({ name }) => name)
}

if (server === null) it('keeps files in a bucket', t => t.skip(skipped.join()))
else {
  describe('the contract of storages, kept by one in a bucket', () => storageContract(it, () => open()))
  describe('below a prefix', () => storageContract(it, () => open({ prefix: 'site/files/' })))

  describe('a storage in a bucket', () => {
    let flaky: Flaky | null = null
    afterEach(() => {
      flaky?.letGo()
      flaky = null
    })
    const throughFlaky = (): [S3Storage, Flaky] => {
      flaky = openFlaky(server)
      return [open({ fetch: flaky.fetch }), flaky]
    }

    it('leaves no part on the server when the source breaks half way', async () => {
      const storage = open()
      const problem = new Error('the visitor is gone')
      async function* breaking(): AsyncGenerator<Uint8Array> {
        yield* pieces(50)
        throw problem
      }
      await assert.rejects(storage.save('broken/a.bin', breaking()), problem)
      assert.deepEqual(
        (await unfinished()).filter(key => key.startsWith('broken/')),
        [],
      )
      assert.equal(await storage.exists('broken/a.bin'), false)
    })

    it('reads a source no faster than the server takes it', async () => {
      const [storage, slow] = throughFlaky()
      let read = 0
      async function* counted(): AsyncGenerator<Uint8Array> {
        for await (const piece of pieces(160)) {
          read += piece.byteLength
          yield piece
        }
      }
      slow.hold()
      const saving = storage.save('slow/a.bin', counted())
      await wait(500)
      assert.ok(read <= 4 * partBytes, `${read} bytes were read`)
      slow.letGo()
      assert.equal(await storage.size(await saving), 160 * 262_144)
    })

    it('repeats a request that fails, and saves once', async () => {
      const [storage, failing] = throughFlaky()
      failing.next('reset', '503', 'lost')
      assert.equal(await storage.save('again/a.txt', 'small'), 'again/a.txt')
      failing.next('pass', '503', 'lost', 'lost')
      assert.equal(await storage.save('again/b.bin', pieces(30)), 'again/b.bin')
      assert.equal(await storage.size('again/b.bin'), 30 * 262_144)
      assert.deepEqual(await namesIn(storage, 'again'), ['again/a.txt', 'again/b.bin'])
    })

    it('finds a file complete when the answer to its completion was lost', async () => {
      const [storage, failing] = throughFlaky()
      failing.loseCompletion()
      assert.equal(await storage.save('complete/b.bin', pieces(30)), 'complete/b.bin')
      assert.equal(await storage.size('complete/b.bin'), 30 * 262_144)
    })

    it('answers 503 while the server is away, soon, and works again when it is back', async () => {
      const storage = open({ timeoutSeconds: 3 })
      const kept = await storage.save('away/kept.txt', 'kept')
      await server.stop()
      for (const work of [
        () => storage.save('away/a.txt', 'a'),
        () => storage.open(kept),
        () => storage.exists(kept),
        () => storage.delete(kept),
        () => Array.fromAsync(storage.list('away')),
      ]) {
        const { status, detail } = await failureOf(work())
        assert.equal(status, 503)
        assert.match(detail, /does not answer/)
      }
      await server.start()
      assert.equal(await storage.size(kept), 4)
    })

    it('answers 503 in time while the server stands still', async () => {
      const storage = open({ timeoutSeconds: 1 })
      server.freeze()
      try {
        assert.equal((await failureOf(storage.save('frozen/a.txt', 'a'))).status, 503)
      } finally {
        server.thaw()
      }
    })

    it('ends with 503 when the server is killed during an upload; its parts can be removed later', async () => {
      const storage = open({ timeoutSeconds: 2 })
      const before = server.storedBytes()
      async function* killing(): AsyncGenerator<Uint8Array> {
        yield* pieces(50)
        await wait(300)
        await (server as S3Server).stop()
        yield* pieces(50)
      }
      assert.equal((await failureOf(storage.save('killed/a.bin', killing()))).status, 503)
      await server.start()
      assert.equal(await storage.exists('killed/a.bin'), false)
      assert.ok(server.storedBytes() > before, 'no part had come: that proves nothing')
      assert.equal(await storage.removeUnfinished({ olderThanSeconds: 3600 }), 0)
      assert.equal(await storage.removeUnfinished({ olderThanSeconds: -60 }), 1)
      assert.deepEqual(
        (await unfinished()).filter(key => key.startsWith('killed/')),
        [],
      )
    })

    it('tells a refusal by its code, without what was signed', async () => {
      const wrong = open({ credentials: { accessKeyId: 'test:tester', secretAccessKey: 'another-secret' } })
      const { status, detail } = await failureOf(wrong.save('refused/a.txt', 'a', { replace: true }))
      assert.equal(status, 503)
      assert.match(detail, /403 SignatureDoesNotMatch$/)
    })

    it('gives addresses that work for a while, and show no page of a visitor', async () => {
      const storage = open()
      const page = await storage.save('shown/a.html', '<script>', { contentType: 'text/html' })
      const image = await storage.save('shown/1 & 2?#%+.png', 'png', { contentType: 'text/html' })
      const [pageUrl, imageUrl] = await Promise.all([storage.url(page), storage.url(image)])
      const answer = await fetch(pageUrl)
      assert.equal(await answer.text(), '<script>')
      assert.match(answer.headers.get('Content-Disposition') ?? '', /^attachment/)
      assert.equal(answer.headers.get('Content-Type'), 'application/octet-stream')
      const shown = await fetch(imageUrl)
      assert.equal(await shown.text(), 'png')
      assert.equal(shown.headers.get('Content-Type'), 'image/png')
      assert.equal((await fetch(imageUrl.replace('png?', 'jpg?'))).status, 403)
      const briefUrl = await open({ urlSeconds: 1 }).url(page)
      await wait(2100)
      const late = await fetch(briefUrl)
      assert.equal(late.status, 403)
      assert.match(await late.text(), /Request has expired/)
    })

    it('lets a browser send one file of the size and type that were signed', async () => {
      const storage = open()
      const file = randomBytes(70_000)
      const upload = await storage.directUpload('direct/cat.png', { size: file.byteLength, maxBytes: 100_000 })
      assert.match(upload.name, /^direct\/cat_[A-Za-z0-9]{7}\.png$/)
      const { url, method, headers } = upload
      const send = (body: Uint8Array<ArrayBuffer>, more: Record<string, string> = {}): Promise<Response> =>
        fetch(url, { method, headers: { ...headers, ...more }, body })
      assert.equal((await send(Buffer.concat([file, file]))).status, 403)
      assert.equal((await send(file.subarray(1))).status, 403)
      assert.equal((await send(file, { 'Content-Type': 'text/html' })).status, 403)
      assert.equal((await fetch(url.replace('cat_', 'dog_'), { method, headers, body: file })).status, 403)
      assert.equal(await storage.exists(upload.name), false)
      assert.equal((await send(file)).status, 200)
      assert.equal(await storage.size(upload.name), file.byteLength)
      await assert.rejects(storage.directUpload('direct/cat.png', { size: 100_001, maxBytes: 100_000 }), BodyTooLarge)
    })

    it('lists more than one page, and passes over keys that are no names', async () => {
      const [storage, paged] = throughFlaky()
      paged.pageKeys(3)
      const names = Array.from({ length: 10 }, (_, index) => `pages/${index}&<>"'é.txt`)
      const client = clientOf(server)
      for (const name of [...names, 'pages/', 'pages/a//b'])
        await client.fetch(`${server.endpoint}/${bucket}/${name.split('/').map(encodeURIComponent).join('/')}`, {
          method: 'PUT',
          body: 'x',
        })
      assert.deepEqual(await namesIn(storage, 'pages'), names)
    })

    it('keeps memory flat, however large a file is', async () => {
      setFlagsFromString('--expose-gc')
      const collect: () => void = runInNewContext('gc')
      /** Bytes that are still in use: what is garbage depends on how busy the machine is, and some goes only with the next collection. */
      const inUse = async (): Promise<number> => {
        for (let least = Number.POSITIVE_INFINITY; ; ) {
          await wait(1)
          collect()
          const { arrayBuffers } = process.memoryUsage()
          if (arrayBuffers >= least) return least
          least = arrayBuffers
        }
      }
      let most = 0
      const measured = async function* (): AsyncGenerator<Uint8Array> {
        let index = 0
        for await (const piece of pieces(800)) {
          if (index++ % 40 === 39) most = Math.max(most, await inUse())
          yield piece
        }
      }
      const before = await inUse()
      await open().save('memory/a.bin', measured())
      // Three parts, and `fetch`'s copies of the two that are on their way.
      assert.ok(most - before < 6 * partBytes, `${most - before} bytes more`)
    })

    it('takes the files of a form, and serves them in ranges', async () => {
      const storage = open({ prefix: 'app/' })
      const rules = { file: { required: true, storage, uploadTo: 'forms/' } } as const
      const app = createApp({
        logger: null,
        storage,
        settings: defineSettings({ SECRET_KEY: 'the key of a test', DEBUG: true, DATABASE_URL: 'sqlite::memory:' }),
        urls: [
          path('upload/', async (request: HttpRequest) => {
            const { file } = await request.validate(z.object({}), { files: rules })
            return new HttpResponse(file.name)
          }),
          path('media/<path:name>', serveMedia),
        ],
      })
      try {
        const client = new Client(app)
        const body = new FormData()
        body.set('file', new File([randomBytes(partBytes), 'the end'], 'a.bin'))
        const name = await (await client.post('/upload/', { body })).text()
        assert.equal(name, 'forms/a.bin')
        const range = { headers: { Range: 'bytes=-7' } }
        const answer = await client.get(`/media/${name}`, range)
        assert.equal(answer.status, 206)
        assert.equal(await answer.text(), 'the end')
        assert.equal((await client.get('/media/forms/none.bin')).status, 404)
      } finally {
        await app.close()
      }
    })

    it('throws rather than end early when the server breaks off', async () => {
      const storage = open({ timeoutSeconds: 2 })
      const name = await storage.save('cut/a.bin', pieces(100))
      const file = await storage.open(name)
      const reading = file.chunks()[Symbol.asyncIterator]()
      await reading.next()
      await server.stop()
      await failureOf(
        (async () => {
          while ((await reading.next()).done !== true);
        })(),
      )
      await server.start()
    })
  })
}
