/** What only a storage on disk promises; the rest is the contract of storages, in the testing room. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { temporaryFolder } from '../../tests/real-parts.ts'
import { withSmallDisk } from '../../tests/small-disk.ts'
import { contentOf } from '../../tests/uploads/content-of.ts'
import { StorageFull, UploadedFile } from '../http/index.ts'
import { createDiskStorage, type DiskStorageOptions, removePartialFiles } from './disk-storage.ts'
import { StorageNameRefused, StorageUnavailable, StoredFileNotFound } from './errors.ts'
import type { Storage } from './storage.ts'

function opened(t: TestContext, options: Partial<DiskStorageOptions> = {}): { root: string; storage: Storage } {
  const root = join(temporaryFolder(t), 'media')
  return { root, storage: createDiskStorage({ root, ...options }) }
}

/** Every file below a folder, those included that the storage does not list. */
function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()
}

function descriptorsIn(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`)
      return target.startsWith(folder) ? [target] : []
    } catch {
      return []
    }
  })
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o7777
}

async function textOf(storage: Storage, name: string): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of (await storage.open(name)).chunks()) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('a storage on disk', () => {
  it('makes its folder with the first file, and leaves no descriptor', async t => {
    const { root, storage } = opened(t)
    assert.equal(await storage.exists('a/b.txt'), false)
    await assert.rejects(storage.open('b.txt'), StoredFileNotFound)
    for await (const _ of storage.list('')) assert.fail()
    assert.throws(() => statSync(root))
    await storage.save('a/b/c.txt', 'c')
    for await (const { name } of storage.list('')) assert.equal(name, 'a/b/c.txt')
    await storage.size('a/b/c.txt')
    await (await storage.open('a/b/c.txt')).close()
    for await (const _ of (await storage.open('a/b/c.txt')).chunks()) break
    await storage.delete('a/b/c.txt')
    await assert.rejects(storage.save('a/b', 'a folder', { replace: true }), StorageNameRefused)
    await assert.rejects(storage.open('a/b'), StoredFileNotFound)
    assert.deepEqual(descriptorsIn(root), [])
    assert.deepEqual(filesBelow(root), [])
  })

  it('gives files and folders the permissions of the settings, whatever the umask', async t => {
    const umask = process.umask(0o077)
    t.after(() => process.umask(umask))
    const { root, storage } = opened(t, { permissions: 0o640, directoryPermissions: 0o2750 })
    await storage.save('a/b.txt', 'b')
    await storage.save('a/upload', contentOf(Buffer.from('upload')))
    assert.deepEqual(
      ['a/b.txt', 'a/upload', 'a'].map(name => modeOf(join(root, name))),
      [0o640, 0o640, 0o2750],
    )
    const plain = opened(t, { permissions: null })
    await plain.storage.save('a/b.txt', 'b')
    assert.deepEqual(
      ['a/b.txt', 'a'].map(name => modeOf(join(plain.root, name))),
      [0o600, 0o700],
    )
  })

  it('gives the temporary file of an upload a place without copying it, once', async t => {
    const { root, storage } = opened(t)
    const path = join(temporaryFolder(t), 'upload')
    writeFileSync(path, 'content', { mode: 0o600 })
    const upload = new UploadedFile(
      { filename: 'x', contentType: '', charset: null },
      {
        size: 7,
        path,
        async *chunks() {
          yield readFileSync(path)
        },
      },
    )
    const first = await storage.save('a.txt', upload)
    const second = await storage.save('a.txt', upload)
    assert.equal(statSync(join(root, first)).ino, statSync(path).ino)
    assert.notEqual(statSync(join(root, second)).ino, statSync(path).ino)
    assert.equal(modeOf(join(root, first)), 0o644)
    assert.deepEqual([await textOf(storage, first), await textOf(storage, second)], ['content', 'content'])
  })

  it('follows no link, in a folder or in place of one, and does not say where it leads', async t => {
    const { root, storage } = opened(t)
    const outside = temporaryFolder(t)
    writeFileSync(join(outside, 'secret'), 'secret')
    await storage.save('folder/a.txt', 'a')
    symlinkSync(outside, join(root, 'link'))
    symlinkSync(join(outside, 'secret'), join(root, 'file'))
    symlinkSync(join(outside, 'new'), join(root, 'dangling'))
    symlinkSync('folder', join(root, 'inside'))
    symlinkSync('..', join(root, 'folder', 'up'))
    for (const name of [
      'link/secret',
      'file',
      'dangling',
      'inside/a.txt',
      'folder/up/file',
      'folder/up/folder/a.txt',
    ]) {
      await assert.rejects(storage.open(name), StoredFileNotFound, name)
      await assert.rejects(storage.size(name), StoredFileNotFound, name)
      assert.equal(await storage.exists(name), false)
      assert.equal(await storage.delete(name), false)
    }
    for (const replace of [false, true])
      for (const name of ['link/new', 'link/sub/new', 'inside/new', 'folder/up/new', 'file/new', 'folder/a.txt/new'])
        await assert.rejects(storage.save(name, 'x', { replace }), StorageNameRefused, name)
    assert.match(await storage.save('dangling', 'x'), /^dangling_/)
    assert.equal(await storage.save('file', 'mine', { replace: true }), 'file')
    const names = []
    for await (const { name } of storage.list('')) names.push(name.replace(/_[0-9]+$/, '_'))
    assert.deepEqual(names, ['dangling_', 'file', 'folder/a.txt'])
    for (const folder of ['link', 'inside', 'folder/up'])
      for await (const _ of storage.list(folder)) assert.fail(folder)
    assert.deepEqual(readdirSync(outside), ['secret'])
    assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'secret')
    assert.deepEqual(descriptorsIn(root), [])
  })

  it('stays inside while somebody puts links in place of its folders', async t => {
    if (process.platform !== 'linux') return
    const { root, storage } = opened(t)
    const outside = temporaryFolder(t)
    mkdirSync(join(root, 'folder'), { recursive: true })
    mkdirSync(join(outside, 'folder'))
    writeFileSync(join(outside, 'folder', 'secret'), 'secret')
    const folder = join(root, 'folder')
    const orNot = (step: () => void): void => {
      try {
        step()
      } catch {
        // The storage has made it, or removed something of it, at this moment.
      }
    }
    let isOver = false
    const swapping = (async () => {
      while (!isOver) {
        orNot(() => rmSync(folder, { recursive: true, force: true }))
        orNot(() => symlinkSync(join(outside, 'folder'), folder))
        await new Promise(resolve => setImmediate(resolve))
        orNot(() => unlinkSync(folder))
        await new Promise(resolve => setImmediate(resolve))
      }
    })()
    const outcomes = new Set<string>()
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let round = 0; round < 100 || !outcomes.has('saved'); round += 1) {
          await storage.save('folder/a.txt', 'mine').then(
            () => outcomes.add('saved'),
            error => outcomes.add(error.code),
          )
          assert.equal(await storage.exists('folder/secret'), false)
        }
      }),
    )
    isOver = true
    await swapping
    assert.deepEqual(readdirSync(join(outside, 'folder')), ['secret'])
    assert.ok(outcomes.has('saved'))
  })

  it('opens nothing that is no file', async t => {
    const { root, storage } = opened(t)
    await storage.save('a', 'a')
    execFileSync('mkfifo', [join(root, 'pipe')])
    mkdirSync(join(root, 'folder'))
    for (const name of ['pipe', 'folder']) {
      await assert.rejects(storage.open(name), StoredFileNotFound)
      assert.equal(await storage.exists(name), false)
      assert.equal(await storage.delete(name), false)
    }
    assert.match(await storage.save('pipe', 'x'), /^pipe_/)
    assert.deepEqual(descriptorsIn(root), [])
  })

  it('keeps what is its own out of reach, and out of the list', async t => {
    const { root, storage } = opened(t)
    await storage.save('a', 'a')
    writeFileSync(join(root, '.nuages-partial', 'half'), 'half')
    await assert.rejects(storage.open('.nuages-partial/half'), StorageNameRefused)
    await assert.rejects(storage.save('.nuages-partial/x', 'x'), StorageNameRefused)
    for await (const { name } of storage.list('')) assert.equal(name, 'a')
  })

  it('tells a reader of a file that is cut off while it is read', async t => {
    const { root, storage } = opened(t)
    await storage.save('a', Buffer.alloc(500_000))
    const file = await storage.open('a')
    await assert.rejects(async () => {
      for await (const _ of file.chunks()) truncateSync(join(root, 'a'), 70_000)
    }, StorageUnavailable)
    assert.deepEqual(descriptorsIn(root), [])
  })

  it('shows what was opened to its end, also when it is replaced or deleted', async t => {
    const { storage } = opened(t)
    await storage.save('a', 'one')
    const [first, second] = [await storage.open('a'), await storage.open('a')]
    await storage.save('a', 'two', { replace: true })
    const read = async (file: typeof first): Promise<string> => {
      let text = ''
      for await (const chunk of file.chunks()) text += Buffer.from(chunk).toString()
      return text
    }
    assert.equal(await read(first), 'one')
    await storage.delete('a')
    assert.equal(await read(second), 'one')
  })

  it('tells apart what looks the same: two files of one size within a moment', async t => {
    const { storage } = opened(t)
    const etags = new Set<string>()
    for (let round = 0; round < 20; round += 1) {
      await storage.save('a', `${round % 10}`, { replace: true })
      const file = await storage.open('a')
      etags.add(file.etag)
      await file.close()
    }
    assert.equal(etags.size, 20)
  })

  it('passes on what the source throws, errors of the system too', async t => {
    const { storage, root } = opened(t)
    const problem = Object.assign(new Error('the tape is full'), { code: 'ENOSPC' })
    // biome-ignore lint/correctness/useYield: that is what fails
    const source = (async function* (): AsyncGenerator<Uint8Array> {
      throw problem
    })()
    await assert.rejects(storage.save('a', source), problem)
    assert.deepEqual(filesBelow(root), [])
  })
})

describe('a full disk', () => {
  async function* large(): AsyncGenerator<Uint8Array> {
    for (let round = 0; round < 40; round += 1) yield Buffer.alloc(100_000, round)
  }

  it('is answered with 507, leaves nothing of the file, and lets smaller ones in', async t => {
    const root = temporaryFolder(t)
    await withSmallDisk(t, root, async () => {
      const storage = createDiskStorage({ root })
      await storage.save('kept', 'kept')
      const outcomes = await Promise.allSettled([
        storage.save('a', large()),
        storage.save('kept', large(), { replace: true }),
        storage.save('b/c', large()),
      ])
      for (const outcome of outcomes) assert.ok(outcome.status === 'rejected' && outcome.reason instanceof StorageFull)
      await storage.save('small', 'small')
      assert.deepEqual(filesBelow(root), ['kept', 'small'])
      assert.equal(await textOf(storage, 'kept'), 'kept')
      assert.deepEqual(descriptorsIn(root), [])
    })
  })

  it('is the same when there is room, but no name left', async t => {
    const root = temporaryFolder(t)
    await withSmallDisk(t, root, async () => {
      const storage = createDiskStorage({ root })
      let saved = 0
      await assert.rejects(async () => {
        for (; saved < 100; saved += 1) await storage.save('a/b', 'x')
      }, StorageFull)
      assert.equal(filesBelow(root).length, saved)
      await assert.rejects(storage.save('new/folder/b', 'x'), StorageFull)
      assert.equal(filesBelow(root).length, saved)
    })
  })

  it('below the root may be another one: files get there too', async t => {
    const { root, storage } = opened(t)
    await storage.save('a', 'a')
    mkdirSync(join(root, 'mounted'))
    await withSmallDisk(t, join(root, 'mounted'), async () => {
      assert.equal(await storage.save('mounted/sub/a', 'one'), 'mounted/sub/a')
      assert.match(await storage.save('mounted/sub/a', 'two'), /^mounted\/sub\/a_/)
      await assert.rejects(storage.save('mounted/sub/b', Buffer.alloc(2_000_000)), StorageFull)
      assert.equal(await textOf(storage, 'mounted/sub/a'), 'one')
      assert.equal(filesBelow(root).length, 3)
      assert.deepEqual(descriptorsIn(root), [])
    })
  })
})

describe('a server that is killed', () => {
  it('leaves what the next one removes, and nothing else', async t => {
    const { root, storage } = opened(t)
    await storage.save('a/kept', 'kept')
    const module = new URL('./index.ts', import.meta.url).href
    const program = `
      const { createDiskStorage } = await import(${JSON.stringify(module)})
      const storage = createDiskStorage({ root: process.argv[1] })
      async function* endless() { for (;;) { yield Buffer.alloc(200_000); process.stdout.write('.'); await new Promise(done => setTimeout(done, 5)) } }
      await storage.save('a/half', endless())`
    const running = async (): Promise<string[]> => {
      const before = new Set(filesBelow(root))
      const child = spawn(process.execPath, ['--input-type=module', '--eval', program, root], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(child.stdout, 'data')
      const made = filesBelow(root).filter(name => !before.has(name))
      t.after(() => child.kill('SIGKILL'))
      killing.push(async () => {
        child.kill('SIGKILL')
        await once(child, 'exit')
      })
      return made
    }
    const killing: (() => Promise<void>)[] = []
    const killed = await running()
    const alive = await running()
    assert.equal(killed.length, 1)
    await killing[0]?.()
    assert.equal(await storage.exists('a/half'), false)
    assert.equal(await removePartialFiles(root), 1)
    assert.deepEqual(filesBelow(root), [...alive, 'a/kept'].sort())
    await killing[1]?.()
    // A new storage removes it with its first file.
    await createDiskStorage({ root }).save('a/next', 'next')
    assert.deepEqual(filesBelow(root), ['a/kept', 'a/next'])
    assert.equal(await removePartialFiles(join(root, 'nowhere')), 0)
  })
})

describe('a root', () => {
  it('may be a link itself, and is looked for where the process was when it was named', async t => {
    const folder = temporaryFolder(t)
    mkdirSync(join(folder, 'real'))
    symlinkSync('real', join(folder, 'link'))
    const storage = createDiskStorage({ root: join(folder, 'link') })
    await storage.save('a', 'a')
    assert.deepEqual(filesBelow(join(folder, 'real')), ['a'])
  })

  it('that cannot be written is a fault of the setup, and no answer of ours', async t => {
    if (process.getuid?.() === 0) {
      // Root may write anywhere: a file in the way will do.
      const folder = temporaryFolder(t)
      writeFileSync(join(folder, 'file'), '')
      await assert.rejects(createDiskStorage({ root: join(folder, 'file') }).save('a', 'a'), { code: 'EEXIST' })
      return
    }
    const folder = temporaryFolder(t)
    chmodSync(folder, 0o500)
    await assert.rejects(createDiskStorage({ root: join(folder, 'media') }).save('a', 'a'), { code: 'EACCES' })
  })
})
