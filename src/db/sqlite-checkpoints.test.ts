import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, openDatabase } from './index.ts'
import { moveLog } from './sqlite-connection.ts'
import { identifyFiles } from './sqlite-file.ts'

async function open(t: TestContext): Promise<{ readonly path: string; readonly database: Database }> {
  const folder = mkdtempSync(join(tmpdir(), 'nuages-log-'))
  const path = join(folder, 'db.sqlite3')
  const database = openDatabase(`sqlite:${path}`)
  t.after(async () => {
    await database.close()
    rmSync(folder, { recursive: true })
  })
  await database.prepare('CREATE TABLE note (id integer PRIMARY KEY, text text NOT NULL)').run()
  return { path, database }
}

async function write(database: Database, count: number): Promise<void> {
  const insert = database.prepare('INSERT INTO note (text) VALUES (?)')
  for (let index = 0; index < count; index += 1) await insert.run(['x'.repeat(4000)])
}

describe('the log of a SQLite database', () => {
  it('is moved by a thread while the event loop goes on', async t => {
    const { path, database } = await open(t)
    await write(database, 600)
    const deadline = Date.now() + 20_000
    while (statSync(path).size < 200 * 4000 && Date.now() < deadline) await sleep(10)
    assert(statSync(path).size >= 200 * 4000, 'the file has what was in the log')
  })

  it('holds nothing any more when the database is closed', async t => {
    const { path, database } = await open(t)
    await write(database, 600)
    await database.close()
    assert.equal(existsSync(`${path}-wal`), false)
  })

  it('does not grow without end under writers that never pause', async t => {
    const { path, database } = await open(t)
    let isOver = false
    const writers = Array.from({ length: 4 }, async () => {
      const update = database.prepare(
        "INSERT INTO note (id, text) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET text = ''",
      )
      for (let id = 0; !isOver; id = (id + 1) % 500) await update.run([id, 'x'.repeat(4000)])
    })
    for (let pass = 0; pass < 20; pass += 1) {
      await sleep(10)
      moveLog(path, identifyFiles(path))
    }
    isOver = true
    await Promise.all(writers)
    moveLog(path, identifyFiles(path))
    assert(statSync(`${path}-wal`).size < 200_000_000)
  })

  it('is not moved into another file of the name', async t => {
    const { path, database } = await open(t)
    await write(database, 10)
    const identity = identifyFiles(path)
    renameSync(path, `${path}.old`)
    const other = openDatabase(`sqlite:${path}.new`)
    await other.prepare('CREATE TABLE other (id integer)').run()
    await other.close()
    renameSync(`${path}.new`, path)
    const before = statSync(path)
    moveLog(path, identity)
    assert.equal(statSync(path).mtimeMs, before.mtimeMs)
  })
})
