/** Where the files of resumable uploads end: one for each upload, in the storages that there are. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { HttpError } from 'nuages'
import { createDiskStorage, type Storage } from 'nuages/files'
import { createS3Storage } from '../../src/s3/index.ts'
import { temporaryFolder } from '../real-parts.ts'
import { makeBucket } from '../s3/bucket.ts'
import { startS3 } from '../s3-server.ts'
import { chunkAt, metadataOf, type OpenedTus, type OpenTusOptions, openTus } from './open-tus.ts'

const content = randomBytes(100_000)
const skipped: string[] = []
const server = await startS3({ after, skip: why => void skipped.push(why) })
const buckets = ['films-1', 'films-2', 'films-3']
if (server !== null) for (const bucket of buckets) await makeBucket(server, bucket)

class Refused extends HttpError {
  readonly code = 'test/refused'
  readonly status = 403
}

async function contentOf(storage: Storage, name: string): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync((await storage.open(name)).chunks()))
}

async function namesIn(storage: Storage): Promise<string[]> {
  return (await Array.fromAsync(storage.list(''))).map(({ name }) => name)
}

/** Sends a whole file called `a.mp4` as somebody. Resolves its address and the status of the last answer. */
async function sendFilm(
  { create, send }: OpenedTus,
  owner: string,
  bytes: Uint8Array,
): Promise<{ readonly address: string; readonly status: number }> {
  const who = { 'X-Owner': owner }
  const address = await create(bytes.length, { ...who, ...metadataOf('a.mp4') })
  const { status } = await send('PATCH', address, chunkAt(0, who), bytes)
  return { address, status }
}

function testsOf(open: (t: TestContext) => Storage): void {
  const openOn = async (t: TestContext, options: OpenTusOptions): Promise<OpenedTus> => {
    const storage = open(t)
    t.after(() => storage.close())
    return openTus(t, { ...options, storage })
  }

  it('has a name of its own, whatever other uploads are called', async t => {
    const tus = await openOn(t, {
      name: ({ filename }) => `films/${filename}`,
      onFinish: (_, { owner }) => {
        if (owner === 'eve') throw new Refused('Not eve.')
      },
    })
    assert.equal((await sendFilm(tus, 'ada', content)).status, 204)
    const [name = '', ...others] = await namesIn(tus.storage)
    assert.match(name, /^films\/[0-9a-f]{32}_a\.mp4$/)
    assert.deepEqual(others, [])
    assert.equal((await sendFilm(tus, 'eve', Buffer.from('eve'))).status, 403)
    assert.equal((await sendFilm(tus, 'bob', Buffer.from('bob'))).status, 204)
    assert.equal((await sendFilm(tus, 'ada', Buffer.from('ada'))).status, 204)
    assert.equal((await namesIn(tus.storage)).length, 3)
    assert.deepEqual(await contentOf(tus.storage, name), content)
  })

  it('is one file, and the same, when it is finished again', async t => {
    let failures = 2
    const names: string[] = []
    const tus = await openOn(t, {
      onFinish: async (_, { name }) => {
        names.push(name)
        assert.deepEqual(await contentOf(tus.storage, name), content)
        failures -= 1
        if (failures >= 0) throw new Error('The database is away.')
      },
    })
    const { address, status } = await sendFilm(tus, 'ada', content)
    assert.equal(status, 500)
    assert.equal((await tus.send('HEAD', address)).status, 500)
    assert.equal(await tus.offset(address), content.length)
    assert.deepEqual([names.length, new Set(names).size], [3, 1])
    assert.deepEqual(await namesIn(tus.storage), names.slice(0, 1))
    assert.equal((await tus.send('DELETE', address)).status, 204)
    assert.equal((await tus.send('HEAD', address)).status, 404)
    assert.deepEqual(await contentOf(tus.storage, names[0] as string), content)
  })

  it('goes with an upload that ends before the application has heard of it', async t => {
    let now = Date.now()
    const tus = await openOn(t, {
      clock: () => now,
      expireSeconds: 100,
      onFinish: (_, { owner }) => {
        if (owner !== 'ada') throw new Error('The database is away.')
      },
    })
    await sendFilm(tus, 'ada', content)
    const [kept = ''] = await namesIn(tus.storage)
    const eve = { 'X-Owner': 'eve' }
    const { address, status } = await sendFilm(tus, 'eve', content)
    assert.equal(status, 500)
    assert.equal((await namesIn(tus.storage)).length, 2)
    assert.equal((await tus.send('DELETE', address, eve)).status, 204)
    assert.deepEqual(await namesIn(tus.storage), [kept])
    for (const length of ['100000', '0']) {
      const first = { 'Upload-Length': length, 'Content-Type': 'application/offset+octet-stream', ...eve }
      assert.equal((await tus.send('POST', '', first, length === '0' ? '' : content)).status, 500)
      assert.deepEqual(await namesIn(tus.storage), [kept])
    }
    await sendFilm(tus, 'eve', content)
    now += 101_000
    assert.equal((await namesIn(tus.storage)).length, 2)
    assert.equal(await tus.uploads.removeExpired(tus.storage), 1)
    assert.deepEqual(await namesIn(tus.storage), [kept])
    assert.deepEqual(tus.left(), [])
    await sendFilm(tus, 'bob', content)
    now += 101_000
    await tus.create(3)
    assert.deepEqual(await namesIn(tus.storage), [kept])
  })
}

describe('the file of a resumable upload, in a folder', () => {
  testsOf(t => createDiskStorage({ root: temporaryFolder(t) }))

  it('is the uploaded file itself under a second name, as often as it is finished', async t => {
    const folder = temporaryFolder(t)
    const storage = createDiskStorage({ root: join(folder, 'files') })
    let failures = 2
    const tus = await openTus(t, {
      folder: join(folder, 'uploading'),
      storage,
      onFinish: () => {
        failures -= 1
        if (failures >= 0) throw new Error('The database is away.')
      },
    })
    const inode = (pattern: string): bigint =>
      statSync(join(folder, globSync(pattern, { cwd: folder })[0] as string), { bigint: true }).ino
    const { address } = await sendFilm(tus, 'ada', content)
    assert.equal(inode('files/uploads/*'), inode('uploading/*/open/*/data'))
    await tus.send('HEAD', address)
    assert.equal(inode('files/uploads/*'), inode('uploading/*/open/*/data'))
    assert.equal(await tus.offset(address), content.length)
    assert.deepEqual(globSync('**/data', { cwd: folder }), [])
    assert.deepEqual(globSync('files/.nuages-partial/*', { cwd: folder }), [])
    const [name = ''] = await namesIn(tus.storage)
    assert.deepEqual(await contentOf(tus.storage, name), content)
  })
})

if (server === null) it('the file of a resumable upload is in a bucket', t => t.skip(skipped.join()))
else {
  const { endpoint, credentials, region } = server
  const free = buckets.values()
  describe('the file of a resumable upload, in a bucket', () => {
    testsOf(() => createS3Storage({ bucket: free.next().value as string, endpoint, credentials, region }))
  })
}
