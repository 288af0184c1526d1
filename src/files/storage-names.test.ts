import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { StorageNameRefused } from './errors.ts'
import { alternativeName, cleanBaseName, cleanStorageName, requireStorageName, storageNames } from './storage-names.ts'

interface Vector {
  readonly id: string
  readonly op: string
  readonly in: { readonly name: string; readonly existing?: readonly string[]; readonly max_length?: number }
  readonly out: { readonly name?: string; readonly error?: string }
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../../tests/vectors/filenames.json', import.meta.url), 'utf8'),
).cases

function casesOf(op: string): readonly Vector[] {
  const found = vectors.filter(vector => vector.op === op)
  assert.notEqual(found.length, 0)
  return found
}

/** What is given, or that it is refused. */
function outcome(give: () => string): Vector['out'] {
  try {
    return { name: give() }
  } catch (error) {
    assert.ok(error instanceof StorageNameRefused)
    assert.equal(error.status, 400)
    return { error: 'SuspiciousFileOperation' }
  }
}

/** The first of the names, by Django's suffixes, that is free. */
function availableName({ name, existing = [], max_length: maxLength }: Vector['in']): string {
  if (name === '' || /(?:^|\/)\.{0,2}$/.test(name) || name.includes('..\\')) throw new StorageNameRefused(name, 'no')
  const isFree = (candidate: string): boolean =>
    !existing.includes(candidate) && candidate.length <= (maxLength ?? Number.POSITIVE_INFINITY)
  let candidate = name
  for (let letter = 65; !isFree(candidate); letter += 1) {
    const other = alternativeName(name, String.fromCharCode(letter).repeat(7), maxLength)
    if (other === null) throw new StorageNameRefused(name, 'no')
    candidate = other
  }
  return candidate
}

describe('names in a storage', () => {
  it("are cleaned as Django's get_valid_name does", () => {
    for (const { id, in: given, out } of casesOf('valid_filename'))
      assert.deepEqual(
        outcome(() => cleanBaseName(given.name)),
        out,
        id,
      )
  })

  it("are made as Django's generate_filename does, and never absolute", () => {
    for (const { id, in: given, out } of casesOf('generate_filename')) {
      const expected = out.name?.startsWith('/') ? { error: 'SuspiciousFileOperation' } : out
      assert.deepEqual(
        outcome(() => cleanStorageName(given.name)),
        expected,
        id,
      )
    }
  })

  it("become others as in Django's get_available_name", () => {
    // Django draws another suffix after it has shortened a name.
    const anyLetter = ({ name, ...out }: Vector['out']): Vector['out'] => ({
      ...out,
      ...(name !== undefined && { name: name.replace(/_(?:A{7}|B{7})/, '_RANDOM') }),
    })
    for (const { id, in: given, out } of casesOf('available_name')) {
      const found = outcome(() => availableName(given))
      const expected = given.name.startsWith('/') || given.name.startsWith('./') ? found : out
      if (given.max_length === undefined) assert.deepEqual(found, expected, id)
      else assert.deepEqual(anyLetter(found), anyLetter(expected), id)
    }
  })

  it('are refused when they lead elsewhere, as by validate_file_name and more', () => {
    for (const { id, in: given, out } of casesOf('validate_file_name'))
      if (out.error !== undefined && (given as { allow_relative_path?: boolean }).allow_relative_path === true)
        assert.ok(outcome(() => requireStorageName(given.name)).error, id)
    const bad = [
      '',
      '/',
      'a/',
      'a//b',
      './a',
      'a/..',
      'a/../b',
      '..\\a',
      'a\\b',
      'a\0.png',
      'a\nb',
      'a\x7fb',
      '\ud800',
      '.nuages-partial/a',
      'a/.nuages-x',
      'x'.repeat(256),
      'é'.repeat(128),
      'a/'.repeat(600),
    ]
    for (const name of bad) assert.throws(() => requireStorageName(name), StorageNameRefused, JSON.stringify(name))
    for (const name of ['a', 'a/b c/d', '...', '..a', '.profile', 'ü/雲.txt', 'x'.repeat(255), 'C:/a', '~/a'])
      assert.equal(requireStorageName(name), name)
  })

  it('are tried in order: as asked, with the suffix of the setting, then with random characters', () => {
    const first = (count: number, options: Omit<Parameters<typeof storageNames>[1], 'now'>): string[] =>
      storageNames('d/a.tar.gz', { now: 1_763_726_400_000, ...options })
        .take(count)
        .toArray()
    const [own, stamped, random] = first(3, { unique: 'timestamp' })
    assert.deepEqual([own, stamped], ['d/a.tar.gz', 'd/a_1763726400000.tar.gz'])
    assert.match(random as string, /^d\/a_1763726400000_[A-Za-z0-9]{7}\.tar\.gz$/)
    assert.match(first(2, { unique: 'random' })[1] as string, /^d\/a_[A-Za-z0-9]{7}\.tar\.gz$/)
    const md5 = 'd41d8cd98f00b204e9800998ecf8427e'
    assert.equal(first(2, { unique: 'md5', md5 })[1], `d/a_${md5}.tar.gz`)
    assert.match(
      first(3, { unique: 'md5', md5 })[2] as string,
      /_d41d8cd98f00b204e9800998ecf8427e_[A-Za-z0-9]{7}\.tar\.gz$/,
    )
    assert.match(first(2, { unique: 'md5' })[1] as string, /^d\/a_[A-Za-z0-9]{7}\.tar\.gz$/)
    assert.equal(new Set(first(50, { unique: 'random' })).size, 50)
  })

  it('are shortened before the extension, in whole characters, to what disks and columns take', () => {
    const name = (given: string, maxLength?: number): string =>
      storageNames(cleanStorageName(given), { unique: 'timestamp', now: 1, maxLength }).next().value
    assert.equal(name(`${'雲'.repeat(255)}.png`), `${'雲'.repeat(83)}_1.png`)
    assert.equal(name(`${'𠀀'.repeat(255)}.png`), `${'𠀀'.repeat(62)}_1.png`)
    assert.equal(name(`avatars/${'x'.repeat(200)}.png`, 100), `avatars/${'x'.repeat(86)}_1.png`)
    assert.equal(name('avatars/a.png', 13), 'avatars/a.png')
    assert.throws(() => name('avatars/a.png', 12), StorageNameRefused)
    const md5 = 'd41d8cd98f00b204e9800998ecf8427e'
    const tight = storageNames('avatars/abc.png', { unique: 'md5', now: 1, md5, maxLength: 22 }).take(3).toArray()
    for (const other of tight.slice(1)) assert.match(other, /^avatars\/ab_[A-Za-z0-9]{7}\.png$/)
    assert.throws(() => name(`a.${'b.'.repeat(127)}c`), StorageNameRefused)
    assert.throws(() => name('x'.repeat(10_000)), StorageNameRefused)
  })
})
