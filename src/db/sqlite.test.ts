import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { temporaryFolder } from '../../tests/real-parts.ts'
import { ConfigError } from '../kit/index.ts'
import {
  type Database,
  type DatabaseOptions,
  DatabaseUnavailable,
  openDatabase,
  type UnavailableReason,
} from './index.ts'

interface Counter {
  readonly db: Database
  readonly path: string
  add(): Promise<number>
  read(): Promise<number | undefined>
}

/** A file with one row that counts. */
async function openCounter(t: TestContext, options: DatabaseOptions = {}): Promise<Counter> {
  const path = join(temporaryFolder(t), 'db.sqlite3')
  const db = openDatabase(`sqlite:${path}`, options)
  t.after(() => db.close())
  await db.prepare('CREATE TABLE counter (id integer PRIMARY KEY, n integer)').run()
  await db.prepare('INSERT INTO counter VALUES (1, 0)').run()
  return { db, path, ...counterOf(db) }
}

function counterOf(db: Database): Pick<Counter, 'add' | 'read'> {
  const add = db.prepare('UPDATE counter SET n = n + 1')
  const read = db.prepare<{ n: number }>('SELECT n FROM counter')
  return { add: () => add.run(), read: async () => (await read.get())?.n }
}

function unavailable(reason: UnavailableReason): (error: unknown) => boolean {
  return error => error instanceof DatabaseUnavailable && error.reason === reason && !/sqlite|\//.test(error.message)
}

const addByKysely = (db: Database): Promise<unknown> => sql`UPDATE counter SET n = n + 1`.execute(db.kysely)

test('a SQLite file is in WAL mode with foreign keys', async t => {
  const { db } = await openCounter(t)
  assert.deepEqual({ ...((await db.prepare('PRAGMA journal_mode').get()) as object) }, { journal_mode: 'wal' })
  const { rows } = await sql`PRAGMA foreign_keys`.execute(db.kysely)
  assert.deepEqual(
    rows.map(row => ({ ...(row as object) })),
    [{ foreign_keys: 1 }],
  )
})

test('a database in memory is one for statements and Kysely, and apart from others', async t => {
  const [db, other] = [openDatabase('sqlite::memory:'), openDatabase('sqlite::memory:')]
  t.after(() => Promise.all([db.close(), other.close()]))
  await sql`CREATE TABLE counter (n integer)`.execute(db.kysely)
  await db.prepare('INSERT INTO counter VALUES (7)').run()
  assert.equal(await counterOf(db).read(), 7)
  await assert.rejects(counterOf(other).read(), unavailable('not-migrated'))
  await db.kysely.transaction().execute(async trx => {
    await sql`UPDATE counter SET n = 8`.execute(trx)
    assert.ok(await counterOf(db).read(), 'a reader does not wait for the transaction')
  })
  assert.equal(await counterOf(db).read(), 8)
})

test('a write waits for the lock of another program without stopping the event loop', async t => {
  const { path, add, read, db } = await openCounter(t)
  const other = new DatabaseSync(path)
  t.after(() => other.close())
  other.exec('BEGIN IMMEDIATE; UPDATE counter SET n = 100')
  const writes = [add(), addByKysely(db)]
  // The lock is only let go of by an event loop that turns: a write that stopped it would find the lock held in the end.
  for (let turn = 0; turn < 40; turn += 1) {
    await sleep(5)
    assert.equal(await read(), 0, 'readers go on')
  }
  other.exec('COMMIT')
  await Promise.all(writes)
  assert.equal(await read(), 102)
})

