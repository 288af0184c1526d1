/**
 * Uploads whose client goes away, and servers that are killed: nothing stays behind.
 *
 * `CUTS` and `KILLS` say how many, `SEED` which.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'

const cuts = Number(process.env.CUTS ?? 40)
const kills = Number(process.env.KILLS ?? 5)
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)

const ways = ['files', 'checked', 'stored', 'parts'] as const

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function numbers(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Folders {
  readonly temporary: string
  readonly kept: string
}

interface Running extends Folders {
  readonly child: ChildProcess
  readonly port: number
}

async function newFolders(t: TestContext): Promise<Folders> {
  const [temporary, kept] = await Promise.all([
    mkdtemp(join(tmpdir(), 'nuages-cut-temporary-')),
    mkdtemp(join(tmpdir(), 'nuages-cut-kept-')),
  ])
  t.after(() => Promise.all([temporary, kept].map(folder => rm(folder, { recursive: true }))))
  return { temporary, kept }
}

async function start(t: TestContext, folders: Folders): Promise<Running> {
  const program = join(import.meta.dirname, 'cut-server.ts')
  const child = spawn(
    process.execPath,
    ['--conditions=nuages-source', '--expose-gc', program, folders.temporary, folders.kept],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.after(() => child.kill('SIGKILL'))
  const [line] = await once(child.stdout, 'data')
  return { ...folders, child, port: Number(line) }
}

/** What a whole file ends with. */
const theEnd = Buffer.from('the end')

/** An upload of one to three files, as bytes: the whole request. */
function requestOf(random: () => number, way: (typeof ways)[number]): Buffer {
  const part = (disposition: string, content: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from(`--cut\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`),
      content,
      Buffer.from('\r\n'),
    ])
  const files = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, index) =>
    part(
      `name="file"; filename="${index}.bin"`,
      Buffer.concat([Buffer.alloc(Math.floor(random() ** 2 * 2_000_000), 'bytes of a file '), theEnd]),
    ),
  )
  const body = Buffer.concat([part('name="title"', Buffer.from('Wolken')), ...files, Buffer.from('--cut--\r\n')])
  const head = (length: string): string =>
    `POST /${way}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=cut\r\n${length}\r\n\r\n`
  return random() < 0.5
    ? Buffer.concat([Buffer.from(head(`Content-Length: ${body.length}`)), body])
    : Buffer.concat([
        Buffer.from(`${head('Transfer-Encoding: chunked')}${body.length.toString(16)}\r\n`),
        body,
        Buffer.from('\r\n0\r\n\r\n'),
      ])
}

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.resume()
  return socket
}

/** Sends a beginning in a few pieces, and goes away: by a reset, by closing, or by closing one direction only. */
async function cutOff(port: number, random: () => number): Promise<void> {
  const request = requestOf(random, ways[Math.floor(random() * ways.length)] as (typeof ways)[number])
  const end = Math.floor(random() * request.length)
  const socket = open(port)
  for (let at = 0; at < end && !socket.destroyed; ) {
    const size = Math.min(end - at, 1 + Math.floor(random() * 400_000))
    if (!socket.write(request.subarray(at, at + size)))
      await Promise.race([once(socket, 'drain'), once(socket, 'close')])
    at += size
    if (random() < 0.3) await wait(random() * 20)
  }
  const goes = random()
  if (goes < 0.33) socket.resetAndDestroy()
  else if (goes < 0.66) socket.destroy()
  else socket.end()
  if (!socket.closed) await once(socket, 'close')
}

async function upload(port: number, random: () => number, way: (typeof ways)[number]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(requestOf(random, way))
  const [answer] = await once(socket, 'data')
  socket.destroy()
  return String(answer)
}

const memoryOf = async (port: number): Promise<number> =>
  Number(await (await fetch(`http://127.0.0.1:${port}/memory/`, { headers: { connection: 'close' } })).text())

