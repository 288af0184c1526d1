/**
 * A whole app behind a raw socket: what it sees is what a strict reader sees, and what comes back is HTTP.
 *
 * Streams are sent in pieces, whole, cut off or given up; the connection must end by itself wherever HTTP says that it does.
 */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { createApp } from 'nuages'
import { type HttpRequest, HttpResponse } from 'nuages/http'
import { type RunningServer, serve } from 'nuages/node'
import { defineSettings } from 'nuages/settings'
import { path } from 'nuages/urls'
import { csrfExempt, type ViewFunction } from 'nuages/views'
import { type Answer, type ReceivedStream, readAnswers } from './http-answers.ts'
import { readRequests, type SentRequest, type SentStream } from './http-requests.ts'
import { anyStream, closing } from './http-streams.ts'
import { below, type Random } from './random.ts'
import type { Target } from './run.ts'

type TestView = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>

async function* inPieces(): AsyncGenerator<Uint8Array> {
  for (let count = 0; count < 5; count += 1) {
    yield Buffer.from('piece\r\n')
    await setImmediate()
  }
}

const views: Readonly<Record<string, TestView>> = {
  '': () => new HttpResponse('ok'),
  echo: async request =>
    new HttpResponse(await request.bytes(), { headers: { 'Content-Type': 'application/octet-stream' } }),
  left: () => new HttpResponse('left'),
  slow: async () => {
    for (let turns = 0; turns < 5; turns += 1) await setImmediate()
    return new HttpResponse('slow')
  },
  stream: () => new HttpResponse(inPieces()),
  form: async request => new HttpResponse(`${(await request.POST).size} ${(await request.FILES).size}`),
  json: async request => new HttpResponse(JSON.stringify(await request.json())),
  empty: () => new HttpResponse(null, { status: 204 }),
}

/** Why a connection was ended, and all that came over it. */
interface Exchange {
  readonly received: string
  /** The server ended it with bytes unread: what it had sent may be lost on the way. */
  readonly wasReset: boolean
}

interface Sending {
  readonly bytes: Buffer
  readonly random: Random
  /** What the client does after its last byte: wait for the server's end, end its own side, or go away. */
  readonly last: 'wait' | 'end' | 'destroy'
}

async function exchange(port: number, { bytes, random, last }: Sending): Promise<Exchange> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const chunks: Buffer[] = []
  let wasReset = false
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  socket
    .on('data', chunk => chunks.push(chunk as Buffer))
    .on('error', () => {
      wasReset = true
    })
  const most = random() < 0.5 ? bytes.length : 1 + below(200, random)
  for (let at = 0, size = 0; at < bytes.length && socket.writable; at += size) {
    size = 1 + below(most, random)
    socket.write(bytes.subarray(at, at + size))
    if (random() < 0.5) await setImmediate()
    if (random() < 0.01) await setTimeout(below(20, random))
  }
  if (last === 'end') socket.end()
  if (last === 'destroy') socket.destroy()
  await closed
  return { received: Buffer.concat(chunks).toString('latin1'), wasReset }
}

function checkSeen(seen: readonly string[], requests: readonly SentRequest[]): void {
  const wanted = requests.map(({ method, target }) => `${method} ${target}`)
  assert.deepEqual(seen, wanted.slice(0, seen.length), 'The app saw other requests than were sent.')
}

function checkAnswer(answer: Answer, request: SentRequest | undefined): void {
  assert.notEqual(answer.status, 500)
  const isEcho = request?.target === '/echo' && request.method !== 'HEAD' && answer.status === 200
  if (isEcho) assert.equal(answer.body, request.body, 'The app read another body than was sent.')
}

/** The connection ended where an answer, or the request, said so. */
function checkEnd({ answers, isCut }: ReceivedStream, { requests, end }: SentStream): void {
  const isForeign = end === 'wrong' || end === 'trailing' || requests.some(({ isLarge }) => isLarge)
  assert.ok(!isCut || isForeign, 'The last answer is not whole.')
  if (isForeign || answers.at(-1)?.closes === true) return
  assert.equal(answers.length, requests.length, 'A request was not answered.')
}

