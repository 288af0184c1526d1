/** The names of finished uploads: each has its id in it, and a storage takes it as it is. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { cleanStorageName, StorageNameRefused } from '../../src/files/index.ts'
import { storedName } from '../../src/tus/stored-name.ts'

const id = '0123456789abcdef0123456789abcdef'

it('has the id before its last piece, unless it is there', () => {
  for (const [name, stored] of [
    ['films/a.mp4', `films/${id}_a.mp4`],
    ['a b.tar.gz', `${id}_a_b.tar.gz`],
    [`uploads/${id}.png`, `uploads/${id}.png`],
    [`films/${id}/a.mp4`, `films/${id}/a.mp4`],
    [`a-${id}.mp4`, `a-${id}.mp4`],
    [`films/${id.slice(1)}.mp4`, `films/${id}_${id.slice(1)}.mp4`],
    ['films//./a.mp4', `films/${id}_a.mp4`],
  ] as const)
    assert.equal(storedName(name, id), stored)
})

it('is one that storages take, whatever the client calls its file', () => {
  const long = '雲'.repeat(255)
  for (const filename of [
    '🎬',
    '🎬.mp4',
    '.htaccess',
    '..',
    '',
    '.nuages-partial',
    long,
    `${long}.mp4`,
    `Vol. 1 ${long}`,
    `a.${'b'.repeat(300)}`,
    '\ud800.mp4',
  ]) {
    for (const name of [filename, `films/${filename}`, `films/${id}/${filename}`, `films/${filename}-${id}`]) {
      const stored = storedName(name, id)
      assert.ok(stored.includes(id), stored)
      assert.ok(Buffer.byteLength(stored.split('/').at(-1) as string) <= 255, stored)
      assert.equal(cleanStorageName(stored), stored)
      assert.ok(!stored.includes('\ufffd') && !stored.includes('/.'), stored)
      if (filename.endsWith('.mp4') && !name.endsWith(id)) assert.match(stored, /\.mp4$/)
    }
  }
})

it('is refused where its folders lead elsewhere', () => {
  for (const name of ['../a.mp4', '/etc/a.mp4', 'films/../../a.mp4', `../${id}`])
    assert.throws(() => storedName(name, id), StorageNameRefused)
})
