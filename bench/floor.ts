/**
 * The floor: the same work by hand. `node:http`, prepared statements, no framework, nothing that is not asked for.
 *
 * Sessions are plain JSON: no signature, no merge. A write is a compare-and-swap, since anything less loses data.
 */
import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Account, openFloorStore } from './floor-stores.ts'
import type { Place } from './stores.ts'

const settings = JSON.parse(process.argv[2] as string) as Place & {
  readonly account: Account
  readonly manyRoutes: number
}
const store = await openFloorStore(settings, settings.account)

function answer(response: ServerResponse, status: number, data: unknown): void {
  const body = JSON.stringify(data)
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
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

function begin(response: ServerResponse, session: SessionData, data: unknown): void {
  const key = randomBytes(24).toString('base64url')
  store.create(key, JSON.stringify(session), () => {
    response.setHeader('Set-Cookie', `sessionid=${key}; Path=/; HttpOnly; SameSite=Lax`)
    answer(response, 200, data)
  })
}

function me(request: IncomingMessage, response: ServerResponse): void {
  store.load(sessionKey(request), text => {
    if (text === null) return answer(response, 401, { error: 'not logged in' })
    const session = JSON.parse(text) as SessionData
    store.user(session.user, user => {
      if (user?.is_active !== 1) return answer(response, 401, { error: 'not logged in' })
      answer(response, 200, { id: user.id, username: user.username, visits: session.visits })
    })
  })
}

function addToCart(request: IncomingMessage, response: ServerResponse, { sku, quantity }: Fields): void {
  if (typeof sku !== 'string' || !Number.isInteger(quantity) || (quantity as number) < 1 || (quantity as number) > 99) {
    answer(response, 422, { error: 'invalid' })
    return
  }
  const key = sessionKey(request)
  const attempt = (): void =>
    store.load(key, seen => {
      if (seen === null) return answer(response, 401, { error: 'no session' })
      const session = JSON.parse(seen) as SessionData
      const cart = { ...session.cart, [sku]: (session.cart[sku] ?? 0) + (quantity as number) }
      const data = JSON.stringify({ ...session, cart })
      store.replace({ key, seen, data }, isKept => (isKept ? answer(response, 200, cart) : attempt()))
    })
  attempt()
}

function logIn(response: ServerResponse, { username, password }: Fields): void {
  if (typeof username !== 'string' || typeof password !== 'string') {
    answer(response, 422, { error: 'invalid' })
    return
  }
  store.passwordOf(username, user => {
    if (user === undefined) return answer(response, 401, { error: 'invalid login' })
    const [, iterations, salt = '', key = ''] = user.password.split('$')
    const wanted = Buffer.from(key, 'base64')
    pbkdf2(password, salt, Number(iterations), wanted.length, 'sha256', (error, derived) => {
      if (error || !timingSafeEqual(derived, wanted)) return answer(response, 401, { error: 'invalid login' })
      begin(response, { user: user.id, visits: 0, cart: {} }, { id: user.id })
    })
  })
}

type Fields = Readonly<Record<string, unknown>>

function readFields(request: IncomingMessage, response: ServerResponse, done: (fields: Fields) => void): void {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => {
    body += chunk
    if (body.length > 2_621_440) request.destroy()
  })
  request.on('end', () => {
    let fields: Fields
    try {
      fields = JSON.parse(body)
    } catch {
      return answer(response, 400, { error: 'not JSON' })
    }
    done(fields)
  })
}

const routes = new Map<string, (response: ServerResponse, id: string) => void>()
for (let index = 0; index < settings.manyRoutes; index += 1)
  routes.set(`r${index}`, (response, id) => answer(response, 200, { id: Number(id) }))

function find(response: ServerResponse, url: string): void {
  const slash = url.indexOf('/', 1)
  const route = routes.get(url.slice(1, slash))
  if (route === undefined) answer(response, 404, { error: 'not found' })
  else route(response, url.slice(slash + 1))
}

const enterPath = '/enter?visits='

const server = createServer((request, response) => {
  const { url = '', method } = request
  if (url === '/ping') answer(response, 200, { message: 'pong' })
  else if (url === '/me') me(request, response)
  else if (method !== 'POST') find(response, url)
  else if (url === '/cart') readFields(request, response, fields => addToCart(request, response, fields))
  else if (url === '/login') readFields(request, response, fields => logIn(response, fields))
  else if (url.startsWith(enterPath))
    begin(response, { user: 1, visits: Number(url.slice(enterPath.length)), cart: {} }, { ok: true })
  else answer(response, 404, { error: 'not found' })
})
server.listen(0, '127.0.0.1', () =>
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`),
)
process.on('disconnect', () => process.exit())
