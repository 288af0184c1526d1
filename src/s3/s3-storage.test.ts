/**
 * What a bucket with conditions is asked, and what no real server at hand does: a bucket in memory that knows `If-None-Match`.
 *
 * The real one is in tests/s3.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { StorageUnavailable } from '../files/index.ts'
import { StorageFull, UploadedFile } from '../http/index.ts'
import { ConfigError } from '../kit/index.ts'
import { createS3Storage, type S3Storage, type S3StorageOptions } from './index.ts'

interface Kept {
  readonly bytes: Uint8Array
  readonly headers: Headers
}

/** Answers instead of the bucket; `null`: the bucket answers. */
type Interfere = (url: URL, method: string) => Response | null

class Bucket {
  readonly objects: Map<string, Kept> = new Map()
  readonly uploads: Map<string, { readonly headers: Headers; readonly parts: Uint8Array[] }> = new Map()
  /** `PUT a.txt if-none-match`. */
  readonly asked: string[] = []
  before: Interfere = () => null
  after: Interfere = () => null

  fetch: (url: URL, init: RequestInit) => Promise<Response> = async (url, init) => {
    const method = init.method as string
    const headers = new Headers(init.headers)
    this.asked.push(`${method} ${this.#keyOf(url)}${headers.has('If-None-Match') ? ' if-none-match' : ''}`)
    return this.before(url, method) ?? this.#after(url, method, this.#answer(url, init, headers))
  }

  #after(url: URL, method: string, answer: Response): Response {
    return this.after(url, method) ?? answer
  }

  #keyOf({ pathname }: URL): string {
    return decodeURIComponent(pathname.replace('/media/', ''))
  }

  #answer(url: URL, { method, body }: RequestInit, headers: Headers): Response {
    const key = this.#keyOf(url)
    const bytes = new Uint8Array((body as Uint8Array | null) ?? [])
    const id = url.searchParams.get('uploadId')
    const found = this.objects.get(key)
    if (url.searchParams.has('uploads')) return this.#begin(headers)
    const upload = id === null ? null : this.uploads.get(id)
    if (upload === undefined) return refusal(404, 'NoSuchUpload')
    if (method === 'DELETE') {
      if (id === null) this.objects.delete(key)
      else this.uploads.delete(id)
      return new Response(null, { status: 204 })
    }
    if (method === 'HEAD')
      return found ? new Response(null, { headers: found.headers }) : new Response(null, { status: 404 })
    if (upload !== null && method === 'PUT') upload.parts[Number(url.searchParams.get('partNumber')) - 1] = bytes
    else if (headers.has('If-None-Match') && found !== undefined) return refusal(412, 'PreconditionFailed')
    else if (upload === null) this.objects.set(key, { bytes, headers })
    else {
      this.uploads.delete(id as string)
      this.objects.set(key, { bytes: Buffer.concat(upload.parts), headers: upload.headers })
    }
    const etag = createHash('md5').update(bytes).digest('hex')
    return new Response(`<Result><ETag>"${etag}"</ETag></Result>`, { headers: { ETag: `"${etag}"` } })
  }

  #begin(headers: Headers): Response {
    const id = `upload-${this.asked.length}`
    this.uploads.set(id, { headers, parts: [] })
    return new Response(`<Result><UploadId>${id}</UploadId></Result>`)
  }
}

function refusal(status: number, code: string): Response {
  return new Response(`<Error><Code>${code}</Code></Error>`, { status })
}

const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' }

function open(bucket: Bucket, options: Partial<S3StorageOptions> = {}): S3Storage {
  return createS3Storage({ bucket: 'media', endpoint: 'https://s3.test', credentials, fetch: bucket.fetch, ...options })
}

const large = new Uint8Array(6_000_000)

async function* streamed(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 1_000_000) yield bytes.subarray(at, at + 1_000_000)
}

/** Fails once, for the first request that `is` it. */
function once(is: (url: URL, method: string) => boolean, answer: () => Response): Interfere {
  let isDone = false
  return (url, method) => {
    if (isDone || !is(url, method)) return null
    isDone = true
    return answer()
  }
}

const lost = (): never => {
  throw new TypeError('fetch failed')
}
const isPut = (_url: URL, method: string): boolean => method === 'PUT'
const isCompletion = (url: URL, method: string): boolean => method === 'POST' && url.searchParams.has('uploadId')

