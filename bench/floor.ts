/**
 * The floor: the same work by hand. `node:http`, prepared statements on `node:sqlite`, no framework, nothing that is not asked for.
 *
 * Sessions are plain JSON in a table: no signature, no merge. A write is a compare-and-swap, since anything less loses data.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { visitorKey, visitors } from './scenarios.ts'

const db = new DatabaseSync(process.argv[2] ?? ':memory:')
db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
CREATE TABLE user (id integer PRIMARY KEY, username text NOT NULL UNIQUE, is_active integer NOT NULL);
CREATE TABLE session (key text PRIMARY KEY, data text NOT NULL, expires text NOT NULL);
INSERT INTO user VALUES (1, 'ada', 1)`)
const insert = db.prepare('INSERT INTO session VALUES (?, ?, ?)')
const expires = new Date(Date.now() + 86_400_000).toISOString()
for (let index = 0; index < visitors; index += 1)
  insert.run(visitorKey(index), JSON.stringify({ user: 1, visits: 7, cart: {} }), expires)

const readSession = db.prepare('SELECT data FROM session WHERE key = ? AND expires > ?')
const readUser = db.prepare('SELECT id, username, is_active FROM user WHERE id = ?')
const writeSession = db.prepare('UPDATE session SET data = ?, expires = ? WHERE key = ? AND data = ?')

function answer(response: ServerResponse, status: number, data: unknown): ServerResponse {
  const body = JSON.stringify(data)
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
  return response.end(body)
}

function sessionKey(request: IncomingMessage): string {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const equals = pair.indexOf('=')
    if (pair.slice(0, equals).trim() === 'sessionid') return pair.slice(equals + 1).trim()
  }
  return ''
}

interface SessionData {
  readonly user: number
  readonly visits: number
  readonly cart: Readonly<Record<string, number>>
}

function me(request: IncomingMessage, response: ServerResponse): ServerResponse {
  const row = readSession.get(sessionKey(request), new Date().toISOString())
  if (row === undefined) return answer(response, 401, { error: 'not logged in' })
  const session = JSON.parse(row.data as string) as SessionData
  const user = readUser.get(session.user)
  if (user === undefined || user.is_active !== 1) return answer(response, 401, { error: 'not logged in' })
  return answer(response, 200, { id: user.id, username: user.username, visits: session.visits })
}

function addToCart(request: IncomingMessage, response: ServerResponse, body: string): ServerResponse {
  let line: { sku?: unknown; quantity?: unknown }
  try {
    line = JSON.parse(body)
  } catch {
    return answer(response, 400, { error: 'not JSON' })
  }
  const { sku, quantity } = line
  if (typeof sku !== 'string' || !Number.isInteger(quantity) || (quantity as number) < 1 || (quantity as number) > 99)
    return answer(response, 422, { error: 'invalid' })
  const key = sessionKey(request)
  for (;;) {
    const row = readSession.get(key, new Date().toISOString())
    if (row === undefined) return answer(response, 401, { error: 'no session' })
    const session = JSON.parse(row.data as string) as SessionData
    const cart = { ...session.cart, [sku]: (session.cart[sku] ?? 0) + (quantity as number) }
    const data = JSON.stringify({ ...session, cart })
    const until = new Date(Date.now() + 1_209_600_000).toISOString()
    if (writeSession.run(data, until, key, row.data as string).changes === 1) return answer(response, 200, cart)
  }
}

function readBody(request: IncomingMessage, done: (body: string) => void): void {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => {
    body += chunk
    if (body.length > 2_621_440) request.destroy()
  })
  request.on('end', () => done(body))
}

const server = createServer((request, response) => {
  if (request.url === '/ping') answer(response, 200, { message: 'pong' })
  else if (request.url === '/me') me(request, response)
  else if (request.url === '/cart' && request.method === 'POST')
    readBody(request, body => addToCart(request, response, body))
  else answer(response, 404, { error: 'not found' })
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
