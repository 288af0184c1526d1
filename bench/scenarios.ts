/**
 * What is measured: the same requests to every server, and the same answers from each.
 */
import type { StoreName } from './stores.ts'

/** One kind of request, sent over and over. */
export interface Scenario {
  readonly name: string
  /** Whose cookies it sends: nobody's, those of a few visitors in turn, or each time another one's. */
  readonly visitors: 'none' | 'warm' | 'cold'
  /** The request of the visitor with these header lines. */
  readonly request: (headers: string) => string
  /** True when an answer's body is right: a server that answers nonsense fast is not measured. */
  readonly isRight: (body: string) => boolean
}

/** A line of the table. */
export interface Row {
  readonly title: string
  /** One scenario, shown beside the floor's; or two, shown as the second beside the first of the same server. */
  readonly scenarios: readonly [Scenario] | readonly [Scenario, Scenario]
  /** Least ratio that we hold ourselves to. */
  readonly targets: Readonly<Partial<Record<StoreName, number>>>
  /** It asks no store for anything: measured once. */
  readonly isOnce?: true
}

/** Visitors that take turns in the warm scenarios. */
export const warmVisitors = 50
/** Routes beside those of the other scenarios: `/r0/<id>` and on. */
export const manyRoutes = 1000
export const username = 'ada'
export const password = 'quiet-rain-on-roofs'
/** Of PBKDF2 with SHA-256: a tenth of what a site should have, or nothing but the hash would be seen. */
export const hashIterations = 20_000

const host = 'Host: 127.0.0.1\r\n'
const json = (method: string, path: string, headers: string, body: unknown): string => {
  const text = JSON.stringify(body)
  return `${method} ${path} HTTP/1.1\r\n${host}${headers}Origin: http://127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`
}
const get = (path: string, headers: string): string => `GET ${path} HTTP/1.1\r\n${host}${headers}\r\n`

/** `visits`: what the session holds from then on. */
export const enter = (headers: string, visits: number): string => json('POST', `/enter?visits=${visits}`, headers, {})
export const readMe = (headers: string): string => get('/me', headers)
export const addToCart = (headers: string): string => json('POST', '/cart', headers, { sku: 'MUG-FOG', quantity: 1 })
export const addNonsense = (headers: string): string => json('POST', '/cart', headers, { sku: 'MUG-FOG', quantity: 0 })
export const logIn = (headers: string): string => json('POST', '/login', headers, { username, password })
export const logInWrongly = (headers: string): string =>
  json('POST', '/login', headers, { username, password: 'wrong' })

/** `visits`: a pattern. */
export const isMe = (body: string, name: string = username, visits: string = '\\d+'): boolean =>
  new RegExp(`"username":\\s?"${name}"`).test(body) && new RegExp(`"visits":\\s?${visits}\\b`).test(body)

const ping: Scenario = {
  name: 'ping',
  visitors: 'none',
  request: headers => get('/ping', headers),
  isRight: body => body.includes('"pong"'),
}
const route = (name: string, index: number): Scenario => ({
  name,
  visitors: 'none',
  request: headers => get(`/r${index}/7`, headers),
  isRight: body => /"id":\s?"?7\b/.test(body),
})
const read = (visitors: 'warm' | 'cold'): Scenario => ({
  name: `read-${visitors}`,
  visitors,
  request: readMe,
  isRight: body => isMe(body),
})
const cart = (visitors: 'warm' | 'cold'): Scenario => ({
  name: `cart-${visitors}`,
  visitors,
  request: addToCart,
  isRight: body => /"MUG-FOG":\s?[1-9]/.test(body),
})
const login: Scenario = {
  name: 'login',
  visitors: 'none',
  request: logIn,
  isRight: body => /"id":\s?\d/.test(body),
}

const readTitle = 'read the session row and the user row, answer JSON'
const cartTitle = 'add to the cart: validate, save, answer JSON'
const readTargets = { sqlite: 0.8, postgresql: 0.8 }
const cartTargets = { sqlite: 0.75, postgresql: 0.75 }

export const rows: readonly Row[] = [
  { title: 'JSON ping', scenarios: [ping], targets: { sqlite: 0.95 }, isOnce: true },
  {
    title: `the last of ${manyRoutes.toLocaleString('en')} routes against the first`,
    scenarios: [route('first-route', 0), route('last-route', manyRoutes - 1)],
    targets: { sqlite: 1 },
    isOnce: true,
  },
  { title: `${readTitle}, warm`, scenarios: [read('warm')], targets: readTargets },
  { title: `${readTitle}, cold`, scenarios: [read('cold')], targets: readTargets },
  { title: `${cartTitle}, warm`, scenarios: [cart('warm')], targets: cartTargets },
  { title: `${cartTitle}, cold`, scenarios: [cart('cold')], targets: cartTargets },
  { title: 'log in: verify the hash, begin a session', scenarios: [login], targets: {} },
]

export function findScenario(name: string | undefined): Scenario {
  const found = rows.flatMap(({ scenarios }) => [...scenarios]).find(one => one.name === name)
  if (found === undefined) throw new Error(`There is no scenario "${name}".`)
  return found
}