describe('a storage in a bucket with conditions', () => {
  it('saves by one request that never replaces, and asks nothing before it', async () => {
    const bucket = new Bucket()
    await open(bucket).save('a.txt', 'one')
    assert.deepEqual(bucket.asked, ['PUT a.txt if-none-match'])
  })

  it('gives another name when two processes save the same one', async () => {
    const bucket = new Bucket()
    const names = await Promise.all([open(bucket).save('a.txt', 'one'), open(bucket).save('a.txt', 'two')])
    assert.equal(new Set(names).size, 2)
    assert.deepEqual([...bucket.objects.keys()].sort(), names.toSorted())
  })

  it('keeps its name when the answer was lost and the request was repeated', async () => {
    const bucket = new Bucket()
    bucket.after = once(isPut, lost)
    assert.equal(await open(bucket).save('a.txt', 'one'), 'a.txt')
    assert.deepEqual([...bucket.objects.keys()], ['a.txt'])
  })

  it('takes another name when the request was repeated and somebody else has it', async () => {
    const bucket = new Bucket()
    bucket.before = once(isPut, () => {
      bucket.objects.set('a.txt', { bytes: large, headers: new Headers() })
      return lost()
    })
    assert.notEqual(await open(bucket).save('a.txt', 'one'), 'a.txt')
    assert.equal(bucket.objects.get('a.txt')?.bytes, large)
  })

  it('saves a large file again under another name when its own is taken meanwhile', async () => {
    const bucket = new Bucket()
    bucket.before = once(isCompletion, () => {
      bucket.objects.set('a.bin', { bytes: new Uint8Array(1), headers: new Headers() })
      return refusal(412, 'PreconditionFailed')
    })
    const file = new UploadedFile(
      { filename: 'a.bin', contentType: 'image/png', charset: null },
      { size: large.byteLength, chunks: () => streamed(large) },
    )
    const name = await open(bucket).save('a.bin', file)
    assert.notEqual(name, 'a.bin')
    assert.equal(bucket.objects.get(name)?.bytes.byteLength, large.byteLength)
    assert.equal(bucket.objects.get('a.bin')?.bytes.byteLength, 1)
    assert.equal(bucket.uploads.size, 0)
  })

  it('refuses a stream whose name is taken meanwhile, and replaces nothing', async () => {
    const bucket = new Bucket()
    bucket.before = once(isCompletion, () => {
      bucket.objects.set('a.bin', { bytes: new Uint8Array(1), headers: new Headers() })
      return refusal(412, 'PreconditionFailed')
    })
    await assert.rejects(open(bucket).save('a.bin', streamed(large)), StorageUnavailable)
    assert.equal(bucket.objects.get('a.bin')?.bytes.byteLength, 1)
    assert.equal(bucket.uploads.size, 0)
  })

  it('finds a large file complete when the answer was lost', async () => {
    const bucket = new Bucket()
    bucket.after = once(isCompletion, lost)
    assert.equal(await open(bucket).save('a.bin', streamed(large)), 'a.bin')
    assert.deepEqual(bucket.objects.get('a.bin')?.bytes, Buffer.from(large))
  })

  it('takes no completion for one that answers 200 and tells of a failure', async () => {
    const bucket = new Bucket()
    bucket.before = (url, method) =>
      isCompletion(url, method) ? new Response('<Error><Code>InternalError</Code></Error>') : null
    await assert.rejects(open(bucket).save('a.bin', streamed(large)), { detail: /200 InternalError$/ })
    assert.equal(bucket.uploads.size, 0)
    assert.equal(bucket.objects.size, 0)
  })

  it('ends when the server says of every name that it is taken', async () => {
    const bucket = new Bucket()
    bucket.before = () => refusal(412, 'PreconditionFailed')
    await assert.rejects(open(bucket).save('a.txt', 'a'), StorageUnavailable)
    bucket.before = (url, method) => (isCompletion(url, method) ? refusal(412, 'PreconditionFailed') : null)
    await assert.rejects(open(bucket).save('a.bin', large), StorageUnavailable)
    assert.equal(bucket.uploads.size, 0)
  })

  it('signs for browsers that nothing is replaced', async () => {
    const { headers, url } = await open(new Bucket()).directUpload('a.png', { size: 5, maxBytes: 5 })
    assert.deepEqual(headers, { 'Content-Type': 'image/png', 'If-None-Match': '*' })
    const signed = new URL(url).searchParams.get('X-Amz-SignedHeaders')
    assert.equal(signed, 'content-length;content-type;host;if-none-match')
  })

  const film = { size: 5, maxBytes: 5 }
  /** What a server answers that has no conditions. */
  const unconditional: Interfere = (_url, method) => (method === 'PUT' ? refusal(501, 'NotImplemented') : null)

  it('asks a server once whether it has conditions before it signs one, and leaves nothing there', async () => {
    for (const [before, signs] of [[() => null, true] as const, [unconditional, false] as const]) {
      const bucket = new Bucket()
      bucket.before = before
      const storage = open(bucket)
      const uploads = await Promise.all(['a/1.png', 'a/2.png'].map(name => storage.directUpload(name, film)))
      uploads.push(await storage.directUpload('b/3.png', film))
      for (const { headers, url } of uploads) {
        assert.equal('If-None-Match' in headers, signs)
        assert.equal(url.includes('if-none-match'), signs)
      }
      assert.equal(bucket.asked.filter(line => /^PUT a\/\.nuages-[^/]+ if-none-match$/.test(line)).length, 1)
      assert.equal(bucket.asked.length, signs ? 2 : 1)
      assert.equal(bucket.objects.size, 0)
    }
  })

  it('asks again when the server did not answer', async () => {
    const bucket = new Bucket()
    bucket.before = () => refusal(403, 'SlowDown')
    const storage = open(bucket)
    await assert.rejects(storage.directUpload('a.png', film), StorageUnavailable)
    bucket.before = unconditional
    assert.deepEqual((await storage.directUpload('a.png', film)).headers, { 'Content-Type': 'image/png' })
  })

  it('asks nothing where the options, the place or a file saved before have told', async () => {
    const bucket = new Bucket()
    const endpoints = [{ conditionalWrites: true }, { conditionalWrites: false }, { endpoint: undefined }]
    for (const options of endpoints) {
      const { headers } = await open(bucket, options as Partial<S3StorageOptions>).directUpload('a.png', film)
      assert.equal('If-None-Match' in headers, options.conditionalWrites !== false)
    }
    assert.deepEqual(bucket.asked, [])
    const storage = open(bucket)
    await storage.save('a.txt', 'one')
    await storage.directUpload('a.png', film)
    assert.deepEqual(bucket.asked, ['PUT a.txt if-none-match'])
  })

  it('signs for no more than one request takes, 5 GiB', async () => {
    const storage = open(new Bucket())
    const most = 5_368_709_120
    await storage.directUpload('a.mp4', { size: most, maxBytes: 2 * most })
    await assert.rejects(storage.directUpload('a.mp4', { size: most + 1, maxBytes: 2 * most }), {
      status: 413,
      limitBytes: most,
    })
    await assert.rejects(storage.directUpload('a.mp4', { size: 7, maxBytes: 6 }), { status: 413, limitBytes: 6 })
  })

  it('says 507 of a bucket that is full', async () => {
    const bucket = new Bucket()
    bucket.before = () => refusal(403, 'QuotaExceeded')
    await assert.rejects(open(bucket).save('a.txt', 'a'), StorageFull)
  })

  it('gives public addresses when the bucket is public', async () => {
    const storage = open(new Bucket(), { publicUrl: 'https://cdn.test/', prefix: 'site/' })
    assert.equal(await storage.url("a b/it's.png"), 'https://cdn.test/site/a%20b/it%27s.png')
  })

  it('asks for credentials each time when they are a function', async () => {
    let asked = 0
    const rotating = (): typeof credentials => {
      asked += 1
      return credentials
    }
    const storage = open(new Bucket(), { credentials: rotating })
    await storage.save('a.txt', 'a')
    await storage.exists('a.txt')
    assert.equal(asked, 2)
  })
})

