import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { createDiskStorage, type Storage, type StorageSource, type StoredFile, storageChunks } from '../files/index.ts'
import { uniqueNames } from '../settings/index.ts'
import { storageContract } from './storage-contract.ts'

const root = await mkdtemp(join(tmpdir(), 'nuages-test-'))
after(() => rm(root, { recursive: true }))

describe('the contract of storages, kept by the one on disk', () => {
  for (const uniqueName of uniqueNames)
    describe(uniqueName, () => storageContract(it, () => createDiskStorage({ root, uniqueName })))
})

/** Some methods of a good storage, replaced by bad ones. */
type Defect = (good: Storage) => Partial<Storage>

async function bytesOf(source: StorageSource): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of storageChunks(source)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** The same file, told or read otherwise. */
function withFile(good: Storage, change: (file: StoredFile) => Partial<StoredFile>): Pick<Storage, 'open'> {
  return {
    open: async (name, range) => {
      const file = await good.open(name, range)
      const same: StoredFile = {
        name: file.name,
        size: file.size,
        modifiedAt: file.modifiedAt,
        etag: file.etag,
        contentType: file.contentType,
        chunks: () => file.chunks(),
        close: () => file.close(),
      }
      return { ...same, ...change(file) }
    },
  }
}

const defects: Readonly<Record<string, Defect>> = {
  'keeps what is there': good => ({
    save: async (name, ...more) => ((await good.exists(name)) ? name : good.save(name, ...more)),
  }),
  'replaces what is there': good => ({
    save: (name, source, options) => good.save(name, source, { ...options, replace: true }),
  }),
  'never replaces': good => ({
    save: (name, source, options) => good.save(name, source, { ...options, replace: false }),
  }),
  'looks whether a name is free, and then replaces': good => ({
    save: async (name, source, options) => {
      const free = (await good.exists(name)) ? name.replace(/(\.|$)/, '_1$1') : name
      return good.save(free, source, { ...options, replace: true })
    },
  }),
  'removes, and then writes': good => ({
    save: async (name, source, options) => {
      if (options?.replace === true) await good.delete(name)
      return good.save(name, source, options)
    },
  }),
  'keeps the half of a source that broke': good => ({
    save: async (name, source, options) => {
      const kept: Uint8Array[] = []
      try {
        for await (const chunk of storageChunks(source, { signal: options?.signal })) kept.push(Buffer.from(chunk))
      } catch (error) {
        await good.save(name, Buffer.concat(kept))
        throw error
      }
      return good.save(name, Buffer.concat(kept), options)
    },
  }),
  'never stops': good => ({
    save: async (name, source, { signal: _, ...options } = {}) => good.save(name, await bytesOf(source), options),
  }),
  'says of every failure that it is its own': good => ({
    save: async (...args) => {
      try {
        return await good.save(...args)
      } catch (cause) {
        throw new Error('It could not be saved.', { cause })
      }
    },
  }),
  'cuts off what is large': good => ({
    save: async (name, source, options) => good.save(name, (await bytesOf(source)).subarray(0, 10_000_000), options),
  }),
  'takes a stream for nothing': good => ({
    save: (name, source, options) =>
      good.save(name, typeof source === 'object' && Symbol.asyncIterator in source ? '' : source, options),
  }),
  'cleans no name': good => ({
    save: async (name, ...more) => {
      await good.save(name, ...more)
      return name
    },
  }),
  'shortens no name': good => ({
    save: (name, source, { maxNameLength: _, ...options } = {}) => good.save(name, source, options),
  }),
  'knows no ranges': good => ({ open: name => good.open(name) }),
  'leaves out the last byte of a range': good => ({
    open: (name, range) => good.open(name, range?.end === undefined ? range : { ...range, end: range.end - 1 }),
  }),
  'tells the size of the range': good => withFile(good, file => ({ size: Math.min(file.size, 5) })),
  'has one ETag for a name': good => withFile(good, file => ({ etag: `"${file.name}"` })),
  'has an ETag without quotes': good => withFile(good, file => ({ etag: file.etag.slice(1, -1) })),
  'forgets the time': good => withFile(good, () => ({ modifiedAt: new Date(0) })),
  'never finds': () => ({ exists: async () => false }),
  'says that a folder is a file': good => ({
    exists: async name => (await good.exists(name)) || name.endsWith('/sub'),
  }),
  'always says that it deleted': good => ({ delete: async name => (await good.delete(name)) || true }),
  'deletes nothing': good => ({ delete: name => good.exists(name) }),
  'says 0 for the size of nothing': good => ({ size: async name => ((await good.exists(name)) ? good.size(name) : 0) }),
  'lists what begins alike': good => ({
    async *list(folder) {
      const slash = folder.lastIndexOf('/')
      for await (const entry of good.list(slash === -1 ? folder : folder.slice(0, slash)))
        if (entry.name.startsWith(folder)) yield entry
    },
  }),
  'lists backwards': good => ({
    async *list(folder) {
      yield* (await Array.fromAsync(good.list(folder))).reverse()
    },
  }),
  'puts a name into an address as it is': good => ({ url: async name => decodeURIComponent(await good.url(name)) }),
  'takes any name for an address': () => ({ url: async name => `/media/${encodeURIComponent(name)}` }),
}

/** Names of the contract's tests that fail for a storage. */
async function failuresOf(defect: Defect): Promise<string[]> {
  const tests: { readonly name: string; readonly body: () => Promise<void> }[] = []
  storageContract(
    (name, body) => tests.push({ name, body }),
    () => {
      const good = createDiskStorage({ root })
      const same: Storage = {
        save: (...args) => good.save(...args),
        open: (...args) => good.open(...args),
        delete: name => good.delete(name),
        exists: name => good.exists(name),
        size: name => good.size(name),
        url: name => good.url(name),
        list: folder => good.list(folder),
        close: () => good.close(),
      }
      return { ...same, ...defect(good) }
    },
  )
  const outcomes = await Promise.allSettled(tests.map(({ body }) => body()))
  return tests.filter((_, index) => outcomes[index]?.status === 'rejected').map(({ name }) => name)
}

describe('the contract of storages', { concurrency: 4 }, () => {
  it('has nothing to say against a good one', async () => {
    assert.deepEqual(await failuresOf(() => ({})), [])
  })

  for (const [name, defect] of Object.entries(defects))
    it(`finds one that ${name}`, async () => assert.notEqual((await failuresOf(defect)).length, 0))
})