/** Open files of the folders, and sockets, of another process. */
function openIn({ child, temporary, kept }: Running): readonly string[] {
  const folder = `/proc/${child.pid}/fd`
  return readdirSync(folder).flatMap(fd => {
    try {
      const target = readlinkSync(join(folder, fd))
      return target.startsWith(temporary) || target.startsWith(kept) || target.startsWith('socket:') ? [target] : []
    } catch {
      return []
    }
  })
}

/** Resolves when `isSo`, or after a while. */
async function until(isSo: () => boolean, ms: number = 5000): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end && !isSo(); ) await wait(2)
}

/** Those of its folders too. */
const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()

describe(`uploads (SEED=${seed})`, () => {
  it(`that are cut off leave no file, no descriptor and no memory (${cuts} of them)`, async t => {
    const random = numbers(seed)
    const server = await start(t, await newFolders(t))
    // Code is compiled and pools are filled once; that is no growth.
    for (const way of ways) assert.match(await upload(server.port, random, way), /^HTTP\/1\.1 200 .*kept$/s)
    const kept = filesIn(server.kept)
    const isClean = (): boolean => filesIn(server.temporary).length === 0 && filesIn(server.kept).length === kept.length
    for (let index = 0; index < 10; index += 1) await cutOff(server.port, random)
    await until(isClean)
    const openBefore = process.platform === 'linux' ? openIn(server).length : 0
    const memoryBefore = await memoryOf(server.port)

    const atOnce = 4
    for (let begun = 0; begun < cuts; begun += atOnce)
      await Promise.all(Array.from({ length: Math.min(atOnce, cuts - begun) }, () => cutOff(server.port, random)))

    await until(isClean)
    assert.deepEqual(filesIn(server.temporary), [])
    assert.deepEqual(filesIn(server.kept), kept)
    if (process.platform === 'linux') {
      await until(() => openIn(server).length <= openBefore)
      assert.ok(openIn(server).length <= openBefore, `open: ${openIn(server).join(', ')}`)
    }
    const grown = (await memoryOf(server.port)) - memoryBefore
    assert.ok(grown < 4_000_000, `${grown} bytes more than before`)
    for (const way of ways) assert.match(await upload(server.port, random, way), /^HTTP\/1\.1 200 .*kept$/s)
  })

  it(`whose server is killed leave nothing after its next start (${kills} times)`, async t => {
    const random = numbers(seed + 1)
    const folders = await newFolders(t)
    let left = 0
    let noted = 0
    for (let round = 0; round < kills; round += 1) {
      const server = await start(t, folders)
      await until(() => filesIn(folders.temporary).length === 0)
      assert.deepEqual(filesIn(folders.temporary), [], 'left by the server that was killed before')
      const sockets = ways.map(way => {
        const socket = open(server.port)
        const request = requestOf(random, way)
        socket.write(request.subarray(0, Math.ceil(request.length * Math.min(random() * 1.5, 1))))
        return socket
      })
      // Every other time as soon as one of the uploads is being saved.
      await until(() => filesIn(folders.temporary).length > 0)
      if (round % 2 === 0) await wait(random() * 50)
      else await until(() => filesIn(folders.temporary).some(name => name.endsWith('.note')), 300)
      server.child.kill('SIGKILL')
      await once(server.child, 'exit')
      for (const socket of sockets) socket.destroy()
      left += filesIn(folders.temporary).length
      noted += filesIn(folders.temporary).filter(name => name.endsWith('.note')).length
    }
    await start(t, folders)
    const unfinished = (): readonly string[] => filesIn(folders.kept).filter(name => !name.endsWith('.bin'))
    await until(() => filesIn(folders.temporary).length === 0 && unfinished().length === 0)
    assert.deepEqual(filesIn(folders.temporary), [])
    assert.deepEqual(unfinished(), [])
    t.diagnostic(`${left} files left by killed servers, ${noted} of them notes`)
    assert.ok(left > 0, 'no server was killed with a file on the disk: that proves nothing')
    for (const name of filesIn(folders.kept))
      assert.ok(readFileSync(name).subarray(-theEnd.length).equals(theEnd), `${name} is a part`)
  })
})