describe('the options of a storage in a bucket', () => {
  const wrong: readonly [string, Partial<S3StorageOptions>][] = [
    ['a bucket with a path', { bucket: 'media/a' }],
    ['no bucket', { bucket: '' }],
    ['a prefix without a slash at its end', { prefix: 'media' }],
    ['a prefix from the root', { prefix: '/media/' }],
    ['an endpoint with credentials', { endpoint: 'https://key:secret@s3.test' }],
    ['an endpoint that is none', { endpoint: 's3.test' }],
    ['parts that S3 refuses', { partBytes: 1000 }],
    ['an address for longer than a week', { urlSeconds: 604_801 }],
    ['a public address without a slash', { publicUrl: 'https://cdn.test' }],
  ]
  for (const [what, options] of wrong)
    it(`refuse ${what}, and repeat no secret`, () => {
      assert.throws(
        () => open(new Bucket(), options),
        error => error instanceof ConfigError && !error.message.includes('secret'),
      )
    })

  it('find the bucket at Amazon, and in the path of other servers', async () => {
    const atAmazon = createS3Storage({ bucket: 'media', region: 'eu-central-1', credentials })
    assert.match(await atAmazon.url('a.png'), /^https:\/\/media\.s3\.eu-central-1\.amazonaws\.com\/a\.png\?/)
    assert.match(await open(new Bucket()).url('a.png'), /^https:\/\/s3\.test\/media\/a\.png\?/)
  })
})
