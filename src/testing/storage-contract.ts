/**
 * What every storage promises, as tests: for ours and for yours.
 *
 * Owns the sentences of `Storage` that a test can prove. Works with the `it` of any runner, against an empty storage or one in use: each
 * test has a folder of its own, and what it saved is removed after it.
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Storage, StorageNameRefused, type StorageRange, StoredFileNotFound } from '../files/index.ts'
import { UploadedFile } from '../http/index.ts'
import type { Awaitable } from '../kit/index.ts'
import type { It } from './session-store-contract.ts'

/**
 * Defines the tests. `open` makes the storage of one test, which is closed after it.
 *
 * @example
 * describe('my storage', () => storageContract(it, () => new MyStorage(bucket)))
 */
export function storageContract(it: It, open: () => Awaitable<Storage>): void {
  const define: Define = (name, body) =>
    it(name, async () => {
      const storage = await open()
      const folder = `contract-${randomBytes(8).toString('hex')}`
      try {
        await body(storage, folder)
      } finally {
        try {
          for await (const { name: left } of storage.list(folder)) await storage.delete(left)
        } finally {
          await storage.close()
        }
      }
    })
  savesAndReads(define)
  readsRanges(define)
  namesFiles(define)
  replaces(define)
  leavesNothing(define)
  finds(define)
  refusesNames(define)
}

type Define = (name: string, body: (storage: Storage, folder: string) => Promise<void>) => void

/** How many do the same at once. */
const crowd = 12
/** How long something may take that should happen at once, in milliseconds. */
const patienceMs = 3000
/** More than an object store takes in one part, 5 MiB, and not a multiple of anything. */
const largeBytes = 12_000_007

async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

async function read(storage: Storage, name: string, range?: StorageRange): Promise<Buffer> {
  const file = await storage.open(name, range)
  const chunks: Uint8Array[] = []
  for await (const chunk of file.chunks()) chunks.push(Buffer.from(chunk))
  await file.close()
  return Buffer.concat(chunks)
}

async function namesIn(storage: Storage, folder: string): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of storage.list(folder)) names.push(name)
  return names
}