/** Nothing was wrong. Only one who said that the body would be held back may have to connect again. */
function checkAll(answers: readonly Answer[], requests: readonly SentRequest[]): void {
  const mayEnd = requests.some(({ fields }) => fields.has('expect'))
  assert.ok(mayEnd || answers.length === requests.length, 'A request was not answered.')
  for (const { status } of answers)
    assert.ok(![408, 413, 431].includes(status) && status < 500, `The status ${status} for a request that is right.`)
}

/** For a person: what repeats is not worth reading. */
function shown(stream: string): string {
  return JSON.stringify(stream.replace(/([\s\S]{1,8}?)\1{20,}/g, '$1…')).slice(0, 4000)
}

export async function openHttp(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'nuages-fuzz-'))
  const settings = defineSettings({
    SECRET_KEY: 'the key of the fuzz test',
    DATABASE_URL: 'sqlite::memory:',
    ALLOWED_HOSTS: ['x'],
    FILE_UPLOAD_TEMP_DIR: folder,
    FILE_UPLOAD_MAX_MEMORY_SIZE: 0,
  })
  const urls = Object.entries(views).map(([name, view]) => path(name, csrfExempt(view as ViewFunction)))
  const app = createApp({ settings, urls, logger: null })
  let seen: string[] = []
  let running = 0
  const handle: typeof app.handle = async source => {
    seen.push(`${source.method} ${source.target}`)
    running += 1
    try {
      return await app.handle(source)
    } finally {
      running -= 1
    }
  }
  const server: RunningServer = await serve({ handle, close: () => app.close() }, { port: 0, signals: false })
  return {
    name: 'http',
    maxCaseMs: 10_000, // its clients pause
    async check(random) {
      const made = anyStream(random)
      const isIdle = readRequests(made.bytes).end === 'idle'
      const stream = isIdle ? made.bytes + closing : made.bytes
      const sent = readRequests(stream)
      const last = random() < 0.05 ? 'destroy' : sent.end === 'cut' || random() < 0.05 ? 'end' : 'wait'
      seen = []
      const bytes = Buffer.from(stream, 'latin1')
      try {
        const until = last === 'destroy' ? below(bytes.length + 1, random) : bytes.length
        const { received, wasReset } = await exchange(server.port, { bytes: bytes.subarray(0, until), random, last })
        if (last === 'destroy') {
          // The server may not have heard of it yet. The next client has to wait until it has.
          await exchange(server.port, { bytes: Buffer.from(closing), random, last: 'wait' })
          assert.equal(seen.pop(), 'GET /')
        }
        checkSeen(seen, sent.requests)
        if (last === 'destroy') return 'given up'
        const answered = readAnswers(
          received,
          sent.requests.map(({ method }) => method),
        )
        const { answers, continues } = answered
        for (const [index, answer] of answers.entries()) checkAnswer(answer, sent.requests[index])
        assert.ok(answers.length <= sent.requests.length + 1, 'There are more answers than requests.')
        assert.ok(continues <= sent.requests.filter(({ fields }) => fields.has('expect')).length)
        if (last === 'wait' && !wasReset) checkEnd(answered, sent)
        if (made.isClean && last === 'wait') checkAll(answers, sent.requests)
        return last === 'end' ? 'ended' : `${sent.end}, ${answers.at(-1)?.status ?? 'no answer'}`
      } catch (cause) {
        throw new Error(`Sent was ${shown(stream)}`, { cause })
      }
    },
    async close() {
      await server.close()
      for (let waited = 0; running > 0 && waited < 10_000; waited += 20) await setTimeout(20)
      const left = await readdir(folder)
      await rm(folder, { recursive: true })
      assert.equal(running, 0, 'Requests never ended.')
      assert.deepEqual(left, [], 'Temporary files are left.')
    },
  }
}
