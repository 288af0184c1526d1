/** Resumable uploads over sockets: servers that are killed, and two that share a folder. */
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../real-parts.ts'
import { chunkAt } from './open-tus.ts'

const program = fileURLToPath(new URL('server.ts', import.meta.url))
const content = randomBytes(500_000)

interface Server {
  readonly child: ChildProcess
  readonly url: string
  kill(): Promise<void>
  /** Resolves with the first message that has this key. */
  hears(key: string): Promise<Record<string, string>>
}

async function start(t: TestContext, folder: string, env: Record<string, string> = {}): Promise<Server> {
  const child = fork(program, [folder], {
    execArgv: ['--conditions=nuages-source'],
    env: { ...process.env, ...env },
  })
  const messages: Record<string, string>[] = []
  child.on('message', message => messages.push(message as Record<string, string>))
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  t.after(kill)
  const hears = async (key: string): Promise<Record<string, string>> => {
    for (let tries = 0; tries < 1000; tries += 1) {
      const found = messages.find(message => key in message)
      if (found !== undefined) return found
      await wait(20)
    }
    throw new Error(`The server says nothing of "${key}".`)
  }
  return { child, url: (await hears('url')).url as string, kill, hears }
}

function send(server: Server, method: string, path: string, headers: Record<string, string>): ClientRequest {
  const sent = request(new URL(path, server.url), { method, headers: { 'Tus-Resumable': '1.0.0', ...headers } })
  sent.on('error', () => {})
  return sent
}

/** The answer; `null` when the connection was cut before. */
async function answerOf(sent: ClientRequest, body?: Uint8Array): Promise<IncomingMessage | null> {
  sent.end(body)
  return new Promise(resolve => {
    sent.on('response', response => resolve(response.resume()))
    sent.on('close', () => resolve(null))
  })
}

async function create(server: Server): Promise<string> {
  const answer = await answerOf(send(server, 'POST', '/upload/', { 'Upload-Length': String(content.length) }))
  return answer?.headers.location as string
}

async function offsetOf(server: Server, path: string): Promise<number> {
  const answer = await answerOf(send(server, 'HEAD', path, {}))
  return Number(answer?.headers['upload-offset'] ?? Number.NaN)
}

/** A request that has sent so many bytes and waits. */
async function startPatch(
  server: Server,
  path: string,
  to: number,
  more: Record<string, string> = {},
): Promise<ClientRequest> {
  const patch = send(server, 'PATCH', path, chunkAt(0, { 'Content-Length': String(content.length), ...more }))
  patch.write(content.subarray(0, to))
  await wait(200)
  return patch
}

/** Sends all of an upload to a server that is killed while it finishes it. Resolves its address. */
async function killAtTheEnd(t: TestContext, folder: string): Promise<string> {
  const server = await start(t, folder, { HANG: '1' })
  const path = await create(server)
  send(server, 'PATCH', path, chunkAt(0)).end(content)
  await server.hears('finishing')
  await server.kill()
  return path
}

describe('a resumable upload to a server', () => {
  it('goes on after kill -9, and ends as the file it was', async t => {
    const folder = temporaryFolder(t)
    let server = await start(t, folder)
    const path = await create(server)
    await startPatch(server, path, 123_456)
    await server.kill()
    server = await start(t, folder)
    const at = await offsetOf(server, path)
    assert.equal(at, 123_456)
    const last = await answerOf(send(server, 'PATCH', path, chunkAt(at)), content.subarray(at))
    assert.equal(last?.statusCode, 204)
    const { name = '' } = await server.hears('finished')
    assert.deepEqual(readFileSync(join(folder, 'files', name)), content)
  })

  it('forgets bytes that were not proved yet when it was killed', async t => {
    const folder = temporaryFolder(t)
    let server = await start(t, folder)
    const path = await create(server)
    const checksum = `sha256 ${createHash('sha256').update(content).digest('base64')}`
    await startPatch(server, path, 99_999, { 'Upload-Checksum': checksum })
    await server.kill()
    server = await start(t, folder)
    assert.equal(await offsetOf(server, path), 0)
    const whole = send(server, 'PATCH', path, chunkAt(0, { 'Upload-Checksum': checksum }))
    assert.equal((await answerOf(whole, content))?.statusCode, 204)
  })

  it('is finished after kill -9 at the very end, when the client asks', async t => {
    const folder = temporaryFolder(t)
    const path = await killAtTheEnd(t, folder)
    const server = await start(t, folder)
    assert.equal(await offsetOf(server, path), content.length)
    const { name = '', finished } = await server.hears('finished')
    assert.equal(path, `/upload/${finished}/`)
    assert.deepEqual(readFileSync(join(folder, 'files', name)), content)
  })

  it('leaves no file when it is ended after kill -9 at the very end', async t => {
    const folder = temporaryFolder(t)
    const path = await killAtTheEnd(t, folder)
    const stored = (): number => readdirSync(join(folder, 'files/uploads')).length
    assert.equal(stored(), 1)
    const server = await start(t, folder)
    assert.equal((await answerOf(send(server, 'DELETE', path, {})))?.statusCode, 204)
    assert.equal(stored(), 0)
  })

  it('is handed over from one process to another', async t => {
    const folder = temporaryFolder(t)
    const [one, other] = await Promise.all([start(t, folder), start(t, folder)])
    const path = await create(one)
    const first = await startPatch(one, path, 70_000)
    const stopped = new Promise<IncomingMessage>(resolve =>
      first.on('response', response => resolve(response.resume())),
    )
    assert.equal(await offsetOf(other, path), 70_000)
    assert.equal((await stopped).statusCode, 423)
    first.destroy()
    const race = await Promise.all(
      [one, other, one, other].map(server =>
        answerOf(send(server, 'PATCH', path, chunkAt(70_000)), content.subarray(70_000)),
      ),
    )
    const statuses = race.map(answer => answer?.statusCode ?? 0)
    assert.equal(statuses.filter(status => status === 204).length, 1, String(statuses))
    assert.ok(
      statuses.every(status => [204, 409, 423].includes(status)),
      String(statuses),
    )
    const { name = '' } = await Promise.any([one.hears('finished'), other.hears('finished')])
    assert.deepEqual(readFileSync(join(folder, 'files', name)), content)
  })
})