/** Without showing them: a report of two different megabytes takes a runner minutes. */
function assertSame(found: Buffer, expected: Buffer): void {
  assert.equal(found.byteLength, expected.byteLength, 'another number of bytes was read than saved')
  assert.ok(found.equals(expected), 'other bytes were read than saved')
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function savesAndReads(define: Define): void {
  define('keeps bytes, text, streams and uploaded files as they are', async (storage, folder) => {
    const bytes = randomBytes(100_003)
    const upload = new UploadedFile(
      { filename: 'x', contentType: 'image/png', charset: null },
      { size: bytes.byteLength, chunks: () => inPieces(bytes, 4096) },
    )
    assertSame(await read(storage, await storage.save(`${folder}/bytes`, bytes)), bytes)
    assertSame(await read(storage, await storage.save(`${folder}/stream`, inPieces(bytes, 7001))), bytes)
    assertSame(await read(storage, await storage.save(`${folder}/upload`, upload)), bytes)
    assert.equal((await read(storage, await storage.save(`${folder}/text`, 'é雲\r\n'))).toString(), 'é雲\r\n')
    assert.equal((await read(storage, await storage.save(`${folder}/empty`, ''))).length, 0)
    assert.equal((await read(storage, await storage.save(`${folder}/nothing`, inPieces(Buffer.alloc(0), 1)))).length, 0)
  })

  define('keeps a large stream, in pieces of any size', async (storage, folder) => {
    const bytes = randomBytes(largeBytes)
    const name = await storage.save(`${folder}/large.bin`, inPieces(bytes, 65_521))
    assert.equal(await storage.size(name), largeBytes)
    assert.equal(sha256(await read(storage, name)), sha256(bytes))
  })

  define('tells size, time and an ETag that changes with the content', async (storage, folder) => {
    const began = Date.now()
    const name = await storage.save(`${folder}/a.txt`, 'one')
    const file = await storage.open(name)
    await file.close()
    await file.close()
    assert.equal(file.name, name)
    assert.equal(file.size, 3)
    assert.ok(Math.abs(file.modifiedAt.getTime() - began) < 60_000, 'the time is not that of the saving')
    assert.match(file.etag, /^"[^"\s]+"$/)
    const again = await storage.open(name)
    await again.close()
    assert.equal(again.etag, file.etag)
    await storage.save(name, 'two', { replace: true })
    const changed = await storage.open(name)
    await changed.close()
    assert.notEqual(changed.etag, file.etag)
  })

  define('lets a reader stop early', async (storage, folder) => {
    const name = await storage.save(`${folder}/a.bin`, randomBytes(1_000_000))
    const file = await storage.open(name)
    for await (const chunk of file.chunks()) {
      assert.notEqual(chunk.byteLength, 0)
      break
    }
    await file.close()
    assert.equal((await read(storage, name)).length, 1_000_000)
  })
}

function readsRanges(define: Define): void {
  define('reads a piece, both ends included, and knows the size of the whole', async (storage, folder) => {
    const bytes = randomBytes(200_000)
    const name = await storage.save(`${folder}/a.bin`, bytes)
    const ranges: readonly [StorageRange, Buffer][] = [
      [{ start: 0 }, bytes],
      [{ start: 0, end: 0 }, bytes.subarray(0, 1)],
      [{ start: 65_530, end: 65_540 }, bytes.subarray(65_530, 65_541)],
      [{ start: 199_999 }, bytes.subarray(199_999)],
      [{ start: 199_990, end: 1_000_000 }, bytes.subarray(199_990)],
    ]
    for (const [range, expected] of ranges) assertSame(await read(storage, name, range), expected)
    const file = await storage.open(name, { start: 5, end: 9 })
    assert.equal(file.size, 200_000)
    await file.close()
  })

  define('gives no bytes beyond the end, and still the size', async (storage, folder) => {
    const name = await storage.save(`${folder}/a.txt`, 'abc')
    const none = await storage.save(`${folder}/none`, '')
    assert.equal((await read(storage, name, { start: 3 })).length, 0)
    assert.equal((await read(storage, name, { start: 100, end: 200 })).length, 0)
    assert.equal((await read(storage, none, { start: 0 })).length, 0)
    const file = await storage.open(name, { start: 100 })
    assert.equal(file.size, 3)
    await file.close()
  })
}

function namesFiles(define: Define): void {
  define('makes a name valid, and keeps one that is', async (storage, folder) => {
    assert.equal(await storage.save(`${folder}/2026/07/été 雲.tar.gz`, 'a'), `${folder}/2026/07/été_雲.tar.gz`)
    assert.equal(await storage.save(`${folder}/<b>&.txt`, 'b'), `${folder}/b.txt`)
    assert.equal((await read(storage, `${folder}/2026/07/été_雲.tar.gz`)).toString(), 'a')
  })

  define('gives another name when one is taken, and leaves what has it alone', async (storage, folder) => {
    const first = await storage.save(`${folder}/a.tar.gz`, 'first')
    const second = await storage.save(`${folder}/a.tar.gz`, 'second')
    assert.equal(first, `${folder}/a.tar.gz`)
    assert.match(second.slice(folder.length), /^\/a_[A-Za-z0-9_]+\.tar\.gz$/)
    assert.equal((await read(storage, first)).toString(), 'first')
    assert.equal((await read(storage, second)).toString(), 'second')
  })

  define('gives each a name of its own when many save at once', async (storage, folder) => {
    const texts = Array.from({ length: crowd }, (_, index) => `content ${index}`)
    const names = await Promise.all(texts.map(text => storage.save(`${folder}/a.txt`, text)))
    assert.equal(new Set(names).size, crowd)
    for (const [index, name] of names.entries()) assert.equal((await read(storage, name)).toString(), texts[index])
    assert.deepEqual((await namesIn(storage, folder)).length, crowd)
  })

  define('shortens a name that is too long, before its extension', async (storage, folder) => {
    const most = folder.length + 30
    const short = await storage.save(`${folder}/${'x'.repeat(100)}.png`, 'a', { maxNameLength: most })
    assert.ok(short.length <= most && short.endsWith('.png'), short)
    const long = await storage.save(`${folder}/${'雲'.repeat(255)}.png`, 'b')
    assert.ok(long.endsWith('.png'))
    assert.equal((await read(storage, long)).toString(), 'b')
  })
}

function replaces(define: Define): void {
  define('takes the place of a file when asked to, under exactly its name', async (storage, folder) => {
    assert.equal(await storage.save(`${folder}/a.txt`, 'one', { replace: true }), `${folder}/a.txt`)
    assert.equal(await storage.save(`${folder}/a.txt`, 'longer than one', { replace: true }), `${folder}/a.txt`)
    assert.equal((await read(storage, `${folder}/a.txt`)).toString(), 'longer than one')
    assert.deepEqual(await namesIn(storage, folder), [`${folder}/a.txt`])
  })

  define('shows readers one content or the other, never a mixture', async (storage, folder) => {
    const contents = Array.from({ length: 4 }, (_, index) => randomBytes(100_000 + index))
    const hashes = contents.map(sha256)
    const name = await storage.save(`${folder}/a.bin`, contents[0] as Buffer)
    const writing = Promise.all(contents.map(bytes => storage.save(name, inPieces(bytes, 10_000), { replace: true })))
    for (let round = 0; round < crowd; round += 1) assert.ok(hashes.includes(sha256(await read(storage, name))))
    await writing
    assert.ok(hashes.includes(sha256(await read(storage, name))))
  })
}

function leavesNothing(define: Define): void {
  const problem = new Error('the source broke')
  async function* breaking(afterBytes: number): AsyncGenerator<Uint8Array> {
    yield* inPieces(randomBytes(afterBytes), 50_000)
    throw problem
  }

  define('passes on what the source throws, and leaves nothing of it', async (storage, folder) => {
    for (const afterBytes of [0, 1, largeBytes])
      await assert.rejects(storage.save(`${folder}/a.bin`, breaking(afterBytes)), problem)
    assert.deepEqual(await namesIn(storage, folder), [])
    await storage.save(`${folder}/a.bin`, 'kept')
    await assert.rejects(storage.save(`${folder}/a.bin`, breaking(100_000), { replace: true }), problem)
    assert.equal((await read(storage, `${folder}/a.bin`)).toString(), 'kept')
  })

  define('stops at once when it is called off, and leaves nothing', async (storage, folder) => {
    const controller = new AbortController()
    const reason = new Error('never mind')
    let isLetGo = false
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        yield randomBytes(100_000)
        await delay(50)
        controller.abort(reason)
        yield randomBytes(100_000)
        await delay(50)
      } finally {
        isLetGo = true
      }
    }
    await assert.rejects(storage.save(`${folder}/a.bin`, endless(), { signal: controller.signal }), reason)
    await assert.rejects(storage.save(`${folder}/b.bin`, 'b', { signal: controller.signal }), reason)
    await delay(100)
    assert.equal(isLetGo, true, 'the source was not let go of')
    assert.deepEqual(await namesIn(storage, folder), [])
  })

  define('does not wait for a source that gives nothing, when it is called off', async (storage, folder) => {
    const controller = new AbortController()
    const reason = new Error('never mind')
    const silent: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
    }
    const saving = storage.save(`${folder}/a.bin`, silent, { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 50)
    await assert.rejects(Promise.race([saving, delay(patienceMs)]), reason)
    assert.deepEqual(await namesIn(storage, folder), [])
  })
}