test('a lock that is held too long is 503, and the next write after it succeeds', async t => {
  const { path, add, read, db } = await openCounter(t, { busyMs: 100 })
  const other = new DatabaseSync(path)
  t.after(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  await assert.rejects(add(), unavailable('locked'))
  await assert.rejects(addByKysely(db), unavailable('locked'))
  await assert.rejects(
    db.kysely.transaction().execute(async () => {}),
    unavailable('locked'),
  )
  other.exec('ROLLBACK')
  await add()
  await addByKysely(db)
  assert.equal(await read(), 2)
})

test('many writes at once, inside and outside of transactions, all count', async t => {
  const { db, add, read } = await openCounter(t)
  const inTransaction = (): Promise<unknown> =>
    db.kysely.transaction().execute(async trx => {
      await sql`UPDATE counter SET n = n + 1`.execute(trx)
      await new Promise(setImmediate)
      await sql`UPDATE counter SET n = n + 1`.execute(trx)
    })
  await Promise.all(Array.from({ length: 50 }, (_, i) => (i % 2 ? inTransaction() : add())))
  assert.equal(await read(), 75)
})

test('writes of two processes on one file all count', async t => {
  const { path, add, read } = await openCounter(t)
  const script = `import { openDatabase } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    const db = openDatabase('sqlite:' + process.argv[1])
    const add = db.prepare('UPDATE counter SET n = n + 1')
    for (let i = 0; i < 300; i++) await add.run()
    await db.close()`
  const children = [runScript(script, [path]), runScript(script, [path])]
  for (let i = 0; i < 100; i++) await add()
  assert.deepEqual(await Promise.all(children), ['', ''])
  assert.equal(await read(), 700)
})

test('a file that is moved away is 503 until it is back, and loses nothing', async t => {
  const { path, db, add, read } = await openCounter(t)
  await add()
  renameSync(path, `${path}.away`)
  await assert.rejects(add(), unavailable('missing'))
  await assert.rejects(addByKysely(db), unavailable('missing'))
  await assert.rejects(db.ping(), unavailable('missing'))
  await assert.rejects(read(), unavailable('missing'))
  assert.equal(existsSync(path), false, 'no empty file takes its place')
  renameSync(`${path}.away`, path)
  await db.ping()
  await add()
  await addByKysely(db)
  assert.equal(await read(), 3)
})

test('a file that is deleted and replaced is the new one from then on', async t => {
  const { path, add, read, db } = await openCounter(t)
  await sql`SELECT 1`.execute(db.kysely)
  const backup = `${path}.backup`
  await sql.raw(`VACUUM INTO '${backup}'`).execute(db.kysely)
  await add()
  await add()
  rmSync(path)
  await assert.rejects(add(), unavailable('missing'))
  copyFileSync(backup, path)
  assert.equal(await add(), 1)
  await addByKysely(db)
  assert.equal(await read(), 2, 'nothing of the deleted file comes back')
  assert.equal((await db.prepare<{ integrity_check: string }>('PRAGMA integrity_check').get())?.integrity_check, 'ok')
  renameSync(backup, path)
  assert.equal(await add(), 1)
  assert.equal(await read(), 1)
})

test('two processes that notice a replaced file at different times do not destroy it', async t => {
  const { path, db, add, read } = await openCounter(t)
  const late = openDatabase(`sqlite:${path}`)
  t.after(() => late.close())
  await counterOf(late).add()
  const backup = `${path}.backup`
  await sql.raw(`VACUUM INTO '${backup}'`).execute(db.kysely)
  await add()
  rmSync(path)
  await assert.rejects(add(), unavailable('missing'))
  copyFileSync(backup, path)
  await add()
  await counterOf(late).add()
  await add()
  assert.equal(await read(), 4)
  renameSync(path, `${path}.away`)
  await assert.rejects(add(), unavailable('missing'))
  renameSync(`${path}.away`, path)
  await add()
  await counterOf(late).add()
  await addByKysely(late)
  assert.equal(await read(), 7)
  const check = await db.prepare<{ integrity_check: string }>('PRAGMA integrity_check').get()
  assert.equal(check?.integrity_check, 'ok')
})

test('a deleted file is noticed by readers within a moment', async t => {
  const { path, read } = await openCounter(t)
  await read()
  unlinkSync(path)
  await new Promise(resolve => setTimeout(resolve, 120))
  await assert.rejects(read(), unavailable('missing'))
})

test('a transaction whose file is deleted before its end is refused', async t => {
  const { path, db } = await openCounter(t)
  const transaction = db.kysely.transaction().execute(async trx => {
    await sql`UPDATE counter SET n = 5`.execute(trx)
    unlinkSync(path)
  })
  await assert.rejects(transaction, unavailable('missing'))
})

test('a file of rubbish is 503, and the right file put back works', async t => {
  const { path, db, add, read } = await openCounter(t)
  await db.close()
  const good = readFileSync(path)
  writeFileSync(path, 'this is not a database, however long the text may be '.repeat(100))
  const again = openDatabase(`sqlite:${path}`)
  t.after(() => again.close())
  await assert.rejects(counterOf(again).add(), unavailable('failing'))
  await assert.rejects(addByKysely(again), unavailable('failing'))
  writeFileSync(path, good)
  await counterOf(again).add()
  assert.equal(await counterOf(again).read(), 1)
  await assert.rejects(add())
  await assert.rejects(read())
})

test('a read-only file is read, refuses writes with 503, and is written again once it may be', async t => {
  const { path, db } = await openCounter(t)
  await db.close()
  const folder = join(path, '..')
  chmodSync(folder, 0o777)
  chmodSync(path, 0o444)
  const script = `import { openDatabase } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    import { sql } from ${JSON.stringify(import.meta.resolve('kysely'))}
    const db = openDatabase('sqlite:' + process.argv[1])
    const add = () => db.prepare('UPDATE counter SET n = n + 1').run().catch(error => error.reason)
    const addByKysely = () => sql\`UPDATE counter SET n = n + 1\`.execute(db.kysely).then(() => 1, error => error.reason)
    const read = async () => (await db.prepare('SELECT n FROM counter').get()).n
    console.log(await read(), await add(), await addByKysely(), await read())
    console.log('ready')
    process.stdin.once('data', async () => {
      console.log(await add(), await addByKysely(), await read())
      await db.close()
      process.exit()
    })`
  // root may write everything, so the test becomes nobody
  const id = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  const output = await runScript(script, [path], id, (text, child) => {
    if (!text.endsWith('ready\n')) return
    chmodSync(path, 0o666)
    if (id.uid) chownSync(path, id.uid, id.gid)
    child.stdin.end('go')
  })
  assert.equal(output, '0 read-only read-only 0\nready\n1 1 2\n')
})

test('a folder that is missing is a mistake of the settings', t => {
  const folder = temporaryFolder(t)
  assert.throws(() => openDatabase(`sqlite:${folder}/nowhere/db.sqlite3`), ConfigError)
  mkdirSync(join(folder, 'a b%'))
  const db = openDatabase(`sqlite:${folder}/a b%/d?.sqlite3`.replace('?', '#'))
  t.after(() => db.close())
  return db.ping()
})

test('a transaction that SQLite rolled back does not go on outside itself', async t => {
  const { db, read } = await openCounter(t)
  await db.prepare('CREATE TABLE strict (n integer UNIQUE ON CONFLICT ROLLBACK)').run()
  const transaction = db.kysely.transaction().execute(async trx => {
    await sql`INSERT INTO strict VALUES (1)`.execute(trx)
    await sql`INSERT INTO strict VALUES (1)`.execute(trx).catch(() => {})
    await sql`UPDATE counter SET n = 9`.execute(trx)
  })
  await assert.rejects(transaction, /rolled back by an earlier error/)
  assert.equal(await read(), 0)
  await addByKysely(db)
  assert.equal(await read(), 1)
})

interface Identity {
  readonly uid?: number
  readonly gid?: number
}

type Child = ReturnType<typeof spawn> & { stdin: NodeJS.WritableStream }

/** Runs a script in a process of its own and resolves what it wrote. */
function runScript(
  script: string,
  args: string[],
  id: Identity = {},
  onText?: (text: string, child: Child) => void,
): Promise<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const flags = [
    '--conditions=nuages-source',
    '--input-type=module',
    '--disable-warning=ExperimentalWarning',
    '-e',
    script,
  ]
  const child = spawn(process.execPath, [...flags, '--', ...args], { cwd: root, stdio: 'pipe', ...id }) as Child
  let text = ''
  const collect = (chunk: unknown): void => {
    text += chunk
    onText?.(text, child)
  }
  child.stdout?.on('data', collect)
  child.stderr?.on('data', collect)
  return new Promise(resolve => child.on('close', () => resolve(text)))
}
