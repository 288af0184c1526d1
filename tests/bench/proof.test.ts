/**
 * The benchmark measures nobody who does not do the work: what a server would do to look fast is found out.
 */
import assert from 'node:assert/strict'
import { pbkdf2Sync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { answerLength, parseAnswer } from '../../bench/answer.ts'
import { type Contender, contenders } from '../../bench/contenders.ts'
import { proveHonest } from '../../bench/proof.ts'
import { Cleanup } from '../../bench/race/engines.ts'
import { manyRoutes, password, username } from '../../bench/scenarios.ts'
import { type Server, startServer } from '../../bench/server.ts'
import { makePlace, type Place, runSql } from '../../bench/stores.ts'

const cleanup = new Cleanup()
const floor = contenders[0] as Contender
let place: Place
let server: Server

before(async () => {
  place = (await makePlace('sqlite', cleanup)) as Place
  const key = pbkdf2Sync(password, 'salt', 1, 32, 'sha256').toString('base64')
  const account = { username, hash: `pbkdf2_sha256$1$salt$${key}` }
  server = await startServer(floor, { ...place, account, manyRoutes })
})

after(async () => {
  await server.stop()
  await cleanup.run()
})

interface Passed {
  status: number
  cookies: readonly string[]
  body: string
}

interface Asked {
  readonly path: string
  readonly cookie: string
}

/** Changes what the floor answers. */
type Cheat = (asked: Asked, answer: Passed) => void

function pass(incoming: IncomingMessage): Promise<Passed> {
  return new Promise((resolve, reject) => {
    const { method, url, headers } = incoming
    const onward = request({ host: '127.0.0.1', port: server.port, method, path: url, headers }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', text => {
        body += text
      })
      const cookies = response.headers['set-cookie'] ?? []
      response.on('end', () => resolve({ status: response.statusCode ?? 0, cookies, body }))
    })
    onward.on('error', reject)
    incoming.pipe(onward)
  })
}

/** Runs the proof against the floor behind a cheat. */
async function prove(cheat: Cheat): Promise<void> {
  const front = createServer(async (incoming, response) => {
    const answer = await pass(incoming)
    cheat({ path: incoming.url ?? '', cookie: incoming.headers.cookie ?? '' }, answer)
    response.writeHead(answer.status, {
      'Set-Cookie': [...answer.cookies],
      'Content-Length': Buffer.byteLength(answer.body),
    })
    response.end(answer.body)
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  await runSql(place, `UPDATE users SET username = '${username}'`) // a proof that fails leaves another name
  try {
    await proveHonest({ contender: floor, place, port: (front.address() as AddressInfo).port, can: () => true })
  } finally {
    front.closeAllConnections()
    front.close()
  }
}

test('a server that does the work passes', () => prove(() => {}))

test('one that remembers its answers is found out', async () => {
  const memory = new Map<string, Passed>()
  const remember: Cheat = ({ path, cookie }, answer) => {
    if (path !== '/me' || cookie === '') return
    const known = memory.get(cookie)
    if (known === undefined) memory.set(cookie, { ...answer })
    else Object.assign(answer, known)
  }
  await assert.rejects(prove(remember), /user with another name/)
})

test('one that remembers who is logged in is found out', async () => {
  const known = new Set<string>()
  const remember: Cheat = ({ path, cookie }, answer) => {
    if (path !== '/me' || cookie === '') return
    if (answer.status === 200) known.add(cookie)
    else if (known.has(cookie)) Object.assign(answer, { status: 200, body: '{}' })
  }
  await assert.rejects(prove(remember), /session that is gone/)
})

test('one that does not save the cart is found out', async () => {
  const forget: Cheat = ({ path }, answer) => {
    if (path === '/cart' && answer.status === 200) answer.body = '{"MUG-FOG":1}'
  }
  await assert.rejects(prove(forget), /add to the cart again/)
})

test('one that validates nothing is found out', async () => {
  const allow: Cheat = ({ path }, answer) => {
    if (path === '/cart') answer.status = 200
  }
  await assert.rejects(prove(allow), /add nothing to the cart/)
})

test('one that verifies no hash is found out', async () => {
  const allow: Cheat = ({ path }, answer) => {
    if (path === '/login') answer.status = 200
  }
  await assert.rejects(prove(allow), /wrong password/)
})

test('one whose cookie scripts may read is found out', async () => {
  const expose: Cheat = (_asked, answer) => {
    answer.cookies = answer.cookies.map(cookie => cookie.replace('; HttpOnly', ''))
  }
  await assert.rejects(prove(expose), /without HttpOnly/)
})

test('an answer ends where its length or its last chunk says', () => {
  const head = 'HTTP/1.1 200 OK\r\n'
  for (const text of [
    `${head}Content-Length: 4\r\n\r\npong`,
    `${head}content-type: text/plain\r\ncontent-length: 4\r\n\r\npong`,
    `${head}Transfer-Encoding: chunked\r\n\r\n4\r\npong\r\n0\r\n\r\n`,
  ]) {
    assert.equal(answerLength(Buffer.from(`${text}HTTP`)), text.length)
    for (let length = 0; length < text.length; length += 1)
      assert.equal(answerLength(Buffer.from(text.slice(0, length))), -1)
    assert.equal(parseAnswer(Buffer.from(text)).status, 200)
  }
  assert.equal(answerLength(Buffer.from(`${head}Content-Length: 0\r\n\r\n`)), head.length + 21)
})
