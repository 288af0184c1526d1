import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { removeAbandonedFiles, temporaryFilePrefix } from './abandoned-files.ts'
import { notePartial } from './partial-files.ts'
import { TemporaryFiles } from './temporary-files.ts'

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'nuages-abandoned-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

const random = 'a'.repeat(32)

describe('removeAbandonedFiles', () => {
  it('removes those of a killed process, and only those', async t => {
    const folder = folderOf(t)
    const module = new URL('temporary-files.ts', import.meta.url).href
    const script = `
      const { TemporaryFiles } = await import(${JSON.stringify(module)})
      const file = await new TemporaryFiles(${JSON.stringify(folder)}).create()
      await file.write(Buffer.alloc(300_000))
      console.log('ready')
      setInterval(() => file, 1000) // garbage would be closed`
    const child = spawn(process.execPath, ['--conditions=nuages-source', '--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    const mine = await new TemporaryFiles(folder).create()
    await mine.finish()
    writeFileSync(join(folder, 'nuages-upload-notes.txt'), '')
    assert.equal(await removeAbandonedFiles(folder), 0)
    assert.equal(readdirSync(folder).length, 3)
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal(await removeAbandonedFiles(folder), 1)
    assert.equal(readdirSync(folder).length, 2)
  })

  it('knows a process id that is used again', { skip: process.platform !== 'linux' }, async t => {
    const folder = folderOf(t)
    const [, , place, pid] = temporaryFilePrefix.split('-')
    writeFileSync(join(folder, `nuages-upload-${place}-${pid}-1-${random}.tmp`), '')
    assert.equal(await removeAbandonedFiles(folder), 1)
  })

  it('removes the unfinished file that a note tells of, and believes only our own notes', async t => {
    const folder = folderOf(t)
    const elsewhere = folderOf(t)
    const gone = temporaryFilePrefix.replace(/-[0-9]+-$/, '-1-')
    const { path } = await notePartial(join(elsewhere, 'photo.png'), join(folder, gone))
    const { path: running } = await notePartial(join(elsewhere, 'photo.png'), join(folder, temporaryFilePrefix))
    for (const each of [path, running, join(elsewhere, 'precious')]) writeFileSync(each, 'half')
    const note = (char: string, text: string): void =>
      writeFileSync(join(folder, `${gone}${char.repeat(32)}.note`), text)
    note('b', join(elsewhere, 'precious'))
    note('c', '')
    symlinkSync(running, join(folder, `${gone}${'d'.repeat(32)}.note`))
    mkdirSync(join(folder, `${gone}${'e'.repeat(32)}.tmp`))
    assert.equal(await removeAbandonedFiles(folder), 3)
    assert.deepEqual(readdirSync(elsewhere).sort(), [basename(running), 'precious'].sort())
    assert.equal(readdirSync(folder).length, 3)
    if (process.getuid?.() !== 0) return
    note('f', path)
    writeFileSync(path, 'half')
    chownSync(join(folder, `${gone}${'f'.repeat(32)}.note`), 12_345, 12_345)
    assert.equal(await removeAbandonedFiles(folder), 0)
  })

  it('leaves those of another machine alone until nobody has written to them for a day', async t => {
    const folder = folderOf(t)
    const path = join(folder, `nuages-upload-${'0'.repeat(16)}-1-1-${random}.tmp`)
    writeFileSync(path, '')
    assert.equal(await removeAbandonedFiles(folder), 0)
    const hours = (count: number): number => Date.now() / 1000 - count * 3600
    utimesSync(path, hours(23), hours(23))
    assert.equal(await removeAbandonedFiles(folder), 0)
    utimesSync(path, hours(25), hours(25))
    assert.equal(await removeAbandonedFiles(folder), 1)
  })
})