function finds(define: Define): void {
  define('deletes, once, and says whether there was one', async (storage, folder) => {
    const name = await storage.save(`${folder}/a.txt`, 'a')
    assert.equal(await storage.exists(name), true)
    assert.equal(await storage.size(name), 1)
    assert.equal(await storage.delete(name), true)
    assert.equal(await storage.delete(name), false)
    assert.equal(await storage.exists(name), false)
    await assert.rejects(storage.open(name), StoredFileNotFound)
    await assert.rejects(storage.open(name, { start: 1 }), StoredFileNotFound)
    await assert.rejects(storage.size(name), StoredFileNotFound)
    assert.equal(await storage.save(name, 'b'), name, 'a name that is free again is not given')
  })

  define('takes no folder for a file, and nothing below a file', async (storage, folder) => {
    await storage.save(`${folder}/sub/a.txt`, 'a')
    assert.equal(await storage.exists(`${folder}/sub`), false)
    assert.equal(await storage.delete(`${folder}/sub`), false)
    await assert.rejects(storage.open(`${folder}/sub`), StoredFileNotFound)
    assert.equal(await storage.exists(`${folder}/sub/a.txt/b`), false)
    assert.equal(await storage.exists(`${folder}/sub/a.txt`), true)
  })

  define('lists a folder and those below it, in the order of the names', async (storage, folder) => {
    const names = ['a.txt', 'a/b', 'a/c/d', 'a0', 'sub-2/x', 'sub/x', 'sub/雲', 'z'].map(name => `${folder}/${name}`)
    for (const name of names.toReversed()) assert.equal(await storage.save(name, 'content'), name)
    const entries = []
    for await (const entry of storage.list(folder)) entries.push(entry)
    const expected = names.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    assert.deepEqual(
      entries.map(({ name }) => name),
      expected,
    )
    for (const { size, modifiedAt } of entries) {
      assert.equal(size, 7)
      assert.ok(Math.abs(modifiedAt.getTime() - Date.now()) < 60_000)
    }
    const below = [`${folder}/sub/x`, `${folder}/sub/雲`]
    assert.deepEqual(await namesIn(storage, `${folder}/sub`), below)
    assert.deepEqual(await namesIn(storage, `${folder}/sub/`), below)
    assert.deepEqual(await namesIn(storage, `${folder}/su`), [])
    assert.deepEqual(await namesIn(storage, `${folder}/nowhere/at/all`), [])
  })

  define('gives an address for a name, whatever characters it has', async (storage, folder) => {
    for (const name of [`${folder}/a.txt`, `${folder}/1 & 2?#%.txt`, `${folder}/雲.png`]) {
      const url = new URL(await storage.url(name), 'http://localhost')
      assert.ok(decodeURIComponent(url.pathname).endsWith(name), url.href)
    }
  })
}

function refusesNames(define: Define): void {
  define('refuses names that lead elsewhere, whatever is done with them', async (storage, folder) => {
    for (const name of [
      '',
      '/etc/passwd',
      '../a',
      `${folder}/../a`,
      `${folder}/..`,
      `${folder}\\..\\a`,
      `${folder}/a\0`,
      `${folder}//a`,
    ]) {
      await assert.rejects(storage.open(name), StorageNameRefused, name)
      await assert.rejects(storage.delete(name), StorageNameRefused, name)
      await assert.rejects(storage.exists(name), StorageNameRefused, name)
      await assert.rejects(storage.size(name), StorageNameRefused, name)
      await assert.rejects(storage.url(name), StorageNameRefused, name)
    }
    for (const name of [
      '',
      '/etc/a',
      '../a',
      `${folder}/../a`,
      `${folder}/..`,
      `${folder}/$`,
      `${folder}\\..\\a`,
      `${folder}\0/a`,
    ])
      for (const replace of [false, true])
        await assert.rejects(storage.save(name, 'x', { replace }), StorageNameRefused, name)
    await assert.rejects(async () => {
      for await (const _ of storage.list('../')) assert.fail()
    }, StorageNameRefused)
    assert.deepEqual(await namesIn(storage, folder), [])
  })
}
